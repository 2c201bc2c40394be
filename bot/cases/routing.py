"""To whom a case goes. Total: in every world at least one eligible human, or a loud statement of the outside route.

Neither subject nor target handles a case (promise 4). A case about somebody who works for the school goes past their
own role and those nearer to the class: nobody judges a colleague, nor the one who leads them. A trusted person, who
supports and does not judge, may still get it, unless it is about a trusted person.

A possible sexual offence by staff goes to the board at once and to nobody else: the board must consult the trust
inspectors (Inspectorate of Education, factsheet 2017/2018). The outside route: trust inspectors 0900-1113111, working
days 8:00-17:00 (oudersenonderwijs.nl, stichtinglvo.nl); 113 or 0800-0113, day and night (113.nl, October 2025);
112 in an emergency.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from bot.access import Permission, scope_for
from bot.cases.case import MATTER_OF, Matter, Person
from rules.vocabulary import Category, Phrase, Role, Severity, phrase

LADDER: Final = (
    Role.MENTOR,
    Role.COORDINATOR,
    Role.TRUSTED_PERSON,
    Role.LEADERSHIP,
    Role.BOARD,
    Role.SUPERVISORY_BOARD,
)
"""Who handles a case when those before cannot, from near to the class to far from it."""

RUNG: Final = {role: rung for rung, role in enumerate(LADDER)} | {Role.STAFF: 0, Role.ADMINISTRATOR: 0}
"""How far from the class everybody stands who works for the school."""

OUTSIDE: Final = phrase(
    "Nobody at this school can handle this. Call the trust inspectors: 0900-1113111, working days 8:00-17:00. "
    "Thoughts of suicide? Call 113 or 0800-0113, day and night. Danger now? Call 112."
)
OUTSIDE_NOW: Final = phrase(
    "Nobody at this school can handle this, and it cannot wait. Is somebody in danger? Call 112 now. "
    "Thoughts of suicide? Call 113 or 0800-0113, day and night. "
    "Trust inspectors: 0900-1113111, working days 8:00-17:00."
)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a case goes: the roles that may see it, who is told now, and what to say when that is nobody.

    `outside` is None exactly when there are handlers. Without any, the audience still names the roles it is for:
    whoever gets such a role later finds the case.
    """

    audience: frozenset[Role]
    handlers: tuple[Person, ...]
    outside: Phrase | None


def route(
    *,
    school_id: UUID,
    categories: Set[Category],
    severity: Severity,
    group_id: UUID | None,
    subjects: Set[UUID],
    targets: Set[UUID],
    people: Sequence[Person],
    wanted: Set[Role],
    subject_roles: Set[Role] = frozenset(),
) -> Route:
    """Return where a case goes.

    `people` are those who may be able to handle it, `wanted` the roles that the protocol brings it to;
    `subject_roles` adds what is known of subjects that are not among `people`.
    """
    involved = subjects | targets
    accused = subject_roles | {role for person in people if person.id in subjects for role, _ in person.roles}
    tiers = list(_tiers(wanted, accused & RUNG.keys(), sexual=_is_sexual(categories)))
    able = [person for person in people if person.school_id == school_id and person.id not in involved]
    for tier in tiers:
        handlers = tuple(person for person in able if _holds(person, tier, group_id))
        if handlers:
            return Route(tier, handlers, None)
    audience = next(iter(tiers), frozenset())
    return Route(audience, (), OUTSIDE_NOW if severity is Severity.ACUTE else OUTSIDE)


def most_local(roles: Set[Role]) -> Role | None:
    """Return the role among `roles` that stands nearest to the class; None when none handles cases."""
    return next((role for role in (Role.STAFF, *LADDER) if role in roles), None)


def _tiers(wanted: Set[Role], accused: Set[Role], *, sexual: bool) -> Iterator[frozenset[Role]]:
    """Yield the audiences to try, best first: who is wanted, then each role further away, then those nearer again.

    Further away is counted from the role nearest to the class that is wanted, and from beyond those accused.
    """
    if accused and sexual:
        tiers = [{Role.BOARD}, {Role.SUPERVISORY_BOARD}]
    else:
        nearest = min((RUNG[role] for role in wanted if role in RUNG), default=0)
        start = max(nearest, *(RUNG[role] for role in accused), 0)
        tiers = [set(wanted), *({role} for role in (*LADDER[start:], *reversed(LADDER[:start])))]
    allowed = {role for role in (Role.STAFF, *LADDER) if not _is_passed(role, accused)}
    yield from (frozenset(tier & allowed) for tier in tiers if tier & allowed)


def _is_passed(role: Role, accused: Set[Role]) -> bool:
    """Tell whether a case about people with these roles goes past `role`."""
    if role is Role.TRUSTED_PERSON:
        return role in accused
    return any(RUNG[role] <= RUNG[other] for other in accused)


def _is_sexual(categories: Iterable[Category]) -> bool:
    return any(MATTER_OF.get(category) is Matter.SEXUAL for category in categories)


def _holds(person: Person, roles: Set[Role], group_id: UUID | None) -> bool:
    """Tell whether the person may take a case of this group that is brought to these roles."""
    return any(grant.role in roles and grant.covers(group_id) for grant in scope_for(person).giving(Permission.TAKE))
