"""Reads the corpus, and refuses a line that does not fit its schema by file, line, problem and remedy."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from models.port import Sample
from rules.text import read
from rules.vocabulary import TEXT_CATEGORIES, Category, Facts, Group, GroupKind, Line

MESSAGES: Final = Path(__file__).parent / "messages"
"""The folder with one file of messages per writer."""


class Target(enum.StrEnum):
    """At whom a message is aimed."""

    PRESENT = "present"
    ABSENT = "absent"
    GROUP = "group"
    SELF = "self"
    THING = "thing"
    NONE = "none"


class Register(enum.StrEnum):
    """How somebody writes."""

    PLAIN = "plain"
    STREET = "street"
    FLEMISH = "flemish"
    ENGLISH = "english"
    MIXED = "mixed"
    FORMAL = "formal"


class Kind(enum.StrEnum):
    """What makes a message easy or hard to judge; `DATASHEET.md` describes each."""

    PLAIN = "plain"
    INTENSIFIER = "intensifier"
    SELF_MOCKERY = "selfmock"
    BANTER = "banter"
    GAME = "game"
    REPORT = "report"
    QUOTE = "quote"
    COUNTER = "counter"
    NEGATION = "negation"
    SCHOOL = "school"
    IDIOM = "idiom"
    SONG = "song"
    NAME = "name"
    IDENTITY = "identity"
    CONFLICT = "conflict"
    CONTEXT = "context"
    THING = "thing"
    CARE = "care"
    DIRECT = "direct"
    IMPLICIT = "implicit"
    OBFUSCATED = "obfuscated"
    QUESTION = "question"
    ENGLISH = "english"


class CorpusError(Exception):
    """A file of the corpus cannot be used; the message names file, line, problem and remedy."""

    def __init__(self, path: Path, line: int, problem: str, remedy: str) -> None:
        super().__init__(f"{path}, line {line}: {problem}; {remedy}")


@dataclass(frozen=True, slots=True)
class CorpusMessage:
    """One written message with its labels; without labels it is harmless.

    `voice` names the invented person or scene that it comes from, `writer` the language model's session that wrote
    it: no voice has two writers. `context` holds `(author, text)` of what was said before, oldest first.
    """

    id: str
    writer: str
    voice: str
    group: GroupKind
    school: str
    age: int
    register: Register
    context: tuple[tuple[str, str], ...]
    author: str
    text: str
    labels: frozenset[Category]
    target: Target
    kinds: tuple[Kind, ...]

    @property
    def is_hard(self) -> bool:
        """Tell whether it is more than an everyday message."""
        return self.kinds != (Kind.PLAIN,)

    def sample(self) -> Sample:
        """Return the message as a classifier sees it; whose it is stays unknown in half of all, as it often is."""
        author = self.author if crc32(self.id.encode()) % 2 else ""
        lines = tuple(Line(author, author, text) for author, text in self.context)
        return Sample(read(self.text), Facts(Group("corpus", "corpus", self.group), context=lines), author)


def read_corpus(folder: Path = MESSAGES) -> list[CorpusMessage]:
    """Return all messages of the files in `folder`, in the order of file names and lines; raises `CorpusError`."""
    messages: list[CorpusMessage] = []
    seen: set[str] = set()
    for path in sorted(folder.glob("*.jsonl")):
        for number, message in _messages_of(path):
            if message.id in seen:
                raise CorpusError(path, number, f"the id {message.id!r} was used before", "give it one of its own")
            seen.add(message.id)
            messages.append(message)
    if not messages:
        raise CorpusError(folder, 0, "there are no messages", "restore the files from the release")
    return messages


def sum_of(messages: Sequence[CorpusMessage]) -> str:
    """Return a SHA-256 over what training sees of the messages: it tells which corpus made some weights."""
    total = hashlib.sha256()
    for message in messages:
        seen = [message.id, message.writer, message.voice, message.group, message.context, message.text]
        total.update(json.dumps([*seen, sorted(message.labels)], ensure_ascii=False).encode())
    return total.hexdigest()


def _messages_of(path: Path) -> Iterator[tuple[int, CorpusMessage]]:
    with path.open(encoding="utf-8") as file:
        for number, row in enumerate(file, 1):
            try:
                yield number, _message(json.loads(row), path.stem)
            except (ValueError, KeyError, TypeError) as error:
                problem = f"does not fit the schema ({error!r})"
                raise CorpusError(path, number, problem, "correct it as models/corpus/DATASHEET.md describes") from None


def _message(row: dict[str, Any], writer: str) -> CorpusMessage:
    labels = frozenset(map(Category, row["labels"]))
    if not labels <= set(TEXT_CATEGORIES):
        raise ValueError("a label is no category of text")
    context = tuple((str(author), str(text)) for author, text in row["context"])
    message = CorpusMessage(
        id=str(row["id"]),
        writer=writer,
        voice=str(row["voice"]),
        group=GroupKind(row["group"]),
        school=str(row["school"]),
        age=int(row["age"]),
        register=Register(row["register"]),
        context=context,
        author=str(row["author"]),
        text=str(row["text"]),
        labels=labels,
        target=Target(row["target"]),
        kinds=tuple(map(Kind, row["kinds"])),
    )
    if not message.text.strip() or not message.kinds:
        raise ValueError("a message has a text and at least one kind")
    if context and not message.author:
        raise ValueError("a message with context has an author")
    return message
