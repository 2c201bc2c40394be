"""Each step of a case, one by one: what it needs, and what it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from bot.cases.case import Case, Decision, Matter, State
from bot.cases.transitions import (
    TABLE,
    Action,
    CannotBeFound,
    IllegalStep,
    Incomplete,
    NotHolder,
    Step,
    WrongState,
    close,
    decide,
    escalate,
    hand_over,
    note,
    record_hearing,
    release,
    reopen,
    start_hearing,
    take,
)
from rules.vocabulary import Role
from tests.bot.worlds import NOW, PEOPLE, a_case

SUBJECT, TARGET, MENTOR, COLLEAGUE, STRANGER = PEOPLE[:5]
LATER = NOW + timedelta(hours=1)

OPEN = a_case(targets=frozenset({TARGET}))
TAKEN = take(OPEN, MENTOR, NOW).case
HEARING = start_hearing(TAKEN, MENTOR, {SUBJECT}, "Wat is er gebeurd?").case
HEARD = record_hearing(HEARING, MENTOR, LATER, "Het was een grap.").case
FOUNDED = decide(HEARD, MENTOR, LATER, Decision.FOUNDED, "Het is pesten.").case
CLOSED = close(FOUNDED, MENTOR, LATER).case
ESCALATED = escalate(TAKEN, MENTOR, Role.COORDINATOR, "Het gaat over twee klassen.").case
REOPENED = reopen(CLOSED, COLLEAGUE, "Er is nieuwe informatie.").case
IN_STATE = {
    State.OPEN: OPEN,
    State.TAKEN: TAKEN,
    State.HEARING: HEARING,
    State.DECIDED: FOUNDED,
    State.ESCALATED: ESCALATED,
    State.CLOSED: CLOSED,
    State.REOPENED: REOPENED,
}

STEPS: dict[Action, Callable[[Case, UUID], Step]] = {
    Action.TAKE: lambda case, by: take(case, by, LATER),
    Action.RELEASE: lambda case, by: release(case, by),
    Action.START_HEARING: lambda case, by: start_hearing(case, by, {SUBJECT}, "Wat is er gebeurd?"),
    Action.RECORD_HEARING: lambda case, by: record_hearing(case, by, LATER, "Het was een grap."),
    Action.DECIDE: lambda case, by: decide(case, by, LATER, Decision.UNFOUNDED, "Een grap onder vrienden."),
    Action.ESCALATE: lambda case, by: escalate(case, by, Role.LEADERSHIP, "Er is een maatregel nodig."),
    Action.NOTE: lambda case, by: note(case, by, "Met de ouders gebeld."),
    Action.CLOSE: lambda case, by: close(case, by, LATER, "Opgelost."),
    Action.REOPEN: lambda case, by: reopen(case, by, "Er is nieuwe informatie."),
    Action.HAND_OVER: lambda case, by: hand_over(case, by, COLLEAGUE, LATER),
}
"""Every step in a form in which nothing is lacking."""

FROM_FREE = {Action.TAKE, Action.ESCALATE, Action.NOTE}
FROM_HELD = {Action.RELEASE, Action.DECIDE, Action.ESCALATE, Action.NOTE, Action.CLOSE, Action.HAND_OVER}
POSSIBLE = {
    State.OPEN: FROM_FREE,
    State.ESCALATED: FROM_FREE,
    State.REOPENED: FROM_FREE,
    State.TAKEN: FROM_HELD | {Action.START_HEARING},
    State.HEARING: FROM_HELD | {Action.RECORD_HEARING},
    State.DECIDED: {Action.NOTE, Action.CLOSE, Action.REOPEN},
    State.CLOSED: {Action.REOPEN},
}
"""Written out by hand, beside the table of the code."""


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("action", list(Action))
def test_a_step_is_possible_exactly_where_it_should_be(state: State, action: Action) -> None:
    assert IN_STATE[state].state is state
    if action in POSSIBLE[state]:
        step = STEPS[action](IN_STATE[state], MENTOR)
        assert step.action == action
        assert step.case.revision == IN_STATE[state].revision + 1
        assert step.case.state is (TABLE[action].leads or state)
    else:
        with pytest.raises(WrongState) as error:
            STEPS[action](IN_STATE[state], MENTOR)
        assert str(error.value) == str(TABLE[action].otherwise)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("involved", [SUBJECT, TARGET])
def test_whoever_is_involved_gets_the_same_answer_whatever_they_try(
    state: State, action: Action, involved: UUID
) -> None:
    with pytest.raises(CannotBeFound, match=r"^This case cannot be found\.$"):
        STEPS[action](IN_STATE[state], involved)


@pytest.mark.parametrize("state", [State.TAKEN, State.HEARING])
@pytest.mark.parametrize("action", list(Action))
def test_while_somebody_holds_a_case_a_colleague_can_only_add_a_note(state: State, action: Action) -> None:
    if action is Action.NOTE:
        assert STEPS[action](IN_STATE[state], COLLEAGUE).case.taken_by == MENTOR
    elif action in POSSIBLE[state]:
        with pytest.raises(NotHolder):
            STEPS[action](IN_STATE[state], COLLEAGUE)


def test_taking_claims_and_giving_back_frees() -> None:
    assert (TAKEN.taken_by, TAKEN.taken_at) == (MENTOR, NOW)
    freed = release(TAKEN, MENTOR, "Ik ben er morgen niet.")
    assert (freed.case.taken_by, freed.case.taken_at, freed.note) == (None, None, "Ik ben er morgen niet.")


def test_a_hearing_asks_exactly_those_whom_the_case_is_about() -> None:
    two = replace(TAKEN, subjects=frozenset({SUBJECT, STRANGER}))
    assert start_hearing(two, MENTOR, {SUBJECT, STRANGER}, "Vertel.").asked == {SUBJECT, STRANGER}
    for asked in (set(), {SUBJECT}, {SUBJECT, STRANGER, TARGET}, {TARGET}):
        with pytest.raises(Incomplete, match="Ask everybody"):
            start_hearing(two, MENTOR, asked, "Vertel.")
    with pytest.raises(Incomplete, match="Is nobody known"):
        start_hearing(replace(TAKEN, subjects=frozenset()), MENTOR, set(), "Vertel.")


def test_what_was_heard_is_kept_with_its_moment() -> None:
    step = record_hearing(HEARING, MENTOR, LATER, "Het was een grap.")
    assert (step.case.heard_at, step.case.taken_by, step.note) == (LATER, MENTOR, "Het was een grap.")


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("case", [TAKEN, HEARING])
def test_only_founded_needs_the_other_side_heard(decision: Decision, case: Case) -> None:
    if decision is Decision.FOUNDED:
        with pytest.raises(Incomplete, match="Hear the other side first"):
            decide(case, MENTOR, LATER, decision, "Het is pesten.")
        with pytest.raises(Incomplete):
            decide(case, MENTOR, LATER, decision, "Het is pesten.", not_heard_because=" \n")
        step = decide(case, MENTOR, LATER, decision, "Het is pesten.", not_heard_because="De leerling is verhuisd.")
        assert step.not_heard_because == "De leerling is verhuisd."
    else:
        step = decide(case, MENTOR, LATER, decision, "Daarom.", not_heard_because="Niet nodig.")
        assert step.not_heard_because is None
    assert (step.case.decision, step.case.decided_by, step.case.decided_at) == (decision, MENTOR, LATER)


def test_after_a_hearing_no_reason_for_not_hearing_is_kept() -> None:
    step = decide(HEARD, MENTOR, LATER, Decision.FOUNDED, "Het is pesten.", not_heard_because="Vergeten.")
    assert step.not_heard_because is None


def test_out_of_scope_closes_for_good_and_erases_what_was_kept() -> None:
    step = decide(TAKEN, MENTOR, LATER, Decision.OUT_OF_SCOPE, "Dit gaat niet over school.")
    assert (step.case.state, step.case.closed_at, step.erase_evidence) == (State.CLOSED, LATER, True)
    with pytest.raises(WrongState, match="What was kept is deleted"):
        reopen(step.case, COLLEAGUE, "Toch wel.")
    for decision in set(Decision) - {Decision.OUT_OF_SCOPE}:
        assert not decide(HEARD, MENTOR, LATER, decision, "Daarom.").erase_evidence


def test_a_call_for_help_is_never_founded() -> None:
    care = replace(HEARD, matter=Matter.CARE)
    with pytest.raises(Incomplete, match="call for help"):
        decide(care, MENTOR, LATER, Decision.FOUNDED, "Het is ernstig.", not_heard_because="x")
    assert decide(care, MENTOR, LATER, Decision.UNFOUNDED, "Het was een songtekst.").case.state is State.DECIDED
    assert close(care, MENTOR, LATER, "De huisarts helpt.").case.decision is None


def test_escalating_widens_the_audience_and_frees_the_claim() -> None:
    assert ESCALATED.audience == {Role.MENTOR, Role.COORDINATOR}
    assert (ESCALATED.taken_by, ESCALATED.taken_at) == (None, None)


def test_the_bot_itself_escalates_only_what_nobody_holds() -> None:
    assert escalate(OPEN, None, Role.LEADERSHIP, "Niemand nam de zaak op tijd.").case.state is State.ESCALATED
    with pytest.raises(NotHolder):
        escalate(TAKEN, None, Role.LEADERSHIP, "Niemand nam de zaak op tijd.")


@pytest.mark.parametrize("role", [Role.PUPIL, Role.PARENT, Role.CLASS_PARENT, Role.ADMINISTRATOR, Role.UNKNOWN])
def test_a_case_goes_to_nobody_who_handles_no_cases(role: Role) -> None:
    with pytest.raises(Incomplete, match="cannot handle"):
        escalate(OPEN, MENTOR, role, "Daarom.")


def test_a_case_does_not_escalate_to_where_it_already_is() -> None:
    with pytest.raises(Incomplete, match="can see this case already"):
        escalate(OPEN, MENTOR, Role.MENTOR, "Daarom.")


def test_closing_without_a_decision_needs_a_reason() -> None:
    with pytest.raises(Incomplete, match="without a decision"):
        close(TAKEN, MENTOR, LATER)
    assert close(TAKEN, MENTOR, LATER, "Ingetrokken.").case.closed_at == LATER
    assert close(FOUNDED, COLLEAGUE, LATER).case.decision is Decision.FOUNDED


def test_a_reopened_case_starts_without_decision_and_keeps_its_hearing() -> None:
    assert (REOPENED.decision, REOPENED.decided_by, REOPENED.decided_at, REOPENED.closed_at) == (None,) * 4
    assert REOPENED.heard_at == LATER


def test_a_case_is_handed_over_to_a_colleague_who_is_not_part_of_it() -> None:
    assert hand_over(HEARING, MENTOR, COLLEAGUE, LATER).case == replace(
        HEARING, taken_by=COLLEAGUE, taken_at=LATER, revision=HEARING.revision + 1
    )
    for to in (MENTOR, SUBJECT, TARGET):
        with pytest.raises(Incomplete, match="Choose a colleague"):
            hand_over(HEARING, MENTOR, to, LATER)


BLANK: dict[str, Callable[[str], Step]] = {
    "question": lambda text: start_hearing(TAKEN, MENTOR, {SUBJECT}, text),
    "account": lambda text: record_hearing(HEARING, MENTOR, LATER, text),
    "reason": lambda text: decide(HEARD, MENTOR, LATER, Decision.FOUNDED, text),
    "escalation": lambda text: escalate(OPEN, MENTOR, Role.LEADERSHIP, text),
    "note": lambda text: note(OPEN, MENTOR, text),
    "closing": lambda text: close(TAKEN, MENTOR, LATER, text),
    "reopening": lambda text: reopen(CLOSED, MENTOR, text),
}


@pytest.mark.parametrize("what", BLANK)
@pytest.mark.parametrize("text", ["", "  ", "\n\t "])
def test_what_must_be_written_cannot_be_blank(what: str, text: str) -> None:
    with pytest.raises(Incomplete, match="Write"):
        BLANK[what](text)


def test_every_error_has_a_text_for_people() -> None:
    with pytest.raises(IllegalStep) as error:
        take(TAKEN, MENTOR, NOW)
    assert str(error.value.text) == "This case is taken already, or it has been decided."
