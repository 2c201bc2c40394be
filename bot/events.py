"""What can happen on a platform, as frozen values: all that an adapter hands to the journal.

Every event is written to the journal before the platform hears that it arrived (promise 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from rules.vocabulary import Account, Chat, IncomingMessage


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """A message in a group: new, or edited (then it has another identity)."""

    message: IncomingMessage
    type: Literal["message"] = "message"


@dataclass(frozen=True, slots=True)
class MembershipChanged:
    """Somebody came into a chat or left it; `is_bot_itself` when it is this bot."""

    chat: Chat
    account: Account
    joined: bool
    at: datetime
    is_bot_itself: bool = False
    type: Literal["membership"] = "membership"


@dataclass(frozen=True, slots=True)
class ChatMoved:
    """A chat got another id on its platform (a Telegram group that became a supergroup)."""

    chat: Chat
    new_id: str
    type: Literal["moved"] = "moved"


@dataclass(frozen=True, slots=True)
class GroupCommand:
    """A command typed in a group, without its slash: `/koppel AB12` is `koppel` with argument `AB12`."""

    chat: Chat
    account: Account
    command: str
    argument: str
    message_id: str
    at: datetime
    type: Literal["command"] = "command"


@dataclass(frozen=True, slots=True)
class PrivateText:
    """A text in the private chat between one person and the bot; commands included, with their slash."""

    account: Account
    text: str
    at: datetime
    type: Literal["private"] = "private"


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """A button under one of the bot's own private messages; `message_id` is the copy that it stands under."""

    account: Account
    data: str
    message_id: str
    callback_id: str
    at: datetime
    type: Literal["button"] = "button"


@dataclass(frozen=True, slots=True)
class ReachabilityChanged:
    """Somebody blocked the bot or let it in again: whether private messages can reach them."""

    account: Account
    reachable: bool
    type: Literal["reachability"] = "reachability"


Event = Annotated[
    MessagePosted | MembershipChanged | ChatMoved | GroupCommand | PrivateText | ButtonPressed | ReachabilityChanged,
    Field(discriminator="type"),
]

_codec: TypeAdapter[Event] = TypeAdapter(Event)


def encode(event: Event) -> bytes:
    """Return the event as JSON bytes for the journal."""
    return _codec.dump_json(event)


def decode(data: bytes) -> Event:
    """Return the event that `encode` wrote; raises `pydantic.ValidationError` when the bytes are no event."""
    return _codec.validate_json(data)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event as its platform delivered it.

    `sequence` is the platform's own ascending number (Telegram's update_id); the journal leaves out a number
    that it already holds. Several events that one update stands for have the same number and follow each other.
    None where the platform has none: then the event's own identity keeps effects single.
    """

    event: Event
    sequence: int | None = None
