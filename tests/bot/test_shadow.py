"""The shadow month: flags are shown to one person, what cannot wait goes its way, and it ends by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from bot.access import can_read, scope_for
from bot.cases.case import Case
from bot.cases.shadow import Shadow
from bot.cases.transitions import escalate
from bot.clock import Ids
from bot.commands.filing import file_report
from bot.commands.melden import ANONYMOUS, Draft
from bot.commands.review import Review, further_roles
from bot.storage.store import SqlStore
from rules.vocabulary import Account, Category, Role, Severity
from tests.bot import pipeline_world
from tests.bot.pipeline_world import World, new_world
from tests.bot.worlds import PEOPLE, a_case
from tests.conftest import FixedClock, NewSchool

MARKS = {
    "maak er een eind aan": Category.SELF_HARM_INCITEMENT,
    "ik wil niet meer": Category.DISTRESS,
}


@pytest.fixture
async def world(
    store: SqlStore, clock: FixedClock, ids: Ids, new_school: NewSchool, monkeypatch: pytest.MonkeyPatch
) -> World:
    """A school in its shadow month, with two coordinators; the flags are shown to one of them."""
    monkeypatch.setattr(pipeline_world, "MARKS", pipeline_world.MARKS | MARKS)
    world = await new_world(store, clock, ids, [await new_school(store, slug) for slug in ("een", "twee")])
    async with store.write() as tx:
        roles = frozenset({(Role.COORDINATOR, None)})
        world.people["second"] = await tx.people.put(world.school.id, "co2", "Cor", roles, "nl")
    shadow(world, clock().date() + timedelta(days=31))
    return world


def shadow(world: World, until: date, shown_to: str = "coordinator") -> None:
    world.school = replace(world.school, shadow=Shadow(until, world.people[shown_to].id))
    world.pipeline = world.new_pipeline()


async def readers(world: World, case: Case) -> set[str]:
    """Return who may read a case, by the rule and by the list, which must agree."""
    by_rule = {key for key, person in world.people.items() if can_read(scope_for(person), case)}
    async with world.store.read() as tx:
        by_list = {
            key
            for key, person in world.people.items()
            if case.id in {one.id for one in await tx.cases.listed(scope_for(person), [case.state])}
        }
    assert by_rule == by_list
    return by_rule


async def test_a_flag_is_recorded_and_shown_to_one_person_only(world: World) -> None:
    await world.say("sukkel")
    await world.say("pas op jij", author="Noor")
    cases = await world.cases()
    assert [await readers(world, case) for case in cases] == [{"coordinator"}] * 2
    assert await world.notices() == ["coordinator"] * 2
    async with world.store.read() as tx:
        texts = [post.outgoing.text for post in await tx.outbox.due("nowhere", 9)]
    assert all("proefmaand" in text for text in texts)


@pytest.mark.parametrize("text", [*MARKS, "stuur foto"])
async def test_what_may_be_about_a_life_or_a_childs_body_goes_its_normal_way(world: World, text: str) -> None:
    await world.say(text)
    (case,) = await world.cases()
    assert case.only_for is None
    assert "trusted" in await world.notices()
    assert "trusted" in await readers(world, case)


async def test_a_hidden_case_swallows_nothing_that_goes_its_normal_way(world: World) -> None:
    await world.say("sukkel")
    await world.say("maak er een eind aan")
    hidden, shown = await world.cases()
    assert (hidden.only_for, shown.only_for) == (world.people["coordinator"].id, None)
    assert await readers(world, shown) == {"mentor", "trusted"}


async def test_more_about_the_same_person_joins_the_hidden_case(world: World) -> None:
    await world.say("sukkel", "sukkel")
    (case,) = await world.cases()
    assert await world.history(case) == ["open", "join"]
    assert await world.notices() == ["coordinator"]


async def test_a_flag_about_the_one_it_is_shown_to_goes_past_them(world: World) -> None:
    await world.link("coordinator", str(sum(b"Coos")))
    await world.say("sukkel", author="Coos")
    (case,) = await world.cases()
    assert case.only_for is None
    assert "coordinator" not in await readers(world, case)
    assert await world.notices() == ["trusted"]


async def test_a_flag_about_somebody_above_goes_past_the_one_it_would_be_shown_to(world: World) -> None:
    await world.link("leader", str(sum(b"Lies")))
    await world.say("sukkel", author="Lies")
    assert not set(await world.notices()) & {"coordinator", "mentor", "leader"}
    assert [case.only_for for case in await world.cases()] == [None]


async def test_a_report_goes_its_normal_way(world: World, ids: Ids) -> None:
    draft = Draft(kind="bullied", story="iets", recipient="mentor", group=world.group.id, name=ANONYMOUS)
    async with world.store.write() as tx:
        await file_report(tx, world.school, ids, world.clock(), draft, Account("telegram", "9"))
    assert await world.notices() == ["mentor"]


async def test_it_ends_by_itself_and_what_was_flagged_stays_with_that_person(world: World) -> None:
    shadow(world, world.clock().date())
    await world.say("sukkel")
    world.clock.forward(hours=10, minutes=5)  # five past midnight at school
    await world.say("sukkel")
    before, after = await world.cases()
    assert await readers(world, before) == {"coordinator"}
    assert await readers(world, after) == {"mentor"}
    assert await world.notices() == ["coordinator", "mentor"]


async def test_a_hidden_case_that_is_passed_on_is_a_case_like_all_others(world: World, clock: FixedClock) -> None:
    await world.say("sukkel")
    (case,) = await world.cases()
    review = Review({world.school.id: world.school}, clock)
    async with world.store.write() as tx:
        assert Role.MENTOR in await further_roles(tx, world.people["coordinator"], case.number)
        await review.escalate(tx, world.people["coordinator"], case.number, Role.MENTOR, "Graag met hem praten")
    (case,) = await world.cases()
    assert case.only_for is None
    assert await readers(world, case) == {"coordinator", "second", "mentor"}
    assert await world.notices() == ["coordinator", "mentor"]


async def test_when_the_person_leaves_the_cases_are_for_whoever_has_the_role(world: World) -> None:
    await world.say("sukkel")
    async with world.store.write() as tx:
        await tx.people.retire(world.school.id, {"mentor", "co2", "vp", "leader"})
    world.people.pop("coordinator")
    (case,) = await world.cases()
    assert await readers(world, case) == {"second"}


async def test_a_case_about_the_one_it_was_shown_to_is_for_others_once_that_is_known(world: World) -> None:
    await world.say("sukkel", author="Coos")
    await world.link("coordinator", str(sum(b"Coos")))
    (case,) = await world.cases()
    assert await readers(world, case) == {"second"}


def test_passing_on_ends_that_a_case_is_shown_to_one_person() -> None:
    assert escalate(a_case(only_for=PEOPLE[3]), PEOPLE[3], Role.LEADERSHIP, "reden").case.only_for is None


def test_the_last_day_counts_and_what_is_acute_never_waits() -> None:
    month = Shadow(date(2027, 1, 15), UUID(int=1))
    insult = [Category.INSULT]
    assert month.hides(insult, Severity.SERIOUS, date(2027, 1, 15))
    assert not month.hides(insult, Severity.SERIOUS, date(2027, 1, 16))
    assert not month.hides(insult, Severity.ACUTE, date(2027, 1, 15))
