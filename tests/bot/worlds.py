"""Random schools for property tests: two schools, a few groups, people with any roles, cases about any of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from bot.cases.case import Case, Matter, Person, State
from rules.vocabulary import Role, Severity

NOW = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
SCHOOLS = (UUID(int=1), UUID(int=2))
GROUPS = (UUID(int=11), UUID(int=12), UUID(int=13))
PEOPLE = tuple(UUID(int=100 + n) for n in range(8))
HANDLING_ROLES = (
    Role.STAFF,
    Role.MENTOR,
    Role.COORDINATOR,
    Role.TRUSTED_PERSON,
    Role.LEADERSHIP,
    Role.BOARD,
    Role.SUPERVISORY_BOARD,
)

roles = st.frozensets(st.tuples(st.sampled_from(Role), st.none() | st.sampled_from(GROUPS)), max_size=4)
handling_roles = st.frozensets(st.sampled_from(HANDLING_ROLES), max_size=4)
some_people = st.frozensets(st.sampled_from(PEOPLE), max_size=3)
group_ids = st.none() | st.sampled_from(GROUPS)


@st.composite
def staffs(draw: st.DrawFn) -> list[Person]:
    """Return people of two schools, each with any roles; some worlds have nobody."""
    return [
        Person(person_id, draw(st.sampled_from(SCHOOLS)), f"person {n}", draw(roles))
        for n, person_id in enumerate(PEOPLE)
        if draw(st.booleans())
    ]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Return a case about anybody, brought to any roles, even to those that read no case."""
    return a_case(
        school_id=draw(st.sampled_from(SCHOOLS)),
        group_id=draw(group_ids),
        matter=draw(st.sampled_from([Matter.CONDUCT, Matter.SEXUAL])),
        severity=draw(st.sampled_from(Severity)),
        state=draw(st.sampled_from(State)),
        audience=draw(st.frozensets(st.sampled_from(Role), max_size=4)),
        subjects=draw(some_people),
        targets=draw(some_people),
        only_for=draw(st.none() | st.sampled_from(PEOPLE)),
        last_flag_at=NOW + timedelta(hours=draw(st.integers(-30, 30))),
    )


def a_case(**different: object) -> Case:
    """Return an open case about person 0 in the first group of the first school, but for what is `different`."""
    usual: dict[str, object] = {
        "id": UUID(int=1000),
        "school_id": SCHOOLS[0],
        "number": "7KQ4-M2XD",
        "group_id": GROUPS[0],
        "matter": Matter.CONDUCT,
        "severity": Severity.CONCERN,
        "state": State.OPEN,
        "protocol": "willem-van-oranje",
        "protocol_version": "2026-04",
        "opened_at": NOW,
        "last_flag_at": NOW,
        "audience": frozenset({Role.MENTOR}),
        "subjects": frozenset({PEOPLE[0]}),
    }
    return Case(**{**usual, **different})  # type: ignore[arg-type]  # the tests name the fields they change


def a_person(number: int, *held: tuple[Role, UUID | None], school_id: UUID = SCHOOLS[0], name: str = "") -> Person:
    """Return person `number` with these roles."""
    return Person(PEOPLE[number], school_id, name or f"person {number}", frozenset(held))
