"""The words that every room shares: frozen values, no input or output, no clock.

Terms are those of the design (section 4). Everything that a rule or a model may know about a message
stands in `IncomingMessage` and `Facts`; everything that it may answer stands in `Finding`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final


class Category(enum.StrEnum):
    """What a finding is about: the classifier's eight labels first, then those of the rule layer."""

    INSULT = "insult"
    BULLYING = "bullying"
    THREAT = "threat"
    DISCRIMINATION = "discrimination"
    SEXUAL = "sexual"
    SELF_HARM_INCITEMENT = "self_harm_incitement"
    DISTRESS = "distress"
    EXTREMISM = "extremism"

    OFF_TOPIC = "off_topic"
    IMAGE_CONSENT = "image_consent"
    NUDE_IMAGE = "nude_image"
    MANIPULATED_IMAGE = "manipulated_image"
    SCREENSHOT = "screenshot"
    LESSON_RECORDING = "lesson_recording"
    IN_LESSON = "in_lesson"
    PERSONAL_DATA = "personal_data"
    ACCOUNT_ABUSE = "account_abuse"
    DEFAMATION = "defamation"
    BOUNDARY = "boundary"
    ESCALATION = "escalation"
    PILE_ON = "pile_on"
    PERSISTENT = "persistent"


TEXT_CATEGORIES: Final = tuple(Category)[:8]
"""The categories that a text classifier scores, in the order of its output columns."""


class Severity(enum.IntEnum):
    """How soon a human must look: `NOTICE` reminder only, `CONCERN` this week, `SERIOUS` today, `ACUTE` now."""

    NOTICE = 1
    CONCERN = 2
    SERIOUS = 3
    ACUTE = 4

    @property
    def word(self) -> str:
        """The severity as stored and printed: `notice`, `concern`, `serious` or `acute`."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Severity:
        """Return the severity that `word` names; raises `ValueError` for any other word."""
        for severity in cls:
            if severity.word == word:
                return severity
        raise ValueError(f"{word!r} is not a severity; use one of {', '.join(s.word for s in cls)}")


class GroupKind(enum.StrEnum):
    """Which kind of chat it is."""

    CLASS = "class"
    PARENTS = "parents"
    STAFF_CLASS = "staff_class"


class Role(enum.StrEnum):
    """What a person is at one school; a person may have several roles."""

    PUPIL = "pupil"
    PARENT = "parent"
    CLASS_PARENT = "class_parent"
    STAFF = "staff"
    MENTOR = "mentor"
    TRUSTED_PERSON = "trusted_person"
    COORDINATOR = "coordinator"
    LEADERSHIP = "leadership"
    BOARD = "board"
    SUPERVISORY_BOARD = "supervisory_board"
    ADMINISTRATOR = "administrator"
    UNKNOWN = "unknown"


class AttachmentKind(enum.StrEnum):
    """What is attached to a message; `MEDIA` where an export left it out and does not say what it was."""

    PHOTO = "photo"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    STICKER = "sticker"
    CONTACT = "contact"
    LOCATION = "location"
    POLL = "poll"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment: its kind, the platform's own id for fetching it, its file name and size in bytes, if known."""

    kind: AttachmentKind
    file_id: str | None = None
    name: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat as its platform knows it (`platform` is `telegram`, `discord` or `replay`)."""

    platform: str
    id: str


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody as a platform knows them: account id, shown name, and language (`nl`, `en`) where told."""

    platform: str
    id: str
    name: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One message in a group, as an adapter hands it in; an edit is a new value with another `identity`.

    `identity` is equal for the same content of the same message however often it is delivered: it is what
    makes a flag unique. `message_id` is the platform's id within the chat (empty for exports that have none).
    Times are UTC.
    """

    chat: Chat
    identity: str
    author: Account
    text: str
    sent_at: datetime
    message_id: str = ""
    edited_at: datetime | None = None
    reply_to: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A chat as the school knows it. Ids are UUID strings."""

    school_id: str
    id: str
    kind: GroupKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One earlier message of the conversation: who wrote what, in which role, and when (UTC, if known)."""

    author_id: str
    author: str
    text: str
    role: Role = Role.UNKNOWN
    sent_at: datetime | None = None
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that rules and models may know about the world around one message, gathered before they run.

    `context` holds the preceding messages, oldest first.
    """

    group: Group
    author_role: Role = Role.UNKNOWN
    context: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence for people, not yet in a language: English text with `{names}` and the values to fill in."""

    text: str
    values: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.text.format(**dict(self.values))


def phrase(text: str, **values: str) -> Phrase:
    """Return `text` (an English key of the catalogue) with its values; `bot.texts` says it in Dutch or English."""
    return Phrase(text, tuple(values.items()))


@dataclass(frozen=True, slots=True)
class Finding:
    """What one detector says about one message.

    `score` is a probability 0..1; `words` are parts of the message as written, for the mentor to see why.
    """

    detector: str
    category: Category
    score: float
    reason: Phrase
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Detection:
    """Everything that the detectors said about one message.

    `scores` gives the highest score 0..1 per category; `failed` names the detectors that could not judge:
    a message with any of them is unchecked, however many others found nothing.
    """

    findings: tuple[Finding, ...] = ()
    scores: Mapping[Category, float] = field(default_factory=dict)
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """One agreement in a protocol, e.g. `A.10`, with its rendering in our own words (Dutch and English)."""

    number: str
    nl: str
    en: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A category that passed the threshold of the protocol in force, with what made it so."""

    category: Category
    severity: Severity
    score: float
    clauses: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the protocol in force makes of one message; without flags it may pass."""

    flags: tuple[Flag, ...] = ()
    protocol: str = ""
    version: str = ""

    @property
    def severity(self) -> Severity | None:
        """The highest severity of the flags, or None without flags."""
        return max((flag.severity for flag in self.flags), default=None)

    @property
    def clauses(self) -> tuple[str, ...]:
        """All clauses that the message offends, each once, in the order of the flags."""
        return tuple(dict.fromkeys(number for flag in self.flags for number in flag.clauses))
