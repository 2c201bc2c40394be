"""The chain of the audit log: each row's hash covers the row and the hash before it (promise 5).

An edit, a removal or a change of order breaks the chain from there on; rows cut off its end show when the head of
the chain is compared. Who can write all rows and the head can make a whole new chain: print the head now and then,
or send it to somebody else, and compare.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, Protocol

START: Final = ""
"""What the first row of a chain names as the hash before it."""


class Row(Protocol):
    """One read or decision as stored; actor and subject are pseudonyms."""

    @property
    def position(self) -> int:
        """Number in the chain, from 1, without gaps."""
        ...

    @property
    def at(self) -> datetime:
        """When it happened (with a time zone)."""
        ...

    @property
    def actor(self) -> str:
        """Who did it."""
        ...

    @property
    def action(self) -> str:
        """What was done."""
        ...

    @property
    def subject(self) -> str:
        """What it was done to."""
        ...

    @property
    def previous(self) -> str:
        """Hash of the row before."""
        ...

    @property
    def hash(self) -> str:
        """Hash of this row."""
        ...


def link(previous_hash: str, position: int, at: datetime, actor: str, action: str, subject: str) -> str:
    """Return the hash of a row in 64 hexadecimal digits: SHA-256 of a JSON list of its fields, the moment in UTC.

    Raises `ValueError` for a moment without a time zone, since its hash would depend on the machine.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone")
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = json.dumps([previous_hash, position, moment, actor, action, subject], separators=(",", ":"))
    return hashlib.sha256(fields.encode("ascii")).hexdigest()


def verify(rows: Iterable[Row], head: tuple[int, str] | None = None) -> int | None:
    """Return the first position at which the chain is broken, or None when it is whole.

    `rows` come in the order of the chain; `head` is the (position, hash) that the chain must end with, where known.
    """
    position, previous = 0, START
    for row in rows:
        position += 1
        expected = link(previous, position, row.at, row.actor, row.action, row.subject)
        if (row.position, row.previous, row.hash) != (position, previous, expected):
            return position
        previous = row.hash
    return None if head is None or head == (position, previous) else min(position, head[0]) + 1
