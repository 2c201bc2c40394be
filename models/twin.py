"""The deterministic twin of a classifier, for tests: it answers what it was told to, and fails where it was told to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.port import Sample, Scores
from rules.vocabulary import TEXT_CATEGORIES, Category


class TwinClassifier:
    """Gives each message the scores of the known words in it, and raises when the word `fails_on` is there."""

    name = "twin"

    def __init__(self, scores: Mapping[str, tuple[Category, float]], fails_on: str | None = None) -> None:
        self._scores = scores
        self._fails_on = fails_on
        self.batches: list[int] = []
        """The sizes of the batches that it was asked to judge."""

    def score(self, batch: Sequence[Sample]) -> Scores:
        """Return 0 everywhere but where a known word says otherwise; raises `RuntimeError` on the word to fail on."""
        self.batches.append(len(batch))
        scores = np.zeros((len(batch), len(TEXT_CATEGORIES)))
        for row, sample in zip(scores, batch, strict=True):
            if self._fails_on in sample.reading.words:
                raise RuntimeError(f"the twin fails on {self._fails_on!r}")
            for word in sample.reading.words:
                if word in self._scores:
                    category, score = self._scores[word]
                    row[TEXT_CATEGORIES.index(category)] = score
        return scores

    def explain(self, sample: Sample, category: Category) -> tuple[str, ...]:
        """Return the known words of that category."""
        words = sample.reading.words
        return tuple(
            sample.reading.as_written(at, at + 1)
            for at, word in enumerate(words)
            if self._scores.get(word, (None, 0.0))[0] is category
        )
