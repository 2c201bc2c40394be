"""Linking groups and people by one-time codes, and what the bot says about itself in a group."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from bot.commands.linking import WRONG_CODES, bare, create_code
from bot.events import ChatMoved, MembershipChanged, ReachabilityChanged
from rules.vocabulary import Account, Chat
from tests.bot.commands.world import CLASS, World, as_read, check_golden


async def code_for(world: World, group: str | None = None, person: str | None = None) -> str:
    """Return a code as the administrator gives it out."""
    async with world.store.write() as tx:
        return await create_code(
            tx,
            world.ids,
            world.clock(),
            world.school.id,
            group_id=UUID(world.groups[group].id) if group else None,
            person_id=world.people[person].id if person else None,
        )


async def linked_group(world: World, chat: Chat = CLASS) -> str | None:
    """Return the name of the group that a chat is linked to."""
    async with world.store.read() as tx:
        group = await tx.people.group_of(chat)
    return group.name if group else None


def in_group(world: World) -> list[str]:
    """Return what stands in the class's chat."""
    return [as_read(shown) for shown in world.telegram.chats[CLASS.id]]


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_code_typed_in_a_group_links_it_and_the_bot_introduces_itself(
    new_world: Callable[[str], Awaitable[World]], language: str
) -> None:
    world = await new_world(language)
    code = await code_for(world, group="2B")
    await world.types_in_group("anna", "koppel", "WRONG234")
    await world.types_in_group("anna", "koppel", f" {code[:4].lower()}-{code[4:]} ")
    assert await linked_group(world) == "2B"
    check_golden(f"link_group_{language}", in_group(world))


async def test_a_code_works_once(world: World) -> None:
    code = await code_for(world, group="2B")
    await world.types_in_group("anna", "koppel", code)
    await world.types_in_group("anna", "koppel", code, chat=Chat("telegram", "-1003"))
    assert await linked_group(world, Chat("telegram", "-1003")) is None


async def test_a_code_works_for_a_week(world: World) -> None:
    code = await code_for(world, group="2B")
    world.clock.forward(days=7)
    await world.types_in_group("anna", "koppel", code)
    assert await linked_group(world) is None


async def test_after_five_wrong_codes_even_the_right_one_has_to_wait_an_hour(world: World) -> None:
    code = await code_for(world, group="2B")
    for _ in range(WRONG_CODES):
        await world.types_in_group("finn", "koppel", "WRONG234")
    await world.types_in_group("anna", "koppel", code)
    assert await linked_group(world) is None
    world.clock.forward(hours=1)
    await world.types_in_group("anna", "koppel", code)
    assert await linked_group(world) == "2B"


async def test_somebody_who_guesses_is_stopped_in_every_group(world: World) -> None:
    code = await code_for(world, group="2B")
    for guess in range(WRONG_CODES):
        await world.types_in_group("finn", "koppel", "WRONG234", chat=Chat("telegram", f"-{guess}"))
    await world.types_in_group("finn", "koppel", code)
    assert await linked_group(world) is None


async def test_a_code_for_a_person_links_their_account_and_makes_them_reachable(world: World) -> None:
    code = await code_for(world, person="anna")
    await world.types("anna", "/start")
    await world.types("anna", f"/start {code}")
    async with world.store.read() as tx:
        person = await tx.people.by_account(world.school.id, world.account("anna"))
        assert person is not None
        assert person.id == world.people["anna"].id
        assert [contact.channel for contact in await tx.people.contacts(person.id)] == ["telegram"]
    check_golden("link_person_nl", world.said)


async def test_the_english_welcome_says_what_one_can_do(new_world: Callable[[str], Awaitable[World]]) -> None:
    world = await new_world("en")
    code = await code_for(world, person="anna")
    await world.types("anna", "hello?", language="en")
    await world.types("anna", f"/koppel {code}", language="en")
    await world.types("anna", "/koppel WRONG234", language="en")
    await world.types("anna", "/koppel", language="en")
    check_golden("link_person_en", world.said)


async def test_a_persons_code_typed_in_a_group_is_burnt_and_says_why(world: World) -> None:
    code = await code_for(world, person="anna")
    await world.types_in_group("anna", "koppel", code)
    assert await linked_group(world) is None
    assert "voor één persoon" in in_group(world)[-1]
    await world.types("finn", f"/start {code}")
    async with world.store.read() as tx:
        assert await tx.people.by_account(world.school.id, world.account("finn")) is None


async def test_a_groups_code_typed_in_private_comes_back_for_the_group(world: World) -> None:
    code = await code_for(world, group="2B")
    answer = await world.types("anna", f"/koppel {code}")
    fresh = answer.text.rpartition(" ")[2]
    await world.types_in_group("anna", "koppel", fresh)
    assert await linked_group(world) == "2B"


async def test_a_bot_that_comes_into_a_linked_group_introduces_itself_and_elsewhere_says_that_it_does_nothing(
    world: World,
) -> None:
    bot = Account("telegram", "bot")
    await world.happens(MembershipChanged(CLASS, bot, True, world.clock(), is_bot_itself=True))
    async with world.store.write() as tx:
        await tx.people.link_chat(world.groups["2B"], CLASS)
    await world.happens(MembershipChanged(CLASS, bot, True, world.clock(), is_bot_itself=True))
    assert "nog niet gekoppeld" in in_group(world)[0]
    assert "Ik lees mee in deze groep (2B)" in in_group(world)[1]


async def test_administrators_hear_that_the_bot_was_taken_out_of_a_group(world: World) -> None:
    await world.links("ict", "anna")
    async with world.store.write() as tx:
        await tx.people.link_chat(world.groups["2B"], CLASS)
    await world.happens(MembershipChanged(CLASS, Account("telegram", "bot"), False, world.clock(), is_bot_itself=True))
    assert [shown.text for shown in world.chat("ict")] == [
        "Ik ben uit de groep 2B gehaald. Niemand kijkt nu nog naar de berichten daar. "
        "Was dat niet de bedoeling? Voeg me dan weer toe aan de groep."
    ]
    assert world.chat("anna") == []


async def test_people_coming_and_going_change_nothing(world: World) -> None:
    await world.happens(MembershipChanged(CLASS, world.account("finn"), True, world.clock()))
    assert world.telegram.chats == {}


async def test_a_group_that_gets_another_id_stays_linked(world: World) -> None:
    async with world.store.write() as tx:
        await tx.people.link_chat(world.groups["2B"], CLASS)
    await world.happens(ChatMoved(CLASS, "-100777"))
    assert await linked_group(world, Chat("telegram", "-100777")) == "2B"


async def test_whoever_blocks_the_bot_is_no_longer_reachable_until_they_let_it_in_again(world: World) -> None:
    await world.links("anna")
    for reachable in (False, True):
        await world.happens(ReachabilityChanged(world.account("anna"), reachable))
        async with world.store.read() as tx:
            assert bool(await tx.people.contacts(world.people["anna"].id)) is reachable


def test_a_code_can_be_typed_in_any_way() -> None:
    assert bare(" 7kq4-m2xd ") == "7KQ4M2XD"
