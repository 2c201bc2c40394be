"""The scores of flags with what people decided of them, for recalibration; no texts and no names."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.calibration import CheckedMessages, ScoredFlag
from bot.cases.case import Decision
from bot.storage.summary import countable
from bot.storage.tables import CaseRow, CounterRow, FlagRow, GroupRow
from rules.vocabulary import Category, GroupKind

JUDGED: Final = {Decision.FOUNDED.value: True, Decision.UNFOUNDED.value: False}
"""Decisions that say whether a flag was right; the others say nothing about it."""


class SqlScores:
    """Scores and decisions on SQL."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def flags(self, school_id: UUID, since: date, timezone: ZoneInfo) -> list[ScoredFlag]:
        """Return the flags since the beginning of a day, but of no case that leadership may not know of."""
        rows = await self._session.execute(
            select(
                FlagRow.case_id, GroupRow.kind, FlagRow.category, FlagRow.score, FlagRow.created_at, CaseRow.decision
            )
            .join(CaseRow, CaseRow.id == FlagRow.case_id)
            .join(GroupRow, GroupRow.id == CaseRow.group_id)
            .where(
                FlagRow.case_id.in_(countable(school_id)),
                FlagRow.created_at >= datetime.combine(since, time(), timezone),
            )
            .order_by(FlagRow.id)
        )
        return [
            ScoredFlag(
                case_id,
                GroupKind(kind),
                Category(category),
                score,
                created_at.astimezone(timezone).date(),
                JUDGED.get(decision or ""),
            )
            for case_id, kind, category, score, created_at, decision in rows
        ]

    async def checked(self, school_id: UUID, since: date) -> list[CheckedMessages]:
        """Return how many messages every detector judged, by kind of group and day."""
        rows = await self._session.execute(
            select(GroupRow.kind, CounterRow.day, CounterRow.value)
            .join(GroupRow, GroupRow.id == CounterRow.group_id)
            .where(CounterRow.school_id == school_id, CounterRow.name == "checked", CounterRow.day >= since.isoformat())
        )
        return [CheckedMessages(GroupKind(kind), date.fromisoformat(day), count) for kind, day, count in rows]
