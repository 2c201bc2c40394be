"""The shadow month: how a school starts. Flags become cases that one person sees, and nobody else is told.

Three things go their normal way even then, because hours may matter and being wrong costs one kind talk:

- what is acute;
- distress and urging somebody to hurt themselves: a life may be at stake;
- sexual matters, which the protocol brings to the trusted person in confidence: extortion with images drives children
  to despair within hours, and the shadow month must not show to somebody else what is kept in confidence.

So does what is about the person it would be shown to, or about somebody they may not judge (promise 4). Reports with
`/melden` never come here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from bot.access import Permission, scope_for
from bot.cases.case import MATTER_OF, Matter, Person
from rules.vocabulary import Category, Role, Severity

OPEN_MATTERS: Final = frozenset({Matter.CARE, Matter.SEXUAL})
"""Matters that go their normal way in the shadow month, too."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """Until when (that day included, on the school's clock) flags are shown to one person only, and to whom."""

    until: date
    shown_to: UUID

    def hides(self, categories: Iterable[Category], severity: Severity, today: date) -> bool:
        """Tell whether flags of one matter are for that one person today."""
        return (
            today <= self.until
            and severity < Severity.ACUTE
            and not any(
                MATTER_OF.get(category) in OPEN_MATTERS or category is Category.SELF_HARM_INCITEMENT
                for category in categories
            )
        )


def roles_to_read_by(person: Person) -> frozenset[Role]:
    """Return the roles in which somebody may read cases of the whole school; without any they can be shown nothing."""
    return frozenset(grant.role for grant in scope_for(person).giving(Permission.READ) if grant.groups is None)
