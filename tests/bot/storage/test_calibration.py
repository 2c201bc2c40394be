"""Recalibration reads scores and decisions, but of no case that leadership may not know of."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.calibration import CheckedMessages
from bot.cases.case import Decision
from bot.cases.transitions import reopen
from bot.clock import Ids
from bot.storage.store import SqlStore
from rules.vocabulary import Category, GroupKind, Role
from tests.bot.school_week import World, make_world
from tests.conftest import FixedClock, NewSchool

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONDAY = date(2026, 11, 16)


@pytest.fixture
async def world(store: SqlStore, ids: Ids, clock: FixedClock, new_school: NewSchool) -> World:
    return await make_world(store, ids, clock, await new_school(store, "een"))


async def test_a_flag_comes_with_what_was_decided_of_its_case(store: SqlStore, world: World) -> None:
    async with store.write() as tx:
        for decision in (Decision.FOUNDED, Decision.UNFOUNDED, Decision.UNDETERMINED):
            await world.handle(tx, await world.case(tx), taken=1, decided=2, as_=decision)
        await world.case(tx, categories=[Category.THREAT])
    async with store.read() as tx:
        found = await tx.scores.flags(world.school, MONDAY, AMSTERDAM)
    assert [(flag.category, flag.founded) for flag in found] == [
        (Category.INSULT, True),
        (Category.INSULT, False),
        (Category.INSULT, None),
        (Category.THREAT, None),
    ]
    assert {(flag.kind, flag.score, flag.day) for flag in found} == {(GroupKind.CLASS, 0.9, MONDAY)}


async def test_a_reopened_case_is_undecided_again(store: SqlStore, world: World) -> None:
    async with store.write() as tx:
        case = await world.handle(tx, await world.case(tx), taken=1, decided=2, as_=Decision.UNFOUNDED)
        await tx.cases.save(reopen(case, world.people[Role.MENTOR].id, "toch niet"), None, world.clock())
    async with store.read() as tx:
        assert [flag.founded for flag in await tx.scores.flags(world.school, MONDAY, AMSTERDAM)] == [None]


async def test_cases_that_leadership_may_not_know_of_are_in_no_number(store: SqlStore, world: World) -> None:
    async with store.write() as tx:
        await world.case(tx, [Role.BOARD], subjects=[Role.LEADERSHIP])
        await world.case(tx, [Role.TRUSTED_PERSON])
        await world.case(tx, [Role.MENTOR], targets=[Role.BOARD])
    async with store.read() as tx:
        assert await tx.scores.flags(world.school, MONDAY, AMSTERDAM) == []


async def test_flags_from_before_the_day_and_of_other_schools_are_left_out(
    store: SqlStore, ids: Ids, world: World, clock: FixedClock, new_school: NewSchool
) -> None:
    other = await make_world(store, ids, clock, await new_school(store, "twee"))
    async with store.write() as tx:
        await world.case(tx)
        await other.case(tx)
    async with store.read() as tx:
        assert len(await tx.scores.flags(world.school, MONDAY, AMSTERDAM)) == 1
        assert await tx.scores.flags(world.school, MONDAY + timedelta(days=1), AMSTERDAM) == []


async def test_checked_messages_are_counted_by_kind_of_group_and_day(store: SqlStore, world: World) -> None:
    async with store.write() as tx:
        await tx.counters.add(
            {
                (world.school, world.group, MONDAY, "checked"): 300,
                (world.school, world.group, MONDAY, "unchecked"): 5,
                (world.school, world.group, MONDAY - timedelta(days=1), "checked"): 40,
            }
        )
    async with store.read() as tx:
        assert await tx.scores.checked(world.school, MONDAY) == [CheckedMessages(GroupKind.CLASS, MONDAY, 300)]
