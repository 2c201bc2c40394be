from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.deciding import decide
from rules.protocols import load_protocol
from rules.vocabulary import (
    TEXT_CATEGORIES,
    Category,
    Detection,
    Facts,
    Finding,
    Group,
    GroupKind,
    Role,
    Severity,
    Verdict,
    phrase,
)

PROTOCOL = load_protocol("willem-van-oranje-2026")


def decided(
    scores: dict[Category, float], kind: GroupKind = GroupKind.CLASS, role: Role = Role.PUPIL, *findings: Finding
) -> Verdict:
    return decide(Detection(findings, scores), Facts(Group("school", "group", kind), role), PROTOCOL)


def test_a_message_that_nothing_was_found_in_passes() -> None:
    verdict = decided(dict.fromkeys(TEXT_CATEGORIES, 0.1))
    assert verdict == Verdict((), "willem-van-oranje-2026", "2026-04-01")


def test_the_threshold_itself_is_enough_and_just_below_is_not() -> None:
    assert decided({Category.INSULT: 0.70}).flags
    assert not decided({Category.INSULT: 0.6999}).flags


def test_the_threshold_is_that_of_the_kind_of_group() -> None:
    assert not decided({Category.INSULT: 0.72}, GroupKind.PARENTS).flags
    assert decided({Category.INSULT: 0.75}, GroupKind.PARENTS).flags


def test_a_message_that_offends_several_articles_names_all_the_gravest_first() -> None:
    verdict = decided({Category.DISCRIMINATION: 0.9, Category.THREAT: 0.8})
    assert [flag.category for flag in verdict.flags] == [Category.THREAT, Category.DISCRIMINATION]
    assert verdict.severity is Severity.SERIOUS
    assert verdict.clauses == ("A.10", "Uitgangspunt 3")


@pytest.mark.parametrize(
    ("role", "clauses"),
    [
        (Role.PUPIL, ("Uitgangspunt 3", "A.10")),
        (Role.CLASS_PARENT, ("Uitgangspunt 3", "A.10")),
        (Role.UNKNOWN, ("Uitgangspunt 3", "A.10")),
        (Role.STAFF, ("Uitgangspunt 3", "A.10", "C.3")),
        (Role.MENTOR, ("Uitgangspunt 3", "A.10", "C.3")),
    ],
)
def test_only_articles_that_bind_the_writer_are_named(role: Role, clauses: tuple[str, ...]) -> None:
    assert decided({Category.INSULT: 0.9}, role=role).clauses == clauses


def test_distress_has_a_severity_but_is_no_offence() -> None:
    verdict = decided({Category.DISTRESS: 0.9})
    assert verdict.severity is Severity.SERIOUS
    assert verdict.clauses == ()


def test_a_flag_carries_the_findings_of_its_category_the_surest_first() -> None:
    findings = [
        Finding("weak", Category.INSULT, 0.4, phrase("weak")),
        Finding("other", Category.THREAT, 0.9, phrase("other")),
        Finding("sure", Category.INSULT, 0.9, phrase("sure")),
    ]
    (flag,) = decided({Category.INSULT: 0.9, Category.THREAT: 0.2}, GroupKind.CLASS, Role.PUPIL, *findings).flags
    assert [finding.detector for finding in flag.findings] == ["sure", "weak"]


@given(st.dictionaries(st.sampled_from(Category), st.floats(0, 1)), st.sampled_from(GroupKind), st.sampled_from(Role))
def test_every_flag_is_of_a_category_with_a_policy_and_every_offence_names_an_article(
    scores: dict[Category, float], kind: GroupKind, role: Role
) -> None:
    for flag in decided(scores, kind, role).flags:
        assert flag.score == scores[flag.category]
        assert flag.severity == PROTOCOL.categories[flag.category].severity
        assert bool(flag.clauses) == (flag.category is not Category.DISTRESS)
