"""What a list shows is what the rights allow; cases, flags and copies are stored whole and once."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.access import can_read, scope_for
from bot.cases.case import Case, Decision, Matter, Person, State
from bot.cases.transitions import decide, take
from bot.clock import Ids
from bot.keyring import MemoryKeyRing
from bot.outgoing import Outgoing
from bot.storage.database import Database
from bot.storage.store import SqlStore, SqlTransaction
from bot.storage.tables import OutboxRow
from bot.stores import CaseChanged, Evidence, Report
from rules.vocabulary import Account, Category, Flag, GroupKind, Line, Role, Severity
from tests.conftest import FixedClock, NewSchool


def new_case(ids: Ids, clock: FixedClock, school: UUID, group: UUID | None, **changes: object) -> Case:
    case = Case(
        id=ids.uuid(),
        school_id=school,
        number=ids.case_number(),
        group_id=group,
        matter=Matter.CONDUCT,
        severity=Severity.SERIOUS,
        state=State.OPEN,
        protocol="willem-van-oranje-2026",
        protocol_version="2026-04",
        opened_at=clock(),
        last_flag_at=clock(),
        audience=frozenset({Role.MENTOR}),
    )
    return replace(case, **changes)  # type: ignore[arg-type] # fields of Case


async def people_of(tx: SqlTransaction, school: UUID) -> tuple[UUID, Person, Person]:
    group = UUID((await tx.people.put_group(school, "2B", GroupKind.CLASS)).id)
    mentor = await tx.people.put(school, "m", "M. de Vries", frozenset({(Role.MENTOR, group)}), "nl")
    pupil = await tx.people.meet(school, Account("telegram", "8", "Sam"))
    return group, mentor, pupil


async def test_a_case_comes_back_as_it_was_stored_with_every_step(
    store: SqlStore, ids: Ids, clock: FixedClock, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        group, mentor, pupil = await people_of(tx, school)
        case = new_case(ids, clock, school, group, subjects=frozenset({pupil.id}))
        await tx.cases.add(case)
    async with store.write() as tx:
        step = take(case, mentor.id, clock())
        await tx.cases.save(step, mentor.id, clock())
        clock.forward(minutes=1)
        decided = decide(step.case, mentor.id, clock(), Decision.FOUNDED, "Gezien en besproken", "Is ziek thuis")
        await tx.cases.save(decided, mentor.id, clock())
    async with store.read() as tx:
        assert await tx.cases.by_number(scope_for(mentor), case.number.lower()) == decided.case
        history = await tx.cases.history(case)
    assert [(event.action, event.state) for event in history] == [
        ("open", State.OPEN),
        ("take", State.TAKEN),
        ("decide", State.DECIDED),
    ]
    assert (history[2].note, history[2].not_heard_because) == ("Gezien en besproken", "Is ziek thuis")


async def test_of_two_people_who_act_on_the_same_case_one_is_told_that_it_changed(
    store: SqlStore, ids: Ids, clock: FixedClock, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        group, mentor, _ = await people_of(tx, school)
        case = new_case(ids, clock, school, group)
        await tx.cases.add(case)
        await tx.cases.save(take(case, mentor.id, clock()), mentor.id, clock())
    with pytest.raises(CaseChanged):
        async with store.write() as tx:
            await tx.cases.save(take(case, mentor.id, clock()), mentor.id, clock())


async def test_evidence_and_reports_are_sealed_and_come_back_whole(
    database: Database, store: SqlStore, ids: Ids, clock: FixedClock, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    evidence = Evidence(
        author="Sam",
        text="je bent zo'n sukkel",
        sent_at=clock(),
        category=Category.INSULT,
        severity=Severity.CONCERN,
        score=0.9,
        clauses=("A.10",),
        reasons=("Scheldwoord tegen iemand",),
        words=("sukkel",),
        context=(Line("9", "Noor", "hoi", Role.PUPIL, clock() - timedelta(minutes=1), "3"),),
    )
    async with store.write() as tx:
        group, _, _ = await people_of(tx, school)
        case = new_case(ids, clock, school, group)
        await tx.cases.add(case)
        flag = Flag(Category.INSULT, Severity.CONCERN, 0.9, ("A.10",), ())
        await tx.cases.add_flag(case, "print-1", flag, evidence)
        report = Report("bullying", "ze noemen mij zo", clock(), None)
        await tx.cases.add_report(case, report, "R3C31PT")
        assert await tx.cases.seen(school, ["print-1", "print-2"]) == {"print-1"}
    async with store.read() as tx:
        assert await tx.cases.evidence(case) == [evidence]
        assert await tx.cases.reports(case) == [report]
        found = await tx.cases.by_receipt(school, " r3c31pt")
        assert found is not None
        assert found.id == case.id
    everything = b"".join([path.read_bytes() for path in _files(database)])
    for word in (b"sukkel", b"noemen mij", b"R3C31PT", b"de Vries", b"Noor"):
        assert word not in everything


def _files(database: Database) -> list[Path]:
    if not database.is_sqlite or database.url.database is None:
        return []
    path = Path(database.url.database)
    return [p for p in (path, path.with_name(path.name + "-wal")) if p.exists()]


async def test_a_sent_notice_leaves_the_outbox_and_its_copy_is_recorded_once(
    store: SqlStore, ids: Ids, clock: FixedClock, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        group, mentor, _ = await people_of(tx, school)
        await tx.people.link_account(mentor, Account("telegram", "55"))
        case = new_case(ids, clock, school, group)
        await tx.cases.add(case)
        await tx.outbox.add(
            school, "telegram", Outgoing("", text="Zaak", holds_evidence=True), person_id=mentor.id, case_id=case.id
        )
    async with store.write() as tx:
        (post,) = await tx.outbox.due("telegram", 10)
        assert post.outgoing.address == "55"
        await tx.outbox.sent(post, "901")
        await tx.outbox.sent(post, "901")
        assert await tx.outbox.due("telegram", 10) == []
        (copy,) = await tx.outbox.copies(case)
        assert (copy.address, copy.message_id, copy.holds_evidence) == ("55", "901", True)
        await tx.outbox.redacted(copy)
        assert await tx.outbox.copies(case) == []


async def test_evidence_that_was_not_sent_yet_is_taken_back_and_what_stands_in_a_chat_is_known(
    store: SqlStore, ids: Ids, clock: FixedClock, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        group, mentor, _ = await people_of(tx, school)
        await tx.people.link_account(mentor, Account("telegram", "55"))
        case = new_case(ids, clock, school, group, state=State.CLOSED)
        await tx.cases.add(case)
        for text in ("shown", "waiting"):
            shown = Outgoing("55", text=text, holds_evidence=True)
            await tx.outbox.add(school, "telegram", shown, person_id=mentor.id, case_id=case.id)
        await tx.outbox.add(school, "telegram", Outgoing("55", text="notice"), person_id=mentor.id, case_id=case.id)
        await tx.outbox.sent((await tx.outbox.due("telegram", 1))[0], "901")
        await tx.outbox.withdraw_evidence(case)
        assert [post.outgoing.text for post in await tx.outbox.due("telegram", 10)] == ["notice"]
        assert [found.id for found in await tx.cases.still_shown(school)] == [case.id]


async def test_of_an_undeliverable_answer_to_nobody_known_only_the_count_stays(
    database: Database, store: SqlStore, keyring: MemoryKeyRing, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        await tx.outbox.add(school, "telegram", Outgoing("77001", text="receipt R3C31PT"))
        (post,) = await tx.outbox.due("telegram", 10)
        await tx.outbox.give_up(post, "blocked")
        assert await tx.outbox.undeliverable(school) == 1
    async with database.reading() as session:
        (sealed,) = await session.scalars(select(OutboxRow.payload_sealed))
    assert b"77001" not in keyring.open(sealed, f"outbox.payload:{school}")
    assert b"R3C31PT" not in keyring.open(sealed, f"outbox.payload:{school}")


async def test_a_message_that_waits_is_due_later_and_one_given_up_is_counted(
    store: SqlStore, ids: Ids, clock: FixedClock, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        await tx.outbox.add(school, "telegram", Outgoing("1", text="a"))
        await tx.outbox.add(school, "telegram", Outgoing("2", text="b"))
        first, second = await tx.outbox.due("telegram", 10)
        await tx.outbox.postpone(first, clock() + timedelta(seconds=30))
        await tx.outbox.give_up(second, "chat not found")
        assert await tx.outbox.due("telegram", 10) == []
        assert await tx.outbox.undeliverable(school) == 1
        clock.forward(seconds=31)
        (again,) = await tx.outbox.due("telegram", 10)
        assert (again.outgoing.address, again.attempts) == ("1", 1)


ROLES = [
    Role.MENTOR,
    Role.STAFF,
    Role.TRUSTED_PERSON,
    Role.COORDINATOR,
    Role.LEADERSHIP,
    Role.ADMINISTRATOR,
    Role.PUPIL,
]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
async def test_a_list_shows_exactly_the_cases_that_the_rights_allow(
    seed: int, store: SqlStore, ids: Ids, clock: FixedClock, keyring: MemoryKeyRing
) -> None:
    """Random worlds of two schools: SQL and `can_read` agree on every person and every case."""
    rng = random.Random(seed)
    async with store.write() as tx:
        schools = [(await tx.schools.put(f"s{ids.code(8)}", "S", "check"))[0] for _ in range(2)]
        groups = {
            s: [UUID((await tx.people.put_group(s, n, GroupKind.CLASS)).id) for n in ("1A", "2B")] for s in schools
        }
        people = []
        for school in schools:
            for number in range(5):
                roles = frozenset(
                    (rng.choice(ROLES), rng.choice([None, *groups[school]])) for _ in range(rng.randint(0, 3))
                )
                people.append(await tx.people.put(school, f"p{number}", "P", roles, "nl"))
        cases = []
        for school in schools:
            own = [person.id for person in people if person.school_id == school]
            for _ in range(8):
                case = new_case(
                    ids,
                    clock,
                    school,
                    rng.choice([None, *groups[school]]),
                    audience=frozenset(rng.sample(ROLES, rng.randint(1, 3))),
                    subjects=frozenset(rng.sample(own, rng.randint(0, 2))),
                    targets=frozenset(rng.sample(own, rng.randint(0, 1))),
                    state=rng.choice(list(State)),
                    only_for=rng.choice([None, None, *own]),
                )
                await tx.cases.add(case)
                cases.append(case)
    async with store.read() as tx:
        for person in people:
            scope = scope_for(person)
            shown = {case.id for case in await tx.cases.listed(scope, State)}
            assert shown == {case.id for case in cases if can_read(scope, case)}
            for case in cases:
                assert (await tx.cases.by_number(scope, case.number) is not None) == can_read(scope, case)
