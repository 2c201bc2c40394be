"""Who may do what: the table, and what no table may ever allow."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.access import MAY, Grant, Permission, Scope, can_read, may, may_at, scope_for
from bot.cases.case import Case, Person
from rules.vocabulary import Role
from tests.bot.worlds import GROUPS, PEOPLE, SCHOOLS, a_case, a_person, cases, roles

SCHOOL, OTHER_SCHOOL = SCHOOLS
CASE_PERMISSIONS = tuple(Permission)[:9]
NEVER = (Role.PUPIL, Role.PARENT, Role.CLASS_PARENT, Role.UNKNOWN, Role.ADMINISTRATOR)

people = st.builds(Person, st.sampled_from(PEOPLE), st.sampled_from(SCHOOLS), st.just("x"), roles)


def scope(*held: tuple[Role, object], number: int = 5) -> Scope:
    return scope_for(a_person(number, *held))  # type: ignore[arg-type]  # a group id or None


def test_the_table_speaks_of_every_role() -> None:
    assert set(MAY) == set(Role)


@pytest.mark.parametrize("role", NEVER)
def test_pupils_parents_strangers_and_administrators_have_no_right_on_any_case(role: Role) -> None:
    case = a_case(audience=frozenset(Role))
    assert not any(may(scope((role, None)), permission, case) for permission in CASE_PERMISSIONS)
    assert not any(may(scope((role, GROUPS[0])), permission, case) for permission in CASE_PERMISSIONS)


def test_a_mentor_handles_cases_of_their_own_class_from_start_to_end() -> None:
    mentor = scope((Role.MENTOR, GROUPS[0]))
    assert all(may(mentor, permission, a_case()) for permission in CASE_PERMISSIONS)
    assert not can_read(mentor, a_case(group_id=GROUPS[1]))
    assert not can_read(mentor, a_case(group_id=None))


def test_a_mentor_reads_nothing_that_was_not_brought_to_mentors() -> None:
    assert not can_read(scope((Role.MENTOR, GROUPS[0])), a_case(audience=frozenset({Role.TRUSTED_PERSON})))


@pytest.mark.parametrize("role", [Role.MENTOR, Role.STAFF])
def test_a_role_of_a_class_gives_nothing_without_a_class(role: Role) -> None:
    assert not can_read(scope((role, None)), a_case(audience=frozenset({role})))


def test_a_role_of_the_school_that_is_held_for_one_group_counts_for_that_group_only() -> None:
    coordinator = scope((Role.COORDINATOR, GROUPS[1]))
    audience = frozenset({Role.COORDINATOR})
    assert can_read(coordinator, a_case(audience=audience, group_id=GROUPS[1]))
    assert not can_read(coordinator, a_case(audience=audience, group_id=GROUPS[0]))


def test_a_trusted_person_supports_and_does_not_judge() -> None:
    trusted, case = scope((Role.TRUSTED_PERSON, None)), a_case(audience=frozenset({Role.TRUSTED_PERSON}))
    given = {permission for permission in CASE_PERMISSIONS if may(trusted, permission, case)}
    assert given == set(CASE_PERMISSIONS) - {Permission.HEAR, Permission.DECIDE, Permission.REOPEN}


def test_an_administrator_who_is_also_mentor_reads_as_a_mentor_only() -> None:
    both = scope((Role.ADMINISTRATOR, None), (Role.MENTOR, GROUPS[0]))
    assert can_read(both, a_case(audience=frozenset({Role.MENTOR, Role.ADMINISTRATOR})))
    assert not can_read(both, a_case(audience=frozenset({Role.ADMINISTRATOR})))


@pytest.mark.parametrize("relation", ["subjects", "targets"])
@pytest.mark.parametrize("role", list(Role))
def test_nobody_has_any_right_on_a_case_that_involves_them(relation: str, role: Role) -> None:
    case = a_case(audience=frozenset(Role), **{relation: frozenset({PEOPLE[5]})})
    involved = scope((role, None), (role, GROUPS[0]))
    assert not any(may(involved, permission, case) for permission in Permission)


def test_only_leadership_reads_the_summary_and_only_administrators_link_and_administer() -> None:
    for role in Role:
        held = scope((role, None))
        assert may_at(held, Permission.SUMMARY, SCHOOL) == (role is Role.LEADERSHIP)
        assert may_at(held, Permission.LINK, SCHOOL) == (role is Role.ADMINISTRATOR)
        assert may_at(held, Permission.ADMINISTER, SCHOOL) == (role is Role.ADMINISTRATOR)
        assert not any(may_at(held, permission, OTHER_SCHOOL, GROUPS[0]) for permission in Permission)


def test_a_mentor_sees_what_was_not_checked_in_their_own_class() -> None:
    mentor = scope((Role.MENTOR, GROUPS[0]))
    assert may_at(mentor, Permission.READ_UNCHECKED, SCHOOL, GROUPS[0])
    assert not may_at(mentor, Permission.READ_UNCHECKED, SCHOOL, GROUPS[1])
    assert not may_at(mentor, Permission.READ_UNCHECKED, SCHOOL)


def test_a_scope_joins_the_groups_of_a_role_and_a_role_for_the_whole_school_goes_before() -> None:
    assert scope((Role.MENTOR, GROUPS[0]), (Role.MENTOR, GROUPS[1]), (Role.PUPIL, GROUPS[2])).grants == (
        Grant(Role.MENTOR, frozenset(GROUPS[:2])),
    )
    assert scope((Role.COORDINATOR, GROUPS[0]), (Role.COORDINATOR, None)).grants == (Grant(Role.COORDINATOR, None),)


@settings(max_examples=300, deadline=None)
@given(person=people, case=cases(), permission=st.sampled_from(Permission))
def test_a_right_follows_from_a_role_in_the_audience_and_nothing_else(
    person: Person, case: Case, permission: Permission
) -> None:
    """The rule once more, written as a person would check it by hand."""
    right = any(
        role in case.audience
        and permission in MAY[role]
        and (group == case.group_id if group or role in (Role.MENTOR, Role.STAFF) else True)
        and (group is not None or role not in (Role.MENTOR, Role.STAFF))
        for role, group in person.roles
    )
    involved = person.id in case.subjects | case.targets
    same_school = person.school_id == case.school_id
    shown = case.only_for is None or case.only_for == person.id
    assert may(scope_for(person), permission, case) == (right and same_school and shown and not involved)


@settings(max_examples=300, deadline=None)
@given(person=people, case=cases())
def test_whoever_can_read_is_in_the_audience_not_involved_and_of_the_school(person: Person, case: Case) -> None:
    if can_read(scope_for(person), case):
        assert {role for role, _ in person.roles} & (case.audience - set(NEVER))
        assert not case.involves(person.id)
        assert person.school_id == case.school_id


@settings(max_examples=300, deadline=None)
@given(person=people, case=cases(), permission=st.sampled_from(CASE_PERMISSIONS))
def test_whoever_may_do_anything_with_a_case_may_read_it(person: Person, case: Case, permission: Permission) -> None:
    if may(scope_for(person), permission, case):
        assert can_read(scope_for(person), case)
