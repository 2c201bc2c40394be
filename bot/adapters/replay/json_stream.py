"""Reading a large JSON export piece by piece, so that only one message at a time is held as JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Final

from bot.adapters.replay.archive import ChatFile, not_utf8
from bot.adapters.replay.result import ExportError
from rules.vocabulary import phrase

CHUNK: Final = 1 << 18
"""Characters that are read at a time."""
_LATE: Final = 16
"""An error this close to the end of what was read may be a value that was only read in part."""

_DECODER: Final = json.JSONDecoder()


def top_level(file: ChatFile, *, array: str, stop: str) -> Iterator[tuple[str, int, object]]:
    """Yield key, line and value of each entry of the object in the file; of the array `array` each element apart.

    A key called `stop` is yielded with None, and nothing after it. Raises `ExportError` for what is no JSON object.
    """
    with file.open() as binary, io.TextIOWrapper(binary, encoding="utf-8-sig", newline="\n") as text:
        source = _Source(file, text)
        source.expect("{")
        closed = source.skip("}")
        while not closed:
            key, line = source.value(), source.line
            source.expect(":")
            if not isinstance(key, str):
                raise source.damaged()
            if key == stop:
                yield key, line, None
                return
            if key == array and source.skip("["):
                ended = source.skip("]")
                while not ended:
                    source.peek()
                    line = source.line
                    yield key, line, source.value()
                    ended = source.one_of(",]") == "]"
            else:
                yield key, line, source.value()
            closed = source.one_of(",}") == "}"
        if source.peek():
            raise source.damaged()


class _Source:
    """The text of a file from where reading stands; `line` counts from 1."""

    def __init__(self, file: ChatFile, text: io.TextIOBase) -> None:
        self.line = 1
        self._file = file
        self._text = text
        self._buffer = ""
        self._at = 0
        self._ended = False

    def damaged(self) -> ExportError:
        """Return the error for a file that breaks off or is no JSON from here on."""
        return self._file.error(
            phrase("The file breaks off or is damaged; see line {line}.", line=str(self.line)),
            phrase("Export the chat again and give the new file."),
        )

    def peek(self) -> str:
        """Return the next character that is no space; empty at the end of the file."""
        while True:
            while self._at < len(self._buffer):
                letter = self._buffer[self._at]
                if letter not in " \t\r\n":
                    return letter
                self.line += letter == "\n"
                self._at += 1
            if self._ended:
                return ""
            self._read(CHUNK)

    def skip(self, letter: str) -> bool:
        """Step over `letter` if it comes next, and tell whether it did."""
        if self.peek() != letter:
            return False
        self._at += 1
        return True

    def expect(self, letter: str) -> None:
        """Step over `letter`; raises `ExportError` when something else comes next."""
        if not self.skip(letter):
            raise self.damaged()

    def one_of(self, letters: str) -> str:
        """Step over one of `letters` and return it; raises `ExportError` when something else comes next."""
        letter = self.peek()
        if not letter or letter not in letters:
            raise self.damaged()
        self._at += 1
        return letter

    def value(self) -> object:
        """Return the next JSON value, whatever it is."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                is_partial = error.msg.startswith("Unterminated string") or error.pos >= len(self._buffer) - _LATE
                if self._ended or not is_partial:
                    raise self.damaged() from error
            except (RecursionError, ValueError) as error:  # nested too deep, or a number of thousands of digits
                raise self.damaged() from error
            else:
                if end < len(self._buffer) or self._ended:
                    self.line += self._buffer.count("\n", self._at, end)
                    self._at = end
                    return value
            self._read(max(CHUNK, len(self._buffer) - self._at))

    def _read(self, size: int) -> None:
        """Read `size` more characters and drop what has been used; doubling keeps the work linear."""
        try:
            more = self._text.read(size)
        except UnicodeDecodeError as error:
            raise not_utf8(self._file, bytes(error.object[error.start : error.start + 80]), self.line) from error
        self._ended = not more
        self._buffer = self._buffer[self._at :] + more
        self._at = 0
