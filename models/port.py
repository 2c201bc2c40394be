"""The port of text classifiers: what each is given, and what each must answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rules.text import Reading
from rules.vocabulary import Category, Facts

Scores = NDArray[np.float64]
"""Probabilities 0..1: a row per sample, a column per category in the order of `TEXT_CATEGORIES`."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One message as a classifier sees it: how it is read, what is known around it, and whose it is.

    `author_id` is compared with the authors of earlier messages and means nothing else; empty where not known.
    """

    reading: Reading
    facts: Facts
    author_id: str = ""


class Classifier(Protocol):
    """Judges messages by what it learned; pure and deterministic. An error means that it could not judge."""

    @property
    def name(self) -> str:
        """What findings and unchecked messages call it."""
        ...

    def score(self, batch: Sequence[Sample]) -> Scores:
        """Return the probabilities of the samples."""
        ...

    def explain(self, sample: Sample, category: Category) -> tuple[str, ...]:
        """Return the parts of the message, as written, that raised the score of `category` most; strongest first."""
        ...
