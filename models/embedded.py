"""The embedded Dutch model: linear over hashed words, pieces, lexicon classes and what was said before.

One logistic regression per category and one for 'harmful at all'; a small calibration per category weighs the two, so
that of the messages with a score of 0.8 eight in ten are right (on writers that it did not learn from). Which kinds of
model were tried beside it, and what each reached, stands in `docs/measurements.md`; what it can and cannot do in
`docs/model-card.md`. It learned from `models/corpus`, which language models wrote.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from models import lexicon as lexicons
from models.features import BUCKETS, Vectoriser
from models.lexicon import Lexicon, LexiconError
from models.port import Sample, Scores
from rules.text import Reading
from rules.vocabulary import TEXT_CATEGORIES, Category

WEIGHTS_FILE: Final = Path(__file__).with_name("embedded.npz")
"""The weights, as `klasveilig model train` made them; `embedded.json` beside it says which file that is."""

OUTPUTS: Final = len(TEXT_CATEGORIES) + 1
"""What the weights give: the log-odds of each category, and last those of 'harmful at all'."""

_MOST_WORDS: Final = 3
"""How many words explain a score, at most."""

_WORDS_LEFT_OUT: Final = 24
"""How many words are left out one by one to see what each did, at most."""

_MOST_CHARACTERS: Final = 70_000
"""The longest message that is judged, after reading: more than any platform lets through (WhatsApp: 65,536)."""

_AT_ONCE: Final = 256
"""How many messages are computed together."""

Logits = NDArray[np.float64]


class ModelError(Exception):
    """A model cannot be used; the message says which file, why, and what to do."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}; restore it from the release, or train it anew: klasveilig model train")


@dataclass(frozen=True, slots=True)
class Weights:
    """What training found.

    `weight` has a row per bucket in `buckets` (rising) and a column per output; `calibration` has a row per category:
    what its own log-odds count for, what those of 'harmful at all' count for, and a bias.
    """

    buckets: NDArray[np.uint32]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    calibration: NDArray[np.float32]


class EmbeddedModel:
    """A `Classifier` with loaded weights."""

    name = "embedded"

    def __init__(self, weights: Weights, lexicon: Lexicon) -> None:
        self._vectoriser = Vectoriser(lexicon)
        self._weights = weights
        self._row = np.full(BUCKETS, -1, dtype=np.int32)
        self._row[weights.buckets] = np.arange(len(weights.buckets))

    def score(self, batch: Sequence[Sample]) -> Scores:
        """Return the probabilities of the samples; raises `ValueError` when one is longer than any platform allows."""
        if any(len(sample.reading.folded) > _MOST_CHARACTERS for sample in batch):
            raise ValueError(f"a message has more than {_MOST_CHARACTERS} characters")
        parts = [self.logits(batch[at : at + _AT_ONCE]) for at in range(0, len(batch), _AT_ONCE)]
        logits = np.concatenate(parts) if parts else np.zeros((0, OUTPUTS))
        return calibrated(logits, self._weights.calibration)

    def logits(self, batch: Sequence[Sample]) -> Logits:
        """Return the log-odds of the samples before calibration, shape (samples, outputs)."""
        features = self._vectoriser.features_of(batch)
        row = self._row[features.bucket]
        known = row >= 0
        sample = features.sample[known]
        amount = self._weights.weight[row[known]] * features.value[known, None]
        columns = [np.bincount(sample, column, len(batch)) for column in amount.T]
        return np.asarray(np.stack(columns, axis=1) + self._weights.bias, dtype=np.float64)

    def explain(self, sample: Sample, category: Category) -> tuple[str, ...]:
        """Return up to three words without which the score of `category` would be lower, strongest first."""
        column = TEXT_CATEGORIES.index(category)
        reading = sample.reading
        places = [at for at, word in enumerate(reading.words) if not word[0].isascii() or word[0].isalnum()]
        if len(places) > _WORDS_LEFT_OUT:
            places = self._likeliest(sample, column, places)
        without = [replace(sample, reading=_without(reading, at)) for at in places]
        whole, *parts = self._log_odds([sample, *without])[:, column].tolist()
        gains = {at: whole - part for at, part in zip(places, parts, strict=True) if part < whole}
        best = sorted(gains, key=lambda at: -gains[at])
        return tuple(dict.fromkeys(reading.as_written(at, at + 1) for at in best))[:_MOST_WORDS]

    def _log_odds(self, batch: Sequence[Sample]) -> Logits:
        return _weighed(self.logits(batch), self._weights.calibration)

    def _likeliest(self, sample: Sample, column: int, places: Sequence[int]) -> list[int]:
        """Return the places whose own features raise the score most: a first choice for very long messages."""
        features = self._vectoriser.features_of([sample])
        row = self._row[features.bucket]
        known = (row >= 0) & (features.word >= 0)
        own, harm, _ = self._weights.calibration[column]
        weight = self._weights.weight[row[known]] @ _column(column, own, harm)
        gain = np.bincount(features.word[known], weight * features.value[known], len(features.kept[0]))
        at = {place: float(gain[order]) for order, place in enumerate(features.kept[0])}
        return sorted(sorted(places, key=lambda place: -at.get(place, -np.inf))[:_WORDS_LEFT_OUT])


def _column(column: int, own: float, harm: float) -> NDArray[np.float32]:
    weights = np.zeros(OUTPUTS, dtype=np.float32)
    weights[column], weights[-1] = own, harm
    return weights


def _without(reading: Reading, at: int) -> Reading:
    words, spans = reading.words, reading.spans
    return replace(reading, words=words[:at] + words[at + 1 :], spans=spans[:at] + spans[at + 1 :])


def _weighed(logits: Logits, calibration: NDArray[np.float32]) -> Logits:
    weighed: Logits = logits[:, :-1] * calibration[:, 0] + logits[:, -1:] * calibration[:, 1] + calibration[:, 2]
    return weighed


def calibrated(logits: Logits, calibration: NDArray[np.float32]) -> Scores:
    """Return probabilities of categories, shape (samples, categories), for log-odds of shape (samples, outputs)."""
    probabilities: Scores = 1 / (1 + np.exp(-_weighed(logits, calibration)))
    return probabilities


def save(weights: Weights, path: Path, about: dict[str, object]) -> None:
    """Write the weights to `path` (.npz); to the .json beside it `about`, and the SHA-256 of weights and lexicon."""
    content = io.BytesIO()
    np.savez_compressed(
        content,
        buckets=weights.buckets.astype(np.uint32),
        weight=weights.weight.astype(np.float16),
        bias=weights.bias.astype(np.float32),
        calibration=weights.calibration.astype(np.float32),
    )
    path.write_bytes(content.getvalue())
    sums = {"sha256": hashlib.sha256(content.getvalue()).hexdigest(), "lexicon_sha256": lexicons.sum_of()}
    path.with_suffix(".json").write_text(json.dumps({**sums, **about}, indent=2) + "\n", encoding="utf-8")


def load(path: Path = WEIGHTS_FILE, folder: Path = lexicons.FOLDER) -> EmbeddedModel:
    """Return the model with the weights at `path` and the lexicon in `folder`.

    Raises `ModelError` when either is missing or is not what it was when the model was trained.
    """
    try:
        content = path.read_bytes()
        about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        expected, expected_lexicon = str(about["sha256"]), str(about["lexicon_sha256"])
    except OSError as error:
        raise ModelError(Path(error.filename), f"cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError):
        raise ModelError(path.with_suffix(".json"), "does not hold the SHA-256 of weights and lexicon") from None
    _require_same(path, hashlib.sha256(content).hexdigest(), expected)
    try:
        _require_same(folder, lexicons.sum_of(folder), expected_lexicon)
        lexicon = lexicons.read_lexicon(folder)
    except OSError as error:
        raise ModelError(folder, f"cannot be read ({error.strerror})") from None
    except LexiconError as error:
        raise ModelError(folder, str(error)) from None
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            weights = Weights(
                arrays["buckets"],
                arrays["weight"].astype(np.float32),
                arrays["bias"].astype(np.float32),
                arrays["calibration"].astype(np.float32),
            )
    except (ValueError, KeyError, OSError, BadZipFile):
        raise ModelError(path, "is no archive of weights") from None
    shapes = (weights.weight.shape, weights.bias.shape, weights.calibration.shape)
    if shapes != ((len(weights.buckets), OUTPUTS), (OUTPUTS,), (len(TEXT_CATEGORIES), 3)):
        raise ModelError(path, f"is of another version (shapes {shapes})")
    return EmbeddedModel(weights, lexicon)


def _require_same(path: Path, found: str, expected: str) -> None:
    if found != expected:
        raise ModelError(path, f"is damaged or was changed (SHA-256 {found[:12]}…, expected {expected[:12]}…)")
