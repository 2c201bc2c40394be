"""Handling cases in a private chat: whole stories, as people read them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.cases.case import Decision, State
from bot.commands.private_chat import PrivateChat
from bot.commands.review_chat import LISTED, ReviewChat
from bot.commands.showing import MESSAGES
from bot.texts import say
from rules.vocabulary import Category
from tests.bot.commands.late import late
from tests.bot.commands.world import World, as_read, check_golden

NewWorld = Callable[[str], Awaitable[World]]


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_mentor_takes_hears_decides_and_closes(new_world: NewWorld, language: str) -> None:
    world = await new_world(language)
    await world.links("anna")
    case = await world.flagged()

    def label(english: str) -> str:
        return say(language, english)

    await world.presses("anna", label("Show"))
    await world.presses("anna", label("Take"))
    await world.presses("anna", label("Founded"))
    await world.presses("anna", label("I hear them first"))
    await world.presses("anna", label("I talk with them at school"))
    await world.types("anna", "Waarom schreef je dat?")
    await world.presses("anna", label("Write down what they said"))
    await world.types("anna", "Hij vond het een grap.")
    await world.presses("anna", label("Founded"))
    await world.types("anna", "Het was bedoeld om te kwetsen.")
    await world.presses("anna", label("Show"))
    evidence = [shown for shown in world.chat("anna") if "vieze loser" in shown.text]
    assert len(evidence) == 2
    await world.presses("anna", label("Close"))

    closed = await world.now(case)
    assert (closed.state, closed.decision) == (State.CLOSED, Decision.FOUNDED)
    assert closed.heard_at is not None
    assert not any("vieze loser" in shown.text or "Finn" in shown.text for shown in world.chat("anna"))
    await world.presses("anna", label("Show"))
    check_golden(f"mentor_{language}", world.said)
    check_golden(f"mentor_afterwards_{language}", [as_read(shown) for shown in world.chat("anna")])


async def test_founded_without_a_hearing_asks_why_not(world: World) -> None:
    await world.links("anna")
    case = await world.flagged()
    await world.presses("anna", "Oppakken")
    await world.presses("anna", "Terecht")
    await world.presses("anna", "De andere kant kon niet gehoord worden")
    await world.types("anna", "Hij is van school.")
    await world.types("anna", "Het staat er letterlijk.")
    shown = await world.presses_data("anna", f"show:{case.number}")
    assert "Niet gehoord, omdat: Hij is van school." in shown.text
    assert (await world.now(case)).decision is Decision.FOUNDED


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_message_to_the_other_side_is_shown_before_it_is_sent_and_sent_once(
    new_world: NewWorld, language: str
) -> None:
    world = await new_world(language)
    await world.links("anna")
    async with world.store.write() as tx:
        finn = await tx.people.meet(world.school.id, world.account("finn", language))
        await tx.people.link_account(finn, world.account("finn"))
    case = await world.flagged()
    await world.presses("anna", say(language, "Take"))
    await world.presses("anna", say(language, "Hear the other side"))
    await world.presses("anna", say(language, "Bring my message to them"))
    await world.types("anna", "Kom je evn langs?")
    preview = await world.types("anna", "Kom je even langs?")
    assert world.chat("finn") == []
    await world.presses("anna", say(language, "Send"))
    await world.presses_data("anna", preview.buttons[say(language, "Send")])
    [message] = world.chat("finn")
    assert "Kom je even langs?" in message.text
    assert (await world.now(case)).state is State.HEARING
    check_golden(f"message_to_the_other_side_{language}", [*world.said, "Finn:", message.text])


async def test_whoever_cannot_be_written_to_is_heard_in_a_talk(world: World) -> None:
    await world.links("anna")
    await world.flagged()
    await world.presses("anna", "Oppakken")
    question = await world.presses("anna", "De andere kant horen")
    assert "Ik kan Finn geen bericht sturen" in question.text
    assert "Stuur hun mijn bericht" not in question.buttons


async def test_of_two_mentors_who_press_take_one_wins_and_the_other_hears_it_kindly(world: World) -> None:
    await world.links("anna", "bram")
    case = await world.flagged()
    await world.presses("anna", "Oppakken")
    answer = await world.presses("bram", "Oppakken")
    assert "wordt behandeld (Anna de Vries)" in answer.text
    assert (await world.now(case)).taken_by == world.people["anna"].id


async def test_somebody_else_who_acts_at_the_same_moment_is_told_of_kindly(world: World) -> None:
    await world.links("anna", "bram")
    case = await world.flagged()
    await world.presses("bram", "Oppakken")
    anna = world.people["anna"]
    async with world.store.write() as tx:
        chat = PrivateChat(late(tx, case), world.school, world.account("anna"), anna)
        await ReviewChat(world.review).pressed(chat, anna, f"take:{case.number}")
    await world.send()
    answer = world.chat("anna")[-1].text
    assert answer.startswith("Iemand anders heeft deze zaak net veranderd")
    assert "wordt behandeld (Bram Bakker)" in answer


async def test_pressing_twice_changes_nothing_twice(world: World) -> None:
    await world.links("anna")
    case = await world.flagged()
    for _ in range(2):
        await world.presses_data("anna", f"take:{case.number}")
    await world.presses("anna", "Onterecht")
    for _ in range(2):
        await world.types("anna", "Het was een citaat.")
    for _ in range(2):
        await world.presses_data("anna", f"close:{case.number}")
    assert await world.column("case_events.action") == ["open", "take", "decide", "close"]


async def test_a_button_that_no_longer_fits_is_answered_with_where_the_case_stands(world: World) -> None:
    await world.links("anna", "bram")
    case = await world.flagged()
    await world.presses("anna", "Oppakken")
    await world.presses("anna", "Onterecht")
    async with world.store.write() as tx:
        await world.review.close(tx, world.people["anna"], case.number, "afgehandeld")
    answer = await world.types("anna", "Het was een citaat.")
    assert "Stand: gesloten" in answer.text
    for verb in ("take", "hear", "heard", "founded", "unheard", "out_of_scope", "escalate", "note", "close", "release"):
        answer = await world.presses_data("bram", f"{verb}:{case.number}")
        assert "Stand: gesloten" in answer.text, verb
    assert (await world.now(case)).decision is None


async def test_nonsense_in_a_button_gets_what_anybody_gets(world: World) -> None:
    await world.links("anna")
    case = await world.flagged()
    for data in ("", "boom", f"boom:{case.number}"):
        assert "Ik ben Klasveilig" in (await world.presses_data("anna", data)).text


async def test_whoever_may_not_read_a_case_gets_the_same_answer_as_for_one_that_does_not_exist(world: World) -> None:
    await world.links("anna", "dirk")
    case = await world.flagged(author="anna")
    for who in ("anna", "dirk"):
        for verb in ("show", "take", "hear", "founded", "escalate", "close", "release"):
            real = await world.presses_data(who, f"{verb}:{case.number}")
            none = await world.presses_data(who, f"{verb}:2222-2222")
            assert as_read(real) == as_read(none)
            assert real.text == "Deze zaak is niet te vinden."


async def test_whoever_is_only_known_from_a_case_gets_what_anybody_gets(world: World) -> None:
    """Finn is in the database, since a case is about him; nothing that he gets may show that."""
    case = await world.flagged()
    assert as_read(await world.types("finn", "/start")) == as_read(await world.types("sara", "/start"))
    welcome = as_read(await world.types("finn", "/start"))
    assert as_read(await world.presses_data("finn", f"show:{case.number}")) == welcome
    assert as_read(await world.presses_data("finn", "cases")) == welcome
    assert as_read(await world.types("finn", "/zaken")) == welcome
    assert as_read(await world.types("finn", case.number)) == welcome


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_case_is_passed_on_to_a_role_that_somebody_has(new_world: NewWorld, language: str) -> None:
    world = await new_world(language)
    await world.links("anna", "dirk")
    await world.flagged()
    await world.presses("anna", say(language, "Show"))
    await world.presses("anna", say(language, "Pass on"))
    await world.presses("anna", say(language, "school leadership"))
    await world.types("anna", "Dit gaat over meer klassen.")
    assert say(language, "Take") in world.chat("dirk")[-1].buttons
    shown = await world.presses("dirk", say(language, "Show"))
    assert "\n   Dit gaat over meer klassen." in shown.text
    check_golden(f"passing_on_{language}", world.said)


async def test_a_step_can_be_cancelled(world: World) -> None:
    await world.links("anna")
    case = await world.flagged()
    await world.presses("anna", "Bekijken")
    await world.presses("anna", "Notitie")
    await world.presses("anna", "Annuleren")
    assert "Ik ben Klasveilig" in (await world.types("anna", "toch maar niet")).text
    await world.presses_data("anna", f"note:{case.number}")
    assert (await world.types("anna", "/stop")).text == "Goed, ik heb niets veranderd."
    assert await world.column("case_events.action") == ["open"]


async def test_a_photo_is_no_answer_and_the_question_stays_open(world: World) -> None:
    await world.links("anna")
    await world.flagged()
    await world.presses("anna", "Bekijken")
    await world.presses("anna", "Notitie")
    assert (await world.types("anna", "")).text == "Ik kan alleen tekst lezen. Typ je antwoord."
    await world.types("anna", "Ouders gebeld.")
    assert await world.column("case_events.action") == ["open", "note"]


async def test_what_is_not_about_school_leaves_the_chat_at_once(world: World) -> None:
    await world.links("anna")
    await world.flagged()
    await world.presses("anna", "Bekijken")
    await world.presses("anna", "Oppakken")
    await world.presses("anna", "Niet schoolgerelateerd")
    answer = await world.types("anna", "Dit was op de camping.")
    assert "gesloten, niet schoolgerelateerd (Anna de Vries)" in answer.text
    assert list(answer.buttons) == ["Bekijken"]
    assert not any("loser" in shown.text for shown in world.chat("anna"))


async def test_a_case_can_be_given_back_reopened_and_closed_without_a_decision(world: World) -> None:
    await world.links("anna")
    case = await world.flagged()
    await world.presses("anna", "Oppakken")
    await world.presses("anna", "Teruggeven")
    await world.presses("anna", "Oppakken")
    await world.presses("anna", "Sluiten")
    await world.types("anna", "Het is uitgepraat.")
    await world.presses("anna", "Heropenen")
    await world.types("anna", "Het begint opnieuw.")
    assert (await world.now(case)).state is State.REOPENED
    actions = await world.column("case_events.action")
    assert actions == ["open", "take", "release", "take", "close", "reopen"]


async def test_the_list_shows_the_gravest_first_and_a_button_for_each(world: World) -> None:
    await world.links("anna")
    assert (await world.types("anna", "/zaken")).text == "Er zijn geen open zaken voor je."
    cases = [await world.flagged(author=f"pupil {n}") for n in range(LISTED + 2)]
    listed = await world.presses_data("anna", "cases")
    assert listed.text.splitlines()[-1] == "… en nog 2"
    assert listed.text.splitlines()[0] == f"{cases[0].number} · Ernstig · wacht tot iemand hem oppakt"
    assert len(listed.buttons) == LISTED


async def test_a_case_of_many_messages_shows_the_latest_and_says_how_many_it_leaves_out(world: World) -> None:
    await world.links("anna")
    texts = [f"loser nummer {n}" for n in range(MESSAGES + 3)]
    await world.flagged(texts=texts)
    shown = await world.presses("anna", "Bekijken")
    assert "Eerdere signaleringen die hier niet staan: 3." in shown.text
    assert "“loser nummer 2”" not in shown.text
    assert "“loser nummer 12”" in shown.text


async def test_one_message_with_two_flags_is_shown_once(world: World) -> None:
    await world.links("anna")
    await world.flagged(categories=[Category.INSULT, Category.BULLYING])
    shown = await world.presses("anna", "Bekijken")
    assert shown.text.count("“jij bent echt een vieze loser”") == 1
    assert "→ belediging" in shown.text
    assert "→ pesten" in shown.text
