"""What a case is."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rules.vocabulary import Category, Role, Severity


class State(enum.StrEnum):
    """Where a case stands."""

    OPEN = "open"
    TAKEN = "taken"
    HEARING = "hearing"
    DECIDED = "decided"
    ESCALATED = "escalated"
    CLOSED = "closed"
    REOPENED = "reopened"


class Decision(enum.StrEnum):
    """What a named human decided about a case."""

    FOUNDED = "founded"
    UNFOUNDED = "unfounded"
    UNDETERMINED = "undetermined"
    OUT_OF_SCOPE = "out_of_scope"


class Relation(enum.StrEnum):
    """How a person is involved in a case; subject and target never handle or read it (promise 4)."""

    SUBJECT = "subject"
    TARGET = "target"
    REPORTER = "reporter"


class Matter(enum.StrEnum):
    """What kind of matter a case is: findings of different matters never join one case."""

    CONDUCT = "conduct"
    SEXUAL = "sexual"
    CARE = "care"
    CONTENT = "content"
    REPORT = "report"


MATTER_OF = {
    Category.DISTRESS: Matter.CARE,
    Category.SEXUAL: Matter.SEXUAL,
    Category.NUDE_IMAGE: Matter.SEXUAL,
    Category.BOUNDARY: Matter.SEXUAL,
    Category.INSULT: Matter.CONDUCT,
    Category.BULLYING: Matter.CONDUCT,
    Category.THREAT: Matter.CONDUCT,
    Category.DISCRIMINATION: Matter.CONDUCT,
    Category.SELF_HARM_INCITEMENT: Matter.CONDUCT,
    Category.EXTREMISM: Matter.CONDUCT,
    Category.DEFAMATION: Matter.CONDUCT,
    Category.ACCOUNT_ABUSE: Matter.CONDUCT,
    Category.PILE_ON: Matter.CONDUCT,
    Category.PERSISTENT: Matter.CONDUCT,
}
"""The matter of a category; every other category is `Matter.CONTENT`."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with roles at one school; `roles` pairs a role with the group it is about, or None."""

    id: UUID
    school_id: UUID
    name: str
    roles: frozenset[tuple[Role, UUID | None]] = frozenset()
    language: str = "nl"

    def has(self, role: Role, group_id: UUID | None = None) -> bool:
        """Tell whether the person has `role` for everything, or for the group `group_id`."""
        return (role, None) in self.roles or (group_id is not None and (role, group_id) in self.roles)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything about one matter that decides what may be done with it; sealed texts are read apart from it."""

    id: UUID
    school_id: UUID
    number: str
    group_id: UUID | None
    matter: Matter
    severity: Severity
    state: State
    protocol: str
    protocol_version: str
    opened_at: datetime
    last_flag_at: datetime
    audience: frozenset[Role]
    subjects: frozenset[UUID] = frozenset()
    targets: frozenset[UUID] = frozenset()
    taken_by: UUID | None = None
    taken_at: datetime | None = None
    heard_at: datetime | None = None
    decision: Decision | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    closed_at: datetime | None = None
    only_for: UUID | None = None
    """The one person who may see a case of the shadow month (`bot.cases.shadow`); None for every other case."""
    revision: int = 1

    def involves(self, person_id: UUID) -> bool:
        """Tell whether the case is about the person or was aimed at them."""
        return person_id in self.subjects or person_id in self.targets
