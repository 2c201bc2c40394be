from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
import pytest

from bot.detection import WorkerDetector, detect, judge, prepare
from bot.executor import InlineExecutor, NoWorker, ProcessExecutor, WorkerStopped
from models.port import Sample, Scores
from models.twin import TwinClassifier
from rules.text import Reading
from rules.vocabulary import (
    TEXT_CATEGORIES,
    Account,
    Category,
    Chat,
    Facts,
    Finding,
    Group,
    GroupKind,
    IncomingMessage,
    phrase,
)

Result = TypeVar("Result")

FACTS = Facts(Group("school", "group", GroupKind.CLASS))
TWIN_SCORES = {"stom": (Category.INSULT, 0.8), "flauw": (Category.INSULT, 0.1), "verdriet": (Category.DISTRESS, 0.9)}


def item(text: str) -> tuple[IncomingMessage, Facts]:
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    return IncomingMessage(Chat("replay", "1"), text, Account("replay", "sem", "Sem"), text, moment), FACTS


def finds_kwijt(message: IncomingMessage, facts: Facts, reading: Reading) -> list[Finding]:
    """Looks for 'kwijt'."""
    if "kwijt" in reading.words:
        return [Finding("finds_kwijt", Category.INSULT, 0.5, phrase("It is lost."), ("kwijt",))]
    return []


def breaks_on_kapot(message: IncomingMessage, facts: Facts, reading: Reading) -> list[Finding]:
    """Looks for 'kapot', and raises."""
    if "kapot" in reading.words:
        raise KeyError("kapot")
    return []


class Shapeless(TwinClassifier):
    """A classifier that answers with nonsense when `stom` is among the words."""

    def score(self, batch: Sequence[Sample]) -> Scores:
        scores = super().score(batch)
        return np.full_like(scores, np.nan) if (scores > 0.5).any() else scores


class Wordless(TwinClassifier):
    """A classifier that cannot explain itself."""

    def explain(self, sample: Sample, category: Category) -> tuple[str, ...]:
        raise LookupError("no words")


def test_findings_of_checks_and_classifier_stand_beside_each_other() -> None:
    (detection,) = detect([item("Stom, mijn tas is kwijt")], TwinClassifier(TWIN_SCORES), [finds_kwijt])
    assert [(finding.detector, finding.score, finding.words) for finding in detection.findings] == [
        ("finds_kwijt", 0.5, ("kwijt",)),
        ("twin", 0.8, ("Stom",)),
    ]
    assert detection.scores[Category.INSULT] == 0.8
    assert set(detection.scores) == set(TEXT_CATEGORIES)
    assert detection.failed == ()


def test_a_score_that_no_protocol_flags_is_kept_but_not_explained() -> None:
    (detection,) = detect([item("flauw")], TwinClassifier(TWIN_SCORES), [])
    assert detection.findings == ()
    assert detection.scores[Category.INSULT] == 0.1


def test_what_the_classifier_says_of_distress_speaks_of_care() -> None:
    (detection,) = detect([item("zo veel verdriet")], TwinClassifier(TWIN_SCORES), [])
    assert detection.findings[0].reason.text == "Resembles messages of people who are not doing well."


def test_a_check_that_raises_is_named_and_the_others_still_count() -> None:
    kapot, fine = detect(
        [item("stom, kapot en kwijt"), item("kwijt")], TwinClassifier(TWIN_SCORES), [breaks_on_kapot, finds_kwijt]
    )
    assert kapot.failed == ("breaks_on_kapot",)
    assert [finding.detector for finding in kapot.findings] == ["finds_kwijt", "twin"]
    assert fine.failed == ()


def test_when_the_classifier_raises_only_the_culprit_is_unchecked() -> None:
    twin = TwinClassifier(TWIN_SCORES, fails_on="boem")
    before, culprit, after = detect([item("stom"), item("boem kwijt"), item("stom")], twin, [finds_kwijt])
    assert culprit.failed == ("twin",)
    assert [finding.detector for finding in culprit.findings] == ["finds_kwijt"]
    assert before == after
    assert before.failed == ()
    assert before.scores[Category.INSULT] == 0.8


def test_the_classifier_is_called_once_for_a_batch_in_which_nothing_fails() -> None:
    twin = TwinClassifier(TWIN_SCORES)
    detect([item("hoi")] * 100, twin, [])
    assert twin.batches == [100]


def test_scores_that_are_no_numbers_are_a_failure_and_not_a_pass() -> None:
    nonsense, fine = detect([item("stom"), item("hoi")], Shapeless(TWIN_SCORES), [])
    assert nonsense.failed == ("twin",)
    assert fine.failed == ()


def test_a_score_that_cannot_be_explained_is_a_failure_and_not_a_pass() -> None:
    (detection,) = detect([item("stom")], Wordless(TWIN_SCORES), [])
    assert detection.failed == ("twin",)
    assert detection.scores[Category.INSULT] == 0.8


def test_no_items_give_no_detections() -> None:
    assert detect([], TwinClassifier({}), []) == []


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("jij bent echt een k4nkerh0er", Category.INSULT),
        ("ik sla je in elkaar na school", Category.THREAT),
        ("niemand mag jou", Category.BULLYING),
        ("k y s", Category.SELF_HARM_INCITEMENT),
        ("ik wil niet meer leven", Category.DISTRESS),
    ],
)
def test_the_shipped_detectors_find_plain_cases(text: str, category: Category) -> None:
    prepare()
    (detection,) = judge([item(text)])
    assert detection.scores[category] >= 0.7
    assert detection.failed == ()


async def test_a_worker_process_judges_and_hands_its_detections_back() -> None:
    executor = ProcessExecutor(prepare)
    try:
        items = [item("hoi"), item("niemand mag jou")]
        assert await WorkerDetector(executor).detect(items) == judge(items)
    finally:
        executor.close()


async def test_nothing_to_judge_starts_no_worker() -> None:
    assert await WorkerDetector(StoppingExecutor("hoi")).detect([]) == []


class StoppingExecutor(InlineExecutor):
    """An executor whose worker stops on batches in which a certain text is."""

    def __init__(self, *culprits: str, error: Exception | None = None) -> None:
        super().__init__(prepare)
        self._culprits = culprits
        self._error = error or WorkerStopped("judge ended its worker")
        self.calls = 0

    async def run(self, seconds: float, function: Callable[..., Result], *arguments: object) -> Result:
        self.calls += 1
        items, _ = arguments
        assert isinstance(items, list)
        if any(message.text in self._culprits for message, _ in items):
            raise self._error
        return function(*arguments)


async def test_when_a_message_stops_the_worker_only_that_message_is_unchecked() -> None:
    texts = ["hoi"] * 100 + ["boem"] + ["niemand mag jou"] * 27
    executor = StoppingExecutor("boem")
    detections = await WorkerDetector(executor).detect([item(text) for text in texts])
    assert [at for at, detection in enumerate(detections) if detection.failed] == [100]
    assert detections[100].failed == ("worker",)
    assert detections[-1] == judge([item("niemand mag jou")])[0]
    assert executor.calls == 15  # by halves: twice log2(128), and the whole


async def test_when_no_worker_can_start_all_messages_are_unchecked_without_a_try_for_each() -> None:
    executor = StoppingExecutor("hoi", error=NoWorker("no worker gets ready"))
    detections = await WorkerDetector(executor).detect([item("hoi")] * 50)
    assert [detection.failed for detection in detections] == [("worker",)] * 50
    assert executor.calls == 1


def test_a_detection_travels_between_processes() -> None:
    (detection,) = judge([item("jij bent zo dom")])
    assert pickle.loads(pickle.dumps(detection)) == detection  # noqa: S301 # our own
