"""A conversation, and how different phones export it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bot.adapters.replay.golden import AMSTERDAM

LRM = "\u200e"


@dataclass(frozen=True)
class Said:
    """One message: who (a number), when (UTC), what; a photo may stand with it."""

    who: int
    when: datetime
    text: str
    photo: bool = False
    edited: bool = False


@dataclass(frozen=True)
class Phone:
    """How one phone writes: `stamp` is a strftime pattern with what stands around it, `names` its contacts."""

    label: str
    stamp: str
    names: tuple[str, ...]
    edited: str
    photo: str
    notice: str
    end: str = "\n"

    def export(self, chat: Sequence[Said]) -> str:
        """Return the chat as this phone exports it, its first line being WhatsApp's own."""
        start = chat[0].when if chat else at(0)
        lines = [f"{self.header(start)}{self.notice}", *(self._line(said) for said in chat)]
        return "".join(line + self.end for line in lines)

    def header(self, when: datetime) -> str:
        """Return what stands before the name."""
        local = when.astimezone(AMSTERDAM)
        half = f"{local.hour % 12 or 12}:{local:%M}"
        return local.strftime(self.stamp).replace("{12}", half).replace("{12s}", f"{half}:{local:%S}")

    def write(self, path: Path, chat: Sequence[Said]) -> Path:
        """Write the export to `path` and return it."""
        path.write_bytes(self.export(chat).encode())
        return path

    def _line(self, said: Said) -> str:
        text = self.photo.format(text=said.text) if said.photo else said.text
        mark = f" {self.edited}" if said.edited else ""
        return f"{self.header(said.when)}{self.names[said.who]}: {text}{mark}"

    @property
    def is_ios(self) -> bool:
        """Tell whether it is an iPhone, which writes seconds."""
        return self.stamp.startswith("[")


_NL = "Berichten en gesprekken zijn end-to-end versleuteld."
_EN = "Messages and calls are end-to-end encrypted."
_FULL = ("Sem", "Noor 🌸", "\u202a+31 6 00000012\u202c", "ليلى", "Tom :)")
_OTHER = ("~\u202fsem_xx", "Noor Bakker", "Finn (nieuw)", "\u202a+31\u00a06\u00a000000034\u202c", "ik")

PHONES = (
    Phone("android-nl", "%d-%m-%Y %H:%M - ", _FULL, "<Dit bericht is bewerkt>", "<Media weggelaten>\n{text}", _NL),
    Phone(
        "android-gb",
        "%d/%m/%Y, %H:%M - ",
        _OTHER,
        "<This message was edited>",
        "IMG-20251231-WA0001.jpg (file attached)\n{text}",
        _EN,
    ),
    Phone("android-iso", "%Y-%m-%d %H:%M - ", _OTHER, "<This message was edited>", "<Media omitted>\n{text}", _EN),
    Phone("android-dots", "%d.%m.%y, %H:%M - ", _FULL, "<Dit bericht is bewerkt>", "<Media weggelaten>\n{text}", _NL),
    Phone(
        "android-us",
        "%m/%d/%y, {12}\u202f%p - ",
        _OTHER,
        "<This message was edited>",
        f"{LRM}IMG-20251231-WA0001.jpg (file attached)\n{{text}}",
        _EN,
    ),
    Phone("android-12", "%d-%m-%Y {12} %p - ", _FULL, "<Dit bericht is bewerkt>", "<Media weggelaten>\n{text}", _NL),
    Phone(
        "ios-nl",
        "[%d-%m-%Y %H:%M:%S] ",
        _OTHER,
        f"{LRM}<Dit bericht is bewerkt>",
        f"{{text}} {LRM}afbeelding weggelaten",
        f"Klas 2C: {LRM}{_NL}",
        "\r\n",
    ),
    Phone(
        "ios-us",
        "[%m/%d/%y, {12s}\u202f%p] ",
        _FULL,
        f"{LRM}<This message was edited>",
        f"{{text}} {LRM}<attached: 00000012-PHOTO-2025-12-31-23-59-58.jpg>",
        f"Klas 2C: {LRM}{_EN}",
    ),
)


def at(minutes: float) -> datetime:
    """Return a moment so many minutes after 25 October 2025, 20:00 in Amsterdam; summer time ends 7 hours later."""
    return datetime(2025, 10, 25, 18, tzinfo=UTC) + timedelta(minutes=minutes)
