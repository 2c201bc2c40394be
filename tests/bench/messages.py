"""Messages to measure with: the demo's class chat over and over, in many chats, each message with its own identity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.adapters.replay.export import read_export
from rules.vocabulary import Account, Chat, IncomingMessage

CHAT_EXPORT = Path(__file__).parents[2] / "deploy" / "demo" / "klas-2b.txt"


def texts() -> list[tuple[str, str]]:
    """Return (author, text) of the demo's class chat, messages without text left out."""
    export = read_export(CHAT_EXPORT, chat=Chat("replay", "bench"), timezone=ZoneInfo("Europe/Amsterdam"))
    return [(message.author.name, message.text) for message in export.messages if message.text]


def messages(chats: list[Chat], start: datetime, count: int, lines: list[tuple[str, str]]) -> Iterator[IncomingMessage]:
    """Yield `count` messages, the chats in turn, one second apart in each chat."""
    turns = cycle(chats)
    for number, (author, text) in zip(range(count), cycle(lines), strict=False):
        chat = next(turns)
        yield IncomingMessage(
            chat=chat,
            identity=f"{number}:0",
            author=Account("telegram", f"{chat.id}/{author}", author),
            text=text,
            sent_at=start + timedelta(seconds=number // len(chats)),
            message_id=str(number),
        )
