"""Notices of concerns stay few enough to be read; what comes on top is named together, and nothing is dropped."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.cases.case import Case
from bot.cases.transitions import release, take
from bot.clock import Ids
from bot.commands.filing import file_report
from bot.commands.melden import ANONYMOUS, Draft
from bot.digest import HOUR, digest, last_due
from bot.schedule.clock import run_daily
from bot.storage.store import SqlStore
from bot.storage.tables import ConcernNoticeRow
from bot.stores import Post
from rules.vocabulary import Account, Category, Role
from tests.bot.pipeline_world import World, new_world
from tests.bot.worlds import a_case
from tests.conftest import FixedClock, NewSchool

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CAP = 3


@pytest.fixture
async def world(store: SqlStore, clock: FixedClock, ids: Ids, new_school: NewSchool) -> World:
    world = await new_world(store, clock, ids, [await new_school(store, slug) for slug in ("een", "twee")])
    world.school = replace(world.school, concerns_per_week=CAP)
    world.pipeline = world.new_pipeline()
    return world


async def insults(world: World, count: int, start: int = 0) -> None:
    """Open cases about so many different people."""
    for number in range(start, start + count):
        await world.say("wat een sukkel", author=f"Leerling {number}")


async def posts(world: World) -> list[Post]:
    async with world.store.read() as tx:
        return await tx.outbox.due("nowhere", 99)


async def digests(world: World) -> list[str]:
    """Return the texts of the messages that name cases together."""
    return [post.outgoing.text for post in await posts(world) if post.case_id is None]


async def morning(world: World) -> bool:
    """Let the next working day's digest come."""
    world.clock.now = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    return await run_daily(world.store, world.school, world.clock())


async def readable(world: World, key: str) -> list[Case]:
    return [case for case in await world.cases() if case.audience & {role for role, _ in world.people[key].roles}]


async def test_above_the_cap_of_a_week_a_case_waits_for_the_digest_and_is_in_the_list_at_once(world: World) -> None:
    await insults(world, CAP + 2)
    assert await world.notices() == ["mentor"] * CAP
    assert len(await readable(world, "mentor")) == CAP + 2


async def test_the_digest_names_by_number_only_what_no_notice_named(world: World) -> None:
    await insults(world, CAP + 2)
    assert await morning(world)
    numbers = [case.number for case in await world.cases()]
    (text,) = await digests(world)
    assert [number for number in numbers if number in text] == numbers[CAP:]
    assert not [word for word in ("Leerling", "sukkel", "belediging", "2B") if word in text]
    assert await world.notices() == ["mentor"] * (CAP + 1)


async def test_every_case_is_told_once_whatever_the_number(world: World) -> None:
    await insults(world, 2 * CAP + 1)
    await morning(world)
    told = "\n".join(post.outgoing.text for post in await posts(world))
    assert [told.count(case.number) for case in await world.cases()] == [1] * (2 * CAP + 1)


async def test_the_digest_comes_once_a_day_and_only_when_there_is_something(world: World) -> None:
    await insults(world, CAP)
    assert await morning(world)
    assert not await run_daily(world.store, world.school, world.clock())
    assert await digests(world) == []


async def test_of_several_that_strike_the_hour_at_once_one_writes_the_digest(world: World) -> None:
    await insults(world, CAP + 1)
    assert sorted(await asyncio.gather(*(morning(world) for _ in range(4)))) == [False, False, False, True]
    assert len(await digests(world)) == 1


async def test_a_crash_while_the_digest_is_written_loses_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await insults(world, CAP + 1)
    with monkeypatch.context() as patch:
        patch.setattr("bot.digest.digest", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await morning(world)
    assert await digests(world) == []
    assert await morning(world)
    assert not await morning(world)
    assert len(await digests(world)) == 1


async def test_what_is_serious_never_waits(world: World) -> None:
    await insults(world, CAP + 1)
    await world.say("pas op jij", author="Noor")
    assert await world.notices() == ["mentor"] * (CAP + 1) + ["coordinator"]


async def test_a_held_concern_that_becomes_serious_is_told_at_once(world: World) -> None:
    await insults(world, CAP)
    await world.say("sukkel", author="Noor")
    await world.say("pas op jij", author="Noor")
    assert await world.notices() == ["mentor"] * (CAP + 1) + ["coordinator"]


async def test_a_report_never_waits(world: World, ids: Ids) -> None:
    await insults(world, CAP + 1)
    draft = Draft(kind="other", story="iets", recipient="mentor", group=world.group.id, name=ANONYMOUS)
    async with world.store.write() as tx:
        await file_report(tx, world.school, ids, world.clock(), draft, Account("telegram", "9"))
    assert await world.notices() == ["mentor"] * (CAP + 1)


async def test_each_handler_has_a_cap_of_their_own_and_a_new_one_each_week(world: World) -> None:
    await insults(world, CAP + 1)
    await world.say("niemand wil jou", author="Noor")
    assert await world.notices() == ["mentor"] * CAP + ["coordinator"]
    world.clock.now = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # half past midnight on Monday at school
    await insults(world, 1, start=50)
    assert (await world.notices())[-1] == "mentor"
    assert len(await world.notices()) == CAP + 2


async def test_a_case_that_somebody_handles_already_is_not_named(world: World) -> None:
    await insults(world, CAP + 1)
    await take_last(world)
    await morning(world)
    assert await digests(world) == []


async def test_a_case_that_is_given_back_is_named_in_the_next_digest(world: World) -> None:
    await insults(world, CAP + 1)
    case = await take_last(world)
    await morning(world)
    async with world.store.write() as tx:
        await tx.cases.save(release(case, world.people["mentor"].id), world.people["mentor"].id, world.clock())
    world.clock.forward(days=1)
    assert await run_daily(world.store, world.school, world.clock())
    assert [case.number in text for text in await digests(world)] == [True]


async def take_last(world: World) -> Case:
    """Let the mentor take the newest case."""
    case = (await world.cases())[-1]
    async with world.store.write() as tx:
        step = take(case, world.people["mentor"].id, world.clock())
        await tx.cases.save(step, world.people["mentor"].id, world.clock())
    return step.case


async def test_whoever_turns_out_to_be_in_a_case_reads_nothing_of_it_in_the_digest(world: World) -> None:
    await insults(world, CAP)
    await world.say("sukkel", author="Mies")
    await world.link("mentor", str(sum(b"Mies")))
    await morning(world)
    assert await digests(world) == []
    assert await world.notices() == ["mentor"] * CAP


async def test_after_a_change_of_mentor_the_new_one_is_told(world: World) -> None:
    await insults(world, CAP + 1)
    roles = frozenset({(Role.MENTOR, UUID(world.group.id))})
    async with world.store.write() as tx:
        world.people["new"] = await tx.people.put(world.school.id, "new", "Nel", roles, "nl")
        await tx.people.put(world.school.id, "mentor", "Mies", frozenset(), "nl")
    await morning(world)
    assert (await world.notices())[-1] == "new"


async def test_what_waits_is_kept_until_it_was_told_and_what_was_told_is_forgotten(world: World) -> None:
    await insults(world, CAP + 1)
    async with world.store.write() as tx:
        await tx.concerns.forget_before(world.school.id, world.clock() + timedelta(days=1))
        held = await tx.concerns.held(world.school.id)
    assert len(held) == 1
    await morning(world)
    async with world.store._database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(ConcernNoticeRow)) == 0


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 20, 6, 59, tzinfo=UTC), date(2026, 11, 19)),
        (datetime(2026, 11, 20, 7, 0, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 23, 6, 59, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 23, 7, 0, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 7, 1, 6, 0, tzinfo=UTC), date(2026, 7, 1)),  # eight in the morning, in summer time
    ],
)
def test_the_digest_is_due_on_working_days_at_eight_on_the_schools_clock(now: datetime, day: date) -> None:
    assert last_due(now, AMSTERDAM) == day


@given(st.integers(0, 2 * 365 * 24 * 60))
def test_the_last_due_digest_is_a_working_day_of_the_last_three_days(minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    day = last_due(now, AMSTERDAM)
    due = datetime(day.year, day.month, day.day, HOUR, tzinfo=AMSTERDAM)
    assert day.weekday() < 5
    assert timedelta(0) <= now - due < timedelta(days=3, hours=2)


def test_the_digest_as_a_mentor_reads_it() -> None:
    message = digest([a_case(number="7KQ4-M2XD"), a_case(number="AB12-CD34")], "nl")
    assert message.subject == "Klasveilig: er wachten 2 zaken"
    assert message.text == (
        "Om je niet te veel berichten te sturen, noem ik deze zaken bij elkaar. "
        "De afspraak is dat iemand er deze week naar kijkt.\n\n7KQ4-M2XD\nAB12-CD34"
    )
    assert [button.data for row in message.buttons for button in row] == ["cases"]
    assert Category.INSULT not in message.text
