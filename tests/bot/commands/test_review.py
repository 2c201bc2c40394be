"""What people do with cases, whatever they do it from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.access import scope_for
from bot.cases.case import Decision, State
from bot.cases.transitions import Action, Incomplete, WrongState
from bot.commands.review import How, NoSuchCase, NotAllowed, further_roles, list_cases, show
from bot.stores import CaseChanged, Transaction
from rules.vocabulary import Account, Role
from tests.bot.commands.late import late
from tests.bot.commands.world import World

Attempt = Callable[[Transaction, str], Awaitable[object]]


def attempts(world: World, who: str) -> dict[str, Attempt]:
    """Return everything that somebody can try on a case, by its number."""
    actor, review = world.people[who], world.review
    return {
        "show": lambda tx, number: show(tx, actor, number),
        "further roles": lambda tx, number: further_roles(tx, actor, number),
        "take": lambda tx, number: review.take(tx, actor, number),
        "release": lambda tx, number: review.release(tx, actor, number),
        "ask": lambda tx, number: review.start_hearing(tx, actor, number, "vertel", How.TALK),
        "hear": lambda tx, number: review.record_hearing(tx, actor, number, "niets"),
        "decide": lambda tx, number: review.decide(tx, actor, number, Decision.FOUNDED, "daarom"),
        "escalate": lambda tx, number: review.escalate(tx, actor, number, Role.BOARD, "daarom"),
        "note": lambda tx, number: review.note(tx, actor, number, "een notitie"),
        "close": lambda tx, number: review.close(tx, actor, number, "klaar"),
        "reopen": lambda tx, number: review.reopen(tx, actor, number, "toch niet"),
    }


async def test_a_handler_sees_everything_of_a_case(world: World) -> None:
    case = await world.flagged()
    async with world.store.write() as tx:
        view = await show(tx, world.people["anna"], case.number.lower())
    assert (view.group, view.case.number) == ("2B", case.number)
    assert [one.text for one in view.evidence] == ["jij bent echt een vieze loser"]
    assert set(view.names.values()) == {"Finn"}
    assert view.possible == {Action.TAKE, Action.ESCALATE, Action.NOTE}


async def test_every_read_and_step_is_in_the_audit_log(world: World) -> None:
    case = await world.flagged()
    anna = world.people["anna"]
    async with world.store.write() as tx:
        await list_cases(tx, anna, [State.OPEN])
        await show(tx, anna, case.number)
        await world.review.take(tx, anna, case.number)
        await world.review.decide(tx, anna, case.number, Decision.UNFOUNDED, "een grap")
    assert await world.column("audit_events.action") == ["list", "read", "take", "decide"]
    async with world.store.read() as tx:
        assert await tx.audit.first_broken(world.school.id) is None


@pytest.mark.parametrize("who", ["dirk", "vera", "bea", "ict"])
async def test_a_case_that_somebody_may_not_read_is_like_one_that_does_not_exist(world: World, who: str) -> None:
    case = await world.flagged()
    refusals = [
        await refusal(world, attempt, number)
        for number in (case.number, "2222-2222")
        for attempt in attempts(world, who).values()
    ]
    assert len(set(refusals)) == 1
    assert await world.column("audit_events.action") == []


async def test_whoever_a_case_is_about_does_not_find_it_whatever_their_role(world: World) -> None:
    await world.links("anna")
    case = await world.flagged(author="anna")
    refusals = [
        await refusal(world, attempt, number)
        for number in (case.number, "2222-2222")
        for attempt in attempts(world, "anna").values()
    ]
    assert len(set(refusals)) == 1
    async with world.store.write() as tx:
        assert await list_cases(tx, world.people["anna"], State) == []


async def refusal(world: World, attempt: Attempt, number: str) -> tuple[object, ...]:
    """Return everything that somebody learns from an attempt that is refused."""
    async with world.store.write() as tx:
        with pytest.raises(NoSuchCase) as caught:
            await attempt(tx, number)
    return (str(caught.value), caught.value.text, caught.value.args)


async def test_of_two_mentors_who_take_a_case_one_has_it(world: World) -> None:
    case = await world.flagged()
    async with world.store.write() as tx:
        await world.review.take(tx, world.people["anna"], case.number)
        with pytest.raises(WrongState):
            await world.review.take(tx, world.people["bram"], case.number)
    assert (await world.now(case)).taken_by == world.people["anna"].id


async def test_a_step_on_a_case_that_changed_meanwhile_stores_nothing(world: World) -> None:
    case = await world.flagged()
    async with world.store.write() as tx:
        await world.review.take(tx, world.people["bram"], case.number)
    async with world.store.write() as tx:
        with pytest.raises(CaseChanged):
            await world.review.take(late(tx, case), world.people["anna"], case.number)
    assert (await world.now(case)).taken_by == world.people["bram"].id
    assert await world.column("audit_events.action") == ["take"]


async def test_founded_needs_the_other_side_or_the_reason_why_not(world: World) -> None:
    case = await world.flagged()
    anna, number = world.people["anna"], case.number
    async with world.store.write() as tx:
        await world.review.take(tx, anna, number)
        with pytest.raises(Incomplete):
            await world.review.decide(tx, anna, number, Decision.FOUNDED, "bewezen")
        decided = await world.review.decide(tx, anna, number, Decision.FOUNDED, "bewezen", "hij is van school")
        view = await show(tx, anna, number)
    assert (decided.decision, decided.decided_by) == (Decision.FOUNDED, anna.id)
    assert (view.history[-1].note, view.history[-1].not_heard_because) == ("bewezen", "hij is van school")


async def test_a_talk_that_was_held_can_be_written_down_at_once(world: World) -> None:
    case = await world.flagged()
    anna, number = world.people["anna"], case.number
    async with world.store.write() as tx:
        await world.review.take(tx, anna, number)
        heard = await world.review.record_hearing(tx, anna, number, "het was een grap")
        view = await show(tx, anna, number)
    assert (heard.state, heard.heard_at) == (State.TAKEN, world.clock())
    assert [event.note for event in view.history[-2:]] == ["Gevraagd in een gesprek op school.", "het was een grap"]


async def test_an_empty_account_of_a_talk_leaves_the_case_as_it_was(world: World) -> None:
    case = await world.flagged()
    anna = world.people["anna"]
    async with world.store.write() as tx:
        taken = await world.review.take(tx, anna, case.number)
        with pytest.raises(Incomplete):
            await world.review.record_hearing(tx, anna, case.number, " ")
    assert await world.now(case) == taken


async def test_a_message_reaches_whom_the_case_is_about_in_the_handlers_name(world: World) -> None:
    case = await world.flagged()
    anna = world.people["anna"]
    async with world.store.write() as tx:
        finn = await tx.people.meet(world.school.id, world.account("finn"))
        await tx.people.link_account(finn, world.account("finn"))
        await world.review.take(tx, anna, case.number)
        await world.review.start_hearing(tx, anna, case.number, "Wat is er gebeurd?", How.MESSAGE)
    await world.send()
    [message] = world.chat("finn")
    assert message.text.startswith("Anna de Vries van Daltonschool wil jouw kant van het verhaal horen")
    assert "Wat is er gebeurd?" in message.text
    assert case.number not in message.text
    async with world.store.write() as tx:
        assert await tx.outbox.copies(case) == []


async def test_a_message_that_cannot_reach_everybody_is_not_sent_at_all(world: World) -> None:
    case = await world.flagged()
    anna = world.people["anna"]
    async with world.store.write() as tx:
        taken = await world.review.take(tx, anna, case.number)
        with pytest.raises(Incomplete):
            await world.review.start_hearing(tx, anna, case.number, "Wat is er gebeurd?", How.MESSAGE)
    assert await world.now(case) == taken


async def test_passing_a_case_on_tells_the_new_people_and_only_them(world: World) -> None:
    await world.links("anna", "bram", "vera", "dirk", "bea")
    case = await world.flagged()
    before = {who: len(world.chat(who)) for who in world.people}
    async with world.store.write() as tx:
        assert await further_roles(tx, world.people["anna"], case.number) == [
            Role.TRUSTED_PERSON,
            Role.LEADERSHIP,
            Role.BOARD,
        ]
        await world.review.escalate(tx, world.people["anna"], case.number, Role.LEADERSHIP, "te groot voor mij")
    await world.send()
    assert {who for who in world.people if len(world.chat(who)) > before[who]} == {"dirk"}
    assert "vieze loser" not in world.chat("dirk")[-1].text
    async with world.store.write() as tx:
        assert (await show(tx, world.people["dirk"], case.number)).case.state is State.ESCALATED


async def test_a_case_cannot_be_passed_on_to_nobody(world: World) -> None:
    case = await world.flagged()
    async with world.store.write() as tx:
        with pytest.raises(Incomplete):
            await world.review.escalate(tx, world.people["anna"], case.number, Role.SUPERVISORY_BOARD, "daarom")
    assert (await world.now(case)).state is State.OPEN


async def test_a_trusted_person_who_gets_a_case_supports_and_does_not_judge(world: World) -> None:
    case = await world.flagged()
    anna, vera = world.people["anna"], world.people["vera"]
    async with world.store.write() as tx:
        await world.review.escalate(tx, anna, case.number, Role.TRUSTED_PERSON, "hij heeft steun nodig")
        await world.review.take(tx, vera, case.number)
        assert (await show(tx, vera, case.number)).possible == {
            Action.RELEASE,
            Action.ESCALATE,
            Action.NOTE,
            Action.CLOSE,
            Action.HAND_OVER,
        }
        with pytest.raises(NotAllowed):
            await world.review.decide(tx, vera, case.number, Decision.UNFOUNDED, "denk ik")


async def test_closing_takes_every_copy_back_from_the_chats(world: World) -> None:
    await world.links("anna", "bram")
    case = await world.flagged()
    await world.presses("anna", "Bekijken")
    assert "vieze loser" in world.chat("anna")[-1].text
    async with world.store.write() as tx:
        await world.review.take(tx, world.people["bram"], case.number)
        await world.review.decide(tx, world.people["bram"], case.number, Decision.UNFOUNDED, "een grap")
        await world.review.close(tx, world.people["bram"], case.number)
    await world.send()
    removed = f"Zaak {case.number} is gesloten. Wat hier stond, is weggehaald."
    for who in ("anna", "bram"):
        assert {(shown.text, *shown.buttons) for shown in world.chat(who)} == {(removed,)}


async def test_a_copy_is_taken_back_once(world: World) -> None:
    await world.links("anna")
    case = await world.flagged()
    anna = world.people["anna"]
    async with world.store.write() as tx:
        await world.review.take(tx, anna, case.number)
        await world.review.close(tx, anna, case.number, "er is hulp")
        assert await tx.outbox.copies(case) == []
    await world.send()
    async with world.store.write() as tx:
        await world.review.reopen(tx, anna, case.number, "toch niet")
        await world.review.take(tx, anna, case.number)
        await world.review.close(tx, anna, case.number, "nu wel")
    assert "telegram" not in await world.column("outbox.channel")


async def test_mail_cannot_be_taken_back_and_held_no_evidence(world: World) -> None:
    async with world.store.write() as tx:
        await tx.people.link_account(world.people["anna"], Account("email", "anna@dalton.example"))
    case = await world.flagged()
    async with world.store.write() as tx:
        [post] = [post for post in await tx.outbox.due("email", 10) if "anna" in post.outgoing.address]
        assert "vieze loser" not in post.outgoing.text
        await tx.outbox.sent(post, "message@mail")
        await world.review.take(tx, world.people["anna"], case.number)
        await world.review.close(tx, world.people["anna"], case.number, "klaar")
        assert await tx.outbox.due("email", 10) == []


async def test_what_is_not_about_school_is_erased_and_closed_at_once(world: World) -> None:
    await world.links("anna")
    case = await world.flagged()
    await world.presses("anna", "Bekijken")
    anna = world.people["anna"]
    async with world.store.write() as tx:
        await world.review.take(tx, anna, case.number)
        closed = await world.review.decide(tx, anna, case.number, Decision.OUT_OF_SCOPE, "ruzie op de camping")
        view = await show(tx, anna, case.number)
    await world.send()
    assert (closed.state, view.evidence, view.possible) == (State.CLOSED, (), frozenset())
    assert {event.note for event in view.history} == {None}
    assert not any("loser" in shown.text for shown in world.chat("anna"))


async def test_nobody_can_do_more_than_their_buttons_show(world: World) -> None:
    """What `possible_steps` offers succeeds, and what it does not offer is refused."""
    steps = {
        Action.TAKE: "take",
        Action.RELEASE: "release",
        Action.START_HEARING: "ask",
        Action.NOTE: "note",
        Action.CLOSE: "close",
        Action.ESCALATE: "escalate",
        Action.REOPEN: "reopen",
    }
    number = (await world.flagged()).number
    for before in (None, "take", "ask", "close"):
        async with world.store.write() as tx:
            if before:
                await attempts(world, "anna")[before](tx, number)
        async with world.store.write() as tx:
            case = await tx.cases.by_number(scope_for(world.people["anna"]), number)
            assert case is not None
            possible = (await show(tx, world.people["anna"], number)).possible
        for action, attempt in steps.items():
            assert await succeeds(world, attempts(world, "anna")[attempt], number) is (action in possible), (
                case.state,
                action,
            )


async def succeeds(world: World, attempt: Attempt, number: str) -> bool:
    """Tell whether an attempt would succeed; it is undone."""

    class UndoneError(Exception):
        pass

    try:
        async with world.store.write() as tx:
            await attempt(tx, number)
            raise UndoneError
    except UndoneError:
        return True
    except (WrongState, NoSuchCase, Incomplete):
        return False
