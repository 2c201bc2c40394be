"""What the bot says to people, and the small port through which a platform says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol

from pydantic import TypeAdapter

NOWHERE: Final = "nowhere"
"""The channel of a message to somebody who cannot be reached: kept, counted and shown, never sent."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a private message: what it says and what comes back as `ButtonPressed.data` (64 bytes at most)."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing to do on a platform for one receiver.

    `verb` is `send` (a new message), `edit` (replace the text and buttons of `message_id`, to redact it) or
    `delete` (take `message_id` away). `address` is where the platform finds the receiver: a chat id or an e-mail
    address. `subject` and `html` are for e-mail only. `holds_evidence` marks a copy that must be redacted when
    its case closes.
    """

    address: str
    verb: Literal["send", "edit", "delete"] = "send"
    text: str = ""
    buttons: tuple[tuple[Button, ...], ...] = ()
    message_id: str = ""
    subject: str = ""
    html: str = ""
    holds_evidence: bool = False


_codec: TypeAdapter[Outgoing] = TypeAdapter(Outgoing)


def encode(outgoing: Outgoing) -> bytes:
    """Return the message as JSON bytes for the outbox."""
    return _codec.dump_json(outgoing)


def decode(data: bytes) -> Outgoing:
    """Return what `encode` wrote; raises `pydantic.ValidationError` when the bytes are no outgoing message."""
    return _codec.validate_json(data)


class SendError(Exception):
    """A platform did not do what was asked; the outbox tries again later unless a subclass says otherwise."""


class Unreachable(SendError):
    """The receiver cannot be written to (never started the bot, blocked it, left): trying again does not help."""


class Refused(SendError):
    """The platform calls the request wrong: trying again does not help, a human must look."""


class TryLater(SendError):
    """The platform asks to wait `seconds` before the next try (flood limit)."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"try again after {seconds:g} s")
        self.seconds = seconds


class Moved(SendError):
    """The receiving chat lives on under `new_address`; the message can be sent there at once."""

    def __init__(self, new_address: str) -> None:
        super().__init__("the chat has a new id")
        self.new_address = new_address


class Sender(Protocol):
    """One channel to people; each has an in-memory twin in the tests."""

    async def deliver(self, outgoing: Outgoing) -> str:
        """Do it, and return the platform's id of the message; raises `SendError` or a subclass when it failed."""
        ...
