"""Messages to measure with: the demo's class chat over and over, in many chats, each message with its own identity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bot.adapters.replay.export import read_export
from bot.detection import judge, prepare
from rules.deciding import decide
from rules.protocols import load_protocol
from rules.vocabulary import Account, Chat, Facts, Group, GroupKind, IncomingMessage

CHAT_EXPORT = Path(__file__).parents[2] / "deploy" / "demo" / "klas-2b.txt"


FLAGGED: Final = 100
"""One message in so many is flagged (our choice: a busy week; most chats have fewer)."""


def texts() -> list[tuple[str, str]]:
    """Return (author, text) of the demo's class chat, in a mix in which one in a hundred messages is flagged."""
    export = read_export(CHAT_EXPORT, chat=Chat("replay", "bench"), timezone=ZoneInfo("Europe/Amsterdam"))
    group = Facts(Group("", "", GroupKind.CLASS))
    protocol = load_protocol("willem-van-oranje-2026")
    prepare()
    said = [message for message in export.messages if message.text]
    found = judge([(message, group) for message in said])
    bad = {message.text for message, one in zip(said, found, strict=True) if decide(one, group, protocol).flags}
    clean = cycle((message.author.name, message.text) for message in said if message.text not in bad)
    mix: list[tuple[str, str]] = []
    for message in said:
        if message.text in bad:
            mix += [*islice(clean, FLAGGED - 1), (message.author.name, message.text)]
    return mix


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
