"""Whether what was found now belongs to a case that is already there: many findings about one matter are one notice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.access import can_read, scope_for
from bot.cases.case import Case, Person, State
from bot.cases.routing import most_local
from bot.cases.transitions import Step

WINDOW: Final = timedelta(hours=24)
"""How far from its last flag a case is still the same matter (our choice: a school day and the evening after it)."""

UNDECIDED: Final = frozenset({State.OPEN, State.TAKEN, State.HEARING, State.ESCALATED, State.REOPENED})
"""States in which a case can still grow: what comes after a decision is judged on its own."""

JOIN: Final = "join"
"""The action in the history of a case that another flag or report joined."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Where a new flag belongs: a new case (`step` is None) or an earlier one, and whether people must be told."""

    case: Case
    step: Step | None
    notice_due: bool


def join(candidate: Case, cases: Iterable[Case], staff: Iterable[Person]) -> Joined:
    """Return where the case `candidate`, made for one flag or report, belongs.

    `cases` are earlier ones of the school, `staff` everybody who may be able to read one. The earlier case gets the
    highest severity, all audience and all targets of both; people are told of a new case, a higher severity and a
    wider audience. A hearing held before no longer covers everything, so 'founded' needs another one.
    """
    staff = tuple(staff)
    earlier = max(
        (case for case in cases if belongs(candidate, case, staff)), key=lambda case: case.last_flag_at, default=None
    )
    if earlier is None:
        return Joined(candidate, None, notice_due=True)
    grown = replace(
        earlier,
        severity=max(earlier.severity, candidate.severity),
        audience=earlier.audience | candidate.audience,
        targets=earlier.targets | candidate.targets,
        last_flag_at=max(earlier.last_flag_at, candidate.last_flag_at),
        heard_at=None,
        revision=earlier.revision + 1,
    )
    notice_due = grown.severity > earlier.severity or grown.audience > earlier.audience
    return Joined(grown, Step(grown, JOIN), notice_due)


def belongs(candidate: Case, case: Case, staff: Iterable[Person]) -> bool:
    """Tell whether `candidate` is the same matter as `case`: same people, group, kind, and within the window.

    Four things keep them apart even then, so that joining neither discloses nor hides anything:
    - it is about somebody whom the case is not about yet;
    - it was aimed at somebody who can read the case, to whom it would vanish before their eyes (promise 4);
    - its nearest reader is another role: what went past the mentor must not come back by joining;
    - one of them is of the shadow month and shown to one person only, the other is not.
    """
    return (
        case.state in UNDECIDED
        and (case.school_id, case.group_id, case.matter) == (candidate.school_id, candidate.group_id, candidate.matter)
        and abs(candidate.last_flag_at - case.last_flag_at) <= WINDOW
        and bool(candidate.subjects)
        and candidate.subjects <= case.subjects
        and most_local(candidate.audience) is most_local(case.audience)
        and candidate.only_for == case.only_for
        and case.taken_by not in candidate.targets
        and not any(person.id in candidate.targets and can_read(scope_for(person), case) for person in staff)
    )
