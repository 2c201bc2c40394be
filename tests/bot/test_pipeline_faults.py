"""Whatever breaks, nothing is lost: it is delayed, tried again, and counted where people see it (promises 1 and 2)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Sequence
from pathlib import Path

import pytest

from bot import pipeline as module
from bot.clock import Ids
from bot.events import ButtonPressed, Event, PrivateText
from bot.keyring import MemoryKeyRing
from bot.pipeline import RETRY_AFTER
from bot.storage import database as database_module
from bot.storage.database import Database
from bot.storage.store import SqlStore
from bot.stores import ClosedStore
from rules.vocabulary import Account, Detection, Facts, IncomingMessage
from tests.bot.fakes import ClosingStore
from tests.bot.pipeline_world import World, new_world
from tests.conftest import FixedClock, NewSchool

SAM = Account("telegram", "7", "Sam")


@pytest.fixture
async def world(sqlite_store: SqlStore, clock: FixedClock, ids: Ids, new_school: NewSchool) -> World:
    return await new_world(sqlite_store, clock, ids, [await new_school(sqlite_store, slug) for slug in ("een", "twee")])


@pytest.fixture
def closing(world: World, monkeypatch: pytest.MonkeyPatch) -> ClosingStore:
    """The storage of the world's pipeline, which a test can close."""
    monkeypatch.setattr(module, "STORE_PAUSE", 0)
    store = ClosingStore(world.store)
    world.pipeline = world.new_pipeline(store)
    return store


async def soon(work: Awaitable[object]) -> None:
    await asyncio.wait_for(work, 5)


async def retried(world: World) -> None:
    """Look for what is due, as `run` does between arrivals."""
    await world.pipeline._retry()


# --- storage that takes nothing


async def test_what_could_not_be_written_is_refused_and_not_processed(world: World, closing: ClosingStore) -> None:
    for at_commit in (False, True):
        closing.closed, closing.at_commit = True, at_commit
        with pytest.raises(ClosedStore):
            await world.accept(world.message("sukkel"))
    closing.open()
    await world.pipeline.drain()
    assert world.detector.texts == []
    assert await world.waiting() == []


@pytest.mark.parametrize("at_commit", [False, True], ids=["at the start", "at the commit"])
async def test_a_full_disk_delays_and_loses_nothing_and_keeps_the_order(
    world: World, closing: ClosingStore, at_commit: bool
) -> None:
    await world.accept(world.message("hoi"), world.message("sukkel 1"))
    await world.accept(PrivateText(SAM, "ja", world.clock()))
    await world.accept(world.message("sukkel 2"))
    closing.closed, closing.at_commit = True, at_commit
    processing = asyncio.create_task(world.pipeline.drain())
    await soon(closing.refused.wait())
    assert await world.cases() == []
    assert len(await world.waiting()) == 3
    closing.open()
    await soon(processing)
    assert [one.text for one in await world.evidence()] == ["sukkel 1", "sukkel 2"]
    assert await world.counts() == {"checked": 3}
    assert await world.notices() == ["mentor"]
    assert (await world.waiting(), len(world.detector.texts) >= 3) == ([], True)


async def test_a_disk_that_is_full_when_something_must_be_set_aside_stops_nothing(
    world: World, closing: ClosingStore
) -> None:
    def close_and_fail(event: Event) -> None:
        closing.close()
        raise RuntimeError

    world.fail_reaction = close_and_fail
    await world.accept(ButtonPressed(SAM, "take:1", "5", "cb", world.clock()), world.message("hoi"))
    processing = asyncio.create_task(world.pipeline.drain())
    await soon(closing.refused.wait())
    world.fail_reaction = lambda event: None
    closing.open()
    await soon(processing)
    assert (len(world.reacted), world.detector.texts) == (1, ["hoi"])
    assert await world.unchecked() == 0


async def test_a_database_that_another_process_locks_delays_and_loses_nothing(
    tmp_path: Path,
    keyring: MemoryKeyRing,
    ids: Ids,
    clock: FixedClock,
    new_school: NewSchool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    monkeypatch.setattr(module, "STORE_PAUSE", 0.01)
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'locked.db'}")
    await database.migrate()
    store = SqlStore(database, keyring, ids, clock)
    world = await new_world(store, clock, ids, [await new_school(store, slug) for slug in ("een", "twee")])
    await world.accept(world.message("sukkel"))
    other = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ClosedStore, match="locked"):
        await world.accept(world.message("komt later nog eens"))
    processing = asyncio.create_task(world.pipeline.drain())
    await asyncio.wait({processing}, timeout=0.2)
    assert not processing.done()
    assert len(await world.waiting()) == 1
    other.execute("ROLLBACK")
    other.close()
    await soon(processing)
    assert [one.text for one in await world.evidence()] == ["sukkel"]
    assert await world.counts() == {"checked": 1}
    await database.close()


# --- a stop


async def test_a_stop_lets_the_batch_that_was_begun_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_go_on = asyncio.Event(), asyncio.Event()
    detect = world.detector.detect

    async def slowly(items: Sequence[tuple[IncomingMessage, Facts]]) -> list[Detection]:
        begun.set()
        await may_go_on.wait()
        return await detect(items)

    monkeypatch.setattr(world.detector, "detect", slowly)
    await world.accept(world.message("sukkel"))
    running = asyncio.create_task(world.pipeline.run())
    await soon(begun.wait())
    running.cancel()
    may_go_on.set()
    await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()
    assert [one.text for one in await world.evidence()] == ["sukkel"]
    assert await world.waiting() == []


# --- a flood


async def test_a_flood_waits_at_the_door_once_enough_is_in_memory(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 4)
    monkeypatch.setattr(module, "BACKLOG", 8)
    texts = [f"bericht {number}" for number in range(40)]
    messages = [world.message(text) for text in texts]

    async def flood() -> None:
        for start in range(0, len(messages), 4):
            await world.accept(*messages[start : start + 4])

    flooding = asyncio.create_task(flood())
    await asyncio.wait({flooding}, timeout=0.3)
    assert not flooding.done()
    assert await world.waiting() == texts[:8]
    processing = asyncio.create_task(world.pipeline.run())
    await soon(flooding)
    for _ in range(10):
        await soon(world.wakes.get())
    processing.cancel()
    await asyncio.gather(processing, return_exceptions=True)
    assert world.detector.texts == texts
    assert await world.counts() == {"checked": 40}


# --- detectors that cannot judge


async def test_a_message_that_no_detector_could_judge_is_tried_again_on_schedule_and_becomes_checked(
    world: World, clock: FixedClock
) -> None:
    world.detector.failing = ("model",)
    await world.say("sukkel, maar niemand kon het zien")
    assert (await world.unchecked(), await world.counts()) == (1, {})
    for tries, pause in enumerate(RETRY_AFTER[:3], start=1):
        clock.forward(seconds=pause - 1)
        await retried(world)
        assert len(world.detector.texts) == tries
        clock.forward(seconds=1)
        await retried(world)
        assert len(world.detector.texts) == tries + 1
    world.detector.failing = ()
    clock.forward(seconds=RETRY_AFTER[3])
    await retried(world)
    assert (await world.unchecked(), await world.counts()) == (0, {"checked": 1})
    assert len(await world.evidence()) == 1


async def test_a_message_that_stays_unjudged_is_counted_as_unchecked_in_the_end(
    world: World, clock: FixedClock
) -> None:
    world.detector.failing = ("model",)
    await world.say("hoi")
    for pause in RETRY_AFTER:
        assert await world.unchecked() == 1
        clock.forward(seconds=pause)
        await retried(world)
    assert (await world.unchecked(), await world.counts()) == (0, {"unchecked": 1})
    clock.forward(days=2)
    await retried(world)
    assert len(world.detector.texts) == len(RETRY_AFTER) + 1


async def test_what_one_detector_finds_is_flagged_at_once_though_another_failed_and_never_twice(
    world: World, clock: FixedClock
) -> None:
    world.detector.failing = ("model",)
    await world.say("sukkel")
    assert (len(await world.evidence()), await world.unchecked()) == (1, 1)
    world.detector.failing = ()
    clock.forward(seconds=RETRY_AFTER[0])
    await retried(world)
    assert (len(await world.evidence()), await world.unchecked()) == (1, 0)
    assert await world.notices() == ["mentor"]


async def test_a_message_that_is_judged_late_has_the_context_of_its_own_time(world: World, clock: FixedClock) -> None:
    world.detector.failing = ("model",)
    await world.say("ervoor", "sukkel", "erna")
    world.detector.failing = ()
    clock.forward(seconds=RETRY_AFTER[0])
    await retried(world)
    late = dict(world.detector.seen[3:])["sukkel"]
    assert [line.text for line in late.context] == ["ervoor"]


async def test_an_unchecked_message_outlives_a_restart(world: World, clock: FixedClock) -> None:
    world.detector.failing = ("model",)
    await world.say("sukkel")
    world.detector.failing = ()
    world.pipeline = world.new_pipeline()
    await world.pipeline.recover()
    await world.pipeline.drain()
    assert await world.unchecked() == 1
    clock.forward(seconds=RETRY_AFTER[0])
    await retried(world)
    assert (await world.unchecked(), len(await world.evidence())) == (0, 1)


async def test_run_takes_up_what_is_due_also_when_nothing_arrives(
    world: World, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_AGAIN", 0.01)
    world.detector.failing = ("model",)
    await world.say("hoi")
    await world.wakes.get()
    world.detector.failing = ()
    clock.forward(seconds=RETRY_AFTER[0])
    running = asyncio.create_task(world.pipeline.run())
    await soon(world.wakes.get())
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (await world.unchecked(), await world.counts()) == (0, {"checked": 1})


# --- entries that break the program


async def test_a_message_that_breaks_the_program_is_set_aside_alone_and_counted(
    world: World, clock: FixedClock
) -> None:
    await world.say("een", "kapot", "sukkel", "twee")
    assert await world.counts() == {"checked": 3}
    assert len(await world.evidence()) == 1
    assert await world.unchecked() == 1
    for pause in (*RETRY_AFTER, RETRY_AFTER[-1]):
        clock.forward(seconds=pause)
        await retried(world)
    assert (await world.unchecked(), await world.counts()) == (1, {"checked": 3})


async def test_those_who_came_in_one_batch_with_it_are_each_other_s_context_once(world: World) -> None:
    await world.say("een", "kapot", "twee")
    await world.say("drie")
    assert [line.text for line in world.detector.seen[-1][1].context] == ["een", "kapot", "twee"]


async def test_an_event_that_breaks_the_program_leaves_nothing_half_done_and_is_tried_again(
    world: World, clock: FixedClock
) -> None:
    def fail(event: Event) -> None:
        raise RuntimeError

    world.fail_reaction = fail
    await world.accept(ButtonPressed(SAM, "take:1", "5", "cb", world.clock()), world.message("sukkel"))
    await world.pipeline.drain()
    async with world.store.read() as tx:
        assert await tx.outbox.due("telegram", 9) == []
    assert (await world.unchecked(), len(await world.evidence())) == (1, 1)
    world.fail_reaction = lambda event: None
    clock.forward(seconds=RETRY_AFTER[0])
    await retried(world)
    async with world.store.read() as tx:
        assert len(await tx.outbox.due("telegram", 9)) == 1
    assert (await world.unchecked(), len(world.reacted)) == (0, 1)
