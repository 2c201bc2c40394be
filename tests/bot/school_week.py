"""A school with people in every role, and short words for what happens there in a week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bot.cases.case import Case, Decision, Matter, Person, State
from bot.cases.transitions import decide, take
from bot.clock import Ids
from bot.storage.store import SqlStore, SqlTransaction
from bot.stores import Evidence
from rules.vocabulary import Category, Flag, GroupKind, Role, Severity
from tests.conftest import FixedClock

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
"""Where the clock stands when the school is made; its week is `2026-W47`."""


@dataclass(frozen=True)
class World:
    """A school, its people by role, and what can happen."""

    school: UUID
    group: UUID
    people: dict[Role, Person]
    ids: Ids
    clock: FixedClock

    async def case(
        self,
        tx: SqlTransaction,
        audience: Iterable[Role] = (Role.MENTOR,),
        *,
        subjects: Iterable[Role] = (),
        targets: Iterable[Role] = (),
        severity: Severity = Severity.CONCERN,
        categories: Iterable[Category] = (Category.INSULT,),
    ) -> Case:
        """Open a case now, with flags of these categories."""
        now = self.clock()
        case = Case(
            id=self.ids.uuid(),
            school_id=self.school,
            number=self.ids.case_number(),
            group_id=self.group,
            matter=Matter.CONDUCT,
            severity=severity,
            state=State.OPEN,
            protocol="p",
            protocol_version="1",
            opened_at=now,
            last_flag_at=now,
            audience=frozenset(audience),
            subjects=frozenset(self.people[role].id for role in subjects),
            targets=frozenset(self.people[role].id for role in targets),
        )
        await tx.cases.add(case)
        for category in categories:
            flag = Flag(category, severity, 0.9, (), ())
            evidence = Evidence("Sam", "…", now - timedelta(days=300), category, severity, 0.9, (), (), (), ())
            await tx.cases.add_flag(case, self.ids.code(12), flag, evidence)
        return case

    async def handle(self, tx: SqlTransaction, case: Case, *, taken: float, decided: float, as_: Decision) -> Case:
        """Take a case and decide it, so many hours after it was opened."""
        by = self.people[Role.MENTOR].id
        at = case.opened_at + timedelta(hours=taken)
        step = take(case, by, at)
        await tx.cases.save(step, by, at)
        at = case.opened_at + timedelta(hours=decided)
        step = decide(step.case, by, at, as_, "Gezien en besproken", "Is ziek thuis")
        await tx.cases.save(step, by, at)
        return step.case


async def make_world(store: SqlStore, ids: Ids, clock: FixedClock, school: UUID) -> World:
    """Put a group and a person of every role into a school."""
    async with store.write() as tx:
        group = UUID((await tx.people.put_group(school, "2B", GroupKind.CLASS)).id)
        people = {
            role: await tx.people.put(
                school,
                role.replace("_", "-"),
                f"M. {role}",
                frozenset({(role, group if role is Role.MENTOR else None)}),
                "nl",
            )
            for role in Role
        }
    clock.now = MONDAY
    return World(school, group, people, ids, clock)
