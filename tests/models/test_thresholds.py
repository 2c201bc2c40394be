"""Thresholds are suggested that keep false flags within a budget and find most of what is left."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.thresholds import (
    HIGHEST,
    OFFENCES,
    HeldOut,
    ScoresError,
    Share,
    expected,
    grid,
    measure,
    read_held_out,
    save_held_out,
    suggest,
)
from rules.protocols.schema import LOWEST_THRESHOLD
from rules.vocabulary import TEXT_CATEGORIES, Category, GroupKind
from tests.models.held_out import made_up

HELD = made_up()
PRESENT = dict.fromkeys(TEXT_CATEGORIES, 0.7)


def recall(held: HeldOut, thresholds: dict[Category, float]) -> float:
    """Return the mean recall of all offences."""
    quality = measure(held, thresholds).by_category
    return sum(quality[category].found.value for category in OFFENCES) / len(OFFENCES)


@given(st.integers(0, 1000), st.floats(0, 60))
@settings(max_examples=30, deadline=None)
def test_a_suggestion_keeps_the_budget_and_the_bounds_whatever_the_scores(seed: int, budget: float) -> None:
    held = made_up(seed, harmless=700, hard=50, harmful=10)
    levels = grid(LOWEST_THRESHOLD)
    suggested = suggest(held, PRESENT, budget, LOWEST_THRESHOLD)
    strictest = measure(held, dict.fromkeys(TEXT_CATEGORIES, HIGHEST)).together.false.count
    flagged = measure(held, suggested).together.false
    assert flagged.count <= max(strictest, math.floor(budget / 1000 * flagged.total + 1e-9))
    assert all(suggested[category] in levels for category in OFFENCES)
    assert suggested[Category.DISTRESS] == PRESENT[Category.DISTRESS]


@given(st.integers(0, 1000), st.floats(0.5, 30))
@settings(max_examples=15, deadline=None)
def test_a_larger_budget_never_finds_less(seed: int, budget: float) -> None:
    held = made_up(seed, harmless=700, hard=50, harmful=10)
    few, many = (suggest(held, PRESENT, allowed, LOWEST_THRESHOLD) for allowed in (budget, 3 * budget))
    assert recall(held, many) >= recall(held, few) - 0.02  # greedy: a first choice can stand in the way of a later one


def test_a_suggestion_finds_more_than_one_threshold_for_all_with_as_many_false_flags() -> None:
    suggested = suggest(HELD, PRESENT, 5, LOWEST_THRESHOLD)
    same = next(
        dict.fromkeys(TEXT_CATEGORIES, float(level))
        for level in grid(LOWEST_THRESHOLD)
        if 1000 * measure(HELD, dict.fromkeys(TEXT_CATEGORIES, float(level))).together.false.value <= 5
    )
    assert recall(HELD, suggested) >= recall(HELD, same)


def test_what_is_to_be_expected_is_measured_on_messages_that_nothing_was_chosen_by() -> None:
    honest = expected(HELD, PRESENT, 5, LOWEST_THRESHOLD)
    flattering = measure(HELD, suggest(HELD, PRESENT, 5, LOWEST_THRESHOLD)).together
    assert (honest.false.total, honest.found.total) == (flattering.false.total, flattering.found.total)
    assert flattering.false.value <= 0.005 < honest.false.value


def test_only_harmless_everyday_messages_count_as_false_flags() -> None:
    few = measure(HELD, PRESENT).together.false
    all_hard = replace(HELD, everyday=np.ones_like(HELD.everyday))
    assert few.total == 3000
    assert measure(all_hard, PRESENT).together.false.value > 3 * few.value


def test_a_message_that_two_categories_flag_in_vain_is_one_false_flag() -> None:
    scores = np.zeros((1000, 8), dtype=np.float32)
    scores[0, :2] = 0.9
    held = HeldOut(scores, np.zeros((1000, 8), bool), np.ones(1000, bool), np.full(1000, "class"))
    measured = measure(held, PRESENT)
    assert measured.by_category[Category.INSULT].false.count == 1
    assert measured.together.false == Share(1, 1000)


def test_distress_is_in_no_sum() -> None:
    scores = np.zeros((1000, 8), dtype=np.float32)
    scores[:, TEXT_CATEGORIES.index(Category.DISTRESS)] = 0.9
    held = HeldOut(scores, np.zeros((1000, 8), bool), np.ones(1000, bool), np.full(1000, "class"))
    measured = measure(held, PRESENT)
    assert (measured.together.false.count, measured.by_category[Category.DISTRESS].false.count) == (0, 1000)


def test_a_category_of_which_nothing_is_known_keeps_its_threshold_and_its_share_of_the_budget() -> None:
    labels = HELD.labels.copy()
    labels[:, 0] = False
    held = HeldOut(
        HELD.scores[HELD.labels[:, 0] == 0], *(x[HELD.labels[:, 0] == 0] for x in (labels, HELD.everyday, HELD.group))
    )
    suggested = suggest(held, {**PRESENT, Category.INSULT: 0.43}, 8, LOWEST_THRESHOLD)
    assert suggested[Category.INSULT] == 0.43
    assert 1000 * measure(held, suggested).together.false.value <= 8


def test_kinds_of_groups_are_looked_at_apart() -> None:
    assert len(HELD.of(GroupKind.CLASS).scores) + len(HELD.of(GroupKind.PARENTS).scores) == len(HELD.scores)
    assert HELD.of(GroupKind.CLASS).is_enough
    assert not HELD.of(GroupKind.STAFF_CLASS).is_enough


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [
        (Share(0, 100), 0.0, 0.0370),  # Wilson's interval as tables print it
        (Share(5, 100), 0.0215, 0.1118),
        (Share(50, 100), 0.4038, 0.5962),
        (Share(100, 100), 0.9630, 1.0),
    ],
)
def test_the_interval_of_a_share_is_wilsons(share: Share, low: float, high: float) -> None:
    assert share.interval == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_an_interval_holds_its_share(count: int, more: int) -> None:
    share = Share(count, count + more)
    low, high = share.interval
    assert 0 <= low <= high <= 1
    assert share.total == 0 or low <= share.value + 1e-12
    assert share.total == 0 or share.value <= high + 1e-12


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    save_held_out(HELD, tmp_path / "held.npz")
    again = read_held_out(tmp_path / "held.npz")
    for name in ("scores", "labels", "everyday", "group"):
        assert np.array_equal(getattr(again, name), getattr(HELD, name))


GOOD: dict[str, Any] = {
    "scores": np.zeros((2, 8), np.float32),
    "labels": np.zeros((2, 8), bool),
    "everyday": np.ones(2, bool),
    "group": np.array(["class", "parents"]),
}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"labels": None}, "lacks an array (labels)"),
        ({"scores": np.zeros((2, 7), np.float32)}, "'scores' should be 2 x 8 of floating, and is (2, 7) float32"),
        ({"labels": np.zeros((3, 8), bool)}, "'labels' should be 2 x 8 of bool, and is (3, 8) bool"),
        ({"everyday": np.ones(2)}, "'everyday' should be 2 of bool, and is (2,) float64"),
        ({"scores": np.full((2, 8), 1.5)}, "'scores' should be probabilities from 0 to 1, one row at least"),
        ({"scores": np.full((2, 8), np.nan)}, "'scores' should be probabilities from 0 to 1, one row at least"),
        ({"group": np.array(["class", "klas"])}, "'group' holds 'klas', which is no kind of group"),
    ],
)
def test_scores_in_another_form_are_refused_with_file_problem_and_remedy(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    path = tmp_path / "held.npz"
    np.savez(path, **{name: array for name, array in (GOOD | changes).items() if array is not None})
    with pytest.raises(ScoresError) as refused:
        read_held_out(path)
    assert str(refused.value) == f"{path}: {problem}; write it anew: klasveilig model train"


def test_no_file_and_another_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScoresError, match="there are no held-out scores"):
        read_held_out(tmp_path / "held.npz")
    (tmp_path / "held.npz").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(ScoresError, match="is no archive of held-out scores"):
        read_held_out(tmp_path / "held.npz")
    (tmp_path / "held.npz").write_bytes(b"")
    with pytest.raises(ScoresError, match="is no archive of held-out scores"):
        read_held_out(tmp_path / "held.npz")
