"""Many findings about one matter are one case and one notice; what is somebody else's matter stays apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.access import can_read, scope_for
from bot.cases.case import Case, Matter, Person, State
from bot.cases.joining import JOIN, WINDOW, join
from rules.vocabulary import Role, Severity
from tests.bot.worlds import GROUPS, NOW, PEOPLE, SCHOOLS, a_case, a_person, cases, staffs

WRITER, VICTIM, OTHER_VICTIM, MENTOR, COORDINATOR = PEOPLE[:5]
STAFF = [a_person(3, (Role.MENTOR, GROUPS[0])), a_person(4, (Role.COORDINATOR, None))]

EARLIER = a_case(targets=frozenset({VICTIM}))


def new(**different: object) -> Case:
    """Return a case made for a new flag, an hour later, but for what is `different`."""
    return a_case(**{"id": UUID(int=2000), "last_flag_at": NOW + timedelta(hours=1), **different})


def test_another_flag_about_the_same_writer_joins_without_a_notice() -> None:
    joined = join(new(targets=frozenset({OTHER_VICTIM})), [EARLIER], STAFF)
    assert joined.case.id == EARLIER.id
    assert joined.case.targets == {VICTIM, OTHER_VICTIM}
    assert joined.case.last_flag_at == NOW + timedelta(hours=1)
    assert joined.case.revision == EARLIER.revision + 1
    assert joined.step is not None
    assert (joined.step.case, joined.step.action, joined.step.note) == (joined.case, JOIN, None)
    assert not joined.notice_due


def test_a_matter_of_its_own_is_a_new_case_with_a_notice() -> None:
    candidate = new()
    joined = join(candidate, [], STAFF)
    assert (joined.case, joined.step, joined.notice_due) == (candidate, None, True)


def test_a_higher_severity_is_told_and_a_lower_one_changes_nothing() -> None:
    worse = join(new(severity=Severity.ACUTE), [EARLIER], STAFF)
    assert (worse.case.severity, worse.notice_due) == (Severity.ACUTE, True)
    milder = join(new(severity=Severity.NOTICE), [EARLIER], STAFF)
    assert (milder.case.severity, milder.notice_due) == (Severity.CONCERN, False)


def test_a_wider_audience_is_told() -> None:
    joined = join(new(audience=frozenset({Role.MENTOR, Role.COORDINATOR})), [EARLIER], STAFF)
    assert joined.case.audience == {Role.MENTOR, Role.COORDINATOR}
    assert joined.notice_due


def test_after_joining_the_other_side_must_be_heard_again() -> None:
    heard = replace(EARLIER, state=State.TAKEN, taken_by=MENTOR, taken_at=NOW, heard_at=NOW)
    joined = join(new(), [heard], STAFF)
    assert (joined.case.state, joined.case.taken_by, joined.case.heard_at) == (State.TAKEN, MENTOR, None)


APART: dict[str, dict[str, object]] = {
    "another school": {"school_id": SCHOOLS[1]},
    "another group": {"group_id": GROUPS[1]},
    "no group": {"group_id": None},
    "another matter": {"matter": Matter.CARE},
    "another writer": {"subjects": frozenset({OTHER_VICTIM})},
    "one more writer": {"subjects": frozenset({WRITER, OTHER_VICTIM})},
    "nobody known": {"subjects": frozenset()},
    "too late": {"last_flag_at": NOW + WINDOW + timedelta(seconds=1)},
    "too early": {"last_flag_at": NOW - WINDOW - timedelta(seconds=1)},
    "past the mentor": {"audience": frozenset({Role.COORDINATOR})},
    "aimed at the mentor who reads it": {"targets": frozenset({MENTOR})},
}


@pytest.mark.parametrize("why", APART)
def test_what_differs_is_a_new_case(why: str) -> None:
    candidate = new(**APART[why])
    assert join(candidate, [EARLIER], STAFF).case == candidate


@pytest.mark.parametrize("hours", [-24, 0, 24])
def test_what_is_a_day_away_at_most_joins(hours: int) -> None:
    assert join(new(last_flag_at=NOW + timedelta(hours=hours)), [EARLIER], STAFF).case.id == EARLIER.id


@pytest.mark.parametrize("state", list(State))
def test_a_decided_case_grows_no_more(state: State) -> None:
    joined = join(new(), [replace(EARLIER, state=state)], STAFF)
    assert (joined.step is None) == (state in (State.DECIDED, State.CLOSED))


def test_what_was_told_in_confidence_is_not_disclosed_by_joining() -> None:
    told = a_case(audience=frozenset({Role.TRUSTED_PERSON}))
    assert join(new(audience=frozenset({Role.MENTOR})), [told], STAFF).step is None
    leadership = a_case(audience=frozenset({Role.LEADERSHIP, Role.BOARD}))
    assert join(new(audience=frozenset({Role.BOARD})), [leadership], STAFF).step is None


def test_a_case_stays_apart_from_a_flag_aimed_at_its_holder_even_without_a_role_left() -> None:
    held = replace(EARLIER, state=State.TAKEN, taken_by=MENTOR)
    assert join(new(targets=frozenset({MENTOR})), [held], []).step is None


def test_of_several_cases_the_latest_grows() -> None:
    later = replace(EARLIER, id=UUID(int=1001), last_flag_at=NOW + timedelta(minutes=30))
    assert join(new(), [EARLIER, later], STAFF).case.id == later.id


@settings(max_examples=200, deadline=None)
@given(candidate=cases(), earlier=st.lists(cases(), min_size=1, max_size=4), staff=staffs())
def test_joining_takes_a_case_from_nobody_and_shows_it_to_no_one_nearer_to_the_class(
    candidate: Case, earlier: list[Case], staff: list[Person]
) -> None:
    """Cases that differ in audience and targets only, so that joining happens often."""
    close = [same_matter(case, candidate, UUID(int=n)) for n, case in enumerate(earlier)]
    joined = join(candidate, close, staff)
    if joined.step is None:
        assert joined.case == candidate
        return
    before = close[joined.case.id.int]
    assert joined.case.severity == max(before.severity, candidate.severity)
    assert joined.case.audience == before.audience | candidate.audience
    assert joined.notice_due == (joined.case.severity > before.severity or joined.case.audience != before.audience)
    for person in staff:
        scope = scope_for(person)
        assert can_read(scope, joined.case) >= can_read(scope, before)
        if can_read(scope, joined.case):
            assert not candidate.involves(person.id)


def same_matter(case: Case, candidate: Case, case_id: UUID) -> Case:
    """Return `case` as one of the same group, matter, people and moment as `candidate`."""
    return replace(
        case,
        id=case_id,
        school_id=candidate.school_id,
        group_id=candidate.group_id,
        matter=candidate.matter,
        subjects=candidate.subjects,
        last_flag_at=candidate.last_flag_at,
    )
