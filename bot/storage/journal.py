"""The journal: events on disk from before the platform hears of it until their effects are stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import events
from bot.clock import Clock, Ids
from bot.events import Delivery
from bot.keyring import ID_END
from bot.storage.sealing import Seal
from bot.storage.tables import Base, JournalRow, SourceMarkRow
from bot.stores import Entry

RENUMBERED_AFTER = timedelta(days=6)
"""Telegram numbers updates anew, at random, after a week without any (Bot API, `Update`): older marks say nothing."""
RECENT = 1000
"""How many sequence numbers are remembered for deliveries out of order (a webhook answers 100 at once at most)."""


JOURNAL = Base.metadata.tables["journal"]


class SqlJournal:
    """The journal on SQL."""

    def __init__(self, session: AsyncSession, seal: Seal, ids: Ids, clock: Clock) -> None:
        self._session = session
        self._seal = seal
        self._ids = ids
        self._clock = clock

    async def append(self, school_id: UUID, source: str, deliveries: Sequence[Delivery]) -> list[Entry]:
        """Write the deliveries that are not yet here and return them as entries, in order."""
        now = self._clock()
        mark = await self._mark(school_id, source)
        known = set(mark.recent) if mark.updated_at > now - RENUMBERED_AFTER else set()
        oldest = min(known, default=None) if len(known) >= RECENT else None
        entries: list[Entry] = []
        last: int | None = None
        for delivery in deliveries:
            number = delivery.sequence
            if number is not None and number != last:
                if number in known or (oldest is not None and number < oldest):
                    continue
                known.add(number)
            last = number
            mark.position += 1
            entries.append(Entry(self._ids.uuid(), school_id, source, mark.position, delivery.event, now))
        if entries:
            # Into the table, not by way of row objects: this is the one statement that every message waits for.
            await self._session.execute(
                insert(JOURNAL),
                [
                    {
                        "id": entry.id,
                        "school_id": school_id,
                        "source": source,
                        "position": entry.position,
                        "event_sealed": self._seal.event(school_id, events.encode(entry.event)),
                        "received_at": now,
                        "attempts": 0,
                        "failed": "",
                    }
                    for entry in entries
                ],
            )
            mark.recent = sorted(known)[-RECENT:]
            mark.sequence = max(known, default=None)
            mark.updated_at = now
            await self._session.flush()
        return entries

    async def _mark(self, school_id: UUID, source: str) -> SourceMarkRow:
        mark = await self._session.scalar(select(SourceMarkRow).where(SourceMarkRow.source == source).with_for_update())
        if mark is None:
            mark = SourceMarkRow(
                id=self._ids.uuid(),
                school_id=school_id,
                source=source,
                position=0,
                sequence=None,
                recent=[],
                updated_at=self._clock(),
            )
            self._session.add(mark)
        return mark

    async def last_sequence(self, source: str) -> int | None:
        """Return the highest platform sequence number on disk; None when there is none or it is over 6 days old."""
        return await self._session.scalar(
            select(SourceMarkRow.sequence).where(
                SourceMarkRow.source == source, SourceMarkRow.updated_at > self._clock() - RENUMBERED_AFTER
            )
        )

    async def waiting(self, source: str | None = None) -> list[Entry]:
        """Return the entries (of one source) that were never tried, in order of arrival."""
        return await self._entries(
            select(JournalRow)
            .where(JournalRow.retry_at.is_(None), (JournalRow.source == source) if source else true())
            .order_by(JournalRow.received_at, JournalRow.position)
        )

    async def due(self, limit: int) -> list[Entry]:
        """Return unchecked entries whose time to try again has come."""
        return await self._entries(
            select(JournalRow).where(JournalRow.retry_at <= self._clock()).order_by(JournalRow.retry_at).limit(limit)
        )

    async def _entries(self, query: object) -> list[Entry]:
        rows = (await self._session.scalars(query)).all()  # type: ignore[call-overload] # a select of JournalRow
        return [
            Entry(
                row.id,
                row.school_id,
                row.source,
                row.position,
                events.decode(self._seal.open_event(row.school_id, row.event_sealed)),
                row.received_at,
                row.attempts,
            )
            for row in rows
        ]

    async def done(self, ids: Iterable[UUID]) -> None:
        """Delete entries whose effects are stored in this transaction."""
        await self._session.execute(delete(JournalRow).where(JournalRow.id.in_(list(ids))))

    async def postpone(self, entry_id: UUID, failed: Sequence[str], retry_at: datetime) -> None:
        """Keep an entry as unchecked, to be tried again at `retry_at`."""
        await self._session.execute(
            update(JournalRow)
            .where(JournalRow.id == entry_id)
            .values(attempts=JournalRow.attempts + 1, failed=",".join(failed), retry_at=retry_at)
        )

    async def unchecked(self, school_id: UUID) -> int:
        """Count the entries that wait as unchecked."""
        return (
            await self._session.scalar(
                select(func.count())
                .select_from(JournalRow)
                .where(JournalRow.school_id == school_id, JournalRow.retry_at.is_not(None))
            )
        ) or 0

    async def key_ids(self) -> set[str]:
        """Return the ids of the journal keys that entries are still sealed under."""
        heads = await self._session.scalars(select(func.substr(JournalRow.event_sealed, 1, ID_END)).distinct())
        return {head[1:].hex() for head in heads}
