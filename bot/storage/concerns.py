"""Notices of concerns: what was sent one by one, and what waits for the next digest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases.case import Case, Person, State
from bot.clock import Clock, Ids
from bot.storage.tables import CaseRow, ConcernNoticeRow

FREE: Final = (State.OPEN, State.ESCALATED, State.REOPENED)
"""States in which nobody handles a case."""
DONE: Final = (State.DECIDED, State.CLOSED)


class SqlConcerns:
    """Notices of concerns on SQL."""

    def __init__(self, session: AsyncSession, ids: Ids, clock: Clock) -> None:
        self._session = session
        self._ids = ids
        self._clock = clock

    async def told(self, person_id: UUID, since: datetime) -> int:
        """Count the notices of concerns that somebody got one by one since then."""
        counted = select(func.count(ConcernNoticeRow.id)).where(
            ConcernNoticeRow.person_id == person_id, ConcernNoticeRow.at >= since, ~ConcernNoticeRow.held
        )
        return await self._session.scalar(counted) or 0

    async def add(self, person: Person, case: Case, *, held: bool) -> None:
        """Remember that somebody is told of a case now, or (`held`) in the next digest."""
        self._session.add(
            ConcernNoticeRow(
                id=self._ids.uuid(),
                school_id=case.school_id,
                person_id=person.id,
                case_id=case.id,
                at=self._clock(),
                held=held,
            )
        )

    async def held(self, school_id: UUID) -> dict[UUID, set[UUID]]:
        """Return who waits for the digest, by case, oldest case first; only cases that nobody handles at present."""
        rows = await self._session.execute(
            select(ConcernNoticeRow.case_id, ConcernNoticeRow.person_id)
            .join(CaseRow, CaseRow.id == ConcernNoticeRow.case_id)
            .where(ConcernNoticeRow.school_id == school_id, ConcernNoticeRow.held, CaseRow.state.in_(FREE))
            .order_by(ConcernNoticeRow.case_id)
        )
        found: dict[UUID, set[UUID]] = {}
        for case_id, person_id in rows:
            found.setdefault(case_id, set()).add(person_id)
        return found

    async def release(self, school_id: UUID, case_ids: Iterable[UUID]) -> None:
        """Forget that these cases wait for the digest: it is written in this transaction."""
        await self._session.execute(
            delete(ConcernNoticeRow).where(
                ConcernNoticeRow.school_id == school_id,
                ConcernNoticeRow.held,
                ConcernNoticeRow.case_id.in_(list(case_ids)),
            )
        )

    async def forget_before(self, school_id: UUID, moment: datetime) -> None:
        """Forget notices from before `moment`, but none of an undecided case that still waits for the digest."""
        done = select(CaseRow.id).where(CaseRow.school_id == school_id, CaseRow.state.in_(DONE))
        await self._session.execute(
            delete(ConcernNoticeRow).where(
                ConcernNoticeRow.school_id == school_id,
                ConcernNoticeRow.at < moment,
                or_(~ConcernNoticeRow.held, ConcernNoticeRow.case_id.in_(done)),
            )
        )
