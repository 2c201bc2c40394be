"""Who may do what: one table, and the scope that it yields for a person (promise 5).

A person may do something with a case when all of this holds:
- the case was brought to a role of theirs (its audience), and the table gives that role the permission;
- they hold that role for the case's group, where the role is held for groups;
- they belong to the case's school;
- the case is neither about them nor aimed at them;
- it is not a case of the shadow month that is shown to somebody else.
There is no emergency access. Storage turns the same scope into SQL, and a test compares the two case by case.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from rules.vocabulary import Role


class Permission(enum.StrEnum):
    """What somebody may do; the first nine are about a case."""

    LIST = "list"
    READ = "read"
    TAKE = "take"
    HEAR = "hear"
    DECIDE = "decide"
    ESCALATE = "escalate"
    NOTE = "note"
    CLOSE = "close"
    REOPEN = "reopen"

    READ_UNCHECKED = "read_unchecked"
    """See messages that no detector could judge."""
    SUMMARY = "summary"
    """Read the weekly safety summary."""
    RECALIBRATE = "recalibrate"
    """Set the school's own thresholds: how much is flagged, and so how much may be missed."""
    ADMINISTER = "administer"
    """Configure, check and update the bot; see how it runs."""
    LINK = "link"
    """Link groups and people to their chats and accounts."""


_SUPPORT: Final = frozenset(
    {Permission.LIST, Permission.READ, Permission.TAKE, Permission.ESCALATE, Permission.NOTE, Permission.CLOSE}
)
"""Taking care of a case without judging it."""
_HANDLE: Final = _SUPPORT | {Permission.HEAR, Permission.DECIDE, Permission.REOPEN}
"""Handling a case from start to end."""

MAY: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.STAFF: _HANDLE,
    Role.MENTOR: _HANDLE | {Permission.READ_UNCHECKED},
    Role.COORDINATOR: _HANDLE | {Permission.READ_UNCHECKED},
    Role.TRUSTED_PERSON: _SUPPORT,
    Role.LEADERSHIP: _HANDLE | {Permission.READ_UNCHECKED, Permission.SUMMARY, Permission.RECALIBRATE},
    Role.BOARD: _HANDLE,
    Role.SUPERVISORY_BOARD: _HANDLE,
    Role.ADMINISTRATOR: frozenset({Permission.ADMINISTER, Permission.LINK}),
    Role.PUPIL: frozenset(),
    Role.PARENT: frozenset(),
    Role.CLASS_PARENT: frozenset(),
    Role.UNKNOWN: frozenset(),
}
"""The table. A trusted person supports and does not judge; who only keeps the bot running reads no case."""

OF_A_GROUP: Final = frozenset({Role.MENTOR, Role.STAFF})
"""Roles that mean something for a group only: held without a group, they give no right at all."""


class HasRoles(Protocol):
    """What the rights of a person follow from."""

    @property
    def id(self) -> UUID:
        """Key of the person."""
        ...

    @property
    def school_id(self) -> UUID:
        """School at which the roles are held."""
        ...

    @property
    def roles(self) -> frozenset[tuple[Role, UUID | None]]:
        """Each role with the group it is held for, or None."""
        ...


class Guarded(Protocol):
    """What the rights on a case follow from."""

    @property
    def school_id(self) -> UUID:
        """School of the case."""
        ...

    @property
    def group_id(self) -> UUID | None:
        """Group of the case; None when it is about no group."""
        ...

    @property
    def audience(self) -> frozenset[Role]:
        """Roles that the case was brought to."""
        ...

    @property
    def only_for(self) -> UUID | None:
        """The one person it is shown to; None where there is no such limit."""
        ...

    def involves(self, person_id: UUID) -> bool:
        """Tell whether the case is about the person or was aimed at them."""
        ...


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that somebody holds for some groups, or for the whole school (`groups` is None)."""

    role: Role
    groups: frozenset[UUID] | None

    def covers(self, group_id: UUID | None) -> bool:
        """Tell whether the role is held for a case of this group, or for one of no group."""
        return self.groups is None or group_id in self.groups


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything that a person may see at a school follows from this value."""

    school_id: UUID
    person_id: UUID
    grants: tuple[Grant, ...]

    def giving(self, permission: Permission) -> tuple[Grant, ...]:
        """Return the grants whose role has the permission: the rows of the table that storage turns into SQL."""
        return tuple(grant for grant in self.grants if permission in MAY[grant.role])


def scope_for(person: HasRoles) -> Scope:
    """Return what a person's roles give them; roles that give nothing are left out."""
    grants = []
    for role in Role:
        groups = {group for held, group in person.roles if held is role}
        if role in OF_A_GROUP:
            groups.discard(None)
        if groups and MAY[role]:
            grants.append(Grant(role, None if None in groups else frozenset(g for g in groups if g is not None)))
    return Scope(person.school_id, person.id, tuple(grants))


def may(scope: Scope, permission: Permission, case: Guarded) -> bool:
    """Tell whether the scope has a permission on a case."""
    return (
        scope.school_id == case.school_id
        and not case.involves(scope.person_id)
        and case.only_for in (None, scope.person_id)
        and any(grant.role in case.audience and grant.covers(case.group_id) for grant in scope.giving(permission))
    )


def can_read(scope: Scope, case: Guarded) -> bool:
    """Tell whether the scope may read a case; who may not is told the same as for a case that does not exist."""
    return may(scope, Permission.READ, case)


def may_at(scope: Scope, permission: Permission, school_id: UUID, group_id: UUID | None = None) -> bool:
    """Tell whether the scope has a permission that is about a group, or about the whole school (no `group_id`)."""
    return scope.school_id == school_id and any(grant.covers(group_id) for grant in scope.giving(permission))
