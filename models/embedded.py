"""The embedded Dutch model: linear over hashed words and pieces of words, one logistic regression per category.

This is a first model. It learned from 600 lines that a language model wrote for it (`models/corpus/seed.jsonl`; no
message of a real person), sees the message alone and not the conversation, and knows words rather than meaning: it
misses most harm that is said without a harsh word, and its probabilities are not calibrated. The checks in
`rules.checks` stand beside it for that reason.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from models.features import BUCKETS, Features, features_of
from models.port import Sample, Scores
from rules.text import Reading
from rules.vocabulary import TEXT_CATEGORIES, Category

WEIGHTS_FILE: Final = Path(__file__).with_name("embedded.npz")
"""The weights, as `python -m models.train` made them; `embedded.json` beside it says which file that is."""

_MOST_WORDS: Final = 3
"""How many words explain a score, at most."""

_MOST_CHARACTERS: Final = 70_000
"""The longest message that is judged, after reading: more than any platform lets through (WhatsApp: 65,536)."""

_AT_ONCE: Final = 64
"""How many messages are computed together: enough for speed, and a bound on memory when all are very long."""


class ModelError(Exception):
    """The weights of a model cannot be used; the message says which file, why, and what to do."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}; restore it from the release, or train it anew: python -m models.train")


@dataclass(frozen=True, slots=True)
class Weights:
    """What training found: a weight per bucket and category, and a bias per category."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


class EmbeddedModel:
    """A `Classifier` with loaded weights."""

    name = "embedded"

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def score(self, batch: Sequence[Sample]) -> Scores:
        """Return the probabilities of the samples; raises `ValueError` when one is longer than any platform allows."""
        if any(len(sample.reading.folded) > _MOST_CHARACTERS for sample in batch):
            raise ValueError(f"a message has more than {_MOST_CHARACTERS} characters")
        scores = np.empty((len(batch), len(TEXT_CATEGORIES)))
        for start in range(0, len(batch), _AT_ONCE):
            readings = [sample.reading for sample in batch[start : start + _AT_ONCE]]
            scores[start : start + _AT_ONCE] = probabilities(features_of(readings), self._weights, len(readings))
        return scores

    def explain(self, sample: Sample, category: Category) -> tuple[str, ...]:
        """Return up to three words of the message that raised the score of `category` most, strongest first."""
        reading = sample.reading
        features = features_of([reading])
        amount = self._weights.weight[features.bucket, TEXT_CATEGORIES.index(category)] * features.value
        gains = _gain_of_words(reading, features, amount)
        best = sorted((at for at, gain in enumerate(gains) if gain > 0), key=lambda at: -gains[at])
        written = (reading.as_written(at, at + 1) for at in best if reading.words[at][0].isalnum())
        return tuple(dict.fromkeys(written))[:_MOST_WORDS]


def _gain_of_words(reading: Reading, features: Features, amount: NDArray[np.float64]) -> list[float]:
    """Return what each word has of the `amount` of each feature, which is spread evenly over its characters."""
    size = len(reading.text) + 3
    each = amount / features.length
    steps = np.bincount(features.start, each, size) - np.bincount(features.start + features.length, each, size)
    up_to = np.concatenate([[0.0], np.cumsum(np.cumsum(steps))])
    lengths = np.array([len(word) for word in reading.words], dtype=np.int64)
    ends = np.cumsum(lengths + 1)
    return [float(gain) for gain in up_to[ends] - up_to[ends - lengths]]


def probabilities(features: Features, weights: Weights, samples: int) -> Scores:
    """Return the probabilities that the weights give to features, shape (samples, categories)."""
    logits = np.tile(weights.bias.astype(np.float64), (samples, 1))
    products = weights.weight[features.bucket] * features.value[:, None]
    first = np.flatnonzero(np.diff(features.sample, prepend=-1))
    if len(first):
        logits[features.sample[first]] += np.add.reduceat(products, first, axis=0)
    return 1 / (1 + np.exp(-logits))


def save(weights: Weights, path: Path, about: dict[str, object]) -> None:
    """Write the weights to `path` (.npz), and their SHA-256 with `about` to the .json beside it."""
    content = io.BytesIO()
    np.savez_compressed(content, weight=weights.weight.astype(np.float16), bias=weights.bias.astype(np.float32))
    path.write_bytes(content.getvalue())
    about = {"sha256": hashlib.sha256(content.getvalue()).hexdigest(), **about}
    path.with_suffix(".json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def load(path: Path = WEIGHTS_FILE) -> EmbeddedModel:
    """Return the model with the weights at `path`; raises `ModelError` when they are missing or not what they were."""
    try:
        content = path.read_bytes()
        expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["sha256"]
    except OSError as error:
        raise ModelError(Path(error.filename), f"cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError):
        raise ModelError(path.with_suffix(".json"), "does not hold the SHA-256 of the weights") from None
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ModelError(path, f"is damaged or was changed (SHA-256 {found[:12]}…, expected {str(expected)[:12]}…)")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            weights = Weights(arrays["weight"].astype(np.float32), arrays["bias"].astype(np.float32))
    except (ValueError, KeyError, OSError, BadZipFile):
        raise ModelError(path, "is no archive of weights") from None
    if weights.weight.shape != (BUCKETS, len(TEXT_CATEGORIES)):
        raise ModelError(path, f"is of another version (shape {weights.weight.shape})")
    return EmbeddedModel(weights)
