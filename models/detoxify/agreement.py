"""How near the scores of an export are to the package's own, and which export is near enough to take its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.detoxify.exported import LARGEST_DIFFERENCE, Outputs
from models.detoxify.files import DetoxifyError
from rules.vocabulary import phrase

LEAST_CORRELATION: Final = 0.99
"""The rank correlation with the package's own scores below which int8 is not used (issue 3)."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How near the scores of an export are to the package's own: worst label, and worst score of all."""

    rank_correlation: float
    largest_difference: float

    @property
    def good(self) -> bool:
        """Whether it is near enough to be used in the package's place."""
        return self.rank_correlation >= LEAST_CORRELATION and self.largest_difference <= LARGEST_DIFFERENCE


def choose(agreements: Mapping[str, Agreement]) -> str:
    """Return the precision to use; raises `DetoxifyError` when no export agrees with the package."""
    for precision in ("int8", "fp32"):
        if agreements[precision].good:
            return precision
    found = agreements["fp32"]
    raise DetoxifyError(
        phrase(
            "The export does not say what Detoxify says: rank correlation {rank}, largest difference {difference}. "
            "It is not used.",
            rank=f"{found.rank_correlation:.4f}",
            difference=f"{found.largest_difference:.4f}",
        )
    )


def agreement(expected: Outputs, found: Outputs) -> Agreement:
    """Return how near two tables of scores are; NaN correlation, which is never good, where all scores are equal."""
    correlations = [_rank_correlation(one, other) for one, other in zip(expected.T, found.T, strict=True)]
    return Agreement(float(np.min(correlations)), float(np.abs(expected - found).max()))


def _rank_correlation(one: Outputs, other: Outputs) -> float:
    """Return Spearman's correlation of two columns; equal scores share their mean rank."""
    with np.errstate(invalid="ignore"):
        return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _ranks(values: Outputs) -> Outputs:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]
