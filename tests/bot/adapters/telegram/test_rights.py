"""What `klasveilig doctor` says about Telegram."""

from __future__ import annotations

import asyncio

import pytest

from bot.adapters.telegram.connection import TelegramBot, connected
from bot.adapters.telegram.rights import LIMITS, Observation, examine
from tests.conftest import FixedClock
from tests.platforms.bot_api import TOKEN, BotApi
from tests.platforms.loopback_http import LoopbackServer, Request, Response


async def examined(bot: TelegramBot, *chats: int, polling: bool = True) -> list[tuple[str, str]]:
    """Return level and English text of all observations but the limits that always hold."""
    found = await examine(bot, [str(chat) for chat in chats], polling=polling)
    return [(seen.level, seen.text.text.format(**dict(seen.text.values))) for seen in found if seen.text not in LIMITS]


async def test_an_administrator_with_all_rights_sees_everything_there_is(telegram: BotApi, bot: TelegramBot) -> None:
    anna = telegram.world.person("Anna")
    group = telegram.world.supergroup("2B", anna)
    telegram.world.promote_bot(group, anna)
    assert await examined(bot, group.id) == [
        ("good", "The token belongs to @klasveilig_test_bot."),
        ("limit", "Waiting at Telegram, for 24 hours at most: 3."),
        ("good", "The bot sees all messages in 2B and can delete them."),
    ]


async def test_the_limits_of_every_bot_are_always_said(bot: TelegramBot) -> None:
    found = await examine(bot, [], polling=True)
    assert [seen for seen in found if seen.level == "limit"] == [Observation("limit", limit) for limit in LIMITS]


async def test_missing_rights_are_named_with_the_remedy(telegram: BotApi, bot: TelegramBot) -> None:
    anna = telegram.world.person("Anna")
    member, admin = telegram.world.group("2B", anna), telegram.world.supergroup("3C", anna)
    telegram.world.promote_bot(admin, anna, "invite_users")
    telegram.world.updates.pending.clear()
    _, in_2b, in_3c = await examined(bot, member.id, admin.id)
    assert in_2b[0] == "limit"
    assert "no administrator in 2B" in in_2b[1]
    assert in_3c[0] == "limit"
    assert "may not delete messages in 3C" in in_3c[1]


async def test_a_chat_that_it_left_or_that_moved_is_a_problem(telegram: BotApi, bot: TelegramBot) -> None:
    anna = telegram.world.person("Anna")
    out, old = telegram.world.group("2B", anna), telegram.world.group("3C", anna)
    telegram.world.remove_bot(out, anna)
    new = telegram.world.upgrade(old, anna)
    telegram.world.updates.pending.clear()
    _, *problems = await examined(bot, out.id, old.id, -5)
    assert [level for level, _ in problems] == ["problem"] * 3
    assert "not a member" in problems[0][1]
    assert problems[1][1] == f"Chat {old.id} became {new.id}. Link it again."
    assert "Chat not found" in problems[2][1]


async def test_privacy_mode_is_a_problem(clock: FixedClock) -> None:
    async with BotApi(clock, privacy_mode=True) as telegram, connected(TOKEN, telegram.url) as bot:
        group = telegram.world.group("2B", telegram.world.person("Anna"))
        found = await examined(bot, group.id)
    assert [level for level, text in found if "/setprivacy" in text or "no administrator" in text] == ["problem"] * 2


async def test_a_webhook_in_the_way_of_polling_is_a_problem(telegram: BotApi, bot: TelegramBot) -> None:
    await bot.call("setWebhook", {"url": "http://127.0.0.1:9/"})
    assert [level for level, text in await examined(bot) if "deleteWebhook" in text] == ["problem"]


async def test_a_webhook_that_fails_or_is_not_set_yet_is_said(telegram: BotApi, bot: TelegramBot) -> None:
    assert ("limit", "No webhook is set yet; it is set when the bot starts.") in await examined(bot, polling=False)
    delivered = asyncio.Queue[Request]()

    async def down(request: Request) -> Response:
        delivered.put_nowait(request)
        return Response(503)

    async with LoopbackServer(down) as server:
        await bot.call("setWebhook", {"url": server.url})
        telegram.world.private(telegram.world.person("Anna"), "hoi")
        for _ in range(2):
            await asyncio.wait_for(delivered.get(), 5)
        found = await examined(bot, polling=False)
        await bot.call("deleteWebhook")
    problem = "Telegram could not deliver to the webhook: Wrong response from the webhook: 503 Service Unavailable"
    assert ("problem", problem) in found
    assert ("limit", "Waiting at Telegram, for 24 hours at most: 1.") in found


@pytest.mark.parametrize(("status", "words"), [(401, "does not know this token"), (502, "does not answer")])
async def test_no_answer_is_the_only_problem_then(telegram: BotApi, bot: TelegramBot, status: int, words: str) -> None:
    telegram.answer_with(status, 1)
    ((level, text),) = await examined(bot)
    assert level == "problem"
    assert words in text
