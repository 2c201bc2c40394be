"""The numbers of a week: complete, of one school only, and blind to what readers may not know of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.cases.case import Case, Decision
from bot.cases.transitions import Step, close, decide, release, reopen, take
from bot.clock import Ids
from bot.events import Delivery, PrivateText
from bot.outgoing import NOWHERE, Outgoing
from bot.storage.store import SqlStore
from bot.stores import Report
from bot.summary import HOURLY, Numbers, Week
from rules.vocabulary import Account, Category, Role, Severity
from tests.bot.school_week import World, make_world
from tests.conftest import FixedClock, NewSchool

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WEEK = Week.of(date(2026, 11, 20), AMSTERDAM)
BEGAN = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
async def world(store: SqlStore, ids: Ids, clock: FixedClock, new_school: NewSchool) -> World:
    clock.now = BEGAN
    return await make_world(store, ids, clock, await new_school(store, "een"))


async def numbers_of(store: SqlStore, world: World, week: Week = WEEK) -> Numbers:
    async with store.read() as tx:
        numbers = await tx.summary.numbers(world.school, week)
    assert numbers is not None
    return numbers


async def test_a_week_is_counted_whole(store: SqlStore, world: World) -> None:
    async with store.write() as tx:
        one = await world.case(tx, categories=[Category.INSULT, Category.INSULT, Category.THREAT])
        two = await world.case(tx, severity=Severity.ACUTE, categories=[Category.DISTRESS])
        await world.case(tx, severity=Severity.ACUTE, categories=[])
        await tx.cases.add_report(two, Report("bullying", "…", world.clock(), None), "R1")
        await world.handle(tx, one, taken=1.5, decided=30, as_=Decision.FOUNDED)
        day = {"checked": 900, "unchecked": 2, "unreadable": 1, "not_looked_at": 7}
        await tx.counters.add({(world.school, world.group, WEEK.first, name): n for name, n in day.items()})
        await tx.counters.add({(world.school, world.group, WEEK.last, "checked"): 100})
        await tx.counters.add({(world.school, world.group, WEEK.last + timedelta(days=1), "checked"): 5000})
    assert await numbers_of(store, world) == Numbers(
        flags={Category.INSULT: 2, Category.THREAT: 1, Category.DISTRESS: 1},
        new_cases={Severity.CONCERN: 1, Severity.ACUTE: 2},
        reports=1,
        open_cases=2,
        hours_to_taken=(1.5,),
        hours_to_decided=(30.0,),
        decisions={Decision.FOUNDED: 1},
        checked=1000,
        unchecked=3,
        waiting=0,
        undeliverable=0,
        hours_on=0,
        hours_due=10,
        not_looked_at=7,
    )


async def test_of_two_schools_each_gets_its_own_numbers(
    store: SqlStore, world: World, ids: Ids, clock: FixedClock, new_school: NewSchool
) -> None:
    other = await make_world(store, ids, clock, await new_school(store, "twee"))
    async with store.write() as tx:
        for of, times in ((world, 1), (other, 2)):
            for _ in range(times):
                case = await of.case(tx)
                await tx.cases.add_report(case, Report("bullying", "…", clock(), None), ids.code(8))
                await of.handle(tx, case, taken=1, decided=2, as_=Decision.FOUNDED)
                await of.case(tx, categories=[])
                await tx.jobs.claim(of.school, HOURLY, ids.code(8))
                await tx.outbox.add(of.school, NOWHERE, Outgoing("", text="Zaak"), person_id=of.people[Role.MENTOR].id)
                await tx.journal.append(of.school, f"test-{of.school}", [a_delivery(clock)])
            await tx.counters.add({(of.school, of.group, WEEK.first, name): times for name in ("checked", "unchecked")})
    first, second = await numbers_of(store, world), await numbers_of(store, other)
    assert replace(first, hours_due=0) == Numbers(
        flags={Category.INSULT: 1},
        new_cases={Severity.CONCERN: 2},
        reports=1,
        open_cases=1,
        hours_to_taken=(1.0,),
        hours_to_decided=(2.0,),
        decisions={Decision.FOUNDED: 1},
        checked=1,
        unchecked=1,
        waiting=1,
        undeliverable=1,
        hours_on=1,
        hours_due=0,
    )
    assert (second.flags[Category.INSULT], second.reports, second.open_cases, second.waiting) == (2, 2, 2, 2)
    assert (second.checked, second.hours_on, second.undeliverable, second.decisions) == (2, 2, 2, {Decision.FOUNDED: 2})


def a_delivery(clock: FixedClock) -> Delivery:
    return Delivery(PrivateText(Account("telegram", "8", "Sam"), "/melden", clock()))


ABOUT_READERS = [
    pytest.param({"audience": [Role.BOARD], "subjects": [Role.LEADERSHIP]}, id="about a leader"),
    pytest.param({"audience": [Role.MENTOR, Role.LEADERSHIP], "subjects": [Role.LEADERSHIP]}, id="known to colleagues"),
    pytest.param({"audience": [Role.MENTOR], "targets": [Role.LEADERSHIP]}, id="aimed at a leader"),
    pytest.param({"audience": [Role.SUPERVISORY_BOARD], "subjects": [Role.BOARD]}, id="about the board"),
    pytest.param({"audience": [Role.BOARD], "subjects": [Role.STAFF]}, id="for the board only"),
    pytest.param({"audience": [Role.TRUSTED_PERSON]}, id="in confidence"),
    pytest.param({"audience": []}, id="for nobody at school"),
]


@pytest.mark.parametrize("kind", ABOUT_READERS)
async def test_a_case_that_readers_may_not_know_of_leaves_no_trace_in_any_number(
    store: SqlStore, world: World, kind: dict[str, list[Role]]
) -> None:
    before = await numbers_of(store, world)
    async with store.write() as tx:
        case = await world.case(tx, categories=[Category.BOUNDARY], **kind)  # type: ignore[arg-type] # lists of roles
        await tx.cases.add_report(case, Report("bullying", "…", world.clock(), None), "R1")
        await world.handle(tx, case, taken=1, decided=2, as_=Decision.FOUNDED)
        await world.case(tx, categories=[Category.BOUNDARY], **kind)  # type: ignore[arg-type] # lists of roles
        await tx.outbox.add(world.school, NOWHERE, Outgoing("", text="Zaak"), case_id=case.id)
        await tx.outbox.add(world.school, "telegram", Outgoing("", text="Zaak"), case_id=case.id)
        (post,) = await tx.outbox.due("telegram", 10)
        await tx.outbox.give_up(post, "blocked")
    assert await numbers_of(store, world) == before


@pytest.mark.parametrize(
    ("audience", "subjects"),
    [
        ([Role.MENTOR], [Role.PUPIL]),
        ([Role.STAFF], [Role.PUPIL]),
        ([Role.COORDINATOR], [Role.MENTOR]),
        ([Role.LEADERSHIP], [Role.MENTOR]),
        ([Role.LEADERSHIP, Role.BOARD], [Role.STAFF]),
        ([Role.MENTOR, Role.TRUSTED_PERSON], []),
    ],
)
async def test_a_case_in_the_line_of_the_school_is_counted(
    store: SqlStore, world: World, audience: list[Role], subjects: list[Role]
) -> None:
    async with store.write() as tx:
        await world.case(tx, audience, subjects=subjects)
    numbers = await numbers_of(store, world)
    assert (numbers.flags, numbers.open_cases) == ({Category.INSULT: 1}, 1)


async def test_a_leader_who_reported_something_is_no_reason_to_leave_it_out(store: SqlStore, world: World) -> None:
    async with store.write() as tx:
        case = await world.case(tx)
        report = Report("bullying", "…", world.clock(), world.people[Role.LEADERSHIP].id)
        await tx.cases.add_report(case, report, "R1")
    assert (await numbers_of(store, world)).reports == 1


async def test_a_case_that_was_taken_twice_counts_the_first_time_and_one_decided_twice_the_last(
    store: SqlStore, world: World
) -> None:
    by = world.people[Role.MENTOR].id
    steps: list[Callable[[Case, datetime], Step]] = [
        lambda case, at: take(case, by, at),
        lambda case, at: release(case, by),
        lambda case, at: take(case, by, at),
        lambda case, at: decide(case, by, at, Decision.FOUNDED, "Gezien", "Ziek"),
        lambda case, at: reopen(case, by, "Nieuw"),
        lambda case, at: take(case, by, at),
        lambda case, at: decide(case, by, at, Decision.UNFOUNDED, "Toch niet"),
    ]
    async with store.write() as tx:
        case = await world.case(tx)
        for hour, step in enumerate(steps, start=1):
            at = case.opened_at + timedelta(hours=hour)
            done = step(case, at)
            await tx.cases.save(done, by, at)
            case = done.case
    numbers = await numbers_of(store, world)
    assert (numbers.hours_to_taken, numbers.hours_to_decided) == ((1.0,), (7.0,))
    assert numbers.decisions == {Decision.UNFOUNDED: 1}


@pytest.mark.parametrize(
    ("day", "first", "after"),
    [
        (date(2026, 11, 20), datetime(2026, 11, 15, 23, tzinfo=UTC), datetime(2026, 11, 22, 23, tzinfo=UTC)),
        (date(2027, 3, 28), datetime(2027, 3, 21, 23, tzinfo=UTC), datetime(2027, 3, 28, 22, tzinfo=UTC)),
        (date(2027, 10, 31), datetime(2027, 10, 24, 22, tzinfo=UTC), datetime(2027, 10, 31, 23, tzinfo=UTC)),
    ],
    ids=["ordinary", "summer time begins", "summer time ends"],
)
async def test_what_happens_on_the_border_of_two_weeks_is_counted_in_one_of_them(
    store: SqlStore, world: World, day: date, first: datetime, after: datetime
) -> None:
    second = timedelta(seconds=1)
    async with store.write() as tx:
        for moment, category in (
            (first - second, Category.INSULT),
            (first, Category.BULLYING),
            (after - second, Category.THREAT),
            (after, Category.SEXUAL),
        ):
            world.clock.now = moment
            await world.case(tx, categories=[category])
    week = Week.of(day, AMSTERDAM)
    numbers = await numbers_of(store, world, week)
    assert numbers.flags == {Category.BULLYING: 1, Category.THREAT: 1}
    assert numbers.new_cases == {Severity.CONCERN: 2}


async def test_hours_in_which_nothing_ran_are_known_afterwards(store: SqlStore, world: World) -> None:
    async with store.write() as tx:
        for hour in range(-24, 8 * 24):
            world.clock.now = WEEK.starts + timedelta(hours=hour, minutes=2)
            if hour % 24 != 3:
                await tx.jobs.claim(world.school, HOURLY, world.clock.now.isoformat())
    numbers = await numbers_of(store, world)
    assert (numbers.hours_on, numbers.hours_due) == (161, 168)


async def test_hours_are_due_from_the_hour_in_which_a_school_began(
    store: SqlStore, clock: FixedClock, new_school: NewSchool
) -> None:
    clock.now = WEEK.ends - timedelta(hours=5, minutes=20)
    school = await new_school(store, "nieuw")
    clock.now = WEEK.ends + timedelta(days=2)
    async with store.read() as tx:
        numbers = await tx.summary.numbers(school, WEEK)
        earlier = await tx.summary.numbers(school, Week.before(WEEK.starts, AMSTERDAM))
    assert numbers is not None
    assert numbers.hours_due == 6
    assert earlier is None


async def test_what_still_waits_in_the_journal_is_counted_until_it_is_judged(store: SqlStore, world: World) -> None:
    async with store.write() as tx:
        (entry,) = await tx.journal.append(world.school, "test", [a_delivery(world.clock)])
        await tx.journal.postpone(entry.id, ["model"], world.clock() + timedelta(hours=1))
    world.clock.now = WEEK.ends
    async with store.write() as tx:
        await tx.journal.append(world.school, "test", [a_delivery(world.clock)])
    assert (await numbers_of(store, world)).waiting == 1
    async with store.write() as tx:
        await tx.journal.done([entry.id])
    assert (await numbers_of(store, world)).waiting == 0


async def test_a_message_is_undeliverable_in_the_week_in_which_it_was_given_up(store: SqlStore, world: World) -> None:
    world.clock.now = WEEK.starts - timedelta(hours=1)
    async with store.write() as tx:
        await tx.outbox.add(world.school, "telegram", Outgoing("1", text="Zaak"))
        await tx.outbox.add(world.school, NOWHERE, Outgoing("", text="Zaak"))
    world.clock.now = WEEK.starts + timedelta(hours=1)
    async with store.write() as tx:
        (post,) = await tx.outbox.due("telegram", 10)
        await tx.outbox.give_up(post, "blocked")
    assert (await numbers_of(store, world)).undeliverable == 1
    assert (await numbers_of(store, world, Week.before(WEEK.starts, AMSTERDAM))).undeliverable == 1


async def test_a_closed_case_is_no_open_case(store: SqlStore, world: World) -> None:
    by = world.people[Role.MENTOR].id
    async with store.write() as tx:
        case = await world.case(tx)
        taken = take(case, by, world.clock())
        await tx.cases.save(taken, by, world.clock())
        await tx.cases.save(close(taken.case, by, world.clock(), "Opgelost"), by, world.clock())
    assert (await numbers_of(store, world)).open_cases == 0
