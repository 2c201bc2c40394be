"""The buttons under a case: what this handler can do with it now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.cases.case import Matter, State
from bot.cases.transitions import Action
from bot.commands.private_chat import Choice
from bot.commands.review import CaseView
from rules.vocabulary import phrase

OTHER_STEPS: Final = (
    (Action.ESCALATE, phrase("Pass on"), "escalate"),
    (Action.NOTE, phrase("Note"), "note"),
    (Action.RELEASE, phrase("Give back"), "release"),
    (Action.CLOSE, phrase("Close"), "close"),
    (Action.REOPEN, phrase("Reopen"), "reopen"),
)
"""Steps with a button of their own below the others, with what it says and its verb."""


def before_founded(view: CaseView) -> list[Sequence[Choice]]:
    """Return what can be done about the hearing that 'founded' asks for (promise 3)."""
    number = view.case.number
    first: Choice = (
        (phrase("I hear them first"), f"hear:{number}")
        if view.case.state is State.TAKEN
        else (phrase("Write down what they said"), f"heard:{number}")
    )
    return [
        [first],
        [(phrase("They could not be heard"), f"unheard:{number}")],
        [(phrase("Cancel"), f"cancel:{number}")],
    ]


def step_choices(view: CaseView) -> list[Sequence[Choice]]:
    """Return the buttons of what this handler can do now."""
    number, possible = view.case.number, view.possible
    rows: list[Sequence[Choice]] = []
    if Action.TAKE in possible:
        rows.append([(phrase("Take"), f"take:{number}")])
    if Action.START_HEARING in possible:
        rows.append([(phrase("Hear the other side"), f"hear:{number}")])
    if Action.RECORD_HEARING in possible:
        rows.append([(phrase("Write down what they said"), f"heard:{number}")])
    if Action.DECIDE in possible:
        founded: Choice = (phrase("Founded"), f"founded:{number}")
        unfounded: Choice = (phrase("Unfounded"), f"unfounded:{number}")
        # Somebody's own despair is never an offence, so nobody is asked to judge it as one.
        rows.append([unfounded] if view.case.matter is Matter.CARE else [founded, unfounded])
        rows.append([(phrase("Cannot be determined"), f"undetermined:{number}")])
        rows.append([(phrase("Not about school"), f"out_of_scope:{number}")])
    rest = [(label, f"{verb}:{number}") for action, label, verb in OTHER_STEPS if action in possible]
    rows += [rest[start : start + 2] for start in range(0, len(rest), 2)]
    return rows
