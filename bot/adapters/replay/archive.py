"""Opening what a person hands in, a file or a zip, without trusting it: nothing is unpacked to disk.

The limits are far above what the apps write (WhatsApp: 40,000 messages, or 10,000 with media) and far below what a
school's computer can bear.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from bot.adapters.replay.result import ExportError
from rules.vocabulary import Phrase, phrase

MAX_CHAT = 256 << 20
"""Bytes in the text of a chat, unpacked, at most."""
MAX_TOTAL = 4 << 30
"""Bytes in all files of a zip together, unpacked, at most."""
MAX_MEMBERS = 20_000
"""Files in a zip, at most."""
MAX_DIRECTORY = 8 << 20
"""Bytes in the table of contents of a zip, at most; checked before Python builds 500 bytes for every 50 of them."""
MAX_RATIO = 200
"""How many times larger a file in a zip may become, at most; texts become 3 to 10 times larger."""
RATIO_FREE = 1 << 20
"""Bytes below which the ratio is not looked at."""

_CHAT_NAME = re.compile(r"_chat\.txt|whatsapp[ -]chat.*\.txt|result\.json", re.IGNORECASE)
_TITLE = re.compile(r"whatsapp[ -]chat(?: met| with| -)? (.{1,100}?)(?: ?\(\d{1,3}\))?", re.IGNORECASE)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, struct.error)
_DIRECTORY_END = struct.Struct("<4s4H2LH")
_LARGE_DIRECTORY_END = struct.Struct("<4sLQL")

_AGAIN = phrase("Export the chat again and give the new file.")
_BOMB = phrase(
    "This is not what a chat app writes, so nothing was unpacked. Export the chat again on the phone itself."
)
_DAMAGED = phrase("The zip is cut off or damaged.")


@dataclass(frozen=True, slots=True)
class ChatFile:
    """The file with the chat: `open` starts reading it from its beginning, as often as needed.

    `title` is the chat's name if the file's name tells it. `sizes` gives, by name, the bytes of the files beside it.
    """

    path: Path
    title: str
    open: Callable[[], IO[bytes]]
    sizes: Mapping[str, int] = field(default_factory=dict)

    def error(self, problem: Phrase, remedy: Phrase) -> ExportError:
        """Return the error about this file, to be raised."""
        return ExportError(self.path, problem, remedy)


@contextmanager
def open_chat(path: Path) -> Iterator[ChatFile]:
    """Open an export, a text or a zip that holds one, for the time of the `with`; raises `ExportError`."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ExportError(
                path,
                phrase("This is a folder."),
                phrase("Give the file of the chat inside it, such as result.json or _chat.txt."),
            )
        if not stat.S_ISREG(status.st_mode):
            raise ExportError(path, phrase("This is not an ordinary file."), _AGAIN)
        with path.open("rb") as file:
            if file.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}:
                with _opened_zip(path, file) as archive:
                    yield _chat_in(path, archive)
            else:
                _refuse_large(path, status.st_size)
                yield ChatFile(path, _title(path.stem), lambda: path.open("rb"))
    except FileNotFoundError as error:
        raise ExportError(path, phrase("This file does not exist."), phrase("Check its name and folder.")) from error
    except PermissionError as error:
        raise ExportError(
            path,
            phrase("You may not read this file."),
            phrase("Ask its owner for the right to read it, or copy it to your own folder."),
        ) from error
    except _BROKEN as error:
        raise ExportError(path, _DAMAGED, _AGAIN) from error
    except OSError as error:
        raise ExportError(path, phrase("The computer cannot read this file."), _AGAIN) from error


def text_lines(chat: ChatFile) -> Iterator[str]:
    """Yield the lines of a UTF-8 text without their ends; only a newline ends a line. Raises `ExportError`."""
    with chat.open() as file:
        for number, raw in enumerate(file, 1):
            try:
                line = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise not_utf8(chat, raw, number) from error
            yield line.rstrip("\r\n")


def not_utf8(chat: ChatFile, raw: bytes, line: int) -> ExportError:
    """Return the error for a file with another encoding, of which `raw` is the first line that shows it."""
    try:
        is_windows_text = all(letter.isprintable() or letter.isspace() for letter in raw.decode("cp1252"))
    except UnicodeDecodeError:
        is_windows_text = False
    if is_windows_text:
        problem = phrase(
            "The file was saved as Latin-1 (Windows-1252) instead of UTF-8; see line {line}.", line=str(line)
        )
    else:
        problem = phrase("The file is not UTF-8 text; see line {line}.", line=str(line))
    return chat.error(
        problem, phrase("Give the file as the app exported it, or open it in an editor and save it as UTF-8.")
    )


@contextmanager
def _opened_zip(path: Path, file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """Open the zip if its table of contents is of a bearable size."""
    if _directory_size(file) > MAX_DIRECTORY:
        raise _too_much(path)
    try:
        archive = zipfile.ZipFile(file)
    except (*_BROKEN, ValueError, NotImplementedError, OverflowError) as error:
        raise ExportError(path, _DAMAGED, _AGAIN) from error
    with archive:
        yield archive


def _directory_size(file: IO[bytes]) -> int:
    """Return the bytes in the table of contents, as the record at the end of the zip tells; 0 without such a record.

    A zip that needs the 64-bit form of that record is past every limit, whatever its numbers say.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _LARGE_DIRECTORY_END.size - _DIRECTORY_END.size - 0xFFFF))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06", 0, max(0, len(tail) - _DIRECTORY_END.size) + 4)
    if at < 0 or len(tail) - at < _DIRECTORY_END.size:
        return 0
    if tail[:at][-_LARGE_DIRECTORY_END.size :].startswith(b"PK\x06\x07"):
        return MAX_DIRECTORY + 1
    return int(_DIRECTORY_END.unpack_from(tail, at)[5])


def _chat_in(path: Path, archive: zipfile.ZipFile) -> ChatFile:
    """Find the chat in a zip after checking all that the zip says of itself."""
    members = archive.infolist()
    _refuse_bomb(path, members)
    for member in members:
        _refuse_leaving(path, member)
    if any(member.flag_bits & 0x1 for member in members):
        raise ExportError(
            path,
            phrase("The zip is locked with a password."),
            phrase("Unpack it with the password and give the file of the chat."),
        )
    member = _chat_member(path, members)
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} or member.flag_bits & 0x60:
        raise ExportError(
            path,
            phrase("The zip is packed in an unusual way."),
            phrase("Unpack it and give the file of the chat."),
        )

    def opened() -> IO[bytes]:
        try:
            return io.BufferedReader(archive.open(member), 1 << 16)  # type: ignore[type-var]  # ZipExtFile can be read so
        except (NotImplementedError, RuntimeError, ValueError) as error:
            raise ExportError(path, _DAMAGED, _AGAIN) from error

    title = _title(PurePosixPath(member.filename).stem) or _title(path.stem)
    return ChatFile(path, title, opened, {PurePosixPath(one.filename).name: one.file_size for one in members})


def _chat_member(path: Path, members: list[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    """Return the file of the chat: by its name, or else the only text file."""
    files = {
        PurePosixPath(member.filename): member
        for member in members
        if not member.is_dir() and not member.filename.startswith("__MACOSX/")
    }
    named = [member for name, member in files.items() if _CHAT_NAME.fullmatch(name.name)]
    texts = [
        member for name, member in files.items() if name.suffix.lower() == ".txt" and not name.name.startswith(".")
    ]
    found = named or texts
    if not found:
        raise ExportError(
            path,
            phrase("There is no chat in this zip."),
            phrase("Give a zip that WhatsApp made with 'Export chat', or the exported .txt or .json file itself."),
        )
    if len(found) > 1:
        raise ExportError(
            path,
            phrase("There are {count} files in this zip that could be the chat.", count=str(len(found))),
            phrase("Unpack it and give one of them."),
        )
    _refuse_large(path, found[0].file_size)
    return found[0]


def _refuse_bomb(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Raise `ExportError` when a zip holds more than any chat, or grows like nothing that people write."""
    swells = any(
        member.file_size > RATIO_FREE and member.file_size > MAX_RATIO * member.compress_size for member in members
    )
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_TOTAL or swells:
        raise _too_much(path)


def _too_much(path: Path) -> ExportError:
    """Return the error for a zip that would burst the computer."""
    return ExportError(
        path,
        phrase(
            "The zip holds too much: at most {files} files and {size} GB unpacked, and no file {ratio} times its size.",
            files=str(MAX_MEMBERS),
            size=str(MAX_TOTAL >> 30),
            ratio=str(MAX_RATIO),
        ),
        _BOMB,
    )


def _refuse_leaving(path: Path, member: zipfile.ZipInfo) -> None:
    """Raise `ExportError` for a file that would be put outside the folder where the zip is unpacked."""
    name = member.filename.replace("\\", "/")
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/") or is_link:
        raise ExportError(path, phrase("A file in the zip wants to be outside the zip: this is no export."), _BOMB)


def _refuse_large(path: Path, size: int) -> None:
    """Raise `ExportError` when the text of the chat is larger than any phone's chat."""
    if size > MAX_CHAT:
        raise ExportError(
            path,
            phrase("The chat is larger than {limit} MB.", limit=str(MAX_CHAT >> 20)),
            phrase("Export a shorter period, or split the file at the beginning of a message."),
        )


def _title(stem: str) -> str:
    """Return the chat's name out of the name that WhatsApp gives its files; empty for another name."""
    match = _TITLE.fullmatch(stem)
    return match[1].strip() if match else ""
