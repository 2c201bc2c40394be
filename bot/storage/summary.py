"""The numbers of the weekly summary, read from the tables; SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.access import MAY, Permission
from bot.cases.case import Decision, Relation
from bot.cases.transitions import Action
from bot.clock import Clock
from bot.outgoing import NOWHERE
from bot.storage.cases import UNDECIDED
from bot.storage.small_stores import SqlCounters
from bot.storage.tables import (
    CaseAudienceRow,
    CaseEventRow,
    CasePersonRow,
    CaseRow,
    FlagRow,
    JobClaimRow,
    JournalRow,
    OutboxRow,
    ReportRow,
    RoleRow,
    SchoolRow,
)
from bot.summary import HOURLY, Numbers, Week
from rules.vocabulary import Category, Role, Severity

LINE: Final = (Role.STAFF, Role.MENTOR, Role.COORDINATOR, Role.LEADERSHIP)
"""Roles in the line of the school: a case that none of them got went past it, and is counted for nobody."""
READERS_AND_ABOVE: Final = (
    *(role for role, rights in MAY.items() if Permission.SUMMARY in rights),
    Role.BOARD,
    Role.SUPERVISORY_BOARD,
)
"""Roles of people whose own cases are counted for nobody."""
HOUR: Final = timedelta(hours=1)


def countable(school_id: UUID) -> Select[Any]:
    """Select the cases that every reader may see in a number; the rule is that of `bot.summary.SummaryStore`."""
    in_line = exists().where(CaseAudienceRow.case_id == CaseRow.id, CaseAudienceRow.role.in_(LINE))
    about_reader = exists().where(
        CasePersonRow.case_id == CaseRow.id,
        CasePersonRow.relation.in_([Relation.SUBJECT, Relation.TARGET]),
        CasePersonRow.person_id == RoleRow.person_id,
        RoleRow.role.in_(READERS_AND_ABOVE),
    )
    return select(CaseRow.id).where(CaseRow.school_id == school_id, in_line, ~about_reader)


def during(week: Week, moment: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """Return the SQL condition that a moment lies in the week."""
    return and_(moment >= week.starts, moment < week.ends)


class SqlSummary:
    """The numbers of a week on SQL."""

    def __init__(self, session: AsyncSession, counters: SqlCounters, clock: Clock) -> None:
        self._session = session
        self._counters = counters
        self._clock = clock

    async def numbers(self, school_id: UUID, week: Week) -> Numbers | None:
        """Return the numbers of a school; None for a week that was over before the school began with the bot."""
        began = await self._session.scalar(select(SchoolRow.created_at).where(SchoolRow.id == school_id))
        if began is None or began >= week.ends:
            return None
        counted = countable(school_id)
        flags = select(FlagRow.category).where(FlagRow.case_id.in_(counted), during(week, FlagRow.created_at))
        new_cases = select(CaseRow.severity).where(CaseRow.id.in_(counted), during(week, CaseRow.opened_at))
        decided = await self._decided(counted, week)
        messages = await self._counters.totals(school_id, week.first, week.last)
        return Numbers(
            flags=Counter(map(Category, await self._session.scalars(flags))),
            new_cases=Counter(map(Severity.of, await self._session.scalars(new_cases))),
            reports=await self._count(ReportRow.id, ReportRow.case_id.in_(counted), during(week, ReportRow.created_at)),
            open_cases=await self._count(CaseRow.id, CaseRow.id.in_(counted), CaseRow.state.in_(UNDECIDED)),
            hours_to_taken=await self._hours_to_taken(counted, week),
            hours_to_decided=tuple(hours for _, hours in decided),
            decisions=Counter(decision for decision, _ in decided),
            checked=messages.get("checked", 0),
            unchecked=messages.get("unchecked", 0) + messages.get("unreadable", 0),
            waiting=await self._count(
                JournalRow.id, JournalRow.school_id == school_id, JournalRow.received_at < week.ends
            ),
            undeliverable=await self._undeliverable(school_id, counted, week),
            hours_on=await self._count(
                JobClaimRow.id,
                JobClaimRow.school_id == school_id,
                JobClaimRow.job == HOURLY,
                during(week, JobClaimRow.claimed_at),
            ),
            hours_due=hours_due(week, began, self._clock()),
            not_looked_at=messages.get("not_looked_at", 0),
        )

    async def _count(self, key: InstrumentedAttribute[UUID], *conditions: ColumnElement[bool]) -> int:
        return await self._session.scalar(select(func.count(key)).where(*conditions)) or 0

    async def _hours_to_taken(self, counted: Select[Any], week: Week) -> tuple[float, ...]:
        taken = func.min(CaseEventRow.at)
        rows = await self._session.execute(
            select(CaseRow.opened_at, taken)
            .join(CaseEventRow, CaseEventRow.case_id == CaseRow.id)
            .where(CaseRow.id.in_(counted), CaseEventRow.action == Action.TAKE)
            .group_by(CaseRow.id, CaseRow.opened_at)
            .having(during(week, taken))
        )
        return tuple((taken_at - opened_at) / HOUR for opened_at, taken_at in rows)

    async def _decided(self, counted: Select[Any], week: Week) -> list[tuple[Decision, float]]:
        rows = await self._session.execute(
            select(CaseRow.decision, CaseRow.opened_at, CaseRow.decided_at).where(
                CaseRow.id.in_(counted), during(week, CaseRow.decided_at)
            )
        )
        return [
            (Decision(decision), (decided_at - opened_at) / HOUR)
            for decision, opened_at, decided_at in rows
            if decision and decided_at
        ]

    async def _undeliverable(self, school_id: UUID, counted: Select[Any], week: Week) -> int:
        """Count what was given up this week, and what was written this week to people whom nothing reaches."""
        return await self._count(
            OutboxRow.id,
            OutboxRow.school_id == school_id,
            or_(OutboxRow.case_id.is_(None), OutboxRow.case_id.in_(counted)),
            or_(
                during(week, OutboxRow.undeliverable_at),
                and_(OutboxRow.channel == NOWHERE, during(week, OutboxRow.created_at)),
            ),
        )


def hours_due(week: Week, began: datetime, now: datetime) -> int:
    """Return how many hours of the week lie between the hour in which a school began and the present one."""
    first = max(week.starts, began.replace(minute=0, second=0, microsecond=0))
    last = min(week.ends, now.replace(minute=0, second=0, microsecond=0))
    return max(0, (last - first) // HOUR)
