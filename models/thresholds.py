"""Which thresholds give few enough false flags, measured on messages that no training has seen.

The scores come as a file (.npz) that training writes, one row per message: `scores` float32 (n, 8) and `labels`
bool (n, 8) in the order of `TEXT_CATEGORIES`, `everyday` bool (n), `group` text (n). A score must be what a threshold
is compared with: the highest of model and checks. Only harmless everyday messages stand for the traffic of a real chat,
so only they count for false flags; hard ones are far more common in a corpus than in a class.

Distress is left out of every sum: a call for help is no false flag in the way that an insult is, and for it less
certainty is asked on purpose.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from rules.vocabulary import TEXT_CATEGORIES, Category, GroupKind

HELD_OUT_FILE: Final = Path(__file__).with_name("heldout.npz")
"""The scores that come with the model."""

OFFENCES: Final[tuple[Category, ...]] = tuple(
    category for category in TEXT_CATEGORIES if category is not Category.DISTRESS
)
"""The categories that share the budget of false flags."""

HIGHEST: Final = 0.99
"""No threshold is suggested above it."""

LEAST: Final = 500
"""Harmless everyday messages of a kind of group without which nothing is suggested for it: below this, one message
more or less is two false flags per 1,000."""


class ScoresError(Exception):
    """A file of held-out scores cannot be used; the message says which, why, and what to do."""

    def __init__(self, path: Path, problem: str, remedy: str = "write it anew: klasveilig model train") -> None:
        super().__init__(f"{path}: {problem}; {remedy}")


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores and labels of messages that no training has seen, a row each; see the module."""

    scores: NDArray[np.float32]
    labels: NDArray[np.bool_]
    everyday: NDArray[np.bool_]
    group: NDArray[np.str_]

    def of(self, kind: GroupKind) -> HeldOut:
        """Return the messages of one kind of group."""
        return self.where(self.group == kind.value)

    def where(self, rows: NDArray[np.bool_]) -> HeldOut:
        """Return the messages in these rows."""
        return HeldOut(self.scores[rows], self.labels[rows], self.everyday[rows], self.group[rows])

    @property
    def ordinary(self) -> NDArray[np.float32]:
        """The scores of harmless everyday messages."""
        return self.scores[self.everyday & ~self.labels.any(axis=1)]

    @property
    def is_enough(self) -> bool:
        """Tell whether false flags can be estimated from it at all."""
        return len(self.ordinary) >= LEAST


SHAPES: Final[Mapping[str, tuple[type[np.generic], tuple[int, ...]]]] = {
    "scores": (np.floating, (len(TEXT_CATEGORIES),)),
    "labels": (np.bool_, (len(TEXT_CATEGORIES),)),
    "everyday": (np.bool_, ()),
    "group": (np.str_, ()),
}
"""The arrays of the file: their type, and their shape after the first axis."""


def read_held_out(path: Path) -> HeldOut:
    """Return the held-out scores at `path`; raises `ScoresError` when they are absent or not in this form."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            arrays: dict[str, NDArray[Any]] = {name: archive[name] for name in SHAPES}
    except FileNotFoundError:
        raise ScoresError(path, "there are no held-out scores") from None
    except KeyError as error:
        raise ScoresError(path, f"lacks an array ({str(error.args[0]).split(' ')[0]})") from None
    except (OSError, ValueError, BadZipFile, EOFError, TypeError, AttributeError):
        raise ScoresError(path, "is no archive of held-out scores (.npz)") from None
    rows = len(arrays["scores"]) if arrays["scores"].ndim else 0
    for name, (kind, rest) in SHAPES.items():
        found = arrays[name]
        if not np.issubdtype(found.dtype, kind) or found.shape != (rows, *rest):
            expected = " x ".join(map(str, (rows, *rest)))
            raise ScoresError(
                path, f"'{name}' should be {expected} of {kind.__name__}, and is {found.shape} {found.dtype}"
            )
    scores = arrays["scores"].astype(np.float32)
    if not rows or not (np.isfinite(scores).all() and scores.min() >= 0 and scores.max() <= 1):
        raise ScoresError(path, "'scores' should be probabilities from 0 to 1, one row at least")
    unknown = sorted(set(arrays["group"].tolist()) - set(GroupKind))
    if unknown:
        raise ScoresError(path, f"'group' holds {unknown[0]!r}, which is no kind of group")
    return HeldOut(scores, arrays["labels"], arrays["everyday"], arrays["group"])


def save_held_out(held: HeldOut, path: Path) -> None:
    """Write held-out scores in the form that `read_held_out` reads."""
    np.savez_compressed(
        path, scores=held.scores.astype(np.float32), labels=held.labels, everyday=held.everyday, group=held.group
    )


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """The share, 0..1; not a number (nan) of nothing."""
        return self.count / self.total if self.total else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share (Wilson, JASA 22, 1927), which holds for small counts and for none, too."""
        if not self.total:
            return 0.0, 1.0
        z, n, p = 1.959964, self.total, self.value
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Quality:
    """What a threshold does: the share of harmless everyday messages that it flags, and of those with the label."""

    false: Share
    found: Share


@dataclass(frozen=True, slots=True)
class Measured:
    """What thresholds do: each category by itself, and all offences together (`false`: any of them flags it)."""

    by_category: Mapping[Category, Quality]
    together: Quality


def measure(held: HeldOut, thresholds: Mapping[Category, float]) -> Measured:
    """Return what thresholds do on held-out messages."""
    levels = np.array([thresholds[category] for category in TEXT_CATEGORIES])
    false = held.ordinary >= levels
    flagged = held.scores >= levels
    is_offence = np.array([category in OFFENCES for category in TEXT_CATEGORIES])
    harmful = (held.labels & is_offence).any(axis=1)
    return Measured(
        {
            category: Quality(_share(false[:, at]), _share(flagged[held.labels[:, at], at]))
            for at, category in enumerate(TEXT_CATEGORIES)
        },
        Quality(_share(_any(false & is_offence)), _share(_any(flagged[harmful] & is_offence))),
    )


def _any(hits: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return per message whether any category hit."""
    return np.asarray(hits.any(axis=1))


def _share(hits: NDArray[np.bool_]) -> Share:
    return Share(int(hits.sum()), len(hits))


def grid(lowest: float, highest: float = HIGHEST) -> NDArray[np.float64]:
    """Return the thresholds that are looked at, in hundredths, from `lowest` to `highest`."""
    return np.arange(math.ceil(round(lowest * 100, 6)), math.floor(round(highest * 100, 6)) + 1) / 100


def suggest(
    held: HeldOut, present: Mapping[Category, float], false_per_1000: float, lowest: float
) -> dict[Category, float]:
    """Return thresholds that find most while they flag at most `false_per_1000` harmless everyday messages in 1,000.

    Greedy: all offences begin at the strictest threshold; then again and again the one is lowered that gains most
    recall for each message that would be flagged in vain, as long as the budget holds. So the budget goes where it
    finds most: a message that is flagged in vain already costs nothing a second time. Recall counts alike for each
    category, however rare it is. No threshold goes under `lowest`; a category without labelled messages and distress
    keep what they have. Whatever `present` costs there is part of the budget.
    """
    levels = grid(lowest)
    passed = _passed(held.ordinary, levels)
    recall = _recall(held, levels)
    strictest = len(levels) - 1
    at = dict.fromkeys(recall, strictest)
    flagged = np.zeros(len(passed), dtype=bool)
    for category in OFFENCES:
        column = TEXT_CATEGORIES.index(category)
        if category in at:
            flagged |= passed[:, column] > strictest
        else:
            flagged |= held.ordinary[:, column] >= present[category]
    allowed = math.floor(false_per_1000 / 1000 * len(passed) + 1e-9)
    while True:
        moves = []
        for category, level in at.items():
            newly = _above(passed[~flagged, TEXT_CATEGORIES.index(category)], len(levels))[:level]
            gain = recall[category][:level] - recall[category][level]
            worth = np.where(int(flagged.sum()) + newly <= allowed, gain / (newly + 1e-9), 0.0)
            if worth.size and worth.max() > 0:
                # Of levels that are worth the same, the strictest.
                moves.append((float(worth.max()), int(np.flatnonzero(worth == worth.max())[-1]), category))
        if not moves:
            break
        _, level, category = max(moves, key=lambda move: move[0])
        at[category] = level
        flagged |= passed[:, TEXT_CATEGORIES.index(category)] > level
    return {**present, **{category: float(levels[level]) for category, level in at.items()}}


def expected(held: HeldOut, present: Mapping[Category, float], false_per_1000: float, lowest: float) -> Quality:
    """Return what suggested thresholds do on messages that they were not chosen by, all offences together.

    Chosen on one half of the messages and measured on the other, and the other way round: what is chosen and measured
    on the same messages looks better than it is.
    """
    first = np.random.default_rng(0).permutation(len(held.scores)) % 2 == 0
    both = [
        measure(other, suggest(one, present, false_per_1000, lowest)).together
        for one, other in ((held.where(half), held.where(~half)) for half in (first, ~first))
    ]
    return Quality(_sum(one.false for one in both), _sum(one.found for one in both))


def _sum(shares: Iterable[Share]) -> Share:
    counts = [(share.count, share.total) for share in shares]
    return Share(sum(count for count, _ in counts), sum(total for _, total in counts))


def _passed(scores: NDArray[np.float32], levels: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many levels each score passes: it passes level `i` when that is more than `i`."""
    return np.searchsorted(levels, scores, side="right").astype(np.int64)


def _above(passed: NDArray[np.int64], levels: int) -> NDArray[np.int64]:
    """Return for each level how many pass it."""
    counts = np.bincount(passed, minlength=levels + 1)
    return np.cumsum(counts[::-1])[::-1][1:].astype(np.int64)


def _recall(held: HeldOut, levels: NDArray[np.float64]) -> dict[Category, NDArray[np.float64]]:
    """Return the recall of each offence at each level; those without labelled messages are left out."""
    found: dict[Category, NDArray[np.float64]] = {}
    for category in OFFENCES:
        at = TEXT_CATEGORIES.index(category)
        labelled = held.scores[held.labels[:, at], at]
        if len(labelled):
            found[category] = _above(_passed(labelled, levels), len(levels)) / len(labelled)
    return found
