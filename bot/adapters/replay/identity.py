"""Who wrote a message and which message it is, so that the same chat exported again brings nothing new.

Another phone shows other names (each phone has its own contacts) and, for WhatsApp, no ids and no seconds. So a
message of WhatsApp is known by its minute, its text without anything that differs between phones, and its place
among equals in that minute. The writer's shown name plays no part.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

from rules.vocabulary import Account, Chat

DIRECTION_MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
"""Invisible marks that WhatsApp puts around names, numbers and its own words; they are no part of a text."""

MINUTES = 1_440
"""Minutes in which equals are counted before the oldest is forgotten: exports are in order of time but for lateness."""

_DIRECTION = re.compile(f"[{DIRECTION_MARKS}\0]")
_INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+")
_MENTION = re.compile(r"@(?:[\u2066-\u2068][^\u2069\n]{0,100}\u2069|\+?\d{6,15})")
_SURROGATE = re.compile("[\ud800-\udfff]")


def shown(text: str) -> str:
    """Return `text` as a person sees it: without direction marks, NUL, halves of characters and outer space."""
    if not text.isascii() or "\0" in text:
        text = _SURROGATE.sub("\ufffd", _DIRECTION.sub("", text))
    return text.strip()


@lru_cache(maxsize=10_000)
def author(*names: str | None) -> Account:
    """Return the account of whoever an export shows by the first of `names` that can be seen, `?` if none can.

    WhatsApp puts `~ ` before people who are no contact.
    """
    visible = (" ".join(shown(name).removeprefix("~").split())[:200] for name in names if name)
    name = next(filter(None, visible), "?")
    return Account("replay", unicodedata.normalize("NFKC", name).casefold(), name)


def essence(text: str) -> str:
    """Return what stays equal however a text is exported: no capitals, spaces, invisible marks or mentioned names.

    Nothing is normalised by Unicode's forms: apps pass a text on as it was typed, and Python needs quadratic time
    for hostile runs of accents.
    """
    if "@" in text:
        text = _MENTION.sub("@", text)
    return _INVISIBLE.sub("", text.casefold())


class Identities:
    """Gives the messages of one export their identities, in the order of the file."""

    def __init__(self, chat: Chat) -> None:
        self._chat = f"{chat.platform}\0{chat.id}\0"
        self._seen: dict[int, Counter[str]] = {}

    def by_minute(self, minute: datetime, text: str) -> str:
        """Return the identity of a message that has no id: its minute, its essence, its place among equals."""
        number = int(minute.timestamp()) // 60
        identity = self._digest(f"{number}\0{essence(text)}")
        if number not in self._seen:
            self._seen[number] = Counter()
            if len(self._seen) > MINUTES:
                del self._seen[next(iter(self._seen))]
        equals = self._seen[number]
        equals[identity] += 1
        return identity if equals[identity] == 1 else f"{identity}.{equals[identity]}"

    def by_id(self, message_id: str, text: str) -> str:
        """Return the identity of a message with an id; an edit has another one."""
        return self._digest(f"{message_id}\0{essence(text)}")

    def _digest(self, content: str) -> str:
        """Return 128 bits that stand for `content` in this chat."""
        return blake2b((self._chat + content).encode("utf-8", "replace"), digest_size=16).hexdigest()
