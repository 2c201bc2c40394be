"""Lets the checks and the classifier look at messages, so that one that fails takes nothing else down with it.

`judge` runs in a worker process that `prepare` has made ready. A classifier or check that raises is named in
`Detection.failed`, and only for the messages on which it raised.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from bot.executor import CpuExecutor, NoWorker, WorkerStopped
from models import embedded
from models.detoxify import combining
from models.detoxify.files import Place
from models.port import Classifier, Sample, Scores
from rules.checks import CHECKS, Check
from rules.protocols.schema import LOWEST_THRESHOLD
from rules.text import read
from rules.vocabulary import TEXT_CATEGORIES, Category, Detection, Facts, Finding, IncomingMessage, Phrase, phrase

log = logging.getLogger(__name__)

Item = tuple[IncomingMessage, Facts]
"""A message with what is known around it."""

SECONDS_PER_BATCH: Final = 10.0
"""How long a worker may take over a batch; 256 messages take well under half a second."""

SECONDS_WITH_DETOXIFY: Final = 60.0
"""The same with Detoxify, which takes a hundred times as long per message."""


def load_classifier(detoxify: Path | None = None) -> Classifier:
    """Return the Dutch model, weighed with the Detoxify in that folder where there is one.

    Raises `models.embedded.ModelError` or `models.detoxify.files.DetoxifyError` when either cannot be used: what a
    school switched on never goes missing in silence.
    """
    dutch = embedded.load()
    if detoxify is None:
        return dutch
    return combining.combined(Place(detoxify), dutch)


_classifier = cache(load_classifier)


def prepare(detoxify: Path | None = None) -> None:
    """Load the classifier into this process; raises what `load_classifier` raises."""
    _classifier(detoxify)


def judge(items: Sequence[Item], detoxify: Path | None = None) -> list[Detection]:
    """Return what all detectors say about each message, in order; runs in a worker process."""
    return detect(items, _classifier(detoxify), CHECKS)


def detect(items: Sequence[Item], classifier: Classifier, checks: Sequence[Check]) -> list[Detection]:
    """Return what `classifier` and `checks` say about each message, in order."""
    samples = [Sample(read(message.text), facts, message.author.id) for message, facts in items]
    rows = _score(classifier, samples)
    return [
        _detection(message, sample, row, classifier, checks)
        for (message, _), sample, row in zip(items, samples, rows, strict=True)
    ]


def _score(classifier: Classifier, samples: Sequence[Sample]) -> list[Scores | None]:
    """Return a row of probabilities per sample, or None where the classifier fails: after a failure, one by one."""
    if not samples:
        return []
    try:
        scores = classifier.score(samples)
        if scores.shape != (len(samples), len(TEXT_CATEGORIES)) or not np.isfinite(scores).all():
            raise ValueError(f"scores of shape {scores.shape} are not one finite number per sample and category")
        return list(scores)
    except Exception as error:  # noqa: BLE001 # whatever a model raises, it could not judge
        if len(samples) > 1:
            return [row for sample in samples for row in _score(classifier, [sample])]
        log.error("classifier %s failed: %s", classifier.name, type(error).__name__)
        return [None]


def _detection(
    message: IncomingMessage, sample: Sample, row: Scores | None, classifier: Classifier, checks: Sequence[Check]
) -> Detection:
    findings: list[Finding] = []
    failed: list[str] = []
    for check in checks:
        try:
            findings += check(message, sample.facts, sample.reading)
        except Exception as error:  # noqa: BLE001 # the message becomes unchecked, and that is shown
            log.error("check %s failed: %s", check.__name__, type(error).__name__)
            failed.append(check.__name__)
    scores = {} if row is None else dict(zip(TEXT_CATEGORIES, row.tolist(), strict=True))
    try:
        findings += _explained(scores, sample, classifier)
    except Exception as error:  # noqa: BLE001 # as above: a score that cannot be explained is no judgement
        log.error("classifier %s could not explain: %s", classifier.name, type(error).__name__)
        row = None
    if row is None:
        failed.append(classifier.name)
    for finding in findings:
        scores[finding.category] = max(scores.get(finding.category, 0.0), finding.score)
    return Detection(tuple(findings), scores, tuple(failed))


def _explained(scores: Mapping[Category, float], sample: Sample, classifier: Classifier) -> list[Finding]:
    """Return a finding for each score that some protocol may flag, with the words that made it so."""
    return [
        Finding(classifier.name, category, score, _resembles(category), classifier.explain(sample, category))
        for category, score in scores.items()
        if score >= LOWEST_THRESHOLD
    ]


def _resembles(category: Category) -> Phrase:
    if category is Category.DISTRESS:
        return phrase("Resembles messages of people who are not doing well.")
    return phrase("Resembles messages of this kind that the model learned from.")


class WorkerDetector:
    """Judges messages in the worker process of an executor; those on which the worker stops become unchecked."""

    def __init__(self, executor: CpuExecutor, seconds: float | None = None, *, detoxify: Path | None = None) -> None:
        self._executor = executor
        self._seconds = seconds or (SECONDS_PER_BATCH if detoxify is None else SECONDS_WITH_DETOXIFY)
        self._detoxify = detoxify

    async def detect(self, items: Sequence[Item]) -> list[Detection]:
        """Return one detection per item, in order; looks for the culprit by halves when the worker stops."""
        if not items:
            return []
        try:
            return await self._executor.run(self._seconds, judge, items, self._detoxify)
        except NoWorker as error:
            log.error("nothing can be judged: %s", error)
            return [Detection(failed=("worker",))] * len(items)
        except WorkerStopped as error:
            if len(items) == 1:
                log.error("the worker stopped on a message: %s", error)
                return [Detection(failed=("worker",))]
            middle = len(items) // 2
            return await self.detect(items[:middle]) + await self.detect(items[middle:])
