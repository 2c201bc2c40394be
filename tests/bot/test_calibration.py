"""Decisions become proposals for a school's own thresholds, and those a file that is applied on top of the protocol."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from bot.calibration import (
    PERIOD,
    CheckedMessages,
    Proposal,
    ScoredFlag,
    proposals,
    to_toml,
    with_changes,
)
from models.recalibration import ENOUGH
from rules.deciding import decide
from rules.protocols import OwnThresholds, load_own_thresholds, load_protocol
from rules.tomlfile import TomlError
from rules.vocabulary import Category, Detection, Facts, Group, GroupKind
from tests.models.held_out import made_up

PROTOCOL = load_protocol("willem-van-oranje-2026")
HELD = made_up()
TODAY = date(2027, 2, 1)
MESSAGES = [CheckedMessages(GroupKind.CLASS, TODAY - timedelta(days=3), 10_000)]


def flags(count: int, founded: bool | None, score: float = 0.73, start: int = 0) -> list[ScoredFlag]:
    """Return so many flags for insults in class chats, each in a case of its own."""
    return [
        ScoredFlag(UUID(int=start + n), GroupKind.CLASS, Category.INSULT, score, TODAY - timedelta(days=2), founded)
        for n in range(count)
    ]


MANY_WRONG = flags(60, founded=False) + flags(20, founded=True, score=0.9, start=100)


def proposed(*found: ScoredFlag, own: OwnThresholds | None = None) -> list[Proposal]:
    """Return what is proposed; where too little is known, nothing."""
    made = proposals(PROTOCOL, own or OwnThresholds(), HELD, found, MESSAGES, TODAY)
    return [one for one in made if isinstance(one, Proposal)]


def test_many_unfounded_flags_raise_the_threshold_and_say_what_would_have_been_lost() -> None:
    (one,) = proposed(*MANY_WRONG, *flags(5, founded=None, start=200))
    assert (one.kind, one.category, one.present, one.changes) == (GroupKind.CLASS, Category.INSULT, 0.7, True)
    assert one.new > 0.73
    assert (one.founded, one.unfounded, one.lost, one.lost_founded) == (20, 60, 65, 0)
    assert one.false_then < one.false_now
    assert one.since == TODAY - PERIOD


def test_too_few_decisions_are_named_and_change_nothing() -> None:
    made = proposals(PROTOCOL, OwnThresholds(), HELD, flags(ENOUGH - 1, founded=False), MESSAGES, TODAY)
    assert made == [(GroupKind.CLASS, Category.INSULT)]


def test_where_no_held_out_messages_are_of_the_kind_nothing_is_proposed() -> None:
    mine = [replace(flag, kind=GroupKind.STAFF_CLASS) for flag in MANY_WRONG]
    assert proposals(PROTOCOL, OwnThresholds(), HELD, mine, MESSAGES, TODAY) == [
        (GroupKind.STAFF_CLASS, Category.INSULT)
    ]


def test_distress_is_never_recalibrated() -> None:
    assert not proposed(*(replace(flag, category=Category.DISTRESS) for flag in MANY_WRONG))


def test_flags_from_before_the_threshold_was_set_do_not_count() -> None:
    own = OwnThresholds.model_validate({"class": {"insult": {"threshold": 0.7, "since": TODAY}}})
    assert proposed(*MANY_WRONG, own=own) == []


def test_a_threshold_that_was_raised_enough_stays() -> None:
    (one,) = proposed(*MANY_WRONG)
    changed = with_changes(OwnThresholds(), [one], TODAY - timedelta(days=10))
    after = [flag for flag in MANY_WRONG if flag.score >= one.new] + flags(7, founded=False, score=0.95, start=500)
    (again,) = proposed(*after, own=changed)
    assert (again.present, again.changes) == (one.new, False)


def test_changes_go_beside_what_was_set_before_and_count_from_tomorrow(tmp_path: Path) -> None:
    before = OwnThresholds.model_validate({"parents": {"threat": {"threshold": 0.8, "since": date(2026, 12, 1)}}})
    (one,) = proposed(*MANY_WRONG)
    after = with_changes(before, [one], TODAY)
    path = tmp_path / "thresholds.toml"
    path.write_text(to_toml(after), encoding="utf-8")
    assert load_own_thresholds(path) == after
    assert [(kind, category, own.threshold, own.since) for kind, category, own in after.items()] == [
        (GroupKind.CLASS, Category.INSULT, one.new, date(2027, 2, 2)),
        (GroupKind.PARENTS, Category.THREAT, 0.8, date(2026, 12, 1)),
    ]


def test_a_schools_own_threshold_decides_in_place_of_the_protocols() -> None:
    own = OwnThresholds.model_validate({"class": {"insult": {"threshold": 0.5, "since": TODAY}}})
    detection = Detection(scores={Category.INSULT: 0.6})
    here, parents = (Facts(Group("s", "g", kind)) for kind in (GroupKind.CLASS, GroupKind.PARENTS))
    assert decide(detection, here, PROTOCOL).flags == ()
    assert [flag.category for flag in decide(detection, here, PROTOCOL.with_own(own)).flags] == [Category.INSULT]
    assert decide(detection, parents, PROTOCOL.with_own(own)).flags == ()
    assert PROTOCOL.with_own(OwnThresholds()) == PROTOCOL


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[class.insult]\nthreshold = 0.1\nsince = 2027-02-01\n",
            "thresholds.toml, line 2: the value of 'threshold' does not fit; it should be greater than or equal to 0.2",
        ),
        (
            "[class.insults]\nthreshold = 0.5\nsince = 2027-02-01\n",
            "thresholds.toml, line 1: 'insults' is not known here; did you mean 'insult'?",
        ),
        ("[clas.insult]\n", "thresholds.toml, line 1: 'clas' is not known here; did you mean 'class'?"),
        ("[class.insult]\nthreshold = 0.5\n", "thresholds.toml, line 1: 'since' is missing; add it"),
    ],
)
def test_thresholds_that_do_not_fit_are_refused_with_line_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "thresholds.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TomlError) as refused:
        load_own_thresholds(path)
    assert said in str(refused.value).replace(f"{tmp_path}/", "").splitlines()
