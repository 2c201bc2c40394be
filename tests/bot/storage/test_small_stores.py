"""People and links, counters, dialogs, the audit chain and job claims, each on its own."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text

from bot.access import scope_for
from bot.cases.case import State
from bot.clock import Ids
from bot.storage.database import Database
from bot.storage.store import SqlStore
from rules.vocabulary import Account, Chat, GroupKind, Role
from tests.bot.storage.test_cases import new_case
from tests.conftest import FixedClock, NewSchool

SAM = Account("telegram", "77", "Sam de Boer")


async def test_a_code_links_a_chat_to_its_group_once(store: SqlStore, clock: FixedClock, new_school: NewSchool) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        group = await tx.people.put_group(school, "2B", GroupKind.CLASS)
        await tx.people.add_code(school, "AB12CD", clock() + timedelta(days=1), group_id=UUID(group.id), person_id=None)
    async with store.write() as tx:
        assert await tx.people.use_code(school, " ab12cd ") == (UUID(group.id), None)
        assert await tx.people.use_code(school, "AB12CD") is None
        await tx.people.link_chat(group, Chat("telegram", "-5"))
    async with store.read() as tx:
        assert await tx.people.group_of(Chat("telegram", "-5")) == group
        assert await tx.people.groups_of([Chat("telegram", "-5"), Chat("telegram", "-6")]) == {
            Chat("telegram", "-5"): group
        }


async def test_a_code_of_yesterday_or_of_another_school_is_unknown(
    store: SqlStore, clock: FixedClock, new_school: NewSchool
) -> None:
    school, other = await new_school(store, "een"), await new_school(store, "twee")
    async with store.write() as tx:
        await tx.people.add_code(school, "AAAA", clock() + timedelta(hours=1), group_id=None, person_id=None)
        assert await tx.people.use_code(other, "AAAA") is None
        clock.forward(hours=2)
        assert await tx.people.use_code(school, "AAAA") is None


async def test_a_chat_that_moved_keeps_its_group_however_often_it_is_said(
    store: SqlStore, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        group = await tx.people.put_group(school, "2B", GroupKind.CLASS)
        await tx.people.link_chat(group, Chat("telegram", "-5"))
        await tx.people.move_chat(Chat("telegram", "-5"), "-1005")
        await tx.people.move_chat(Chat("telegram", "-5"), "-1005")
        assert await tx.people.group_of(Chat("telegram", "-1005")) == group
        assert await tx.people.group_of(Chat("telegram", "-5")) is None


async def test_a_linked_person_can_be_reached_until_they_block_the_bot(store: SqlStore, new_school: NewSchool) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        mentor = await tx.people.put(school, "vries", "M. de Vries", frozenset({(Role.TRUSTED_PERSON, None)}), "nl")
        await tx.people.link_account(mentor, Account("email", "m@school.example"))
        await tx.people.link_account(mentor, SAM)
        assert [contact.channel for contact in await tx.people.contacts(mentor.id)] == ["telegram", "email"]
        await tx.people.set_reachable(school, SAM, reachable=False)
        assert [contact.address for contact in await tx.people.contacts(mentor.id)] == ["m@school.example"]
        assert await tx.people.by_account(school, SAM) == mentor
        assert await tx.people.roles_of(school, [SAM]) == {"telegram:77": frozenset({Role.TRUSTED_PERSON})}


async def test_somebody_met_in_a_case_is_known_again_but_cannot_be_written_to(
    store: SqlStore, new_school: NewSchool
) -> None:
    school, other = await new_school(store, "een"), await new_school(store, "twee")
    async with store.write() as tx:
        first = await tx.people.meet(school, SAM)
        assert (await tx.people.meet(school, SAM)).id == first.id
        assert (await tx.people.meet(other, SAM)).id != first.id
        assert await tx.people.contacts(first.id) == []
        assert await tx.people.staffed(school) == []


async def test_cases_about_somebody_stay_about_them_when_their_account_is_linked_later(
    store: SqlStore, ids: Ids, clock: FixedClock, new_school: NewSchool
) -> None:
    """A mentor who wrote something before linking must not read the case about it afterwards (promise 4)."""
    school = await new_school(store, "een")
    async with store.write() as tx:
        group = UUID((await tx.people.put_group(school, "2B", GroupKind.CLASS)).id)
        mentor = await tx.people.put(school, "m", "M. de Vries", frozenset({(Role.MENTOR, group)}), "nl")
        unknown = await tx.people.meet(school, SAM)
        case = new_case(ids, clock, school, group, subjects=frozenset({unknown.id}))
        await tx.cases.add(case)
        assert [found.id for found in await tx.cases.listed(scope_for(mentor), State)] == [case.id]
        await tx.people.link_account(mentor, SAM)
    async with store.read() as tx:
        assert await tx.cases.listed(scope_for(mentor), State) == []
        assert await tx.people.by_account(school, SAM) == mentor


async def test_somebody_taken_out_of_the_settings_loses_all_roles(store: SqlStore, new_school: NewSchool) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        await tx.people.put(school, "a", "A", frozenset({(Role.LEADERSHIP, None)}), "nl")
        await tx.people.put(school, "b", "B", frozenset({(Role.BOARD, None)}), "nl")
        await tx.people.retire(school, {"b"})
        assert [person.name for person in await tx.people.staffed(school)] == ["B"]


async def test_counters_add_up_per_school_and_days(store: SqlStore, new_school: NewSchool) -> None:
    school, other = await new_school(store, "een"), await new_school(store, "twee")
    day = date(2026, 11, 20)
    async with store.write() as tx:
        group = UUID((await tx.people.put_group(school, "2B", GroupKind.CLASS)).id)
        elsewhere = UUID((await tx.people.put_group(other, "2B", GroupKind.CLASS)).id)
        await tx.counters.add({(school, group, day, "checked"): 3, (other, elsewhere, day, "checked"): 50})
        await tx.counters.add({(school, group, day + timedelta(days=1), "checked"): 4})
        assert await tx.counters.totals(school, day, day) == {"checked": 3}
        assert await tx.counters.totals(school, day, day + timedelta(days=1)) == {"checked": 7}


async def test_a_dialog_is_kept_until_it_ends_or_a_day_has_passed(
    store: SqlStore, clock: FixedClock, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        await tx.dialogs.put(school, SAM, {"step": "what"})
        await tx.dialogs.put(school, SAM, {"step": "who"})
        assert await tx.dialogs.get(school, SAM) == {"step": "who"}
        await tx.dialogs.end(school, SAM)
        assert await tx.dialogs.get(school, SAM) is None
        await tx.dialogs.put(school, SAM, {"step": "what"})
        clock.forward(hours=25)
        assert await tx.dialogs.get(school, SAM) is None


async def test_an_edit_in_the_audit_log_breaks_the_chain_from_there(
    database: Database, store: SqlStore, new_school: NewSchool
) -> None:
    school, other = await new_school(store, "een"), await new_school(store, "twee")
    actor = UUID(int=5)
    async with store.write() as tx:
        for number in range(4):
            await tx.audit.record(school, actor, "read", f"case {number}")
        await tx.audit.record(other, actor, "read", "case")
        assert await tx.audit.first_broken(school) is None
    async with database.writing() as session:
        await session.execute(text("UPDATE audit_events SET action = 'decide' WHERE position = 3 AND previous <> ''"))
    async with store.read() as tx:
        assert await tx.audit.first_broken(school) == 3
        assert await tx.audit.first_broken(other) is None


async def test_the_end_of_the_audit_log_cannot_be_cut_off_unseen(
    database: Database, store: SqlStore, new_school: NewSchool
) -> None:
    school = await new_school(store, "een")
    async with store.write() as tx:
        for number in range(3):
            await tx.audit.record(school, UUID(int=5), "read", f"case {number}")
    async with database.writing() as session:
        await session.execute(text("DELETE FROM audit_events WHERE position = 3"))
    async with store.read() as tx:
        assert await tx.audit.first_broken(school) == 3


async def test_a_job_is_claimed_once_per_school_and_period(store: SqlStore, new_school: NewSchool) -> None:
    school, other = await new_school(store, "een"), await new_school(store, "twee")
    async with store.write() as tx:
        assert await tx.jobs.claim(school, "summary", "2026-W47")
    async with store.write() as tx:
        assert not await tx.jobs.claim(school, "summary", "2026-W47")
        assert await tx.jobs.claim(school, "summary", "2026-W48")
        assert await tx.jobs.claim(other, "summary", "2026-W47")
