"""The outbox is emptied: in order, at least once, and what cannot arrive is shown to people."""

from __future__ import annotations

import asyncio

import pytest

from bot import delivery as module
from bot import stopping
from bot.delivery import IDLE, LIMIT, PAUSES, Delivery
from bot.outgoing import Button, Moved, Outgoing, Refused, SendError, TryLater, Unreachable
from bot.storage.store import SqlStore
from rules.vocabulary import Chat, GroupKind, Role
from tests.bot.fakes import ClosingStore
from tests.bot.outbox_world import World, numbered
from tests.conftest import FixedClock, NewSchool


@pytest.fixture
async def world(sqlite_store: SqlStore, clock: FixedClock, new_school: NewSchool) -> World:
    school = await new_school(sqlite_store, "een")
    async with sqlite_store.write() as tx:
        mentor = await tx.people.put(school, "mentor", "Mentor", frozenset({(Role.COORDINATOR, None)}), "nl")
    return World(sqlite_store, clock, school, mentor)


async def test_messages_go_out_in_the_order_in_which_they_were_written(world: World) -> None:
    await world.write(*numbered("7", *range(2 * LIMIT + 1)))
    await world.send()
    assert world.telegram.texts == [f"7 {number}" for number in range(2 * LIMIT + 1)]
    assert await world.delivery.send_due("telegram") == 0


async def test_each_message_goes_to_the_sender_of_its_channel(world: World) -> None:
    await world.write(Outgoing("7", text="hier"))
    await world.write(Outgoing("a@school.example", text="daar"), channel="email")
    await world.send("telegram")
    assert (world.telegram.texts, world.email.texts) == (["hier"], [])
    await world.send("email")
    assert world.email.texts == ["daar"]


async def test_a_message_arrives_whole(world: World) -> None:
    whole = Outgoing("7", text="Zaak", buttons=((Button("Tonen", "show:1"),),), subject="Zaak", holds_evidence=True)
    await world.write(whole)
    await world.send()
    assert world.telegram.done == [whole]


async def test_somebody_who_links_another_account_meanwhile_gets_it_there(world: World) -> None:
    await world.link("telegram", "7")
    await world.tell("zaak")
    await world.link("telegram", "8")
    await world.send()
    assert [outgoing.address for outgoing in world.telegram.done] == ["8"]


async def test_a_copy_of_a_case_is_recorded_and_any_other_message_is_not(world: World) -> None:
    await world.link("telegram", "7")
    case = await world.add_case()
    await world.tell("zaak", case=case)
    await world.tell("iets anders")
    await world.send()
    async with world.store.read() as tx:
        (copy,) = await tx.outbox.copies(case)
    assert (copy.channel, copy.address, copy.message_id, copy.person_id) == ("telegram", "7", "1", world.mentor.id)


async def test_evidence_that_is_on_its_way_when_its_case_closes_is_known_and_can_be_taken_back(world: World) -> None:
    case = await world.add_case()
    async with world.store.write() as tx:
        shown = Outgoing("7", text="wat er stond", holds_evidence=True)
        await tx.outbox.add(world.school, "telegram", shown, case_id=case.id)
    delivered = world.telegram.deliver

    async def deliver(outgoing: Outgoing) -> str:
        async with world.store.write() as tx:
            await tx.outbox.withdraw_evidence(case)
        return await delivered(outgoing)

    world.telegram.deliver = deliver  # type: ignore[method-assign] # what happens while Telegram works
    await world.send()
    async with world.store.read() as tx:
        (copy,) = await tx.outbox.copies(case)
    assert (copy.address, copy.message_id) == ("7", "1")


async def test_a_flood_limit_holds_up_one_address_in_order_and_no_other(world: World) -> None:
    await world.write(*numbered("7", 1, 2), *numbered("8", 1))
    world.telegram.fail(TryLater(30), address="7")
    await world.send()
    assert world.telegram.texts == ["8 1"]
    world.clock.forward(seconds=29)
    await world.write(*numbered("7", 3))
    await world.send()
    assert world.telegram.texts == ["8 1"]
    world.clock.forward(seconds=1)
    await world.write(*numbered("7", 4))
    await world.send()
    assert world.telegram.texts == ["8 1", "7 1", "7 2", "7 3", "7 4"]
    assert len(world.telegram.tries) == 6


async def test_a_failure_is_tried_again_with_growing_pauses_until_it_works(world: World) -> None:
    await world.write(*numbered("7", 1))
    world.telegram.fail(*[SendError("no answer")] * (len(PAUSES) + 2))
    for tried, pause in enumerate([*PAUSES, PAUSES[-1], PAUSES[-1]], start=1):
        await world.send()
        assert len(world.telegram.tries) == tried
        world.clock.forward(seconds=pause - 1)
        await world.send()
        assert len(world.telegram.tries) == tried
        world.clock.forward(seconds=1)
    await world.send()
    assert world.telegram.texts == ["7 1"]
    assert await world.undeliverable() == 0


async def test_who_cannot_be_reached_gets_it_by_mail_instead_and_from_then_on_at_once(world: World) -> None:
    await world.link("telegram", "7")
    await world.link("email", "mentor@school.example")
    world.telegram.fail(Unreachable("blocked"))
    await world.tell("zaak")
    await world.send("telegram")
    await world.tell("nog een")
    await world.send("telegram")
    await world.send("email")
    assert len(world.telegram.tries) == 1
    assert world.email.texts == ["zaak", "nog een"]
    assert {(outgoing.address, outgoing.subject) for outgoing in world.email.done} == {
        ("mentor@school.example", "Zaak")
    }
    assert await world.undeliverable() == 0


async def test_a_copy_that_went_by_mail_is_recorded_as_such(world: World) -> None:
    await world.link("telegram", "7")
    await world.link("email", "mentor@school.example")
    case = await world.add_case()
    world.telegram.fail(Unreachable("blocked"))
    await world.tell("zaak", case=case)
    await world.send("telegram")
    await world.send("email")
    async with world.store.read() as tx:
        (copy,) = await tx.outbox.copies(case)
    assert (copy.channel, copy.address) == ("email", "mentor@school.example")


async def test_who_can_be_reached_nowhere_is_counted(world: World) -> None:
    await world.tell("zaak")
    assert await world.undeliverable() == 1
    await world.link("telegram", "7")
    world.telegram.fail(Unreachable("blocked"))
    await world.tell("nog een")
    await world.send()
    assert await world.undeliverable() == 2
    world.clock.forward(days=1)
    await world.send()
    assert len(world.telegram.tries) == 1


async def test_a_group_that_cannot_be_written_to_is_counted(world: World) -> None:
    world.telegram.fail(Unreachable("kicked"))
    await world.write(*numbered("-7", 1))
    await world.send()
    assert await world.undeliverable() == 1


async def test_what_cannot_be_redacted_any_more_for_somebody_out_of_reach_is_dropped(world: World) -> None:
    await world.link("telegram", "7")
    await world.link("email", "mentor@school.example")
    redaction = Outgoing("7", verb="edit", message_id="5", text="weg")
    async with world.store.write() as tx:
        await tx.outbox.add(world.school, "telegram", redaction, person_id=world.mentor.id)
    world.telegram.fail(Unreachable("blocked"))
    await world.send("telegram")
    await world.send("email")
    assert (len(world.telegram.tries), world.email.tries, await world.undeliverable()) == (1, [], 0)


async def test_a_chat_that_moved_gets_its_messages_under_its_new_id_and_stays_linked(world: World) -> None:
    async with world.store.write() as tx:
        group = await tx.people.put_group(world.school, "2B", GroupKind.CLASS)
        await tx.people.link_chat(group, Chat("telegram", "-7"))
    await world.write(*numbered("-7", 1, 2))
    world.telegram.fail(Moved("-1007"), Moved("-1007"), address="-7")
    await world.send()
    assert [(outgoing.address, outgoing.text) for outgoing in world.telegram.done] == [
        ("-1007", "-7 1"),
        ("-1007", "-7 2"),
    ]
    async with world.store.read() as tx:
        assert await tx.people.group_of(Chat("telegram", "-1007")) == group
        assert await tx.people.group_of(Chat("telegram", "-7")) is None


async def test_what_the_platform_refuses_is_counted_and_the_next_goes_out(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.write(*numbered("7", 1, 2))
    world.telegram.fail(Refused("Bad Request: message is too long"))
    await world.send()
    assert world.telegram.texts == ["7 2"]
    assert await world.undeliverable() == 1
    assert "Bad Request: message is too long" in caplog.text


async def test_a_message_that_breaks_the_program_holds_up_only_its_address_and_is_given_up_in_the_end(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.write(*numbered("7", 1, 2), *numbered("8", 1))
    world.telegram.fail(*[ValueError("een geheime tekst")] * (len(PAUSES) + 1), address="7")
    await world.send()
    assert world.telegram.texts == ["8 1"]
    for pause in PAUSES:
        world.clock.forward(seconds=pause)
        await world.send()
    assert world.telegram.texts == ["8 1", "7 2"]
    assert await world.undeliverable() == 1
    assert "ValueError" in caplog.text
    assert "geheime" not in caplog.text


async def test_what_was_sent_while_the_disk_is_full_is_not_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STORE_PAUSE", 0)
    await world.write(*numbered("7", 1, 2))
    store = ClosingStore(world.store)
    delivery = Delivery(store, {"telegram": world.telegram}, world.clock)
    world.telegram.after = store.close
    sending = asyncio.create_task(delivery.send_due("telegram"))
    await asyncio.wait_for(store.refused.wait(), 5)
    assert world.telegram.texts == ["7 1"]
    world.telegram.after = lambda: None
    store.open()
    await asyncio.wait_for(sending, 5)
    assert world.telegram.texts == ["7 1", "7 2"]
    assert await delivery.send_due("telegram") == 0


async def test_a_slow_channel_holds_up_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "LAST_SECONDS", 0)

    class Stuck:
        async def deliver(self, outgoing: Outgoing) -> str:
            return str(await asyncio.Event().wait())

    delivery = Delivery(world.store, {"telegram": Stuck(), "email": world.email}, world.clock)
    await world.write(*numbered("7", 1))
    await world.write(Outgoing("a@school.example", text="daar"), channel="email")
    running = asyncio.create_task(delivery.run())
    await asyncio.wait_for(world.email.sent.wait(), 5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert world.email.texts == ["daar"]


async def test_what_is_written_later_goes_out_as_soon_as_somebody_says_so(world: World) -> None:
    await world.write(*numbered("7", 1))
    running = asyncio.create_task(world.delivery.run())
    await asyncio.wait_for(world.telegram.sent.wait(), 5)
    world.telegram.sent.clear()
    await world.write(*numbered("7", 2))
    world.delivery.wake()
    await asyncio.wait_for(world.telegram.sent.wait(), IDLE / 3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert world.telegram.texts == ["7 1", "7 2"]


async def test_a_crash_between_sending_and_writing_it_down_makes_one_copy_too_many(world: World) -> None:
    """What the design promises and no more: at least once, at most one duplicate."""
    await world.write(*numbered("7", 1, 2))
    dies = Delivery(world.store, {"telegram": world.telegram}, world.clock)

    def die() -> None:
        raise asyncio.CancelledError

    world.telegram.after = die
    with pytest.raises(asyncio.CancelledError):
        await dies.send_due("telegram")
    world.telegram.after = lambda: None
    await world.send()
    assert world.telegram.texts == ["7 1", "7 1", "7 2"]


async def test_a_stop_lets_the_message_on_its_way_arrive_and_begins_no_other(world: World) -> None:
    stopping = asyncio.Event()
    world.telegram.after = stopping.set
    await world.write(*numbered("7", 1, 2))
    running = asyncio.create_task(world.delivery.run())
    await asyncio.wait_for(stopping.wait(), 5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await world.send()
    assert world.telegram.texts == ["7 1", "7 2"]


async def test_a_stop_does_not_wait_for_a_platform_that_does_not_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "LAST_SECONDS", 0.05)
    asked = asyncio.Event()

    class Silent:
        async def deliver(self, outgoing: Outgoing) -> str:
            asked.set()
            return str(await asyncio.Event().wait())

    await world.write(*numbered("7", 1))
    running = asyncio.create_task(Delivery(world.store, {"telegram": Silent()}, world.clock).run())
    await asyncio.wait_for(asked.wait(), 5)
    running.cancel()
    await asyncio.wait({running}, timeout=5)
    assert running.cancelled()
    await world.send()
    assert world.telegram.texts == ["7 1"]


async def test_what_is_meant_for_one_person_goes_to_no_other(world: World) -> None:
    await world.link("telegram", "7")
    await world.tell("voor de mentor")
    await world.write(Outgoing("8", text="voor een ander"))
    await world.send()
    assert [(outgoing.address, outgoing.text) for outgoing in world.telegram.done] == [
        ("7", "voor de mentor"),
        ("8", "voor een ander"),
    ]
