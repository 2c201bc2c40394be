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
    """The last messages of each chat, oldest first."""

    def __init__(self) -> None:
        self._chats: OrderedDict[Chat, deque[tuple[IncomingMessage, Role]]] = OrderedDict()
        self._arrived: dict[Chat, datetime] = {}

    def before(self, message: IncomingMessage) -> tuple[Line, ...]:
        """Return what was said in the chat in the day before the message, without the message itself.

        What came later is left out: a message can be judged again after others have arrived.
        """
        return tuple(
            Line(earlier.author.id, earlier.author.name, earlier.text, role, earlier.sent_at, earlier.message_id)
            for earlier, role in self._chats.get(message.chat, ())
            if message.sent_at - TERM < earlier.sent_at <= message.sent_at and not _is_same(earlier, message)
        )

    def add(self, message: IncomingMessage, role: Role, now: datetime) -> None:
        """Remember a message that arrived `now`; an edited one takes the place of what it was."""
        messages = self._chats.setdefault(message.chat, deque(maxlen=LINES))
        self._chats.move_to_end(message.chat)
        self._arrived[message.chat] = now
        for index, (earlier, _) in enumerate(messages):
            if _is_same(earlier, message):
                messages[index] = (message, role)
                return
        messages.append((message, role))

    def forget(self, now: datetime) -> None:
        """Drop chats in which nothing arrived for a day, and the longest silent ones when there are too many."""
        while self._chats:
            chat = next(iter(self._chats))
            if len(self._chats) <= CHATS and self._arrived[chat] > now - TERM:
                return
            del self._chats[chat], self._arrived[chat]


def _is_same(one: IncomingMessage, other: IncomingMessage) -> bool:
    """Tell whether two are the same message of a chat, edited or not; what an export shows may have no id."""
    return one.identity == other.identity or (one.message_id == other.message_id != "")
