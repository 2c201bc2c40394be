"""The outbox: messages to people, written with their cause; and the copies that platforms accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outgoing as codec
from bot.cases.case import Case
from bot.clock import Clock, Ids
from bot.outgoing import NOWHERE, Outgoing
from bot.storage.sealing import Seal
from bot.storage.tables import AccountRow, OutboxRow, SentCopyRow
from bot.stores import Post, SentCopy

PAYLOAD = "outbox.payload"
ADDRESS = "sent_copies.address"
ACCOUNT = "accounts.address"


class SqlOutbox:
    """The outbox on SQL."""

    def __init__(self, session: AsyncSession, seal: Seal, ids: Ids, clock: Clock) -> None:
        self._session = session
        self._seal = seal
        self._ids = ids
        self._clock = clock

    async def add(
        self,
        school_id: UUID,
        channel: str,
        outgoing: Outgoing,
        *,
        person_id: UUID | None = None,
        case_id: UUID | None = None,
    ) -> None:
        """Write a message; it is sent after this transaction."""
        now = self._clock()
        row = OutboxRow(
            id=self._ids.uuid(),
            school_id=school_id,
            channel=channel,
            person_id=person_id,
            case_id=case_id,
            payload_sealed=self._seal.text(PAYLOAD, school_id, codec.encode(outgoing).decode()),
            created_at=now,
            due_at=now,
        )
        self._session.add(row)

    async def due(self, channel: str, limit: int) -> list[Post]:
        """Return messages of a channel whose time has come, in the order in which they were written."""
        rows = await self._session.scalars(
            select(OutboxRow)
            .where(
                OutboxRow.channel == channel, OutboxRow.due_at <= self._clock(), OutboxRow.undeliverable_at.is_(None)
            )
            .order_by(OutboxRow.id)
            .limit(limit)
        )
        return [await self._post(row) for row in rows.all()]

    async def _post(self, row: OutboxRow) -> Post:
        outgoing = codec.decode(self._seal.open_text(PAYLOAD, row.school_id, row.payload_sealed).encode())
        if not outgoing.address and row.person_id is not None:
            # Looked up now, not when it was written: the person may have another account by now.
            sealed = await self._session.scalar(
                select(AccountRow.address_sealed).where(
                    AccountRow.person_id == row.person_id, AccountRow.platform == row.channel
                )
            )
            if sealed is not None:
                outgoing = replace(outgoing, address=self._seal.open_text(ACCOUNT, row.school_id, sealed))
        return Post(row.id, row.school_id, row.channel, row.person_id, row.case_id, outgoing, row.attempts)

    async def sent(self, post: Post, message_id: str) -> None:
        """Take the message out and, where it belongs to a case, record the copy; once however often it is said."""
        await self._session.execute(delete(OutboxRow).where(OutboxRow.id == post.id))
        if post.case_id is None or post.outgoing.verb != "send":
            return
        # Whether the row was still there says nothing: evidence on its way was perhaps withdrawn, and stands in a chat.
        if await self._session.scalar(select(SentCopyRow.id).where(SentCopyRow.outbox_id == post.id)):
            return
        self._session.add(
            SentCopyRow(
                id=self._ids.uuid(),
                school_id=post.school_id,
                outbox_id=post.id,
                case_id=post.case_id,
                person_id=post.person_id,
                channel=post.channel,
                address_sealed=self._seal.text(ADDRESS, post.school_id, post.outgoing.address),
                message_id=message_id,
                holds_evidence=post.outgoing.holds_evidence,
                sent_at=self._clock(),
            )
        )
        await self._session.flush()

    async def postpone(self, post: Post, due_at: datetime) -> None:
        """Try the message again at `due_at`."""
        await self._session.execute(
            update(OutboxRow).where(OutboxRow.id == post.id).values(attempts=OutboxRow.attempts + 1, due_at=due_at)
        )

    async def drop(self, post: Post) -> None:
        """Take a message out that another one replaces."""
        await self._session.execute(delete(OutboxRow).where(OutboxRow.id == post.id))

    async def readdress(self, post: Post, address: str) -> None:
        """Send a message to the new address of its chat."""
        moved = codec.encode(replace(post.outgoing, address=address)).decode()
        await self._session.execute(
            update(OutboxRow)
            .where(OutboxRow.id == post.id)
            .values(payload_sealed=self._seal.text(PAYLOAD, post.school_id, moved), due_at=self._clock())
        )

    async def give_up(self, post: Post, error: str) -> None:
        """Keep the message as undeliverable, to be counted and shown; of one to nobody known, only that it was."""
        values: dict[str, Any] = {"attempts": OutboxRow.attempts + 1, "undeliverable_at": self._clock(), "error": error}
        if post.person_id is None:
            # It may be the receipt of an anonymous report: neither address nor text may stay (promise 8).
            values["payload_sealed"] = self._seal.text(PAYLOAD, post.school_id, codec.encode(Outgoing("")).decode())
        await self._session.execute(update(OutboxRow).where(OutboxRow.id == post.id).values(values))

    async def withdraw_evidence(self, case: Case) -> None:
        """Take messages with evidence of a case out that were not sent yet."""
        rows = await self._session.scalars(select(OutboxRow).where(OutboxRow.case_id == case.id))
        for row in rows.all():
            if codec.decode(self._seal.open_text(PAYLOAD, row.school_id, row.payload_sealed).encode()).holds_evidence:
                await self._session.delete(row)
        await self._session.flush()

    async def undeliverable(self, school_id: UUID) -> int:
        """Count the messages that could not be delivered."""
        return (
            await self._session.scalar(
                select(func.count())
                .select_from(OutboxRow)
                .where(
                    OutboxRow.school_id == school_id,
                    OutboxRow.undeliverable_at.is_not(None) | (OutboxRow.channel == NOWHERE),
                )
            )
        ) or 0

    async def copies(self, case: Case) -> list[SentCopy]:
        """Return the copies of a case's messages that were not redacted yet."""
        rows = await self._session.scalars(
            select(SentCopyRow)
            .where(SentCopyRow.case_id == case.id, SentCopyRow.redacted_at.is_(None))
            .order_by(SentCopyRow.id)
        )
        return [
            SentCopy(
                row.id,
                row.person_id,
                row.channel,
                self._seal.open_text(ADDRESS, row.school_id, row.address_sealed),
                row.message_id,
                row.holds_evidence,
                row.sent_at,
            )
            for row in rows
        ]

    async def redacted(self, copy: SentCopy) -> None:
        """Remember that the redaction of a copy is on its way."""
        await self._session.execute(
            update(SentCopyRow).where(SentCopyRow.id == copy.id).values(redacted_at=self._clock())
        )
