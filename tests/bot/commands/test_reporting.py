"""Reporting in a private chat: whole stories, as people read them, and what is left of them in the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from bot.cases.case import Matter, Person, Relation, State
from bot.commands.filing import plan
from bot.commands.linking import WRONG_CODES
from bot.commands.melden import ANONYMOUS, SKIP, Draft, Kind, Question
from bot.commands.review import show
from bot.events import GroupCommand
from bot.keyring import KeyRingError
from bot.storage.tables import Base
from bot.texts import say
from rules.vocabulary import Account, Role, Severity
from tests.bot.commands.telegram import Shown
from tests.bot.commands.world import CLASS, World, as_read, check_golden

NewWorld = Callable[[str], Awaitable[World]]


async def reports(
    world: World,
    who: str = "finn",
    kind: str = "Pesten",
    about: str = "Joris",
    story: str = "Elke pauze scheldt hij mij uit.",
    recipient: str = "mentor",
    name: str = "Anoniem",
) -> Shown:
    """Let somebody report something in Dutch, and return the last answer, with the receipt."""
    await world.types(who, "/melden")
    await world.presses(who, kind)
    await world.types(who, about)
    await world.types(who, story)
    await world.presses(who, recipient)
    if recipient == "mentor":
        await world.presses(who, "2B")
    await world.presses(who, name)
    return await world.presses(who, "Versturen")


def receipt_of(answer: Shown) -> str:
    """Return the receipt code that an answer shows."""
    [data] = answer.buttons.values()
    return data.removeprefix("status:")


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_pupil_reports_anonymously_and_later_asks_where_it_stands(new_world: NewWorld, language: str) -> None:
    world = await new_world(language)
    await world.links("anna", "vera")

    async def press(english: str) -> Shown:
        return await world.presses("finn", say(language, english), language)

    await world.types("finn", "/start melden", language)
    await press("Bullying")
    await world.types("finn", "Joris", language)
    await world.types("finn", "Elke pauze scheldt hij mij uit.", language)
    await press("mentor")
    await world.presses("finn", "2B", language)
    await press("Anonymous")
    await world.types("finn", "En hij maakt foto's.", language)
    sent = await press("Send")
    await press("Where does my report stand?")
    [notice] = world.chat("anna")
    await world.presses("anna", say(language, "Take"), language)
    typed = receipt_of(sent).lower().replace("-", " ")
    await world.types("finn", f"/status {typed}", language)
    await world.presses("anna", say(language, "Show"), language)
    assert "Elke pauze" not in notice.text
    assert world.chat("vera") == []
    check_golden(f"melden_{language}", world.said)


async def test_an_anonymous_report_leaves_no_trace_of_who_sent_it(world: World) -> None:
    """Neither in the clear, nor sealed, nor as a lookup, nor as a person: every column of every table is read."""
    await world.links("anna")
    sent = await reports(world)
    await world.presses("finn", "Hoe staat het met mijn melding?")
    account = world.account("finn")
    traces = [account.id, account.name.lower()]
    traces += [world.keyring.lookup(kind, f"telegram:{account.id}") for kind in ("account", "dialog")]
    stored = await everything_stored(world)
    assert len(stored) > 50
    assert "elke pauze scheldt hij mij uit." in " ".join(stored), "the scan opens what is sealed"
    assert [value for value in stored for trace in traces if trace in value] == []
    assert receipt_of(sent).lower() not in " ".join(stored)
    assert await world.column("outbox.channel") == ["nowhere"]  # the notice to the mentor who is not linked
    assert await world.column("journal.id") == []
    assert await world.column("dialogs.id") == []
    assert set(await world.column("persons.key")) == set(world.people)


async def everything_stored(world: World) -> list[str]:
    """Return every value of the database in lower case, sealed ones opened."""
    found = []
    async with world.database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in (await connection.execute(table.select())).mappings():
                for name, value in row.items():
                    about = f"{table.name}.{str(name).removesuffix('_sealed')}:{world.school.id}"
                    found.append(opened(world, value, about) if isinstance(value, bytes) else str(value))
    return [value.lower() for value in found]


def opened(world: World, sealed: bytes, about: str) -> str:
    """Return what is sealed in a column."""
    try:
        return world.keyring.open(sealed, about).decode()
    except KeyRingError as error:
        raise AssertionError(f"{about}: the scan cannot open this column, so it proves nothing") from error


async def test_the_scan_for_traces_finds_a_reporter_with_a_name(world: World) -> None:
    await reports(world, name="Met mijn naam")
    stored = await everything_stored(world)
    account = world.account("finn")
    assert account.name.lower() in stored
    assert world.keyring.lookup("account", f"telegram:{account.id}") in stored


async def test_a_report_with_a_name_shows_it_to_the_handler(world: World) -> None:
    await world.links("anna")
    await reports(world, name="Met mijn naam")
    shown = await world.presses("anna", "Bekijken")
    assert (
        "Melding van Finn (vr 20 nov 2026, 14:00): Pesten\nOver: Joris\n\nElke pauze scheldt hij mij uit." in shown.text
    )
    assert await world.column("case_people.relation") == [Relation.REPORTER]


async def test_a_report_about_the_mentor_goes_past_the_mentor(world: World) -> None:
    await world.links("anna", "bram", "vera", "dirk")
    answer = await reports(world, about="mevrouw de Vries", story="Ze scheldt ons uit.")
    assert world.chat("anna") == []
    assert world.chat("bram") == []
    assert "de Vries" not in answer.text
    assert "Vera Visser (vertrouwenspersoon)" in answer.text
    assert (await world.types("anna", "/zaken")).text == "Er zijn geen open zaken voor je."


async def test_whoever_is_only_mentioned_does_not_read_the_report_but_colleagues_do(world: World) -> None:
    await world.links("anna", "bram")
    await reports(world, story="Anna de Vries weet het al, maar doet niets.")
    assert world.chat("anna") == []
    assert len(world.chat("bram")) == 1


async def test_an_adult_at_school_who_goes_too_far_is_for_the_board_and_for_nobody_else(world: World) -> None:
    await world.links(*world.people)
    answer = await reports(
        world,
        kind="Een volwassene van school die te ver gaat",
        about="een docent",
        story="Hij stuurt mij 's nachts berichten.",
        recipient="vertrouwenspersoon",
    )
    assert "Wie het leest: Bea Mulder (bestuur)" in answer.text
    assert [who for who in world.people if world.chat(who)] == ["bea"]


async def test_where_nobody_at_school_may_handle_it_the_reporter_hears_whom_to_call(world: World) -> None:
    answer = await reports(
        world,
        kind="Een volwassene van school die te ver gaat",
        about="Bea Mulder",
        recipient="vertrouwenspersoon",
    )
    assert "0900-1113111" in answer.text
    assert "Zij krijgen nu een bericht" not in answer.text


async def test_the_reporter_is_told_when_nobody_gets_a_message(world: World) -> None:
    answer = await reports(world)
    assert "Ik kan hun nu geen bericht sturen" in answer.text
    assert "Zij krijgen nu een bericht" not in answer.text


async def test_words_of_distress_are_answered_before_the_next_question_and_make_the_report_acute(world: World) -> None:
    await world.links("vera")
    await world.types("finn", "/melden")
    await world.presses("finn", "Zorgen om iemand, of om mezelf")
    await world.presses("finn", "Sla ik over")
    await world.types("finn", "Ik wil niet meer leven.")
    helped, question = world.chat("finn")[-2:]
    assert "113" in helped.text
    assert "Er leest nu niemand van school mee." in helped.text
    assert "Wie mag het lezen?" in question.text
    await world.presses("finn", "vertrouwenspersoon")
    await world.presses("finn", "Anoniem")
    sent = await world.presses("finn", "Versturen")
    assert "Ik kan niet zien of iemand het nu leest" in sent.text
    assert "Wacht niet op hen: bel 113" in sent.text
    assert world.chat("vera")[0].text.startswith("Acuut")
    assert await world.column("cases.severity") == ["acute"]


async def test_distress_outside_a_report_gets_help_lines_too(world: World) -> None:
    answer = await world.types("finn", "ik wil dood")
    assert "0800-0113" in answer.text
    assert "Iets melden" in answer.buttons
    assert await world.column("cases.id") == []


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_melden_in_a_group_is_taken_away_and_goes_on_in_private(new_world: NewWorld, language: str) -> None:
    world = await new_world(language)
    await world.types_in_group("finn", "melden", "Joris pest mij", language)
    assert world.telegram.deleted == [(CLASS.id, "77")]
    assert world.telegram.chats[CLASS.id] == []
    await world.presses("finn", say(language, "Report something"), language)
    check_golden(f"melden_in_a_group_{language}", [as_read(shown) for shown in world.chat("finn")])


async def test_melden_in_a_group_in_the_name_of_a_chat_gets_no_public_answer(world: World) -> None:
    """An anonymous administrator writes in the name of the group: an answer to 'them' would stand in the group."""
    group_itself = Account("telegram", CLASS.id, "2B")
    await world.happens(GroupCommand(CLASS, group_itself, "melden", "", "77", world.clock()))
    assert world.telegram.deleted == [(CLASS.id, "77")]
    assert world.telegram.chats[CLASS.id] == []


async def test_a_report_can_be_stopped_and_nothing_is_left(world: World) -> None:
    await world.types("finn", "/melden")
    await world.presses("finn", "Pesten")
    await world.types("finn", "Joris")
    answer = await world.types("finn", "/stop")
    assert answer.text == "Ik ben gestopt. Wat je typte is weg, en niemand op school heeft het gezien."
    assert await world.column("dialogs.id") == []
    assert await world.column("cases.id") == []
    assert (await world.presses("finn", "Sla ik over")).text.startswith("Deze melding is al verstuurd, of gestopt.")


async def test_pressing_send_twice_makes_one_report(world: World) -> None:
    await reports(world)
    again = await world.presses("finn", "Versturen")
    assert again.text.startswith("Deze melding is al verstuurd")
    assert len(await world.column("reports.id")) == 1


async def test_a_report_that_was_begun_goes_on_where_it_was(world: World) -> None:
    await world.types("finn", "/melden")
    await world.presses("finn", "Pesten")
    answer = await world.types("finn", "/melden")
    assert answer.text.startswith("Je was al met een melding begonnen.")
    assert "Over wie gaat het?" in answer.text


async def test_what_is_typed_behind_the_command_is_part_of_the_story(world: World) -> None:
    answer = await world.types("finn", "/melden\nJoris pest mij")
    assert answer.text.startswith("Ik heb dit aan je verhaal toegevoegd.")
    assert "Met /stop houd je er op elk moment mee op." in world.chat("finn")[0].text
    await world.presses("finn", "Pesten")
    assert "Wie mag het lezen?" in (await world.presses("finn", "Sla ik over")).text


async def test_an_old_cancel_button_of_a_case_leaves_a_report_as_it_is(world: World) -> None:
    await world.links("anna")
    await world.flagged()
    await world.presses("anna", "Bekijken")
    await world.presses("anna", "Notitie")
    await world.types("anna", "/melden")
    await world.presses("anna", "Annuleren")
    assert "Over wie gaat het?" in (await world.presses("anna", "Pesten")).text


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        (None, "Er is nog niemand mee begonnen"),
        ("take", "Iemand op school is met je melding bezig."),
        ("close", "De school is klaar met je melding."),
    ],
)
async def test_a_receipt_tells_how_far_the_school_is_and_no_more(world: World, step: str | None, answer: str) -> None:
    receipt = receipt_of(await reports(world))
    async with world.store.write() as tx:
        anna = world.people["anna"]
        [number] = await world.column("cases.number")
        if step:
            await world.review.take(tx, anna, number)
        if step == "close":
            await world.review.close(tx, anna, number, "Joris heeft straf")
    said = (await world.types("sara", f"/status {receipt}")).text
    assert answer in said
    assert not any(secret in said for secret in (number, "Joris", "Anna", "straf"))


async def test_receipts_cannot_be_guessed(world: World) -> None:
    receipt = receipt_of(await reports(world))
    for _ in range(WRONG_CODES):
        assert "Ik vind geen melding" in (await world.types("sara", "/status 2222-2222-2222")).text
    assert "te veel verkeerde codes" in (await world.types("sara", f"/status {receipt}")).text
    assert (await world.types("sara", "/status")).text == "Typ /status met daarachter de code die je kreeg."


async def test_founded_on_a_report_about_somebody_unknown_asks_whether_they_were_heard(world: World) -> None:
    await world.links("anna")
    await reports(world)
    await world.presses("anna", "Oppakken")
    asked = await world.presses("anna", "Terecht")
    assert "Ik weet niet wie de andere kant is." in asked.text
    await world.types("anna", "Joris geeft het toe.")
    await world.types("anna", "Twee klasgenoten zagen het ook.")
    assert await world.column("cases.decision") == ["founded"]


async def test_a_report_is_a_case_like_any_other(world: World) -> None:
    await world.links("vera")
    await reports(world, recipient="vertrouwenspersoon")
    [number] = await world.column("cases.number")
    async with world.store.write() as tx:
        view = await show(tx, world.people["vera"], number)
    case = view.case
    assert (case.matter, case.state, case.severity) == (Matter.REPORT, State.OPEN, Severity.SERIOUS)
    assert (case.protocol, case.protocol_version) == ("willem-van-oranje-2026", "2026-04-01")
    assert case.group_id is None


@pytest.mark.parametrize("kind", Kind)
async def test_every_kind_of_report_finds_somebody(world: World, kind: Kind) -> None:
    draft = Draft(Question.CHECK, kind, "", "Er is iets gebeurd.", Role.MENTOR, SKIP, ANONYMOUS)
    planned = plan(draft, world.school.id, list(world.people.values()))
    assert planned.way.handlers


async def test_a_report_that_may_mean_many_of_the_staff_excludes_them_all_and_accuses_nobody(world: World) -> None:
    group = UUID(world.groups["2B"].id)
    people = [*world.people.values()]
    people += [
        Person(UUID(int=number), world.school.id, f"Leraar{number}", frozenset({(Role.STAFF, group)}))
        for number in range(4)
    ]
    draft = Draft(Question.CHECK, Kind.THREATENED, "een docent", "Hij dreigt.", Role.MENTOR, str(group), ANONYMOUS)
    planned = plan(draft, world.school.id, people)
    assert planned.subjects == frozenset()
    assert {person.id for person in people if any(role is Role.STAFF for role, _ in person.roles)} <= planned.mentioned
    assert planned.way.handlers
    assert not {person.id for person in planned.way.handlers} & planned.mentioned
