"""The conversation window: the last messages of each chat, in memory only and for a day at most (design, section 5)."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta

from rules.vocabulary import Chat, IncomingMessage, Line, Role

LINES = 20
"""Messages kept per chat: what surrounds a flagged message in its case."""
TERM = timedelta(days=1)
CHATS = 2_000
"""Chats kept at the same time; the one that was silent longest goes first."""


class Conversations:
    """The last messages of each chat, oldest first, each with its identity."""

    def __init__(self) -> None:
        self._chats: OrderedDict[Chat, deque[tuple[str, Line]]] = OrderedDict()
        self._arrived: dict[Chat, datetime] = {}

    def before(self, message: IncomingMessage) -> tuple[Line, ...]:
        """Return what was said in the chat in the day before the message, without the message itself.

        What came later is left out: a message can be judged again after others have arrived.
        """
        return tuple(
            line
            for identity, line in self._chats.get(message.chat, ())
            if line.sent_at is not None
            and message.sent_at - TERM < line.sent_at <= message.sent_at
            and not _is_same(identity, line, message)
        )

    def add(self, message: IncomingMessage, role: Role, now: datetime) -> None:
        """Remember a message that arrived `now`; an edited one takes the place of what it was."""
        line = Line(message.author.id, message.author.name, message.text, role, message.sent_at, message.message_id)
        lines = self._chats.setdefault(message.chat, deque(maxlen=LINES))
        self._chats.move_to_end(message.chat)
        self._arrived[message.chat] = now
        for index, (identity, earlier) in enumerate(lines):
            if _is_same(identity, earlier, message):
                lines[index] = (message.identity, line)
                return
        lines.append((message.identity, line))

    def forget(self, now: datetime) -> None:
        """Drop chats in which nothing arrived for a day, and the longest silent ones when there are too many."""
        while self._chats:
            chat = next(iter(self._chats))
            if len(self._chats) <= CHATS and self._arrived[chat] > now - TERM:
                return
            del self._chats[chat], self._arrived[chat]


def _is_same(identity: str, line: Line, message: IncomingMessage) -> bool:
    """Tell whether a line is the message, edited or not; an export may show no id of it."""
    return identity == message.identity or line.message_id == message.message_id != ""
