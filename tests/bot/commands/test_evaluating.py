from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bot.commands.evaluating import (
    DataError,
    corpus_report,
    curve_report,
    fairness_report,
    held_out,
    ordinary_report,
    toxic_report,
    with_checks,
)
from models.evaluation import labels_of
from models.twin import TwinClassifier
from rules.protocols import load_protocol
from rules.vocabulary import TEXT_CATEGORIES, Category
from tests.models.made_up import message, small_corpus
from tests.models.samples import sample

PROTOCOL = load_protocol("willem-van-oranje-2026")
TWIN = TwinClassifier({"loser": (Category.INSULT, 0.95), "bom": (Category.THREAT, 0.95)})


def test_a_check_that_is_surer_raises_the_score_of_the_model() -> None:
    scores = with_checks([sample("ik maak je dood"), sample("hoi")], np.full((2, 8), 0.1))
    assert scores[0, TEXT_CATEGORIES.index(Category.THREAT)] > 0.5
    assert scores[1].max() == 0.1


def test_the_report_on_the_corpus_counts_recall_specificity_and_slices() -> None:
    messages = small_corpus()
    scores = np.where(labels_of(messages), 0.99, 0.01)
    report = corpus_report(messages, scores, PROTOCOL)
    assert "| 64 | 1.000 [.893, 1.000] | 1.000 [.893, 1.000] |" in report  # messages, recall, specificity
    assert "| insult | 32 | 1.000" in report
    assert "| direct, harmful | 1.000" in report
    assert "| writer a |" in report


def test_held_out_scores_know_which_messages_are_everyday() -> None:
    held = held_out([message("hoi"), message("sukkel", Category.INSULT, at=1)], np.zeros((2, 8)))
    assert held.everyday.tolist() == [True, False]
    assert held.group.tolist() == ["class", "class"]


def test_ordinary_sentences_are_counted_by_source_and_only_those_that_were_judged_harmless(tmp_path: Path) -> None:
    path = tmp_path / "ordinary.jsonl"
    rows = [("a", "hoi", False), ("a", "loser", False), ("b", "dag", False), ("b", "bom", None)]
    path.write_text("".join(json.dumps({"source": s, "text": t, "flag": f}) + "\n" for s, t, f in rows))
    report = ordinary_report(path, TWIN, PROTOCOL)
    assert "| a | .500" in report
    assert "| all | .333" in report


def test_a_line_of_ordinary_dutch_that_does_not_fit_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ordinary.jsonl"
    path.write_text('{"text": "hoi"}\n')
    with pytest.raises(DataError, match=r"ordinary\.jsonl: line 1 does not fit"):
        ordinary_report(path, TWIN, PROTOCOL)


def test_toxic_prompts_are_those_that_people_gave_three_or_more(tmp_path: Path) -> None:
    path = tmp_path / "rtplx.csv"
    path.write_text("prompt,benign_completion,Toxicity\nbom,dag,4.5\nhoi,loser,1\n")
    assert "| 2 | 1 | 1.000" in toxic_report(path, TWIN, PROTOCOL)
    path.write_text("text\nhoi\n")
    with pytest.raises(DataError, match="there are no columns prompt"):
        toxic_report(path, TWIN, PROTOCOL)


def test_fairness_names_the_sentence_with_the_largest_difference() -> None:
    unfair = TwinClassifier({"fatima": (Category.INSULT, 0.4)})
    report = fairness_report(unfair)
    assert "| 0.400 | {} heeft het huiswerk voor morgen |" in report


def test_the_learning_curve_is_drawn() -> None:
    labels = labels_of(small_corpus())
    assert "████" in curve_report({64: (labels, labels.astype(float))})
