"""Trains the embedded model; needs the extra `[train]`. The same corpus and lexicon give the same weights.

One logistic regression per category and one for 'harmful at all', all at once, with an L2 penalty, by L-BFGS (Liu and
Nocedal 1989, as in scipy) from zero: no chance is involved. Rare features count for more by their inverse document
frequency (Sparck Jones 1972). The calibration is fitted on messages of writers that were left out, after Platt (1999)
with two inputs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags

from models.corpus.reading import CorpusMessage
from models.embedded import Weights, calibrated
from models.features import BUCKETS, Vectoriser
from models.lexicon import Lexicon
from models.port import Sample, Scores
from rules.vocabulary import TEXT_CATEGORIES, Category

PENALTY: Final = 0.1
"""L2 penalty per weight, beside a loss that is summed over messages."""

ROUNDS: Final = 120
"""Rounds of descent; more hardly help on unseen writers."""

LEAST_MESSAGES: Final = 2
"""A feature that fewer messages have says nothing about others."""

FOLDS: Final = 5
"""In how many parts the writers are divided: no writer teaches a model that is measured on them."""

CURVE: Final = (16, 8, 4, 2, 1)
"""The learning curve is drawn at a sixteenth of all messages, an eighth, and so on."""

_CALIBRATION_PENALTY: Final = 1.0
_AT_ONCE: Final = 512
_HARMFUL: Final = np.array([category is not Category.DISTRESS for category in TEXT_CATEGORIES])

Matrix: TypeAlias = Any
"""A sparse matrix of scipy, which has no annotations: a row per message, a column per bucket."""
Targets = NDArray[np.float32]
Folds = NDArray[np.int64]
Logits = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training found: the buckets that count, a weight for each and every output, and a bias per output."""

    buckets: NDArray[np.int64]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    def logits(self, matrix: Matrix) -> NDArray[np.float64]:
        """Return the log-odds of the rows: categories first, then 'harmful at all'."""
        return np.asarray(matrix[:, self.buckets] @ self.weight + self.bias, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Trained:
    """The weights, and for each message of the corpus the scores of a model that never saw its writer."""

    weights: Weights
    left_out: Scores


def targets_of(messages: Sequence[CorpusMessage]) -> Targets:
    """Return what is to be learned: a column per category, and one for 'harmful at all' (distress is not harmful)."""
    labels = np.array([[category in one.labels for category in TEXT_CATEGORIES] for one in messages], dtype=bool)
    return np.column_stack([labels, labels[:, _HARMFUL].any(axis=1)]).astype(np.float32)


def matrix_of(samples: Sequence[Sample], vectoriser: Vectoriser) -> Matrix:
    """Return the features of the samples as a sparse matrix with a row per sample and a column per bucket."""
    parts = [vectoriser.features_of(samples[at : at + _AT_ONCE]) for at in range(0, len(samples), _AT_ONCE)]
    rows = np.concatenate([part.sample + at * _AT_ONCE for at, part in enumerate(parts)])
    columns = np.concatenate([part.bucket for part in parts])
    values = np.concatenate([part.value for part in parts])
    return csr_matrix((values, (rows, columns)), shape=(len(samples), BUCKETS))


def folds_of(messages: Sequence[CorpusMessage], folds: int = FOLDS) -> Folds:
    """Return the fold of each message: all of one writer in the same, and folds about equally large."""
    sizes = Counter(message.writer for message in messages)
    filled = [0] * folds
    fold_of: dict[str, int] = {}
    for writer, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        fold_of[writer] = filled.index(min(filled))
        filled[fold_of[writer]] += size
    return np.array([fold_of[message.writer] for message in messages], dtype=np.int64)


def fit(matrix: Matrix, targets: Targets, *, penalty: float = PENALTY, rounds: int = ROUNDS) -> Fitted:
    """Return the weights that explain `targets` best under the penalty."""
    count = np.bincount(matrix.indices, minlength=matrix.shape[1])
    buckets = np.flatnonzero(count >= LEAST_MESSAGES)
    rarity = 1 + np.log((matrix.shape[0] + 1) / (count[buckets] + 1))
    rarity /= np.sqrt(np.average(rarity**2, weights=count[buckets]))
    present = (matrix[:, buckets] @ diags(rarity)).astype(np.float32).tocsr()
    turned = present.T.tocsr()
    messages, outputs = targets.shape
    shape = (len(buckets) + 1, outputs)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weight = flat.reshape(shape).astype(np.float32)
        logits = present @ weight[:-1] + weight[-1]
        error = 1 / (1 + np.exp(-logits)) - targets
        slope = np.concatenate([turned @ error + penalty * weight[:-1], error.sum(axis=0, keepdims=True)])
        value = float(np.sum(np.logaddexp(0, logits) - targets * logits, dtype=np.float64))
        value += penalty / 2 * float(np.sum(weight[:-1] ** 2, dtype=np.float64))
        return value / messages, slope.ravel().astype(np.float64) / messages

    start = np.zeros(shape).ravel()
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": rounds, "maxcor": 6})
    weight = found.x.reshape(shape)
    return Fitted(buckets, (weight[:-1] * rarity[:, None]).astype(np.float32), weight[-1].astype(np.float32))


def left_out_logits(matrix: Matrix, targets: Targets, folds: Folds, *, rounds: int = ROUNDS) -> Logits:
    """Return for each message the log-odds of a model that learned from the other folds only."""
    logits = np.empty(targets.shape)
    for fold in np.unique(folds):
        inside = folds == fold
        logits[inside] = fit(matrix[~inside], targets[~inside], rounds=rounds).logits(matrix[inside])
    return logits


def calibration_of(logits: Logits, targets: Targets) -> NDArray[np.float32]:
    """Return for each category what its own log-odds and those of 'harmful at all' count for, and a bias."""
    return np.stack([_calibration(logits[:, [at, -1]], targets[:, at]) for at in range(len(TEXT_CATEGORIES))])


def _calibration(inputs: Logits, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    features = np.column_stack([inputs, np.ones(len(inputs))])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = features @ weights
        away = weights - _UNCALIBRATED
        value = np.sum(np.logaddexp(0, logits) - wanted * logits) + _CALIBRATION_PENALTY / 2 * float(away @ away)
        return float(value), features.T @ (1 / (1 + np.exp(-logits)) - wanted) + _CALIBRATION_PENALTY * away

    return np.asarray(minimize(loss, _UNCALIBRATED, jac=True, method="L-BFGS-B").x, dtype=np.float32)


_UNCALIBRATED: Final = np.array([1.0, 0.0, 0.0])


def left_out_scores(logits: Logits, targets: Targets, folds: Folds) -> Scores:
    """Return calibrated probabilities of left-out log-odds, each by a calibration that saw the other folds only."""
    scores = np.empty((len(logits), len(TEXT_CATEGORIES)))
    for fold in np.unique(folds):
        inside = folds == fold
        scores[inside] = calibrated(logits[inside], calibration_of(logits[~inside], targets[~inside]))
    return scores


def cross_validated(messages: Sequence[CorpusMessage], lexicon: Lexicon, *, rounds: int = ROUNDS) -> Scores:
    """Return for each message the scores of a model that never saw its writer, nor any of its fold."""
    matrix, targets = matrix_of([message.sample() for message in messages], Vectoriser(lexicon)), targets_of(messages)
    folds = folds_of(messages)
    return left_out_scores(left_out_logits(matrix, targets, folds, rounds=rounds), targets, folds)


def train(messages: Sequence[CorpusMessage], lexicon: Lexicon, *, rounds: int = ROUNDS) -> Trained:
    """Return the weights that the messages teach, and what models that saw only part of them said of the others."""
    matrix, targets = matrix_of([message.sample() for message in messages], Vectoriser(lexicon)), targets_of(messages)
    folds = folds_of(messages)
    logits = left_out_logits(matrix, targets, folds, rounds=rounds)
    fitted = fit(matrix, targets, rounds=rounds)
    calibration = calibration_of(logits, targets)
    weights = Weights(fitted.buckets.astype(np.uint32), fitted.weight, fitted.bias, calibration)
    return Trained(weights, left_out_scores(logits, targets, folds))


def curve(
    messages: Sequence[CorpusMessage], lexicon: Lexicon, *, rounds: int = ROUNDS
) -> dict[int, tuple[NDArray[np.intp], Scores]]:
    """Return the learning curve of the last fold: by the number of messages learned from, its places and scores."""
    matrix, targets = matrix_of([message.sample() for message in messages], Vectoriser(lexicon)), targets_of(messages)
    folds = folds_of(messages)
    inside = np.flatnonzero(folds == folds.max())
    rest = np.random.default_rng(0).permutation(np.flatnonzero(folds != folds.max()))
    found = {}
    for part in CURVE:
        learned = rest[: len(rest) // part]
        logits = fit(matrix[learned], targets[learned], rounds=rounds).logits(matrix[inside])
        found[len(learned)] = (inside, calibrated(logits, calibration_of(logits, targets[inside])))
    return found
