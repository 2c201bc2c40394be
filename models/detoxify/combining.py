"""Weighs what Detoxify says together with what the Dutch model says: one fitted rule per category.

The rule is a logistic regression over the log-odds of both. Its penalty pulls it towards 'the Dutch model alone', so
that little data changes little, and a category that did not become better in cross-validation keeps the Dutch model
alone. It is fitted for one pair of weights; another pair needs a rule of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.detoxify.exported import ExportedModel, Outputs, load
from models.detoxify.files import LABELS, DetoxifyError, Place, damaged, read_json, sha256_of, unreadable, write_json
from models.embedded import WEIGHTS_FILE
from models.port import Classifier, Sample, Scores
from rules.text import read
from rules.vocabulary import TEXT_CATEGORIES, Category, Facts, Group, GroupKind, Line, phrase

Numbers = NDArray[np.float64]

PENALTY: Final = 10.0
"""L2 penalty on the distance to 'the Dutch model alone', in units of one line's log loss."""

FOLDS: Final = 5
FEWEST: Final = 20
"""A category with fewer harmful or fewer harmless lines keeps the Dutch model alone."""

_SEEN: Final = 0.05
"""So many of the lines may stand in the corpus by accident: 'hoi' does."""

_FURTHEST: Final = 12.0
"""Log-odds beyond this say no more: probabilities within six millionths of 0 or 1."""

_STEPS: Final = 50
_MOST_WORDS: Final = 3
_WORDS_LEFT_OUT: Final = 20
"""How many words are left out one by one, at most: each costs as much as another message."""

_ALONE: Final = np.array([0.0, 1.0] + [0.0] * len(LABELS))
"""The weights that mean 'the Dutch model alone': no bias, its own log-odds once, nothing of Detoxify's."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message with the categories that people gave it; `voice` names lines that are much alike."""

    sample: Sample
    labels: frozenset[Category]
    voice: str


@dataclass(frozen=True, slots=True)
class Gain:
    """What cross-validation found for one category: the mean log loss of a rule without and with Detoxify.

    Both rules weigh the Dutch model anew, so that only what Detoxify adds makes the difference.
    """

    lines: int
    alone: float
    combined: float

    @property
    def used(self) -> bool:
        """Whether Detoxify has a say in this category."""
        return self.combined < self.alone


class CombinedModel:
    """A `Classifier` that weighs the Dutch model and Detoxify."""

    name = "combined"

    def __init__(self, dutch: Classifier, detoxify: ExportedModel, rule: Numbers) -> None:
        self._dutch = dutch
        self._detoxify = detoxify
        self._rule = rule

    def score(self, batch: Sequence[Sample]) -> Scores:
        """Return the probabilities of the samples."""
        detoxify = self._detoxify.scores([sample.reading.written for sample in batch])
        return weighed(self._rule, self._dutch.score(batch), detoxify)

    def explain(self, sample: Sample, category: Category) -> tuple[str, ...]:
        """Return up to three words that raised the score of `category`, strongest first.

        The Dutch model explains what it found by itself; otherwise words are left out to see which made the score.
        """
        column = TEXT_CATEGORIES.index(category)
        if self._dutch.score([sample])[0, column] >= self.score([sample])[0, column]:
            return self._dutch.explain(sample, category)
        reading, last = sample.reading, len(sample.reading.words)
        places = [at for at, word in enumerate(reading.words) if word[0].isalnum()][:_WORDS_LEFT_OUT]
        without = [f"{reading.as_written(0, at)} {reading.as_written(at + 1, last)}" for at in places]
        whole, *parts = self.score([sample, *(Sample(read(text), sample.facts) for text in without)])[:, column]
        gains = {at: whole - part for at, part in zip(places, parts, strict=True) if part < whole}
        best = sorted(gains, key=lambda at: -gains[at])
        return tuple(dict.fromkeys(reading.as_written(at, at + 1) for at in best))[:_MOST_WORDS]


def weighed(rule: Numbers, dutch: Scores, detoxify: Outputs) -> Scores:
    """Return the probabilities that the rule gives to the scores of both models, shape (samples, categories)."""
    columns = [_probability(_features(dutch[:, at], detoxify) @ weights) for at, weights in enumerate(rule)]
    return np.stack(columns, axis=1)


def fit(dutch: Scores, detoxify: Outputs, lines: Sequence[Labelled]) -> tuple[Numbers, dict[Category, Gain]]:
    """Return the rule (a row of weights per category) that fits the lines, and what cross-validation found for it."""
    folds = np.array([_fold(line.voice) for line in lines])
    rule, gains = np.tile(_ALONE, (len(TEXT_CATEGORIES), 1)), {}
    for at, category in enumerate(TEXT_CATEGORIES):
        wanted = np.array([category in line.labels for line in lines], dtype=np.float64)
        if min(wanted.sum(), len(wanted) - wanted.sum()) < FEWEST:
            continue
        features = _features(dutch[:, at], detoxify)
        alone, both = (_cross_validated(features[:, :count], wanted, folds) for count in (2, len(_ALONE)))
        gains[category] = Gain(int(wanted.sum()), alone, both)
        if gains[category].used:
            rule[at] = _fitted(features, wanted)
    return rule, gains


def _cross_validated(features: Numbers, wanted: Numbers, folds: NDArray[np.int64]) -> float:
    """Return the mean log loss on lines that were left out of the fit."""
    found = np.empty(len(wanted))
    for fold in range(FOLDS):
        inside = folds == fold
        found[inside] = features[inside] @ _fitted(features[~inside], wanted[~inside])
    return _loss(found, wanted)


def _fold(voice: str) -> int:
    """Return the fold of lines that are much alike: always the same one."""
    return hashlib.sha256(voice.encode("utf-8", "replace")).digest()[0] % FOLDS


def _features(dutch: Numbers, detoxify: Outputs) -> Numbers:
    """Return what the rule weighs: 1, the log-odds of the Dutch model's score, and those of Detoxify's outputs."""
    return np.column_stack([np.ones(len(dutch)), _log_odds(dutch), _log_odds(detoxify)])


def _log_odds(probabilities: Numbers) -> Numbers:
    with np.errstate(divide="ignore"):
        log_odds: Numbers = np.log(probabilities) - np.log1p(-probabilities)
    return log_odds.clip(-_FURTHEST, _FURTHEST)


def _probability(log_odds: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def _loss(log_odds: Numbers, wanted: Numbers) -> float:
    """Return the mean log loss in nats."""
    return float(np.mean(np.logaddexp(0, log_odds) - wanted * log_odds))


def _fitted(features: Numbers, wanted: Numbers) -> Numbers:
    """Return the weights with the least penalised log loss, by Newton's method; halves a step that overshoots."""
    start = _ALONE[: features.shape[1]]

    def cost(weights: Numbers) -> float:
        away = weights - start
        return len(wanted) * _loss(features @ weights, wanted) + PENALTY / 2 * float(away @ away)

    weights = start
    for _ in range(_STEPS):
        found = _probability(features @ weights)
        slope = features.T @ (found - wanted) + PENALTY * (weights - start)
        curvature = (features.T * (found * (1 - found))) @ features + PENALTY * np.eye(len(weights))
        step = np.linalg.solve(curvature, slope)
        while cost(weights - step) > cost(weights) and np.abs(step).max() > 1e-9:
            step = step / 2
        weights = weights - step
        if np.abs(step).max() < 1e-9:
            break
    return weights


def read_labelled(path: Path) -> list[Labelled]:
    """Return the messages of a file in the form of the corpus: JSON Lines with `text` and `labels`.

    Where it has them, `voice`, `group` and `context` count too. Raises `DetoxifyError` naming file and line for one
    that does not fit.
    """
    lines = []
    try:
        rows = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise unreadable(path, error) from None
    except UnicodeDecodeError:
        raise damaged(path) from None
    for number, row in enumerate(rows, 1):
        try:
            lines.append(_labelled(json.loads(row)))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise DetoxifyError(
                phrase(
                    '{path}, line {line}: no labelled message. Write {{"text": "…", "labels": ["insult"]}}.',
                    path=str(path),
                    line=str(number),
                )
            ) from None
    return lines


def _labelled(value: dict[str, Any]) -> Labelled:
    said = tuple(Line(str(author), str(author), str(text)) for author, text in value.get("context", ()))
    facts = Facts(Group("", "", GroupKind(value.get("group", GroupKind.CLASS))), context=said)
    text = str(value["text"])
    return Labelled(Sample(read(text), facts), frozenset(map(Category, value["labels"])), str(value.get("voice", text)))


def require_unseen(path: Path, lines: Sequence[Labelled], learned: Sequence[str]) -> None:
    """Raise `DetoxifyError` when the Dutch model learned from these lines: it would seem surer than it is."""
    known = set(learned)
    seen = sum(line.sample.reading.written in known for line in lines)
    if seen > _SEEN * len(lines):
        raise DetoxifyError(
            phrase(
                "The Dutch model learned from {n} of the {total} messages in {path}, and is too sure of them. "
                "Give messages that it never saw.",
                n=str(seen),
                total=str(len(lines)),
                path=str(path),
            )
        )


def save(place: Place, rule: Numbers, gains: Mapping[Category, Gain], detoxify: str, dutch: str) -> None:
    """Write the rule with the SHA-256 of the two models' weights that it was fitted for."""
    used = {category: [gain.lines, gain.alone, gain.combined] for category, gain in gains.items()}
    weights = dict(zip(TEXT_CATEGORIES, rule.tolist(), strict=True))
    write_json(place.rule, {"detoxify": detoxify, "dutch": dutch, "weights": weights, "log_loss": used})


def load_rule(place: Place, detoxify: str, dutch: str) -> Numbers:
    """Return the rule that was fitted for the two models with these SHA-256; raises `DetoxifyError` without one."""
    if not place.rule.exists():
        raise DetoxifyError(
            phrase(
                "{path} is missing: nothing says yet how to weigh Detoxify. "
                "Fit it with: klasveilig model combine --labelled FILE.",
                path=str(place.rule),
            )
        )
    value = read_json(place.rule)
    if (value.get("detoxify"), value.get("dutch")) != (detoxify, dutch):
        raise DetoxifyError(
            phrase(
                "{path} was fitted for other models than these. Fit it anew: klasveilig model combine --labelled FILE.",
                path=str(place.rule),
            )
        )
    try:
        rule = np.array([value["weights"][category] for category in TEXT_CATEGORIES], dtype=np.float64)
        if rule.shape != (len(TEXT_CATEGORIES), len(_ALONE)) or not np.isfinite(rule).all():
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise damaged(place.rule) from None
    return rule


def combined(place: Place, dutch: Classifier, *, threads: int = 0) -> CombinedModel:
    """Return the classifier that weighs the Dutch model and the Detoxify in `place`; raises `DetoxifyError`.

    `threads` is how many processors Detoxify may use, 0 for all.
    """
    detoxify = load(place.exported, threads=threads)
    return CombinedModel(dutch, detoxify, load_rule(place, detoxify.sha256, sha256_of(WEIGHTS_FILE)))
