"""The webhook: Telegram hears 'ok' after the journal has it, and nobody else is listened to."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator

import pytest

from bot.adapters.telegram.connection import TelegramBot
from bot.adapters.telegram.patience import CannotReceive
from bot.adapters.telegram.webhook import Webhook
from bot.events import MessagePosted, PrivateText
from tests.bot.adapters.telegram.conftest import COMMANDS, MemoryJournal, Waits
from tests.conftest import FixedClock
from tests.platforms.bot_api import BotApi
from tests.platforms.loopback_http import LoopbackServer, Request, Response

SECRET = "a-secret_of-43-characters"


@pytest.fixture
def webhook(bot: TelegramBot, journal: MemoryJournal, clock: FixedClock, waits: Waits) -> Webhook:
    return Webhook(bot, journal, COMMANDS, SECRET, clock=clock, rng=random.Random(5), sleep=waits)


@pytest.fixture
async def endpoint(webhook: Webhook) -> AsyncIterator[str]:
    """The address of an HTTP server with the webhook behind it."""

    async def answer(request: Request) -> Response:
        return Response(await webhook.receive(request.body, request.headers.get("x-telegram-bot-api-secret-token")))

    async with LoopbackServer(answer) as server:
        yield server.url


async def test_updates_arrive_in_order_and_are_taken_from_the_server(
    telegram: BotApi, webhook: Webhook, endpoint: str, journal: MemoryJournal
) -> None:
    await webhook.start(endpoint)
    registered = telegram.called("setWebhook")[0]
    assert (registered["secret_token"], registered["max_connections"]) == (SECRET, "1")
    assert json.loads(registered["allowed_updates"]) == [
        *("message", "edited_message", "callback_query", "my_chat_member", "chat_member")
    ]
    anna = telegram.world.person("Anna")
    group = telegram.world.group("2B", anna)
    for text in ("een", "twee", "drie"):
        telegram.world.post(group, anna, text)
    await journal.until_count(4)
    assert [event.message.text for event in journal.of(MessagePosted)] == ["een", "twee", "drie"]


async def test_what_the_journal_refused_is_delivered_again(
    telegram: BotApi, webhook: Webhook, endpoint: str, journal: MemoryJournal, caplog: pytest.LogCaptureFixture
) -> None:
    journal.refusals = 2
    await webhook.start(endpoint)
    telegram.world.private(telegram.world.person("Anna"), "hoi")
    await journal.until_count(1)
    assert telegram.world.updates.webhook is not None
    assert "503" in str(telegram.world.updates.webhook.last_error)
    assert "geheime" not in caplog.text


async def test_an_update_whose_ok_got_lost_is_handed_in_again_under_the_same_number(
    telegram: BotApi, webhook: Webhook, endpoint: str, journal: MemoryJournal
) -> None:
    telegram.world.updates.lose_answers = 1
    await webhook.start(endpoint)
    anna = telegram.world.person("Anna")
    telegram.world.private(anna, "een")
    telegram.world.private(anna, "twee")
    await journal.until_count(2)
    assert webhook.counts["received"] == 3
    assert [event.text for event in journal.of(PrivateText)] == ["een", "twee"]


@pytest.mark.parametrize("token", [None, "", "wrong", "a-secret_of-43-character", "é"])
async def test_nobody_else_is_listened_to(webhook: Webhook, journal: MemoryJournal, token: str | None) -> None:
    assert await webhook.receive(b'{"update_id": 1}', token) == 403
    assert journal.deliveries == []


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"{}", b'{"update_id": "one"}', b"\xff\xfe\x00"])
async def test_a_body_that_is_no_update_is_called_wrong(webhook: Webhook, endpoint: str, body: bytes) -> None:
    await webhook.start(endpoint)
    assert await webhook.receive(body, SECRET) == 400


async def test_a_delivery_before_the_start_must_come_again(webhook: Webhook) -> None:
    assert await webhook.receive(b'{"update_id": 1}', SECRET) == 503


async def test_an_unknown_update_is_confirmed_and_counted(webhook: Webhook, endpoint: str) -> None:
    await webhook.start(endpoint)
    assert await webhook.receive(b'{"update_id": 1, "poll_answer": {}}', SECRET) == 200
    assert webhook.counts == {"received": 1, "unknown": 1}


async def test_an_address_that_telegram_refuses_is_said_at_once(webhook: Webhook, waits: Waits) -> None:
    with pytest.raises(CannotReceive, match=r"(?i)https url must be provided"):
        await webhook.start("http://example.org/telegram")
    assert waits.seconds == []


async def test_the_start_waits_for_a_server_that_is_away(
    telegram: BotApi, webhook: Webhook, endpoint: str, waits: Waits
) -> None:
    telegram.answer_with(502, 1, "getMe")
    telegram.drop_connections(1, "setWebhook")
    await webhook.start(endpoint)
    assert len(waits.seconds) == 2
    assert telegram.world.updates.webhook is not None


@pytest.mark.parametrize("secret", ["", "two words", "a" * 257])
async def test_a_secret_that_telegram_would_not_take_is_refused(
    bot: TelegramBot, journal: MemoryJournal, clock: FixedClock, secret: str
) -> None:
    with pytest.raises(ValueError, match="1 to 256 letters"):
        Webhook(bot, journal, COMMANDS, secret, clock=clock, rng=random.Random(5))
