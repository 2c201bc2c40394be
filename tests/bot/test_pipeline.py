"""The pipeline brings what matters to the people who must know, once, and leaves everything else alone."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from bot.cases.case import State
from bot.clock import Ids
from bot.events import ButtonPressed, Delivery, MembershipChanged, MessagePosted, PrivateText
from bot.storage.store import SqlStore
from bot.storage.tables import PersonRow
from rules.vocabulary import Account, Attachment, AttachmentKind, Category, Role, Severity
from tests.bot.pipeline_world import CLASS_CHAT, OTHER_CHAT, World, new_world
from tests.conftest import FixedClock, NewSchool

SAM = Account("telegram", "7", "Sam")


@pytest.fixture
async def world(sqlite_store: SqlStore, clock: FixedClock, ids: Ids, new_school: NewSchool) -> World:
    return await new_world(sqlite_store, clock, ids, [await new_school(sqlite_store, slug) for slug in ("een", "twee")])


async def test_an_insult_becomes_a_case_with_evidence_and_a_notice_without_the_text(world: World) -> None:
    await world.say("hoi", "wat ben jij een sukkel")
    (case,) = await world.cases()
    (evidence,) = await world.evidence()
    assert (case.state, case.severity, case.audience) == (State.OPEN, Severity.CONCERN, frozenset({Role.MENTOR}))
    assert (evidence.author, evidence.text, evidence.category) == ("Sam", "wat ben jij een sukkel", Category.INSULT)
    assert evidence.words == ("sukkel",)
    assert evidence.clauses == ("Uitgangspunt 3", "A.10")
    assert [line.text for line in evidence.context] == ["hoi"]
    async with world.store.read() as tx:
        (notice,) = await tx.outbox.due("nowhere", 9)
    assert notice.person_id == world.people["mentor"].id
    assert case.number in notice.outgoing.text
    assert "sukkel" not in notice.outgoing.text
    assert "Sam" not in notice.outgoing.text


async def test_harmless_messages_leave_counts_and_nothing_else(world: World) -> None:
    await world.say("hoi", "hoe gaat het", author="Sam")
    await world.say("goed", author="Noor")
    assert await world.cases() == []
    assert await world.waiting() == []
    assert await world.counts() == {"checked": 3}
    async with world.store._database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(PersonRow)) == len(world.people)


async def test_a_picture_that_nobody_looks_at_is_counted_apart_from_its_words(world: World) -> None:
    photo = replace(world.message("kijk"), attachments=(Attachment(AttachmentKind.PHOTO),))
    sticker = replace(world.message("haha"), attachments=(Attachment(AttachmentKind.STICKER),))
    await world.accept(photo, sticker)
    await world.pipeline.drain()
    assert await world.counts() == {"checked": 2, "not_looked_at": 1}


async def test_days_are_counted_by_the_schools_own_clock(world: World, clock: FixedClock) -> None:
    clock.now = clock.now.replace(hour=23, minute=30)  # half past midnight in Amsterdam
    await world.say("nog wakker?")
    tomorrow = clock().date() + timedelta(days=1)
    async with world.store.read() as tx:
        assert await tx.counters.totals(world.school.id, tomorrow, tomorrow) == {"checked": 1}


async def test_messages_of_a_chat_are_judged_in_order_and_know_what_was_said_before(world: World) -> None:
    await world.accept(world.message("een"), world.message("twee"))
    await world.accept(world.message("elders", chat=OTHER_CHAT), school=world.other)
    await world.accept(world.message("drie"))
    await world.pipeline.drain()
    assert world.detector.texts == ["een", "twee", "elders", "drie"]
    assert [[line.text for line in facts.context] for _, facts in world.detector.seen] == [
        [],
        ["een"],
        [],
        ["een", "twee"],
    ]


async def test_the_detector_knows_the_group_and_the_role_of_the_writer(world: World) -> None:
    mentor = str(sum(b"Mies"))
    await world.link("mentor", mentor)
    await world.say("morgen toets", author="Mies")
    await world.say("nee!", author="Sam")
    (_, first), (_, second) = world.detector.seen
    assert (first.group, first.author_role) == (world.group, Role.MENTOR)
    assert second.author_role is Role.UNKNOWN
    assert second.context[0].role is Role.MENTOR


async def test_many_findings_about_one_matter_are_one_case_and_one_notice(world: World) -> None:
    for _ in range(5):
        await world.say("sukkel", "nog eens: sukkel", "gewoon hoi")
    (case,) = await world.cases()
    assert len(await world.evidence()) == 10
    assert await world.notices() == ["mentor"]
    assert await world.history(case) == ["open", *["join"] * 9]


async def test_something_graver_is_told_again_also_to_those_who_join(world: World) -> None:
    await world.say("sukkel")
    await world.say("pas op jij")
    (case,) = await world.cases()
    assert case.severity is Severity.SERIOUS
    assert await world.notices() == ["mentor", "mentor", "coordinator"]


async def test_another_writer_and_another_day_are_other_cases(world: World, clock: FixedClock) -> None:
    await world.say("sukkel", author="Sam")
    await world.say("sukkel", author="Noor")
    clock.forward(hours=25)
    await world.say("sukkel", author="Sam")
    assert len(await world.cases()) == 3
    assert len({case.number for case in await world.cases()}) == 3


async def test_different_matters_in_one_message_are_cases_of_their_own_with_their_own_readers(world: World) -> None:
    await world.say("sukkel, stuur foto")
    assert sorted((case.matter, tuple(case.audience)) for case in await world.cases()) == [
        ("conduct", (Role.MENTOR,)),
        ("sexual", (Role.TRUSTED_PERSON,)),
    ]
    assert sorted(await world.notices()) == ["mentor", "trusted"]


async def test_the_same_message_delivered_again_makes_no_second_flag(world: World) -> None:
    insult = world.message("sukkel")
    for _ in range(3):
        await world.accept(insult)
        await world.pipeline.drain()
    assert len(await world.evidence()) == 1
    assert await world.notices() == ["mentor"]


async def test_the_same_delivery_twice_at_the_same_moment_is_taken_once(world: World) -> None:
    """A platform that got no answer in time delivers again while the first delivery is still being written."""
    other, pressed = (Delivery(ButtonPressed(SAM, f"take:{n}", "5", "cb", world.clock()), n) for n in (1, 2))
    arriving = [[other], [pressed], [pressed], [pressed]]  # the first is being written when the others come
    await asyncio.gather(*(world.pipeline.accept(world.school.id, "telegram:1", arrived) for arrived in arriving))
    await world.pipeline.drain()
    assert world.reacted == [other.event, pressed.event]


async def test_all_events_of_each_delivery_are_taken_when_much_arrives_at_once(world: World) -> None:
    texts = ["een", "twee", "drie", "vier"]
    first, second = (
        [Delivery(MessagePosted(world.message(text)), number) for text in pair]
        for number, pair in enumerate((texts[:2], texts[2:]))
    )
    arriving = [first, second, second, first]
    await asyncio.gather(*(world.pipeline.accept(world.school.id, "telegram:1", arrived) for arrived in arriving))
    await world.pipeline.drain()
    assert world.detector.texts == texts


async def test_an_edit_that_turns_a_message_into_an_insult_is_flagged_once(world: World) -> None:
    await world.accept(world.message("hoi", message_id="77"))
    await world.pipeline.drain()
    edited = world.message("sukkel", message_id="77")
    for _ in range(2):
        await world.accept(edited)
        await world.pipeline.drain()
    assert [one.text for one in await world.evidence()] == ["sukkel"]


async def test_a_case_about_the_mentor_goes_past_the_mentor(world: World) -> None:
    await world.link("mentor", str(sum(b"Mies")))
    await world.say("sukkel", author="Mies")
    (case,) = await world.cases()
    assert case.subjects == {world.people["mentor"].id}
    assert await world.notices() == ["coordinator"]


async def test_a_case_that_nobody_may_handle_says_so_loudly(world: World, caplog: pytest.LogCaptureFixture) -> None:
    async with world.store.write() as tx:
        await tx.people.retire(world.school.id, {"mentor"})
    await world.link("mentor", str(sum(b"Mies")))
    await world.say("sukkel", author="Mies")
    assert await world.notices() == []
    assert "outside route needed" in caplog.text
    async with world.store.write() as tx:
        lies = await tx.people.put(world.school.id, "leader", "Lies", frozenset({(Role.LEADERSHIP, None)}), "nl")
        await tx.people.put(world.school.id, "co", "Coos", frozenset({(Role.COORDINATOR, None)}), "nl")
    assert lies.id == world.people["leader"].id
    (case,) = await world.cases()
    assert "outside_route" in await world.history(case)


async def test_a_group_of_another_school_is_not_touched(world: World) -> None:
    await world.accept(world.message("sukkel", chat=OTHER_CHAT))
    await world.accept(world.message("sukkel", chat=CLASS_CHAT), school=world.other)
    await world.pipeline.drain()
    assert world.detector.seen == []
    assert await world.cases() == []
    assert (await world.counts(), await world.counts(world.other)) == ({}, {})
    assert await world.waiting() == []


async def test_two_schools_go_through_together_and_stay_apart(world: World) -> None:
    await world.accept(world.message("sukkel"))
    await world.accept(world.message("sukkel", chat=OTHER_CHAT), school=world.other)
    await world.pipeline.drain()
    assert len(await world.cases()) == 1
    assert (await world.counts(), await world.counts(world.other)) == ({"checked": 1}, {"checked": 1})


async def test_what_is_said_in_a_chat_that_is_not_linked_is_not_looked_at(world: World) -> None:
    await world.say("sukkel", chat=replace(CLASS_CHAT, id="-9"))
    assert world.detector.seen == []
    assert await world.waiting() == []
    assert await world.counts() == {}


async def test_messages_buttons_and_commands_take_effect_in_the_order_in_which_they_came(world: World) -> None:
    pressed = ButtonPressed(SAM, "take:1", "5", "cb", world.clock())
    typed = PrivateText(SAM, "ja", world.clock())
    left = MembershipChanged(CLASS_CHAT, SAM, joined=False, at=world.clock())
    await world.accept(world.message("een"), pressed, world.message("twee"), typed, left)
    await world.pipeline.drain()
    assert world.detector.texts == ["een", "twee"]
    assert world.reacted == [pressed, typed, left]
    async with world.store.read() as tx:
        assert await tx.journal.waiting() == []
        assert len(await tx.outbox.due("telegram", 9)) == 3


async def test_a_restart_takes_up_what_was_left_in_order_and_once(world: World) -> None:
    await world.accept(world.message("een"), world.message("sukkel"))
    await world.accept(ButtonPressed(SAM, "x", "5", "cb", world.clock()))
    for _ in range(2):
        world.pipeline = world.new_pipeline()
        await world.pipeline.recover()
        await world.pipeline.drain()
    assert world.detector.texts == ["een", "sukkel"]
    assert (len(await world.evidence()), len(world.reacted)) == (1, 1)
    assert await world.counts() == {"checked": 2}


async def test_one_source_can_be_taken_up_without_the_others(world: World) -> None:
    await world.accept(world.message("een"))
    world.pipeline = world.new_pipeline()
    await world.pipeline.recover("replay:2B")
    await world.pipeline.drain()
    assert world.detector.texts == []
    await world.pipeline.recover("telegram:1")
    await world.pipeline.drain()
    assert world.detector.texts == ["een"]


async def test_whoever_sends_is_woken_after_each_transaction_that_may_have_written_something(world: World) -> None:
    await world.say("sukkel")
    await world.accept(ButtonPressed(SAM, "x", "5", "cb", world.clock()))
    await world.pipeline.drain()
    assert world.wakes.qsize() == 2


async def test_the_log_holds_ids_and_never_what_people_wrote(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await world.say("sukkel", "kapot")
    world.detector.failing = ("model",)
    await world.say("pas op")
    assert "set aside" in caplog.text
    assert "unchecked" in caplog.text
    assert not any(text in caplog.text for text in ("sukkel", "kapot", "pas op", "Sam"))


async def test_a_case_knows_the_protocol_that_was_in_force(world: World) -> None:
    await world.say("sukkel")
    (case,) = await world.cases()
    protocol = world.school.protocol
    assert (case.protocol, case.protocol_version) == (protocol.name, protocol.version.isoformat())
    assert case.group_id == UUID(world.group.id)
