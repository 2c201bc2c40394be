"""What people's decisions say about a threshold: the same number of false flags at this school as was meant.

The protocol's threshold stands for a number of false flags per 1,000 messages: the one that held-out messages show. A
school's chats are not the corpus, so there it may be another one. What a school has are flags with their scores, some
of them decided: founded or not. From those follows how often the bot is wrong there, above the present threshold; what
stayed below it was forgotten, so there only the held-out curve tells how the number grows.

Small numbers are not over-trusted: under `ENOUGH` decided cases nothing is said, the held-out messages weigh as much
as `ENOUGH` decided cases, what is `NEAR` is right, and a threshold moves by `STEP` at most before new decisions are
awaited.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.thresholds import HIGHEST, HeldOut, grid
from rules.vocabulary import TEXT_CATEGORIES, Category

ENOUGH: Final = 20
"""Decided cases without which nothing is proposed, and the weight of the held-out messages (our choice)."""
STEP: Final = 0.10
"""How far a threshold moves at most, at one time."""
NEAR: Final = 0.2
"""A number of false flags that is off by less than this share of it is right: chance does that, too."""

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Experience:
    """What a school knows of the flags of one category in one kind of group.

    The scores of flags that people found founded or unfounded, and of all flags; in how many cases those decisions
    were; and how many messages were checked in the same time. All flags passed the present threshold.
    """

    founded: Scores
    unfounded: Scores
    all: Scores
    decided_cases: int
    messages: int


def false_per_1000(experience: Experience, curve: Curve, present: float, threshold: float) -> float:
    """Return how many false flags per 1,000 messages a threshold gives at this school.

    At or above the present one it is the mean of two numbers, weighed by the decided cases to `ENOUGH`: what people
    found unfounded here (undecided flags are taken to be like the decided ones), and what the held-out curve says.
    Below, it grows from there as the curve does. Never grows with the threshold.
    """
    if threshold < present:
        return false_per_1000(experience, curve, present, present) * curve.at(threshold) / curve.at(present)
    decided = len(experience.founded) + len(experience.unfounded)
    unfounded = int((experience.unfounded >= threshold).sum())
    own = 1000 * unfounded * (len(experience.all) / decided) / experience.messages
    weight = experience.decided_cases
    return (weight * own + ENOUGH * curve.at(threshold)) / (weight + ENOUGH)


@dataclass(frozen=True, slots=True)
class Curve:
    """How many false flags per 1,000 everyday messages a threshold gives on held-out messages."""

    scores: Scores
    """The scores of harmless everyday messages, in any order."""

    @classmethod
    def of(cls, held: HeldOut, category: Category) -> Curve:
        """Return the curve of a category."""
        return cls(held.ordinary[:, TEXT_CATEGORIES.index(category)].astype(np.float64))

    def at(self, threshold: float) -> float:
        """Return the number at a threshold; never zero, by Laplace's rule of succession."""
        return 1000 * (int((self.scores >= threshold).sum()) + 1) / (len(self.scores) + 2)


def proposed(experience: Experience, curve: Curve, present: float, meant: float, lowest: float) -> float | None:
    """Return the new threshold of a category; None where too little was decided, and `present` where it is right.

    `meant` is the protocol's own threshold: its number of false flags is what is aimed at, so that several
    recalibrations after each other do not wander off. The new one is the lowest that gives no more than that.
    """
    if experience.decided_cases < ENOUGH or not experience.messages:
        return None
    aim = curve.at(meant)
    if abs(false_per_1000(experience, curve, present, present) - aim) <= NEAR * aim:
        return present
    levels = grid(max(lowest, present - STEP), min(HIGHEST, present + STEP))
    fitting = [level for level in levels if false_per_1000(experience, curve, present, level) <= aim]
    return float(fitting[0] if fitting else levels[-1])
