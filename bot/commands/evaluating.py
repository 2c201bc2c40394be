"""Measures the whole detector, model and checks together, and says it in Markdown; for the people who build and run it.

What the corpus is measured with never saw the writer that is measured: scores come from models that were trained on
the other writers only. Texts here are English: they go into `docs/measurements.md` and the model card.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from models.corpus.reading import CorpusMessage, Kind, Register
from models.evaluation import (
    SWAPS,
    Flags,
    Share,
    area,
    calibration,
    fairness,
    labels_of,
    offence,
    quality,
    recall_at,
    strongest,
    table,
)
from models.port import Classifier, Sample, Scores
from models.thresholds import HeldOut
from rules.checks import CHECKS
from rules.protocols import Protocol
from rules.text import read
from rules.vocabulary import (
    TEXT_CATEGORIES,
    Account,
    Chat,
    Facts,
    Group,
    GroupKind,
    IncomingMessage,
)

TOXIC: Final = 3.0
"""RTP-LX: from this mean human score of 'Toxicity' (1 to 5) on, a text counts as toxic (de Wynter et al. 2024)."""

_CHAT: Final = Chat("evaluation", "evaluation")
_SOME_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_GROUP: Final = Group("evaluation", "evaluation", GroupKind.CLASS)

_HARMLESS_SLICES: Final = tuple(
    kind for kind in Kind if kind not in (Kind.DIRECT, Kind.IMPLICIT, Kind.OBFUSCATED, Kind.QUESTION, Kind.ENGLISH)
)
_HARMFUL_SLICES: Final = (
    Kind.DIRECT, Kind.IMPLICIT, Kind.OBFUSCATED, Kind.CONTEXT, Kind.QUESTION, Kind.QUOTE, Kind.NEGATION, Kind.BANTER,
    Kind.ENGLISH,
)  # fmt: skip


class DataError(Exception):
    """A file to measure on cannot be used; the message says which, why, and what to do."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}; give the file that docs/measurements.md names")


def with_checks(samples: Sequence[Sample], scores: Scores) -> Scores:
    """Return the scores of the model, raised where a check is surer: what a threshold is compared with."""
    raised = scores.copy()
    for row, sample in zip(raised, samples, strict=True):
        author = Account("evaluation", sample.author_id)
        message = IncomingMessage(_CHAT, "evaluation", author, sample.reading.written, _SOME_TIME)
        for check in CHECKS:
            for finding in check(message, sample.facts, sample.reading):
                at = TEXT_CATEGORIES.index(finding.category)
                row[at] = max(row[at], finding.score)
    return raised


def held_out(messages: Sequence[CorpusMessage], scores: Scores) -> HeldOut:
    """Return the scores in the form that `model thresholds` reads."""
    return HeldOut(
        scores=scores.astype(np.float32),
        labels=labels_of(messages),
        everyday=np.array([message.kinds == (Kind.PLAIN,) for message in messages]),
        group=np.array([message.group.value for message in messages]),
    )


def flags_of(scores: Scores, groups: Sequence[GroupKind], protocol: Protocol) -> Flags:
    """Return which categories pass the protocol's thresholds, shape (messages, categories)."""
    limits = np.array([[protocol.categories[one].threshold[kind] for one in TEXT_CATEGORIES] for kind in groups])
    return np.asarray(scores >= limits)


def corpus_report(messages: Sequence[CorpusMessage], scores: Scores, protocol: Protocol) -> str:
    """Return tables about the corpus: over all, per category, calibration, and slices."""
    labels = labels_of(messages)
    flags = flags_of(scores, [message.group for message in messages], protocol)
    return "\n\n".join(
        [
            _overall(labels, flags, scores),
            _per_category(labels, flags, scores),
            _calibrated(labels, scores),
            _slices(messages, labels, flags),
        ]
    )


def _overall(labels: Flags, flags: Flags, scores: Scores) -> str:
    counted = offence(labels) | ~labels.any(axis=1)
    wanted, score = offence(labels)[counted], strongest(scores)[counted]
    found = quality(wanted, offence(flags)[counted], score)
    head = ["messages", "recall", "specificity", "precision", "F1", "AUC", "recall at .95", "recall at .99"]
    row = [
        int(counted.sum()), found.recall, found.specificity, found.precision, f"{found.f1:.3f}", found.area,
        f"{recall_at(wanted, score, 0.95):.3f}", f"{recall_at(wanted, score, 0.99):.3f}",
    ]  # fmt: skip
    note = "Any category but distress, at the thresholds of the protocol; the last two at the specificity they name."
    return f"{note}\n\n{table(head, [row])}"


def _per_category(labels: Flags, flags: Flags, scores: Scores) -> str:
    harmless = ~labels.any(axis=1)
    rows = []
    for at, category in enumerate(TEXT_CATEGORIES):
        beside = harmless | labels[:, at]
        found = quality(labels[:, at], flags[:, at], scores[:, at])
        against = quality(labels[beside, at], flags[beside, at], scores[beside, at])
        recall = recall_at(labels[beside, at], scores[beside, at], 0.98)
        rows.append(
            [
                category.value,
                int(labels[:, at].sum()),
                found.precision,
                found.recall,
                f"{found.f1:.3f}",
                against.specificity,
                against.area,
                f"{recall:.3f}",
            ]
        )
    head = ["category", "messages", "precision", "recall", "F1", "specificity", "AUC", "recall at .98"]
    note = "Per category; specificity, AUC and the last column against harmless messages only."
    return f"{note}\n\n{table(head, rows)}"


def _calibrated(labels: Flags, scores: Scores) -> str:
    columns = [calibration(labels[:, at], scores[:, at]) for at in range(len(TEXT_CATEGORIES))]
    names = [f"{low:.1f}-{high:.1f}" for low, high in ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0))]
    rows = [
        [category.value, *(f"{mean:.2f}: {right.value:.2f} ({right.whole})" for mean, right in column)]
        for category, column in zip(TEXT_CATEGORIES, columns, strict=True)
    ]
    note = "Calibration: mean score, share that was right, and how many messages, by score."
    return f"{note}\n\n{table(['category', *names], rows)}"


def _slices(messages: Sequence[CorpusMessage], labels: Flags, flags: Flags) -> str:
    harmful, harmless, flagged = offence(labels), ~labels.any(axis=1), offence(flags)
    rows: list[list[object]] = []
    for kind in _HARMFUL_SLICES:
        inside = np.array([kind in message.kinds for message in messages]) & harmful
        rows.append([f"{kind.value}, harmful", Share(int((inside & flagged).sum()), int(inside.sum())), "-"])
    for kind in _HARMLESS_SLICES:
        inside = np.array([kind in message.kinds for message in messages]) & harmless
        rows.append([f"{kind.value}, harmless", "-", Share(int((inside & ~flagged).sum()), int(inside.sum()))])
    has_context = np.array([bool(message.context) for message in messages])
    groups: list[tuple[str, Flags]] = [("with messages before", has_context), ("without", ~has_context)]
    groups += [
        (f"register {one.value}", np.array([message.register is one for message in messages])) for one in Register
    ]
    groups += [(f"group {one.value}", np.array([message.group is one for message in messages])) for one in GroupKind]
    writers = sorted({message.writer for message in messages})
    groups += [(f"writer {one}", np.array([message.writer == one for message in messages])) for one in writers]
    for name, inside in groups:
        bad, good = inside & harmful, inside & harmless
        caught = Share(int((bad & flagged).sum()), int(bad.sum()))
        rows.append([name, caught, Share(int((good & ~flagged).sum()), int(good.sum()))])
    return f"Slices.\n\n{table(['slice', 'recall', 'specificity'], rows)}"


def fairness_report(classifier: Classifier) -> str:
    """Return how much the score of one sentence differs by the name or group in it, at most."""

    def whole(samples: Sequence[Sample]) -> Scores:
        return with_checks(samples, classifier.score(samples))

    rows = [[swap.name, f"{found:.3f}", sentence] for swap in SWAPS for found, sentence in [fairness(swap, whole)]]
    return table(["what was swapped", "largest difference of a score", "in the sentence"], rows)


def ordinary_report(path: Path, classifier: Classifier, protocol: Protocol) -> str:
    """Return how many harmless sentences of ordinary Dutch are flagged; `path` has lines of `source, text, flag`."""
    rows = [row for row in _json_lines(path, ("source", "text", "flag")) if row["flag"] is False]
    flags = _flags(classifier, [str(row["text"]) for row in rows], protocol)
    found = []
    for source in [*sorted({str(row["source"]) for row in rows}), "all"]:
        inside = np.array([source in (row["source"], "all") for row in rows])
        found.append(
            [
                source,
                Share(int((offence(flags) & inside).sum()), int(inside.sum())),
                Share(int((flags.any(axis=1) & inside).sum()), int(inside.sum())),
            ]
        )
    return table(["source", "flagged", "flagged, distress too"], found)


def toxic_report(path: Path, classifier: Classifier, protocol: Protocol) -> str:
    """Return how well flags answer to human scores of RTP-LX's prompts; `path` is its CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"prompt", "benign_completion", "Toxicity"} <= rows[0].keys():
        raise DataError(path, "there are no columns prompt, benign_completion and Toxicity")
    prompts = [row["prompt"] for row in rows]
    scores = _scores(classifier, prompts)
    flags = flags_of(scores, [GroupKind.CLASS] * len(rows), protocol)
    toxic = np.array([float(row["Toxicity"]) >= TOXIC for row in rows])
    found = quality(toxic, offence(flags), strongest(scores))
    benign = _flags(classifier, [row["benign_completion"] for row in rows], protocol)
    flagged = Share(int(offence(benign).sum()), len(rows))
    head = ["prompts", "toxic", "AUC", "recall", "specificity", "benign completions flagged"]
    return table(head, [[len(rows), int(toxic.sum()), found.area, found.recall, found.specificity, flagged]])


def curve_report(curve: Mapping[int, tuple[Flags, Scores]]) -> str:
    """Return the learning curve: what the same unseen writers get after training on more and more messages."""
    rows = []
    for count, (labels, scores) in curve.items():
        counted = offence(labels) | ~labels.any(axis=1)
        wanted, score = offence(labels)[counted], strongest(scores)[counted]
        recall = recall_at(wanted, score, 0.95)
        rows.append([count, f"{area(wanted, score).value:.3f}", f"{recall:.3f}", "█" * round(40 * recall)])
    return table(["messages to learn from", "AUC", "recall at .95", ""], rows)


def _scores(classifier: Classifier, texts: Sequence[str]) -> Scores:
    samples = [Sample(read(text), Facts(_GROUP)) for text in texts]
    return with_checks(samples, classifier.score(samples))


def _flags(classifier: Classifier, texts: Sequence[str], protocol: Protocol) -> Flags:
    return flags_of(_scores(classifier, texts), [GroupKind.CLASS] * len(texts), protocol)


def _json_lines(path: Path, keys: Sequence[str]) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                yield {key: row[key] for key in keys}
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(path, f"line {number} does not fit ({error!r})") from None
