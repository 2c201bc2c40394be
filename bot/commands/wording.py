"""What people call states, decisions, steps, roles and kinds of report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.cases.case import Decision, State
from bot.cases.joining import JOIN
from bot.cases.transitions import Action
from bot.commands.melden import KIND_NAMES, Kind
from bot.texts import say_phrase
from rules.vocabulary import Phrase, Role, phrase

STATES: Final[Mapping[State, Phrase]] = {
    State.OPEN: phrase("waiting for somebody to take it"),
    State.TAKEN: phrase("being handled"),
    State.HEARING: phrase("the other side is being heard"),
    State.DECIDED: phrase("decided"),
    State.ESCALATED: phrase("passed on, waiting for somebody to take it"),
    State.CLOSED: phrase("closed"),
    State.REOPENED: phrase("reopened, waiting for somebody to take it"),
}
DECISIONS: Final[Mapping[Decision, Phrase]] = {
    Decision.FOUNDED: phrase("founded"),
    Decision.UNFOUNDED: phrase("unfounded"),
    Decision.UNDETERMINED: phrase("cannot be determined"),
    Decision.OUT_OF_SCOPE: phrase("not about school"),
}
STEPS: Final[Mapping[str, Phrase]] = {
    "open": phrase("opened the case"),
    JOIN: phrase("added something new"),
    "outside_route": phrase("found nobody at school for this"),
    Action.TAKE: phrase("took the case"),
    Action.RELEASE: phrase("gave the case back"),
    Action.START_HEARING: phrase("asked the other side"),
    Action.RECORD_HEARING: phrase("wrote down what the other side said"),
    Action.DECIDE: phrase("took a decision"),
    Action.ESCALATE: phrase("passed the case on"),
    Action.NOTE: phrase("wrote a note"),
    Action.CLOSE: phrase("closed the case"),
    Action.REOPEN: phrase("reopened the case"),
    Action.HAND_OVER: phrase("handed the case over"),
}
ROLES: Final[Mapping[Role, Phrase]] = {
    Role.STAFF: phrase("teacher"),
    Role.MENTOR: phrase("mentor"),
    Role.TRUSTED_PERSON: phrase("trusted person"),
    Role.COORDINATOR: phrase("anti-bullying coordinator"),
    Role.LEADERSHIP: phrase("school leadership"),
    Role.BOARD: phrase("board"),
    Role.SUPERVISORY_BOARD: phrase("supervisory board"),
}
"""The roles that handle cases."""


def state_name(language: str | None, state: State) -> str:
    """Return what people call a state: wordt behandeld."""
    return say_phrase(language, STATES[state])


def decision_name(language: str | None, decision: Decision) -> str:
    """Return what people call a decision: terecht."""
    return say_phrase(language, DECISIONS[decision])


def step_name(language: str | None, action: str) -> str:
    """Return what somebody did, to stand after their name: nam de zaak op zich."""
    return say_phrase(language, STEPS[action])


def role_name(language: str | None, role: Role) -> str:
    """Return what people call a role that handles cases: vertrouwenspersoon."""
    return say_phrase(language, ROLES[role])


def kind_name(language: str | None, kind: str) -> str:
    """Return what people call a kind of report: Pesten."""
    return say_phrase(language, KIND_NAMES[Kind(kind)])
