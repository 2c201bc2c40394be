"""Every step that a case can take: one table, and one function per step.

A step looks at the case alone. Whether the person has the right to it is asked before, by `bot.access` and the
`permission` of the table; whoever may not read the case is told that it cannot be found. All moments are UTC.

    open ──take──▶ taken ──start hearing──▶ hearing ──record hearing──▶ taken
    taken, hearing ──decide──▶ decided ──close──▶ closed
    taken, hearing ──close, without a judgement──▶ closed
    decided, closed ──reopen──▶ reopened ──take──▶ taken
    any but decided and closed ──escalate──▶ escalated ──take──▶ taken

The errors, each with a text for the person who tried:

    IllegalStep
    ├── CannotBeFound    the case is about this person or was aimed at them
    ├── WrongState       the case is not in a state where this step starts
    ├── NotHolder        somebody else is handling the case
    └── Incomplete       a reason, a hearing or a fitting person is lacking
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from bot.access import MAY, Permission
from bot.cases.case import Case, Decision, Matter, State
from rules.vocabulary import Phrase, Role, phrase


class IllegalStep(Exception):
    """A step that the case cannot take; `text` says why. The case is as it was."""

    def __init__(self, text: Phrase) -> None:
        super().__init__(str(text))
        self.text = text


class CannotBeFound(IllegalStep):
    """The person is involved in the case: to them it does not exist (promise 4)."""


class WrongState(IllegalStep):
    """The case is not in a state in which this step starts."""


class NotHolder(IllegalStep):
    """The step is for the person who holds the case, and that is somebody else."""


class Incomplete(IllegalStep):
    """Something that the step needs is lacking."""


class Action(enum.StrEnum):
    """The steps that a case can take, as stored in its history."""

    TAKE = "take"
    RELEASE = "release"
    START_HEARING = "start_hearing"
    RECORD_HEARING = "record_hearing"
    DECIDE = "decide"
    ESCALATE = "escalate"
    NOTE = "note"
    CLOSE = "close"
    REOPEN = "reopen"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a step starts, where it leads (None: the state stays), the right it needs, and what to say elsewhere."""

    starts: frozenset[State]
    leads: State | None
    permission: Permission
    otherwise: Phrase


_FREE: Final = frozenset({State.OPEN, State.ESCALATED, State.REOPENED})
_HELD: Final = frozenset({State.TAKEN, State.HEARING})
_ENDED: Final = frozenset({State.DECIDED, State.CLOSED})

TABLE: Final[Mapping[Action, Rule]] = {
    Action.TAKE: Rule(
        _FREE, State.TAKEN, Permission.TAKE, phrase("This case is taken already, or it has been decided.")
    ),
    Action.RELEASE: Rule(
        _HELD, State.OPEN, Permission.TAKE, phrase("You can only give back a case that you are handling.")
    ),
    Action.START_HEARING: Rule(
        frozenset({State.TAKEN}), State.HEARING, Permission.HEAR, phrase("Take the case before you hear somebody.")
    ),
    Action.RECORD_HEARING: Rule(
        frozenset({State.HEARING}), State.TAKEN, Permission.HEAR, phrase("Start the hearing before you write it down.")
    ),
    Action.DECIDE: Rule(_HELD, State.DECIDED, Permission.DECIDE, phrase("Take the case before you decide.")),
    Action.ESCALATE: Rule(
        _FREE | _HELD,
        State.ESCALATED,
        Permission.ESCALATE,
        phrase("This case has been decided. Reopen it before you pass it on."),
    ),
    Action.NOTE: Rule(
        frozenset(State) - {State.CLOSED},
        None,
        Permission.NOTE,
        phrase("This case is closed. Reopen it to add a note."),
    ),
    Action.CLOSE: Rule(
        _HELD | {State.DECIDED}, State.CLOSED, Permission.CLOSE, phrase("Take the case before you close it.")
    ),
    Action.REOPEN: Rule(
        _ENDED, State.REOPENED, Permission.REOPEN, phrase("Only a decided or closed case can be reopened.")
    ),
    Action.HAND_OVER: Rule(_HELD, None, Permission.TAKE, phrase("Take the case before you hand it over.")),
}
"""The table: whatever is not in it cannot happen. While somebody holds a case, each step but a note is theirs alone."""

_FREED: Final[Mapping[str, None]] = {"taken_by": None, "taken_at": None}
"""What changes in a case that nobody holds any more."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was taken: the case after it, the action, and what was written with it.

    `not_heard_because` belongs to a decision 'founded' without a hearing and is kept beside the note. `asked` are the
    people to whom the handler's message goes. `erase_evidence` asks storage to delete what was kept.
    """

    case: Case
    action: str
    note: str | None = None
    not_heard_because: str | None = None
    asked: frozenset[UUID] = frozenset()
    erase_evidence: bool = False


def take(case: Case, by: UUID, at: datetime) -> Step:
    """Claim a case that nobody holds."""
    _require_possible(case, Action.TAKE, by)
    return _step(case, Action.TAKE, None, taken_by=by, taken_at=at)


def release(case: Case, by: UUID, reason: str | None = None) -> Step:
    """Give a case back, for somebody else to take."""
    _require_possible(case, Action.RELEASE, by)
    return _step(case, Action.RELEASE, reason, **_FREED)


def start_hearing(case: Case, by: UUID, asked: Set[UUID], message: str) -> Step:
    """Ask everybody whom the case is about for their side, with a message of the handler's own.

    Raises `Incomplete` for a blank message, or when somebody is left out or asked whom the case is not about.
    """
    _require_possible(case, Action.START_HEARING, by)
    if not asked or asked != case.subjects:
        raise Incomplete(
            phrase("Ask everybody whom the case is about, and nobody else. Is nobody known? Decide and say so.")
        )
    _require_text(message, phrase("Write what you want to ask."))
    return replace(_step(case, Action.START_HEARING, message), asked=frozenset(asked))


def record_hearing(case: Case, by: UUID, at: datetime, account: str) -> Step:
    """Write down what the other side said, or that they stayed silent; raises `Incomplete` when that is blank."""
    _require_possible(case, Action.RECORD_HEARING, by)
    _require_text(account, phrase("Write down what the other side said."))
    return _step(case, Action.RECORD_HEARING, account, heard_at=at)


def decide(
    case: Case, by: UUID, at: datetime, decision: Decision, reason: str, not_heard_because: str | None = None
) -> Step:
    """Decide, with a reason; 'founded' needs the other side heard or the reason why not (promise 3).

    'Out of scope' closes the case and asks for its evidence to be erased. Raises `Incomplete` when something lacks,
    and for 'founded' on a care signal: somebody's own despair is never an offence.
    """
    _require_possible(case, Action.DECIDE, by)
    _require_text(reason, phrase("Write why you decide this."))
    unheard = decision is Decision.FOUNDED and case.heard_at is None
    if decision is Decision.FOUNDED and case.matter is Matter.CARE:
        raise Incomplete(phrase("This is a call for help, not an offence. Close it when help is there."))
    if unheard:
        _require_text(not_heard_because, phrase("Hear the other side first, or write why that was not possible."))
    step = _step(case, Action.DECIDE, reason, decision=decision, decided_by=by, decided_at=at, **_FREED)
    if decision is Decision.OUT_OF_SCOPE:
        return replace(step, case=replace(step.case, state=State.CLOSED, closed_at=at), erase_evidence=True)
    return replace(step, not_heard_because=not_heard_because if unheard else None)


def escalate(case: Case, by: UUID | None, to: Role, reason: str) -> Step:
    """Bring a case to a further role, free for somebody there to take; those who could read it still can.

    A case of the shadow month is one like all others from then on: a person decided that somebody else must see it.
    `by` is None where the bot itself does it, because nobody took the case in time. Raises `Incomplete` for a blank
    reason, a role that handles no cases, and one that the case was brought to before.
    """
    _require_possible(case, Action.ESCALATE, by)
    _require_text(reason, phrase("Write why you pass this case on."))
    if Permission.TAKE not in MAY[to]:
        raise Incomplete(phrase("Somebody in that role cannot handle a case."))
    if to in case.audience:
        raise Incomplete(phrase("People in that role can see this case already."))
    return _step(case, Action.ESCALATE, reason, audience=case.audience | {to}, only_for=None, **_FREED)


def note(case: Case, by: UUID, text: str) -> Step:
    """Write something with the case, also without holding it; raises `Incomplete` when it is blank."""
    _require_possible(case, Action.NOTE, by)
    _require_text(text, phrase("Write something in your note."))
    return _step(case, Action.NOTE, text)


def close(case: Case, by: UUID, at: datetime, reason: str | None = None) -> Step:
    """Close a case: after its decision, or without a judgement, which needs a reason (help is there, withdrawn)."""
    _require_possible(case, Action.CLOSE, by)
    if case.decision is None:
        _require_text(reason, phrase("Write why you close this case without a decision."))
    return _step(case, Action.CLOSE, reason, closed_at=at, **_FREED)


def reopen(case: Case, by: UUID, reason: str) -> Step:
    """Look at a case again; its hearing still counts, the earlier decision stands in its history only.

    Raises `WrongState` for a case that was out of scope, of which nothing is left, and `Incomplete` without a reason.
    """
    _require_possible(case, Action.REOPEN, by)
    if case.decision is Decision.OUT_OF_SCOPE:
        raise WrongState(phrase("This case was not about school. What was kept is deleted, so it cannot be reopened."))
    _require_text(reason, phrase("Write why you reopen this case."))
    return _step(case, Action.REOPEN, reason, decision=None, decided_by=None, decided_at=None, closed_at=None)


def hand_over(case: Case, by: UUID, to: UUID, at: datetime, reason: str | None = None) -> Step:
    """Give the claim to a colleague, whose own right to take the case the caller has asked `bot.access`.

    Raises `Incomplete` for a colleague who is involved, or who is the same person.
    """
    _require_possible(case, Action.HAND_OVER, by)
    if to == by or case.involves(to):
        raise Incomplete(phrase("Choose a colleague who is not part of this case."))
    return _step(case, Action.HAND_OVER, reason, taken_by=to, taken_at=at)


def _require_possible(case: Case, action: Action, by: UUID | None) -> None:
    """Raise `CannotBeFound`, `WrongState` or `NotHolder` unless `by` (None: the bot) can do `action` now.

    Whoever is involved learns nothing from the answer, so that is asked before anything else.
    """
    if by is not None and case.involves(by):
        raise CannotBeFound(phrase("This case cannot be found."))
    if case.state not in TABLE[action].starts:
        raise WrongState(TABLE[action].otherwise)
    if case.taken_by not in (None, by) and action is not Action.NOTE:
        raise NotHolder(phrase("A colleague is handling this case."))


def _require_text(text: str | None, otherwise: Phrase) -> None:
    if text is None or not text.strip():
        raise Incomplete(otherwise)


def _step(case: Case, action: Action, written: str | None, **changes: Any) -> Step:
    """Return the step with the case in its next state and revision."""
    state = TABLE[action].leads or case.state
    return Step(replace(case, state=state, revision=case.revision + 1, **changes), action, written)
