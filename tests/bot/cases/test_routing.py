"""Every case reaches somebody who may handle it, or the outside route is said aloud."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.access import Permission, can_read, may, scope_for
from bot.cases.case import Person
from bot.cases.routing import LADDER, OUTSIDE, OUTSIDE_NOW, RUNG, Route, most_local, route
from rules.vocabulary import Category, Role, Severity
from tests.bot.worlds import GROUPS, PEOPLE, SCHOOLS, a_case, a_person, group_ids, handling_roles, some_people, staffs

PUPIL = PEOPLE[0]
MENTOR = a_person(1, (Role.MENTOR, GROUPS[0]))
OTHER_MENTOR = a_person(2, (Role.MENTOR, GROUPS[1]))
COORDINATOR = a_person(3, (Role.COORDINATOR, None))
TRUSTED = a_person(4, (Role.TRUSTED_PERSON, None))
LEADER = a_person(5, (Role.LEADERSHIP, None))
DEPUTY = a_person(6, (Role.LEADERSHIP, None))
BOARD = a_person(7, (Role.BOARD, None))
SUPERVISOR = Person(UUID(int=200), SCHOOLS[0], "supervisor", frozenset({(Role.SUPERVISORY_BOARD, None)}))
EVERYBODY = (MENTOR, OTHER_MENTOR, COORDINATOR, TRUSTED, LEADER, DEPUTY, BOARD, SUPERVISOR)


def way(
    *,
    about: Person | UUID | None = PUPIL,
    aimed_at: Person | None = None,
    wanted: set[Role] | None = None,
    category: Category = Category.INSULT,
    people: tuple[Person, ...] = EVERYBODY,
    severity: Severity = Severity.CONCERN,
    subject_roles: frozenset[Role] = frozenset(),
) -> Route:
    """Route a case of the first group, brought to the mentor unless said otherwise."""
    subject = about.id if isinstance(about, Person) else about
    return route(
        school_id=SCHOOLS[0],
        categories={category},
        severity=severity,
        group_id=GROUPS[0],
        subjects={subject} if subject else set(),
        targets={aimed_at.id} if aimed_at else set(),
        people=people,
        wanted={Role.MENTOR} if wanted is None else wanted,
        subject_roles=subject_roles,
    )


def without(*absent: Person) -> tuple[Person, ...]:
    return tuple(person for person in EVERYBODY if person not in absent)


def test_a_case_about_a_pupil_goes_to_the_mentor_of_that_class() -> None:
    assert way() == Route(frozenset({Role.MENTOR}), (MENTOR,), None)


def test_everybody_wanted_is_told() -> None:
    assert way(wanted={Role.MENTOR, Role.COORDINATOR, Role.LEADERSHIP}).handlers == (
        MENTOR,
        COORDINATOR,
        LEADER,
        DEPUTY,
    )


def test_where_nobody_has_the_role_the_case_goes_up_the_ladder() -> None:
    absent: list[Person] = []
    for person in (MENTOR, COORDINATOR, TRUSTED, LEADER, DEPUTY, BOARD, SUPERVISOR):
        assert person in way(people=without(*absent)).handlers
        absent.append(person)
    assert way(people=without(*absent)) == Route(frozenset({Role.MENTOR}), (), OUTSIDE)


def test_where_nobody_is_further_up_it_comes_down_again() -> None:
    assert way(wanted={Role.LEADERSHIP}, people=(MENTOR, COORDINATOR)).handlers == (COORDINATOR,)


def test_a_case_that_no_role_is_named_for_starts_at_the_mentor() -> None:
    assert way(wanted=set()).handlers == (MENTOR,)
    assert way(wanted={Role.PARENT, Role.ADMINISTRATOR}).handlers == (MENTOR,)


def test_a_case_about_the_mentor_goes_past_every_mentor() -> None:
    second = Person(UUID(int=201), SCHOOLS[0], "second mentor", MENTOR.roles)
    assert way(about=MENTOR, people=(*EVERYBODY, second)).handlers == (COORDINATOR,)


@pytest.mark.parametrize("role", [Role.STAFF, Role.ADMINISTRATOR, Role.MENTOR])
def test_a_case_about_somebody_who_works_at_school_goes_past_the_mentor(role: Role) -> None:
    assert way(about=PUPIL, subject_roles=frozenset({role})).handlers == (COORDINATOR,)


def test_a_mentor_at_whom_it_was_aimed_does_not_handle_it_but_a_second_mentor_can() -> None:
    assert way(aimed_at=MENTOR).handlers == (COORDINATOR,)
    second = Person(UUID(int=201), SCHOOLS[0], "second mentor", MENTOR.roles)
    assert way(aimed_at=MENTOR, people=(*EVERYBODY, second)).handlers == (second,)


def test_a_case_about_leadership_goes_past_all_of_leadership_and_all_below_it() -> None:
    assert way(about=LEADER, wanted={Role.MENTOR, Role.LEADERSHIP}).handlers == (BOARD,)
    assert way(about=LEADER, people=without(BOARD)).handlers == (SUPERVISOR,)
    assert way(about=LEADER, people=without(BOARD, SUPERVISOR)).handlers == (TRUSTED,)
    assert way(about=LEADER, people=without(BOARD, SUPERVISOR, TRUSTED)).outside == OUTSIDE


def test_a_report_about_leadership_in_confidence_reaches_the_trusted_person() -> None:
    assert way(about=LEADER, wanted={Role.TRUSTED_PERSON}).handlers == (TRUSTED,)


def test_a_case_about_the_trusted_person_goes_past_them() -> None:
    assert way(about=TRUSTED, wanted={Role.TRUSTED_PERSON}).handlers == (LEADER, DEPUTY)


def test_a_case_about_the_board_goes_to_the_supervisory_board() -> None:
    assert way(about=BOARD, wanted={Role.BOARD}).handlers == (SUPERVISOR,)


@pytest.mark.parametrize("category", [Category.SEXUAL, Category.BOUNDARY, Category.NUDE_IMAGE])
def test_a_possible_sexual_offence_by_staff_goes_to_the_board_at_once_and_to_nobody_else(category: Category) -> None:
    everybody_wanted = set(LADDER)
    board_only = Route(frozenset({Role.BOARD}), (BOARD,), None)
    for accused in (MENTOR, COORDINATOR, TRUSTED, LEADER):
        assert way(about=accused, category=category, wanted=everybody_wanted) == board_only
    assert way(subject_roles=frozenset({Role.STAFF}), category=category, wanted=everybody_wanted) == board_only
    assert way(about=BOARD, category=category, wanted=everybody_wanted).handlers == (SUPERVISOR,)
    alone = way(about=MENTOR, category=category, wanted=everybody_wanted, people=without(BOARD, SUPERVISOR))
    assert alone == Route(frozenset({Role.BOARD}), (), OUTSIDE)


def test_the_same_between_pupils_goes_where_the_protocol_says() -> None:
    assert way(category=Category.SEXUAL).handlers == (MENTOR,)


def test_the_outside_route_names_whom_to_call() -> None:
    for severity, said in ((Severity.SERIOUS, OUTSIDE), (Severity.ACUTE, OUTSIDE_NOW)):
        assert way(people=(), severity=severity).outside == said
        assert all(number in said.text for number in ("0900-1113111", "8:00-17:00", "113", "0800-0113", "112"))


def test_nobody_of_another_school_is_told() -> None:
    stranger = a_person(1, (Role.MENTOR, GROUPS[0]), (Role.BOARD, None), school_id=SCHOOLS[1])
    assert way(people=(stranger,)).handlers == ()


def test_the_most_local_role_is_the_one_nearest_to_the_class() -> None:
    assert most_local({Role.BOARD, Role.COORDINATOR}) is Role.COORDINATOR
    assert most_local({Role.MENTOR, Role.STAFF}) is Role.STAFF
    assert most_local({Role.PARENT}) is None


@settings(max_examples=400, deadline=None)
@given(
    people=staffs(),
    subjects=some_people,
    targets=some_people,
    wanted=handling_roles,
    group_id=group_ids,
    category=st.sampled_from([Category.INSULT, Category.SEXUAL, Category.BOUNDARY]),
    severity=st.sampled_from(Severity),
    subject_roles=st.frozensets(st.sampled_from(Role), max_size=1),
)
def test_in_every_world_somebody_eligible_is_told_or_the_outside_route_is_said(
    people: list[Person],
    subjects: frozenset[UUID],
    targets: frozenset[UUID],
    wanted: frozenset[Role],
    group_id: UUID | None,
    category: Category,
    severity: Severity,
    subject_roles: frozenset[Role],
) -> None:
    found = route(
        school_id=SCHOOLS[0],
        categories={category},
        severity=severity,
        group_id=group_id,
        subjects=subjects,
        targets=targets,
        people=people,
        wanted=wanted,
        subject_roles=subject_roles,
    )
    assert bool(found.handlers) == (found.outside is None)
    case = a_case(group_id=group_id, audience=found.audience, subjects=subjects, targets=targets)
    accused = subject_roles | {role for person in people if person.id in subjects for role, _ in person.roles}
    for person in found.handlers:
        assert may(scope_for(person), Permission.TAKE, case)
    assert set(found.handlers) == {person for person in people if can_read(scope_for(person), case)}
    highest = max((RUNG[role] for role in accused if role in RUNG), default=-1)
    for role in found.audience:
        assert RUNG[role] > highest or (role is Role.TRUSTED_PERSON and role not in accused)
        if highest >= 0 and category is not Category.INSULT:
            assert role in (Role.BOARD, Role.SUPERVISORY_BOARD)
    if not found.handlers and not accused & RUNG.keys():
        everybody = a_case(group_id=group_id, audience=frozenset(LADDER), subjects=subjects, targets=targets)
        assert not [person for person in people if can_read(scope_for(person), everybody)], "somebody was overlooked"
