"""What people's decisions would change in a school's thresholds: proposals, and the file that holds its own.

Looks at categories, scores and decisions, never at a text or a name. A case that leadership may not know of is in no
number here, as in the weekly summary (`bot.summary.SummaryStore.numbers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import numpy as np

from models.recalibration import Curve, Experience, false_per_1000, proposed
from models.thresholds import OFFENCES, HeldOut
from rules.protocols import OwnThreshold, OwnThresholds, Protocol
from rules.protocols.schema import LOWEST_THRESHOLD
from rules.vocabulary import Category, GroupKind

PERIOD: Final = timedelta(weeks=12)
"""How far back decisions count: a term of school."""


@dataclass(frozen=True, slots=True)
class ScoredFlag:
    """A flag without its message: `founded` is what people decided of its case, None while that is open."""

    case_id: UUID
    kind: GroupKind
    category: Category
    score: float
    day: date
    founded: bool | None


@dataclass(frozen=True, slots=True)
class CheckedMessages:
    """How many messages were checked in groups of a kind on a day."""

    kind: GroupKind
    day: date
    count: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A new threshold for a category in a kind of group, and what it means.

    `since` is the first day whose flags count. `false_now`, `false_then` and `false_meant` are false flags per 1,000
    messages at this school: at the present threshold, at the new one, and as the protocol means it. `lost` counts the
    known flags since then that the new one would not have raised, `lost_founded` those of them that were founded.
    """

    kind: GroupKind
    category: Category
    since: date
    present: float
    new: float
    founded: int
    unfounded: int
    false_now: float
    false_then: float
    false_meant: float
    lost: int
    lost_founded: int

    @property
    def changes(self) -> bool:
        """Tell whether the new threshold is another one."""
        return self.new != self.present


def proposals(
    protocol: Protocol,
    own: OwnThresholds,
    held: HeldOut,
    flags: Iterable[ScoredFlag],
    messages: Iterable[CheckedMessages],
    today: date,
) -> list[Proposal | tuple[GroupKind, Category]]:
    """Return a proposal for each category that was flagged in each kind of group; where too little is known, its name.

    `protocol` is the one that the school works by, without its own thresholds, and `own` are those. Flags count from
    `PERIOD` ago, or from the day on which the present threshold began to hold: those before it were another choice.
    """
    flags, messages = list(flags), list(messages)
    found: list[Proposal | tuple[GroupKind, Category]] = []
    for kind in GroupKind:
        of_kind = held.of(kind)
        for category in OFFENCES:
            mine = [flag for flag in flags if flag.kind is kind and flag.category is category]
            if not mine:
                continue
            meant = protocol.categories[category].threshold[kind]
            set_here = own.of(kind).get(category)
            since = max(today - PERIOD, set_here.since) if set_here else today - PERIOD
            present = set_here.threshold if set_here else meant
            counted = [flag for flag in mine if flag.day >= since and flag.score >= present]
            checked = sum(one.count for one in messages if one.kind is kind and one.day >= since)
            proposal = (
                _proposal(kind, category, since, present, meant, counted, checked, Curve.of(of_kind, category))
                if of_kind.is_enough
                else None
            )
            found.append(proposal or (kind, category))
    return found


def _proposal(
    kind: GroupKind,
    category: Category,
    since: date,
    present: float,
    meant: float,
    flags: Sequence[ScoredFlag],
    checked: int,
    curve: Curve,
) -> Proposal | None:
    founded = [flag for flag in flags if flag.founded is True]
    unfounded = [flag for flag in flags if flag.founded is False]
    experience = Experience(
        np.array([flag.score for flag in founded]),
        np.array([flag.score for flag in unfounded]),
        np.array([flag.score for flag in flags]),
        len({flag.case_id for flag in founded + unfounded}),
        checked,
    )
    new = proposed(experience, curve, present, meant, LOWEST_THRESHOLD)
    if new is None:
        return None
    return Proposal(
        kind,
        category,
        since,
        present,
        new,
        len(founded),
        len(unfounded),
        false_per_1000(experience, curve, present, present),
        false_per_1000(experience, curve, present, new),
        curve.at(meant),
        sum(flag.score < new for flag in flags),
        sum(flag.score < new for flag in founded),
    )


def with_changes(own: OwnThresholds, changes: Iterable[Proposal], today: date) -> OwnThresholds:
    """Return a school's own thresholds after these changes, which hold from tomorrow on.

    What is flagged on the day of the change was perhaps flagged before it, so it counts for neither.
    """
    kept: Mapping[tuple[GroupKind, Category], OwnThreshold] = {
        (kind, category): one for kind, category, one in own.items()
    }
    new = {
        (change.kind, change.category): OwnThreshold(threshold=change.new, since=today + timedelta(days=1))
        for change in changes
    }
    return OwnThresholds.holding({**kept, **new})


def to_toml(own: OwnThresholds) -> str:
    """Return the text of `thresholds.toml`."""
    lines = [
        "# This school's own thresholds, in place of the protocol's. Written by 'klasveilig model recalibrate'.",
        "# The bot reads them when it starts. To go back to the protocol's, take a table out.",
    ]
    for kind, category, one in own.items():
        lines += [
            "",
            f"[{kind.value}.{category.value}]",
            f"threshold = {one.threshold:.2f}",
            f"since = {one.since.isoformat()}",
        ]
    return "\n".join(lines) + "\n"
