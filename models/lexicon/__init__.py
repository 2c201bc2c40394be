"""The lexicon: classes of Dutch and chat-English words, which let the model judge words that its corpus never showed.

The files beside this one hold `[class]` headers with entries between commas: words, phrases of up to four words, and
`*ending` for any longer word that ends so. A word may be in several classes. In classes whose name begins with `same_`
(first names, origins, religions, orientations) every word is replaced by the name of the class before anything is
learned, so that none of them can count differently from another. Written by a language model for this purpose;
CC BY 4.0.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from rules.text import read

FOLDER: Final = Path(__file__).parent
SAME: Final = "same_"

_HEADER: Final = re.compile(r"\[([a-z_]+)\]")

_Key = TypeVar("_Key", str, tuple[str, ...])

Classes = tuple[int, ...]
"""Indexes into `Lexicon.names`, rising."""


class LexiconError(Exception):
    """A file of the lexicon cannot be used; the message names file, line, problem and remedy."""

    def __init__(self, path: Path, line: int, problem: str, remedy: str) -> None:
        super().__init__(f"{path}, line {line}: {problem}; {remedy}")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Which classes words, endings and phrases belong to, in the spelling that reading gives them."""

    names: tuple[str, ...]
    words: Mapping[str, Classes]
    endings: Mapping[str, Classes]
    phrases: Mapping[tuple[str, ...], Classes]
    _begins: Mapping[tuple[str, str], tuple[tuple[str, ...], ...]] = field(init=False, repr=False, compare=False)
    """Phrases by their first two words."""

    def __post_init__(self) -> None:
        begins: dict[tuple[str, str], list[tuple[str, ...]]] = {}
        for words in self.phrases:
            begins.setdefault((words[0], words[1]), []).append(words)
        object.__setattr__(self, "_begins", {key: tuple(found) for key, found in begins.items()})

    def classes_of(self, word: str) -> Classes:
        """Return the classes of one word."""
        found = set(self.words.get(word, ()))
        for start in range(1, len(word) - 1):
            found.update(self.endings.get(word[start:], ()))
        return tuple(sorted(found))

    def same_as(self, classes: Classes) -> str | None:
        """Return the name of the class in which all words count the same, if one of `classes` is such a class."""
        return next((self.names[index] for index in classes if self.names[index].startswith(SAME)), None)

    def phrases_in(self, words: tuple[str, ...]) -> Iterable[tuple[int, Classes]]:
        """Yield where each phrase in `words` begins, and its classes."""
        begins = self._begins
        for at in range(len(words) - 1):
            for phrase in begins.get((words[at], words[at + 1]), ()):
                if words[at : at + len(phrase)] == phrase:
                    yield at, self.phrases[phrase]


def read_lexicon(folder: Path = FOLDER) -> Lexicon:
    """Return the lexicon of the `*.txt` files in `folder`; raises `LexiconError`."""
    entries: dict[str, set[str]] = {}
    names: set[str] = set()
    for path in sorted(folder.glob("*.txt")):
        for name, entry in _entries(path):
            names.add(name)
            entries.setdefault(entry, set()).add(name)
    if not entries:
        raise LexiconError(folder, 0, "there are no entries", "restore the files from the release")
    ordered = tuple(sorted(names))
    index = {name: at for at, name in enumerate(ordered)}
    words: dict[str, set[int]] = {}
    endings: dict[str, set[int]] = {}
    phrases: dict[tuple[str, ...], set[int]] = {}
    for entry, classes in entries.items():
        found = {index[name] for name in classes}
        if entry.startswith("*") and " " not in entry:
            endings.setdefault(entry[1:], set()).update(found)
            continue
        as_read = read(entry).words
        if len(as_read) == 1:
            words.setdefault(as_read[0], set()).update(found)
        elif as_read:
            phrases.setdefault(as_read, set()).update(found)
    return Lexicon(ordered, _frozen(words), _frozen(endings), _frozen(phrases))


def _entries(path: Path) -> Iterable[tuple[str, str]]:
    name = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.partition("#")[0].strip()
        header = _HEADER.fullmatch(text)
        if header:
            name = header[1]
        elif text.startswith("["):
            raise LexiconError(path, number, f"{text!r} is no header", "write [name_of_class]")
        elif text and name is None:
            raise LexiconError(path, number, "there is no class yet", "put a line [name_of_class] above")
        else:
            yield from ((name or "", entry) for entry in map(str.strip, text.split(",")) if entry)


def _frozen(found: Mapping[_Key, set[int]]) -> dict[_Key, Classes]:
    return {key: tuple(sorted(classes)) for key, classes in found.items()}


def sum_of(folder: Path = FOLDER) -> str:
    """Return a SHA-256 over the names and contents of the lexicon's files."""
    total = hashlib.sha256()
    for path in sorted(folder.glob("*.txt")):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()
