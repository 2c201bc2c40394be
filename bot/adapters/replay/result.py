"""What reading a chat export yields, and the one error that it raises."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rules.vocabulary import IncomingMessage, Phrase, phrase

MAX_TEXT = 65_536
"""Characters in one message, at most: what WhatsApp allows; Telegram allows 4,096 and Discord 4,000."""

TOO_LONG = phrase("This message is longer than any chat app allows.")
"""Why a message with more characters is not read."""

MAX_UNREADABLE = 100_000
"""Lines that cannot be read, at most; a file with more of them is no export of a chat."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that could not be read, counted from 1, and why; its text was not checked."""

    line: int
    reason: Phrase


@dataclass(frozen=True, slots=True)
class Export:
    """A chat as an export shows it.

    `form` names the app that wrote it. `messages` stand in the order of the file. `notes` say what a person should
    know about how it was read. `lines` counts the lines of a WhatsApp export and the entries of a JSON one; each of
    them is a message, a continuation of one, a line of the app itself (`system_lines`), a message that its writer
    took back (`deleted`), or unreadable.
    """

    form: str
    title: str
    messages: tuple[IncomingMessage, ...]
    unreadable: tuple[Unreadable, ...]
    notes: tuple[Phrase, ...]
    lines: int
    continuation_lines: int
    system_lines: int
    deleted: int

    @property
    def without_text(self) -> int:
        """How many messages hold only something other than text, such as a photo."""
        return sum(not message.text for message in self.messages)


class ExportError(Exception):
    """An export cannot be read at all: which file, what is wrong with it, and what to do about it."""

    def __init__(self, path: Path, problem: Phrase, remedy: Phrase) -> None:
        super().__init__(path, problem, remedy)
        self.path = path
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        """Return the error in English: file, problem, remedy."""
        sentences = (part.text.format(**dict(part.values)) for part in (self.problem, self.remedy))
        return f"{self.path}: {' '.join(sentences)}"


def not_an_export(path: Path) -> ExportError:
    """Return the error for a file of another kind, or of a phone in another language."""
    return ExportError(
        path,
        phrase("This is not a chat export that can be read."),
        phrase(
            "Give WhatsApp's .txt or .zip from a phone set to Dutch or English, Telegram Desktop's result.json, "
            "or the JSON of DiscordChatExporter."
        ),
    )
