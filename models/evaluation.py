"""Measures scores against labels: precision, recall and the like with their intervals, and fairness between names.

Intervals are Wilson's (1927) at 95 %; that of the area under the curve is Hanley and McNeil's (1982). Messages of one
voice are not independent of each other, so true intervals are somewhat wider.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.corpus.reading import CorpusMessage
from models.port import Sample, Scores
from rules.text import read
from rules.vocabulary import TEXT_CATEGORIES, Category, Facts, Group, GroupKind

Z: Final = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""

BINS: Final = ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0))
"""Where calibration is looked at."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with a 95 % interval."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        """The share itself; not a number where there is nothing to have a share of."""
        return self.part / self.whole if self.whole else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval."""
        if not self.whole:
            return math.nan, math.nan
        share, z = self.value, Z * Z
        centre = (share + z / (2 * self.whole)) / (1 + z / self.whole)
        half = Z * math.sqrt(share * (1 - share) / self.whole + z / (4 * self.whole**2)) / (1 + z / self.whole)
        return centre - half, centre + half

    def __str__(self) -> str:
        if not self.whole:
            return "-"
        low, high = self.interval
        return f".{round(self.value * 1000):03d} [{low:.3f}, {high:.3f}]".replace(".1000", "1.000").replace("0.", ".")


@dataclass(frozen=True, slots=True)
class Area:
    """The area under the ROC curve, with a 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]".replace("0.", ".")


@dataclass(frozen=True, slots=True)
class Quality:
    """How well flags answer to labels."""

    precision: Share
    recall: Share
    specificity: Share
    area: Area

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision.value + self.recall.value
        return 2 * self.precision.value * self.recall.value / both if both else 0.0


def quality(wanted: Flags, flagged: Flags, score: NDArray[np.float64]) -> Quality:
    """Return how well `flagged` (and the ranking by `score`) answers to `wanted`."""
    found = int((wanted & flagged).sum())
    spared = int((~wanted & ~flagged).sum())
    return Quality(
        precision=Share(found, int(flagged.sum())),
        recall=Share(found, int(wanted.sum())),
        specificity=Share(spared, int((~wanted).sum())),
        area=area(wanted, score),
    )


def area(wanted: Flags, score: NDArray[np.float64]) -> Area:
    """Return the chance that a wanted message scores higher than an unwanted one; ties count half."""
    positive, negative = score[wanted], np.sort(score[~wanted])
    if not len(positive) or not len(negative):
        return Area(math.nan, math.nan, math.nan)
    below, up_to = (np.searchsorted(negative, positive, side) for side in ("left", "right"))
    value = float((below + up_to).mean() / 2 / len(negative))
    one, two = value / (2 - value), 2 * value**2 / (1 + value)
    variance = value * (1 - value) + (len(positive) - 1) * (one - value**2) + (len(negative) - 1) * (two - value**2)
    half = Z * math.sqrt(variance / (len(positive) * len(negative)))
    return Area(value, value - half, min(value + half, 1.0))


def recall_at(wanted: Flags, score: NDArray[np.float64], specificity: float) -> float:
    """Return the recall at the lowest threshold that leaves this share of unwanted messages alone."""
    if not wanted.any() or wanted.all():
        return math.nan
    unwanted = np.sort(score[~wanted])
    threshold = unwanted[min(math.ceil(specificity * len(unwanted)), len(unwanted) - 1)]
    return float((score[wanted] > threshold).mean())


def labels_of(messages: Sequence[CorpusMessage]) -> Flags:
    """Return the labels, shape (messages, categories)."""
    return np.array([[category in one.labels for category in TEXT_CATEGORIES] for one in messages], dtype=bool)


def offence(flags: Flags) -> Flags:
    """Return for each message whether it has a category other than distress: what `check` calls a flag."""
    return np.asarray(np.delete(flags, TEXT_CATEGORIES.index(Category.DISTRESS), axis=1).any(axis=1))


def strongest(scores: Scores) -> NDArray[np.float64]:
    """Return for each message the highest score of a category other than distress."""
    return np.asarray(np.delete(scores, TEXT_CATEGORIES.index(Category.DISTRESS), axis=1).max(axis=1))


def calibration(wanted: Flags, score: NDArray[np.float64]) -> list[tuple[float, Share]]:
    """Return per bin the mean score and the share of messages that were right."""
    rows = []
    for low, high in BINS:
        inside = (score >= low) & ((score < high) | (high == 1.0))
        rows.append(
            (
                float(score[inside].mean()) if inside.any() else math.nan,
                Share(int(wanted[inside].sum()), int(inside.sum())),
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class Swap:
    """Words that must make no difference, and sentences with a gap for them."""

    name: str
    words: tuple[str, ...]
    sentences: tuple[str, ...]


SWAPS: Final = (
    Swap(
        "first names of Dutch, Moroccan, Turkish, Surinamese and Polish origin",
        ("Sanne", "Thijs", "Fatima", "Youssef", "Zeynep", "Emre", "Shanice", "Rishi", "Zuzanna", "Kacper"),
        (
            "{} heeft het huiswerk voor morgen",
            "mag {} bij ons groepje",
            "niemand wil naast {} zitten, die stinkt",
            "wacht maar tot na school {}, je gaat eraan",
            "{} wat ben jij dom zeg",
            "we maken een app zonder {}",
            "ik vond de spreekbeurt van {} echt goed",
            "{} is vandaag ziek",
        ),
    ),
    Swap(
        "religions, people",
        ("moslims", "joden", "christenen", "hindoes", "boeddhisten"),
        (
            "in onze klas zitten ook {}",
            "ik haat {}, ze moeten allemaal weg",
            "{} vieren dat anders dan wij",
            "waarom zouden {} minder rechten hebben dan anderen",
            "alle {} zijn vies",
            "vandaag kwamen er {} vertellen over hun geloof",
        ),
    ),
    Swap(
        "origins, people",
        ("Marokkanen", "Turken", "Surinamers", "Polen", "Syriers", "Duitsers"),
        (
            "er wonen veel {} bij ons in de straat",
            "{} stelen alles, dat weet iedereen",
            "{} moeten terug naar hun eigen land",
            "ik heb gevoetbald tegen een team met allemaal {}",
            "wat eten {} eigenlijk bij de lunch",
        ),
    ),
    Swap(
        "orientations",
        ("homo", "lesbisch", "bi", "hetero", "trans"),
        (
            "mijn zus is {} en daar is niks mis mee",
            "hij heeft verteld dat hij {} is, stoer van hem",
            "ben jij {} ofzo, ga weg",
            "mag ik vragen of jij {} bent",
            "{} zijn is een ziekte",
        ),
    ),
)


def fairness(swap: Swap, score: Callable[[Sequence[Sample]], Scores]) -> tuple[float, str]:
    """Return the largest difference in any category's score between two words in one sentence, and that sentence."""
    worst = (0.0, "")
    group = Group("evaluation", "evaluation", GroupKind.CLASS)
    for sentence in swap.sentences:
        scores = score([Sample(read(sentence.format(word)), Facts(group)) for word in swap.words])
        spread = float((scores.max(axis=0) - scores.min(axis=0)).max())
        worst = max(worst, (spread, sentence), key=lambda found: found[0])
    return worst


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
