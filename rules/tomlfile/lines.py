"""Finds on which line of a TOML text each key stands; `tomllib` does not say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Final

Where = tuple[int | str, ...]
"""The keys and list indexes that lead to a value: `("group", 0, "name")`."""

_SPACE: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY: Final = re.compile(r"""[ \t]*(?:(?P<bare>[\w-]+)|(?P<quoted>"(?:\\.|[^"\\])*"|'[^']*'))[ \t]*""", re.ASCII)
_SCALAR: Final = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:\\.|[^"\\])*"|'[^']*'|[^,\]}#\n]+''', re.DOTALL
)


def lines_of(text: str) -> Mapping[Where, int]:
    """Return the line (from 1) of every key and list element of the valid TOML `text`, whose lines end in LF."""
    return _Scanner(text).scan()


class _Scanner:
    """Walks once through a text of which `tomllib` has shown that it is valid."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.counted = (0, 1)
        self.lines: dict[Where, int] = {}
        self.lengths: dict[Where, int] = {}

    def scan(self) -> dict[Where, int]:
        table: Where = ()
        while self._next() is not None:
            if self.text.startswith("[[", self.at):
                self.at += 2
                array = self._within((), self._keys())
                index = self.lengths.get(array, 0)
                self.lengths[array] = index + 1
                table = (*array, index)
                self._note(table)
                self.at += 2
            elif self.text[self.at] == "[":
                self.at += 1
                table = self._current(self._within((), self._keys()))
                self._note(table)
                self.at += 1
            else:
                self._pair(table)
        return self.lines

    def _next(self) -> str | None:
        """Go to the next character that means something and return it; None at the end."""
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at
        return self.text[self.at] if self.at < len(self.text) else None

    def _note(self, path: Where) -> None:
        """Remember the present line for `path`, and for what lies around it where nothing was remembered yet."""
        at, line = self.counted
        line += self.text.count("\n", at, self.at)
        self.counted = (self.at, line)
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _keys(self) -> tuple[str, ...]:
        """Read a dotted key."""
        keys: list[str] = []
        while True:
            match = _KEY.match(self.text, self.at)
            if match is None:
                raise ValueError("the text is not valid TOML")
            keys.append(match["bare"] or tomllib.loads(f"key = {match['quoted']}")["key"])
            self.at = match.end()
            if self.text[self.at] != ".":
                return tuple(keys)
            self.at += 1

    def _within(self, table: Where, keys: tuple[str, ...]) -> Where:
        """Return the path of `keys` below `table`, through the last element of every array of tables on the way."""
        for key in keys[:-1]:
            table = self._current((*table, key))
        return (*table, keys[-1])

    def _current(self, path: Where) -> Where:
        return (*path, self.lengths[path] - 1) if path in self.lengths else path

    def _pair(self, table: Where) -> None:
        path = self._within(table, self._keys())
        self._note(path)
        self.at += 1
        self._value(path)

    def _value(self, path: Where) -> None:
        opening = self._next()
        self._note(path)
        if opening == "[":
            self._elements(path, "]")
        elif opening == "{":
            self._elements(path, "}")
        elif match := _SCALAR.match(self.text, self.at):
            self.at = match.end()

    def _elements(self, path: Where, closing: str) -> None:
        """Read what stands between brackets, up to and with the closing one."""
        self.at += 1
        index = 0
        while (char := self._next()) != closing:
            if char == ",":
                self.at += 1
            elif closing == "]":
                self._value((*path, index))
                index += 1
            else:
                self._pair(path)
        self.at += 1
