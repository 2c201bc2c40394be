"""E-mail into a folder instead of to a server: for the demo, and for trying out."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.adapters.mail.message import compose
from bot.clock import Clock
from bot.outgoing import Outgoing, SendError


class FolderSender:
    """Writes each e-mail as a file that mail programs open; the same e-mail twice is one file."""

    def __init__(self, folder: Path, sender: str, clock: Clock) -> None:
        self._folder = folder
        self._sender = sender
        self._clock = clock

    async def deliver(self, outgoing: Outgoing) -> str:
        """Write it, and return its Message-ID; raises `SendError` when the folder cannot be written to."""
        now = self._clock()
        mail = compose(outgoing, self._sender, now)
        path = self._folder / f"{now:%Y-%m-%d}-{mail['Message-ID'][1:13]}.eml"
        try:
            await asyncio.to_thread(_write, path, mail.as_bytes())
        except OSError as error:
            raise SendError(f"{self._folder}: {error.strerror}") from error
        return str(mail["Message-ID"])


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
