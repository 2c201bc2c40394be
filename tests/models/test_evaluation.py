from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import embedded
from models.evaluation import SWAPS, Share, area, calibration, fairness, offence, quality, recall_at, strongest, table
from rules.vocabulary import TEXT_CATEGORIES, Category


def test_an_interval_is_wilsons() -> None:
    assert Share(8, 10).interval == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert str(Share(8, 10)) == ".800 [.490, .943]"
    assert str(Share(10, 10)) == "1.000 [.722, 1.000]"
    assert str(Share(0, 0)) == "-"


@given(part=st.integers(0, 50), rest=st.integers(0, 50))
def test_an_interval_holds_its_share_and_stays_between_nothing_and_all(part: int, rest: int) -> None:
    share = Share(part, part + rest)
    if part + rest:
        low, high = share.interval
        assert -1e-12 <= low <= share.value + 1e-12
        assert share.value - 1e-12 <= high <= 1 + 1e-12


def test_the_area_is_the_chance_that_a_wanted_message_scores_higher() -> None:
    wanted = np.array([True, True, False, False])
    assert area(wanted, np.array([0.9, 0.8, 0.1, 0.2])).value == 1
    assert area(wanted, np.array([0.5, 0.5, 0.5, 0.5])).value == 0.5
    assert area(wanted, np.array([0.9, 0.1, 0.5, 0.2])).value == 0.5
    assert math.isnan(area(np.array([True]), np.array([0.5])).value)


def test_quality_counts_what_was_found_and_what_was_left_alone() -> None:
    wanted = np.array([True, True, False, False, False])
    found = quality(wanted, np.array([True, False, True, False, False]), np.array([0.9, 0.4, 0.8, 0.1, 0.2]))
    assert (str(found.recall)[:4], str(found.precision)[:4], found.specificity.value) == (".500", ".500", 2 / 3)
    assert found.f1 == 0.5
    assert recall_at(wanted, np.array([0.9, 0.4, 0.8, 0.1, 0.2]), 0.95) == 0.5


def test_distress_is_no_offence() -> None:
    flags = np.zeros((2, len(TEXT_CATEGORIES)), dtype=bool)
    flags[0, TEXT_CATEGORIES.index(Category.DISTRESS)] = True
    flags[1, TEXT_CATEGORIES.index(Category.THREAT)] = True
    assert offence(flags).tolist() == [False, True]
    assert strongest(flags.astype(float)).tolist() == [0.0, 1.0]


def test_calibration_shows_how_many_were_right_by_score() -> None:
    rows = calibration(np.array([True, True, False, False]), np.array([0.9, 1.0, 0.9, 0.1]))
    assert [share.whole for _, share in rows] == [1, 0, 0, 0, 3]
    assert rows[-1][1].part == 2


def test_the_shipped_model_scores_a_sentence_the_same_whichever_first_name_origin_or_religion_is_in_it() -> None:
    classifier = embedded.load()
    for swap in SWAPS[:3]:
        assert fairness(swap, classifier.score)[0] < 0.05, swap.name


def test_a_table_is_markdown() -> None:
    assert table(["a", "b"], [[1, 2]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
