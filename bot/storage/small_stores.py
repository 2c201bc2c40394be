"""The small stores: counters and marks, dialogs, the audit chain, job claims and schools."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot import audit
from bot.clock import Clock, Ids
from bot.storage.sealing import Seal
from bot.storage.tables import AuditHeadRow, AuditRow, ChatMarkRow, CounterRow, DialogRow, JobClaimRow, SchoolRow
from rules.vocabulary import Account, IncomingMessage

DIALOG = "dialogs.state"
DIALOG_TERM = timedelta(days=1)
"""A conversation with the bot that nobody went on with is forgotten after this."""


def insert_of(session: AsyncSession) -> Any:
    """Return the dialect's INSERT that knows `on_conflict_…`, alike on SQLite and PostgreSQL."""
    return sqlite.Insert if session.get_bind().dialect.name == "sqlite" else postgresql.Insert


@cache
def _add_to_counter(insert: Any) -> Any:
    """Return the statement that adds to a counter or begins it; made once, since making it costs more than running."""
    statement = insert(CounterRow)
    return statement.on_conflict_do_update(
        index_elements=["school_id", "day", "group_id", "name"],
        set_={"value": CounterRow.value + statement.excluded.value},
    )


@cache
def _move_mark(insert: Any) -> Any:
    """Return the statement that sets a chat's mark, never back in time."""
    statement = insert(ChatMarkRow)
    return statement.on_conflict_do_update(
        index_elements=["platform", "chat"],
        set_={"message_id": statement.excluded.message_id, "sent_at": statement.excluded.sent_at},
        where=ChatMarkRow.sent_at <= statement.excluded.sent_at,
    )


class SqlCounters:
    """Counters and chat marks on SQL."""

    def __init__(self, session: AsyncSession, ids: Ids) -> None:
        self._session = session
        self._ids = ids

    async def add(self, counts: Mapping[tuple[UUID, UUID, date, str], int]) -> None:
        """Add to counters; the key is (school, group, day, name)."""
        rows = [
            {
                "id": self._ids.uuid(),
                "school_id": school_id,
                "group_id": group_id,
                "day": day.isoformat(),
                "name": name,
                "value": value,
            }
            for (school_id, group_id, day, name), value in sorted(counts.items())
        ]
        if rows:
            await self._session.execute(_add_to_counter(insert_of(self._session)), rows)

    async def totals(self, school_id: UUID, first: date, last: date) -> dict[str, int]:
        """Return name -> count over the days first..last, both included."""
        rows = await self._session.execute(
            select(CounterRow.name, func.sum(CounterRow.value))
            .where(CounterRow.school_id == school_id, CounterRow.day.between(first.isoformat(), last.isoformat()))
            .group_by(CounterRow.name)
        )
        return {name: int(total) for name, total in rows}

    async def mark(self, last: Iterable[tuple[UUID, IncomingMessage]]) -> None:
        """Remember the last processed messages, one per chat, each with its school."""
        rows = [
            {
                "id": self._ids.uuid(),
                "school_id": school_id,
                "platform": message.chat.platform,
                "chat": message.chat.id,
                "message_id": message.message_id,
                "sent_at": message.sent_at,
            }
            for school_id, message in last
        ]
        if rows:
            await self._session.execute(_move_mark(insert_of(self._session)), rows)


class SqlDialogs:
    """Half-finished conversations on SQL, sealed."""

    def __init__(self, session: AsyncSession, seal: Seal, ids: Ids, clock: Clock) -> None:
        self._session = session
        self._seal = seal
        self._ids = ids
        self._clock = clock

    async def get(self, school_id: UUID, account: Account) -> dict[str, str] | None:
        """Return the state of the dialog; None when there is none or it is over a day old."""
        row = await self._row(school_id, account)
        if row is None or row.updated_at < self._clock() - DIALOG_TERM:
            return None
        state: dict[str, str] = self._seal.open_value(DIALOG, school_id, row.state_sealed)
        return state

    async def put(self, school_id: UUID, account: Account, state: Mapping[str, str]) -> None:
        """Store the state of the dialog."""
        row = await self._row(school_id, account)
        if row is None:
            row = DialogRow(
                id=self._ids.uuid(),
                school_id=school_id,
                channel=account.platform,
                account_lookup=self._lookup(account),
            )
            self._session.add(row)
        row.state_sealed = self._seal.value(DIALOG, school_id, dict(state))
        row.updated_at = self._clock()
        await self._session.flush()

    async def end(self, school_id: UUID, account: Account) -> None:
        """Forget the dialog, and with it every dialog that nobody went on with."""
        await self._session.execute(
            delete(DialogRow).where(
                (DialogRow.school_id == school_id)
                & (
                    (DialogRow.account_lookup == self._lookup(account))
                    | (DialogRow.updated_at < self._clock() - DIALOG_TERM)
                )
            )
        )

    async def _row(self, school_id: UUID, account: Account) -> DialogRow | None:
        return await self._session.scalar(
            select(DialogRow).where(
                DialogRow.school_id == school_id,
                DialogRow.channel == account.platform,
                DialogRow.account_lookup == self._lookup(account),
            )
        )

    def _lookup(self, account: Account) -> str:
        return self._seal.lookup("dialog", f"{account.platform}:{account.id}")


class SqlAuditLog:
    """The audit chain on SQL, over pseudonyms."""

    def __init__(self, session: AsyncSession, seal: Seal, ids: Ids, clock: Clock) -> None:
        self._session = session
        self._seal = seal
        self._ids = ids
        self._clock = clock

    async def record(self, school_id: UUID, actor: UUID, action: str, subject: str) -> None:
        """Add one read or decision to the chain."""
        head = await self._session.scalar(
            select(AuditHeadRow).where(AuditHeadRow.school_id == school_id).with_for_update()
        )
        if head is None:
            head = AuditHeadRow(id=self._ids.uuid(), school_id=school_id, position=0, hash="")
            self._session.add(head)
        row = AuditRow(
            id=self._ids.uuid(),
            school_id=school_id,
            position=head.position + 1,
            at=self._clock(),
            actor=self._seal.lookup("actor", str(actor)),
            action=action,
            subject=self._seal.lookup("subject", subject),
            previous=head.hash,
        )
        row.hash = audit.link(row.previous, row.position, row.at, row.actor, row.action, row.subject)
        self._session.add(row)
        head.position, head.hash = row.position, row.hash
        await self._session.flush()

    async def first_broken(self, school_id: UUID) -> int | None:
        """Return the position of the first row that does not fit the chain; None when it is whole."""
        rows = await self._session.scalars(
            select(AuditRow).where(AuditRow.school_id == school_id).order_by(AuditRow.position)
        )
        head = await self._session.scalar(select(AuditHeadRow).where(AuditHeadRow.school_id == school_id))
        return audit.verify(rows, (head.position, head.hash) if head else (0, audit.START))


class SqlJobs:
    """Claims on periodic jobs: the unique key gives each (school, job, period) to one claimant."""

    def __init__(self, session: AsyncSession, ids: Ids, clock: Clock) -> None:
        self._session = session
        self._ids = ids
        self._clock = clock

    async def claim(self, school_id: UUID, job: str, period: str) -> bool:
        """Take a job on in this transaction; False when somebody did before."""
        insert = insert_of(self._session)
        taken = await self._session.execute(
            insert(JobClaimRow)
            .values(id=self._ids.uuid(), school_id=school_id, job=job, period=period, claimed_at=self._clock())
            .on_conflict_do_nothing(index_elements=["school_id", "job", "period"])
            .returning(JobClaimRow.id)
        )
        return taken.scalar_one_or_none() is not None

    async def forget_before(self, school_id: UUID, job: str, moment: datetime) -> None:
        """Delete claims of a job that were made before `moment`."""
        await self._session.execute(
            delete(JobClaimRow).where(
                JobClaimRow.school_id == school_id, JobClaimRow.job == job, JobClaimRow.claimed_at < moment
            )
        )


class SqlSchools:
    """Schools on SQL."""

    def __init__(self, session: AsyncSession, ids: Ids, clock: Clock) -> None:
        self._session = session
        self._ids = ids
        self._clock = clock

    async def put(self, slug: str, name: str, keys_check: str) -> tuple[UUID, str]:
        """Return id and remembered key check of the school with this short name, made or renamed now."""
        row = await self._session.scalar(select(SchoolRow).where(SchoolRow.slug == slug))
        if row is None:
            row = SchoolRow(id=self._ids.uuid(), slug=slug, name=name, keys_check=keys_check, created_at=self._clock())
            self._session.add(row)
        row.name = name
        await self._session.flush()
        return row.id, row.keys_check
