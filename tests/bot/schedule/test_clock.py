"""What must happen at set times happens once per school and period, also after a crash, and on two machines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import IntegrityError

from bot.adapters.mail.sender import EmailSender
from bot.cases.case import Decision, Person
from bot.clock import Ids
from bot.delivery import Delivery
from bot.keyring import MemoryKeyRing
from bot.schedule.clock import SchoolClock, Timing, Transaction, readers, run_hourly, run_weekly
from bot.school import School
from bot.storage.database import Database
from bot.storage.store import SqlStore
from bot.stores import Post
from bot.summary import HOURLY, Week
from rules.protocols import load_protocol, protocol_names
from rules.vocabulary import Account, Category, Role
from tests.bot.school_week import World, make_world
from tests.conftest import FixedClock, NewSchool
from tests.platforms.mail_server import mail_server

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WEEK = Week(2026, 47, AMSTERDAM)
MONDAY_8 = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""08:00 in winter time, the day after the week."""
TIMING = Timing("monday", 8)


def school_of(world: World, slug: str) -> School:
    return School(world.school, slug, f"School {slug}", load_protocol(protocol_names()[0]), "nl", AMSTERDAM)


async def a_school(store: SqlStore, ids: Ids, clock: FixedClock, new_school: NewSchool, slug: str) -> World:
    """Return a school that began on 1 November, whose leader and mentor have an e-mail address."""
    clock.now = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    world = await make_world(store, ids, clock, await new_school(store, slug))
    async with store.write() as tx:
        for role in (Role.LEADERSHIP, Role.MENTOR, Role.ADMINISTRATOR):
            await tx.people.link_account(world.people[role], Account("email", f"{role}@{slug}.example"))
        await tx.people.link_account(world.people[Role.COORDINATOR], Account("telegram", f"5{len(slug)}"))
    return world


@pytest.fixture
async def world(store: SqlStore, ids: Ids, clock: FixedClock, new_school: NewSchool) -> World:
    return await a_school(store, ids, clock, new_school, "een")


@pytest.fixture
def school(world: World) -> School:
    return school_of(world, "een")


@pytest.fixture
async def second_machine(
    database: Database, keyring: MemoryKeyRing, clock: FixedClock, ids: Ids
) -> AsyncIterator[SqlStore]:
    """Another process on the same database, with connections of its own."""
    other = Database(database.url.render_as_string(hide_password=False))
    yield SqlStore(other, keyring, ids, clock)
    await other.close()


async def outbox(store: SqlStore) -> list[Post]:
    async with store.read() as tx:
        return await tx.outbox.due("email", 100)


@pytest.mark.parametrize(
    ("now", "timing", "week"),
    [
        (MONDAY_8 - timedelta(seconds=1), TIMING, "2026-W46"),
        (MONDAY_8, TIMING, "2026-W47"),
        (MONDAY_8 + timedelta(days=6, hours=23), TIMING, "2026-W47"),
        (datetime(2026, 11, 27, 14, 59, tzinfo=UTC), Timing("friday", 16), "2026-W46"),
        (datetime(2026, 11, 27, 15, 0, tzinfo=UTC), Timing("friday", 16), "2026-W47"),
        (datetime(2026, 3, 30, 5, 59, tzinfo=UTC), TIMING, "2026-W12"),  # 07:59, in summer time since yesterday
        (datetime(2026, 3, 30, 6, 0, tzinfo=UTC), TIMING, "2026-W13"),
        (datetime(2026, 10, 26, 6, 59, tzinfo=UTC), TIMING, "2026-W42"),  # 07:59, in winter time since yesterday
        (datetime(2026, 10, 26, 7, 0, tzinfo=UTC), TIMING, "2026-W43"),
        (datetime(2027, 4, 4, 1, 0, tzinfo=UTC), Timing("sunday", 3), "2027-W12"),
    ],
)
def test_a_summary_is_due_on_its_weekday_and_hour_on_the_schools_own_clock(
    now: datetime, timing: Timing, week: str
) -> None:
    assert timing.last_due(now, AMSTERDAM).name == week


async def test_the_summary_is_written_once_for_each_reader_in_their_language(
    store: SqlStore, world: World, school: School, clock: FixedClock
) -> None:
    async with store.write() as tx:
        await tx.people.put(school.id, "leadership", "M. Visser", frozenset({(Role.LEADERSHIP, None)}), "en")
        second = await tx.people.put(school.id, "adjunct", "B. Bos", frozenset({(Role.LEADERSHIP, None)}), "nl")
        await tx.people.link_account(second, Account("email", "adjunct@een.example"))
    clock.now = MONDAY_8
    people = await readers(store, school)
    assert await run_weekly(store, school, people, clock(), TIMING)
    clock.forward(days=2)
    assert not await run_weekly(store, school, people, clock(), TIMING)
    posts = {post.outgoing.address: post.outgoing for post in await outbox(store)}
    assert {address: mail.subject for address, mail in posts.items()} == {
        "leadership@een.example": "Klasveilig: weekly summary of School een, week 47",
        "adjunct@een.example": "Klasveilig: weekoverzicht van School een, week 47",
    }
    assert all(mail.text and mail.html.startswith("<!DOCTYPE html>") for mail in posts.values())


async def test_readers_are_people_of_the_school_with_the_right_to_it_and_an_email_address(
    store: SqlStore, ids: Ids, world: World, school: School, clock: FixedClock, new_school: NewSchool
) -> None:
    await a_school(store, ids, clock, new_school, "twee")
    async with store.write() as tx:
        leader = frozenset({(Role.LEADERSHIP, None)})
        chatting = await tx.people.put(school.id, "adjunct", "B. Bos", leader, "nl")
        await tx.people.link_account(chatting, Account("telegram", "77"))
        await tx.people.put(school.id, "rector", "C. Vos", leader, "nl")
    assert [person.id for person in await readers(store, school)] == [world.people[Role.LEADERSHIP].id]


async def test_a_summary_that_was_missed_is_made_up_and_of_several_the_last(
    store: SqlStore, school: School, clock: FixedClock
) -> None:
    people = await readers(store, school)
    clock.now = MONDAY_8 + timedelta(weeks=2, days=2)
    assert await run_weekly(store, school, people, clock(), TIMING)
    assert not await run_weekly(store, school, people, clock(), TIMING)
    assert [post.outgoing.subject.split()[-1] for post in await outbox(store)] == ["49"]


async def test_a_school_gets_no_summary_of_a_week_before_it_began(
    store: SqlStore, school: School, clock: FixedClock
) -> None:
    people = await readers(store, school)
    clock.now = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    assert not await run_weekly(store, school, people, clock(), TIMING)
    assert await outbox(store) == []


async def test_without_a_reader_the_summary_stays_due_and_that_is_said(
    store: SqlStore, school: School, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.now = MONDAY_8
    assert not await run_weekly(store, school, [], clock(), TIMING)
    assert f"nobody to send the summary to: school={school.id} week=2026-W47" in caplog.text
    assert await run_weekly(store, school, await readers(store, school), clock(), TIMING)


async def test_a_crash_while_writing_takes_the_claim_back_too(
    store: SqlStore, school: School, clock: FixedClock
) -> None:
    people = await readers(store, school)
    clock.now = MONDAY_8
    unknown = Person(UUID(int=1), school.id, "Niemand")
    with pytest.raises(IntegrityError):
        await run_weekly(store, school, [*people, unknown], clock(), TIMING)
    assert await outbox(store) == []
    assert await run_weekly(store, school, people, clock(), TIMING)
    assert len(await outbox(store)) == 1


async def test_of_two_machines_one_writes_the_summary(
    store: SqlStore, second_machine: SqlStore, school: School, clock: FixedClock
) -> None:
    people = await readers(store, school)
    clock.now = MONDAY_8
    for _ in range(5):
        written = await asyncio.gather(
            *(run_weekly(machine, school, people, clock(), TIMING) for machine in (store, second_machine) * 3)
        )
        assert sorted(written) == [False] * 5 + [True]
        clock.forward(weeks=1)
    assert len(await outbox(store)) == 5


async def test_housekeeping_is_done_once_an_hour_and_again_when_it_failed(
    store: SqlStore, second_machine: SqlStore, world: World, school: School, clock: FixedClock
) -> None:
    done: list[datetime] = []

    async def housekeeping(tx: Transaction, of: School) -> None:
        assert of is school
        done.append(clock())
        if len(done) == 1:
            raise OSError("disk full")
        await tx.counters.add({(school.id, world.group, clock().date(), "kept"): 1})

    with pytest.raises(OSError, match="disk full"):
        await run_hourly(store, school, housekeeping, clock())
    assert await run_hourly(store, school, housekeeping, clock())
    assert not await run_hourly(second_machine, school, housekeeping, clock() + timedelta(minutes=59))
    assert await run_hourly(second_machine, school, housekeeping, clock() + timedelta(minutes=60))
    async with store.read() as tx:
        assert await tx.counters.totals(school.id, clock().date(), clock().date()) == {"kept": 2}


async def test_the_hour_that_comes_twice_when_summer_time_ends_is_two_hours(store: SqlStore, school: School) -> None:
    async def housekeeping(tx: Transaction, of: School) -> None:
        pass

    first = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)  # 02:30 in summer time
    second = first + timedelta(hours=1)  # 02:30 in winter time
    assert first.astimezone(AMSTERDAM).hour == second.astimezone(AMSTERDAM).hour
    assert await run_hourly(store, school, housekeeping, first)
    assert await run_hourly(store, school, housekeeping, second)


async def test_the_clock_does_at_its_start_what_was_missed_and_one_schools_trouble_is_not_anothers(
    sqlite_store: SqlStore, ids: Ids, clock: FixedClock, new_school: NewSchool, caplog: pytest.LogCaptureFixture
) -> None:
    worlds = [await a_school(sqlite_store, ids, clock, new_school, slug) for slug in ("een", "twee")]
    schools = [school_of(world, slug) for world, slug in zip(worlds, ("een", "twee"), strict=True)]
    kept: list[str] = []
    woken = asyncio.Event()

    async def housekeeping(tx: Transaction, of: School) -> None:
        if of.slug == "een":
            raise OSError("disk full")
        kept.append(of.slug)

    clock.now = MONDAY_8 + timedelta(days=1)
    hours = SchoolClock(sqlite_store, schools, TIMING, housekeeping, clock, wake_delivery=woken.set)
    running = asyncio.create_task(hours.run())
    async with asyncio.timeout(20):
        while len(await outbox(sqlite_store)) < 2 or not kept:
            await woken.wait()
            woken.clear()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert kept == ["twee"]
    assert "disk full" in caplog.text
    async with sqlite_store.write() as tx:
        claimed = [await tx.jobs.claim(school.id, HOURLY, "2026-11-24T07") for school in schools]
    assert claimed == [True, False]
    assert {post.outgoing.address for post in await outbox(sqlite_store)} == {
        "leadership@een.example",
        "leadership@twee.example",
    }


async def test_of_two_schools_each_leader_gets_the_weeks_numbers_of_their_own_by_real_mail(
    store: SqlStore, ids: Ids, clock: FixedClock, new_school: NewSchool
) -> None:
    first = await a_school(store, ids, clock, new_school, "een")
    second = await a_school(store, ids, clock, new_school, "twee")
    async with store.write() as tx:
        for _ in range(6):
            await first.handle(tx, await first.case(tx), taken=1, decided=2, as_=Decision.FOUNDED)
        for _ in range(7):
            await second.case(tx, categories=[Category.THREAT])
        await first.case(tx, [Role.BOARD], subjects=[Role.LEADERSHIP], categories=[Category.BOUNDARY])
        await tx.counters.add({(first.school, first.group, WEEK.first, "checked"): 2345})
        await tx.counters.add({(second.school, second.group, WEEK.first, "checked"): 678})
        await tx.counters.add({(second.school, second.group, WEEK.first, "unchecked"): 1})
    clock.now = MONDAY_8
    for world, slug in ((first, "een"), (second, "twee")):
        school = school_of(world, slug)
        assert await run_weekly(store, school, await readers(store, school), clock(), TIMING)
    async with mail_server() as server:
        sender = EmailSender("127.0.0.1", server.port, "veilig@school.example", clock, security="none")
        delivery = Delivery(store, {"email": sender}, clock)
        assert await delivery.send_due("email") == 2
        assert await delivery.send_due("email") == 0
    said = {}
    for mail in server.mails:
        part = mail.get_body(("plain",))
        assert part is not None
        said[mail["To"]] = part.get_content().splitlines()
    assert set(said) == {"leadership@een.example", "leadership@twee.example"}
    one, two = said["leadership@een.example"], said["leadership@twee.example"]
    assert {"Gecontroleerd: 2.345", "Belediging: 6", "Terecht: 6", "Zaken die nu open staan: 0"} <= set(one)
    assert {"Gecontroleerd: 678", "Niet gecontroleerd: 1", "Bedreiging: 7", "Terecht: 0"} <= set(two)
    assert not [line for line in one if line.startswith(("Bedreiging", "Grens"))]
    assert not [line for line in two if line.startswith("Belediging")]
