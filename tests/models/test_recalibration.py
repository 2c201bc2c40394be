"""Decisions of people move a threshold towards the number of false flags that was meant, but few of them do not."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.recalibration import ENOUGH, NEAR, STEP, Curve, Experience, Scores, false_per_1000, proposed
from models.thresholds import HIGHEST, grid
from rules.vocabulary import Category
from tests.models.held_out import made_up

LOWEST = 0.2
CURVE = Curve.of(made_up(), Category.INSULT)
scores = st.lists(st.integers(70, 99), max_size=60).map(lambda hundredths: np.array(hundredths, dtype=float) / 100)


def experience(
    founded: list[float],
    unfounded: list[float],
    *,
    undecided: int = 0,
    messages: int = 10_000,
    cases: int | None = None,
) -> Experience:
    decided = np.array([*founded, *unfounded])
    return Experience(
        np.array(founded),
        np.array(unfounded),
        np.concatenate([decided, np.full(undecided, 0.8)]),
        len(decided) if cases is None else cases,
        messages,
    )


experiences = st.builds(
    lambda founded, unfounded, more, cases, messages: Experience(
        founded, unfounded, np.concatenate([founded, unfounded, more]), cases, messages
    ),
    scores.filter(len),
    scores,
    scores,
    st.integers(ENOUGH, 200),
    st.integers(1, 100_000),
)


def like_the_curve(messages: int, threshold: float) -> Experience:
    """Return what a school knows whose false flags are exactly those of the held-out messages."""
    levels = grid(threshold)
    counts = [round(CURVE.at(level) * messages / 1000) for level in levels]
    unfounded = [
        level for level, here, above in zip(levels, counts, [*counts[1:], 0], strict=True) for _ in range(here - above)
    ]
    return experience([], unfounded, messages=messages)


def test_where_the_school_is_like_the_corpus_the_threshold_stays() -> None:
    for meant in (0.4, 0.5, 0.6):
        assert proposed(like_the_curve(1_000_000, meant), CURVE, meant, meant, LOWEST) == meant


def test_where_too_many_flags_are_unfounded_the_threshold_goes_up_past_them() -> None:
    many = experience([0.9] * 20, [0.72] * 60, messages=10_000)
    new = proposed(many, CURVE, 0.7, 0.7, LOWEST)
    assert new is not None
    assert 0.73 <= new <= 0.7 + STEP


def test_where_hardly_any_flag_is_unfounded_the_threshold_goes_down_one_step_at_most() -> None:
    new = proposed(experience([0.8] * 100, [], messages=50_000), CURVE, 0.7, 0.6, LOWEST)
    assert new is not None
    assert 0.7 - STEP - 1e-9 <= new < 0.7


def test_undecided_flags_count_as_if_they_were_like_the_decided_ones() -> None:
    alone = experience([0.8] * 10, [0.8] * 10)
    waiting = experience([0.8] * 10, [0.8] * 10, undecided=20)
    assert false_per_1000(waiting, CURVE, 0.7, 0.7) > false_per_1000(alone, CURVE, 0.7, 0.7)


def test_few_decisions_say_nothing_and_many_flags_of_one_case_are_few_decisions() -> None:
    assert proposed(experience([0.8] * (ENOUGH - 1), []), CURVE, 0.7, 0.7, LOWEST) is None
    assert proposed(experience([], [0.8] * 90, cases=ENOUGH - 1), CURVE, 0.7, 0.7, LOWEST) is None
    assert proposed(experience([0.8] * ENOUGH, [], messages=0), CURVE, 0.7, 0.7, LOWEST) is None


def test_the_more_was_decided_the_less_the_corpus_weighs() -> None:
    few, many = experience([0.8] * 10, [0.8] * 10), experience([0.8] * 100, [0.8] * 100, messages=100_000)
    own, corpus = 1.0, CURVE.at(0.7)
    assert abs(false_per_1000(few, CURVE, 0.7, 0.7) - (own + corpus) / 2) < 1e-9
    assert abs(false_per_1000(many, CURVE, 0.7, 0.7) - (10 * own + corpus) / 11) < 1e-9


@given(experiences)
@settings(deadline=None)
def test_a_higher_threshold_never_gives_more_false_flags(experience: Experience) -> None:
    numbers = [false_per_1000(experience, CURVE, 0.7, level) for level in grid(LOWEST)]
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(numbers))
    assert min(numbers) >= 0


@given(experiences, st.integers(30, 90))
@settings(deadline=None)
def test_a_proposal_keeps_the_bounds_and_aims_at_what_was_meant(experience: Experience, meant: int) -> None:
    new = proposed(experience, CURVE, 0.7, meant / 100, LOWEST)
    assert new is not None
    assert max(LOWEST, 0.7 - STEP) - 1e-9 <= new <= min(HIGHEST, 0.7 + STEP) + 1e-9
    aim = CURVE.at(meant / 100)
    if new < min(HIGHEST, 0.7 + STEP) - 1e-9:
        assert false_per_1000(experience, CURVE, 0.7, new) <= (1 + NEAR) * aim + 1e-9


@given(experiences, scores)
@settings(deadline=None)
def test_more_unfounded_flags_never_lower_the_threshold(known: Experience, more: Scores) -> None:
    worse = Experience(
        known.founded,
        np.concatenate([known.unfounded, more]),
        np.concatenate([known.all, more]),
        known.decided_cases,
        known.messages,
    )
    before, after = (proposed(one, CURVE, 0.7, 0.7, LOWEST) for one in (known, worse))
    assert before is not None
    assert after is not None
    assert after >= before
