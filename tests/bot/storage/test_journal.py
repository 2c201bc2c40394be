"""The journal keeps what arrived until its effects are stored."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.events import Delivery, MessagePosted
from bot.keyring import MemoryKeyRing, Purpose
from bot.storage.store import SqlStore
from rules.vocabulary import Account, Chat, IncomingMessage
from tests.conftest import FixedClock, NewSchool

CHAT = Chat("telegram", "-100")


def deliveries(clock: FixedClock, *numbers: int | None) -> list[Delivery]:
    return [
        Delivery(
            MessagePosted(IncomingMessage(CHAT, f"{n}:0", Account("telegram", "5", "Sam"), f"hoi {n}", clock())), n
        )
        for n in numbers
    ]


async def test_what_was_written_is_found_again_in_order_after_a_restart(
    store: SqlStore, clock: FixedClock, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        written = await tx.journal.append(school, "telegram:1", deliveries(clock, 10, 11, 12))
    async with store.read() as tx:
        assert await tx.journal.waiting() == written


async def test_a_delivery_that_comes_again_is_left_out(
    store: SqlStore, clock: FixedClock, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        await tx.journal.append(school, "telegram:1", deliveries(clock, 10, 11))
    async with store.write() as tx:
        again = await tx.journal.append(school, "telegram:1", deliveries(clock, 11, 12))
    assert [entry.event.message.text for entry in again if isinstance(entry.event, MessagePosted)] == ["hoi 12"]


async def test_several_events_of_one_delivery_are_kept_and_left_out_together(
    store: SqlStore, clock: FixedClock, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    for expected in (3, 0):
        async with store.write() as tx:
            assert len(await tx.journal.append(school, "telegram:1", deliveries(clock, 7, 7, 8))) == expected


async def test_a_delivery_out_of_order_is_not_taken_for_an_old_one(
    store: SqlStore, clock: FixedClock, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        await tx.journal.append(school, "telegram:1", deliveries(clock, 12))
    async with store.write() as tx:
        assert len(await tx.journal.append(school, "telegram:1", deliveries(clock, 11))) == 1


async def test_the_mark_says_how_far_the_platform_may_forget_until_numbers_start_anew(
    store: SqlStore, clock: FixedClock, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        await tx.journal.append(school, "telegram:1", deliveries(clock, 900, 901))
    async with store.read() as tx:
        assert await tx.journal.last_sequence("telegram:1") == 901
        assert await tx.journal.last_sequence("telegram:2") is None
    clock.forward(days=7)
    async with store.write() as tx:
        assert await tx.journal.last_sequence("telegram:1") is None
        assert len(await tx.journal.append(school, "telegram:1", deliveries(clock, 5))) == 1
    async with store.read() as tx:
        assert await tx.journal.last_sequence("telegram:1") == 5


async def test_events_without_a_number_are_all_kept(store: SqlStore, clock: FixedClock, new_school: NewSchool) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        assert len(await tx.journal.append(school, "replay:x", deliveries(clock, None, None))) == 2


async def test_nothing_is_written_when_the_transaction_fails(
    store: SqlStore, clock: FixedClock, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    with pytest.raises(ZeroDivisionError):
        async with store.write() as tx:
            await tx.journal.append(school, "telegram:1", deliveries(clock, 10))
            raise ZeroDivisionError
    async with store.read() as tx:
        assert await tx.journal.waiting() == []
        assert await tx.journal.last_sequence("telegram:1") is None


async def test_an_unchecked_entry_waits_for_its_time_and_is_counted(
    store: SqlStore, clock: FixedClock, new_school: NewSchool
) -> None:
    school, other = await new_school(store, "een"), await new_school(store, "twee")
    async with store.write() as tx:
        one, two = await tx.journal.append(school, "telegram:1", deliveries(clock, 1, 2))
        await tx.journal.postpone(one.id, ["model"], clock() + timedelta(seconds=60))
        await tx.journal.done([two.id])
    async with store.read() as tx:
        assert await tx.journal.unchecked(school) == 1
        assert await tx.journal.unchecked(other) == 0
        assert await tx.journal.waiting() == []
        assert await tx.journal.due(10) == []
    clock.forward(seconds=61)
    async with store.read() as tx:
        (due,) = await tx.journal.due(10)
    assert due.id == one.id
    assert due.attempts == 1


async def test_text_in_the_journal_is_sealed_and_its_keys_are_known(
    store: SqlStore, clock: FixedClock, new_school: NewSchool, keyring: MemoryKeyRing
) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        await tx.journal.append(school, "telegram:1", deliveries(clock, 1))
    keyring.rotate(Purpose.JOURNAL)
    async with store.write() as tx:
        await tx.journal.append(school, "telegram:1", deliveries(clock, 2))
    async with store.read() as tx:
        assert await tx.journal.key_ids() == set(keyring.key_ids(Purpose.JOURNAL))
