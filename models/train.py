"""Trains the embedded model: `python -m models.train`. The same corpus gives the same weights.

Logistic regression per category with an L2 penalty, by Nesterov's accelerated gradient descent over the whole
corpus with a fixed step (Nesterov 1983): no chance and no order of lines is involved.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.embedded import WEIGHTS_FILE, Weights, probabilities, save
from models.features import BUCKETS, features_of
from rules.text import read
from rules.vocabulary import TEXT_CATEGORIES, Category

CORPUS: Final = Path(__file__).parent / "corpus" / "seed.jsonl"

ROUNDS: Final = 300
PENALTY: Final = 3e-5
"""L2 penalty; between 1e-3 and 1e-5 it hardly mattered in cross-validation over voices."""

_STEP: Final = 1.0
"""The inverse of the steepest curvature: a quarter of the largest squared length of a line's features."""


@dataclass(frozen=True, slots=True)
class CorpusLine:
    """One labelled message of the corpus; without labels it is harmless. `voice` names who speaks in it."""

    text: str
    labels: frozenset[Category]
    voice: str


def read_corpus(path: Path) -> list[CorpusLine]:
    """Return the lines of a corpus; raises `ValueError` naming file and line for one that does not fit."""
    lines = []
    with path.open(encoding="utf-8") as file:
        for number, row in enumerate(file, 1):
            try:
                value = json.loads(row)
                labels = frozenset(map(Category, value["labels"]))
                lines.append(CorpusLine(value["text"], labels, value["voice"]))
            except (ValueError, KeyError, TypeError) as error:
                problem = f"does not fit the schema of models/corpus ({error!r})"
                raise ValueError(f"{path}, line {number}: {problem}; correct it") from None
    return lines


def train(lines: Sequence[CorpusLine], rounds: int = ROUNDS) -> Weights:
    """Return the weights that `rounds` of descent find for the lines."""
    features = features_of([read(line.text) for line in lines])
    wanted = np.array([[category in line.labels for category in TEXT_CATEGORIES] for line in lines], dtype=np.float64)
    shape = (BUCKETS + 1, len(TEXT_CATEGORIES))
    present = ahead = np.zeros(shape)
    for turn in range(rounds):
        weights = Weights(ahead[:-1].astype(np.float32), ahead[-1].astype(np.float32))
        error = (probabilities(features, weights, len(lines)) - wanted) / len(lines)
        slope = np.empty(shape)
        slope[:-1] = _collect(features.bucket, features.value[:, None] * error[features.sample])
        slope[:-1] += PENALTY * ahead[:-1]
        slope[-1] = error.sum(axis=0)
        earlier, present = present, ahead - _STEP * slope
        ahead = present + turn / (turn + 3) * (present - earlier)
    return Weights(present[:-1].astype(np.float32), present[-1].astype(np.float32))


def _collect(bucket: NDArray[np.int64], amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of the amounts per bucket, always added in the same order."""
    columns = [np.bincount(bucket, column, BUCKETS) for column in amounts.T]
    return np.stack(columns, axis=1)


def main() -> None:
    """Train on the corpus and write the weights that the program ships with."""
    lines = read_corpus(CORPUS)
    about = {
        "corpus": CORPUS.name,
        "corpus_sha256": hashlib.sha256(CORPUS.read_bytes()).hexdigest(),
        "lines": len(lines),
    }
    save(train(lines), WEIGHTS_FILE, about)
    sys.stdout.write(f"{WEIGHTS_FILE}: trained on {len(lines)} lines\n")


if __name__ == "__main__":
    main()
