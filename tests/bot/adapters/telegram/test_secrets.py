"""The token goes to Telegram and nowhere else: not into logs, reprs or exceptions, whatever their level."""

from __future__ import annotations

import asyncio
import logging
import random
import traceback

import pytest
from telegram.error import TelegramError

from bot.adapters.telegram.connection import TelegramBot, TokenMalformed, connected
from bot.adapters.telegram.poller import Poller
from bot.adapters.telegram.sender import TelegramSender
from bot.outgoing import Outgoing, SendError
from tests.bot.adapters.telegram.conftest import COMMANDS, MemoryJournal, Waits
from tests.conftest import FixedClock
from tests.platforms.bot_api import TOKEN, BotApi

SECRET = TOKEN.partition(":")[2]


async def test_logs_at_their_lowest_level_hold_neither_token_nor_texts(
    telegram: BotApi,
    bot: TelegramBot,
    poller: Poller,
    journal: MemoryJournal,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in ("", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, name)
    telegram.answer_with(502, 1, "getUpdates")
    telegram.drop_connections(1, "getUpdates")
    task = asyncio.create_task(poller.run())
    anna = telegram.world.person("Annabel")
    telegram.world.post(telegram.world.group("2B", anna), anna, "een tekst van een kind")
    telegram.world.private(anna, "/start")
    await journal.until_count(3)
    await TelegramSender(bot).deliver(Outgoing(str(anna.id), text="een tekst van de bot"))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert "HTTP Request: POST" in caplog.text, "httpx logged nothing, so that this test would prove nothing"
    for secret in (SECRET, "een tekst", "Annabel"):
        assert secret not in caplog.text


async def test_errors_and_all_that_led_to_them_hold_no_token(telegram: BotApi, bot: TelegramBot) -> None:
    telegram.drop_connections(1)
    telegram.answer_with(500, 1)
    telegram.answer_with(401, 1)
    for _ in range(3):
        with pytest.raises(TelegramError) as library:
            await bot.send_message(1, "x")
        assert SECRET not in "".join(traceback.format_exception(library.value))
        assert SECRET not in repr(_every_request(library.value))
    async with connected(TOKEN, "http://127.0.0.1:9") as nowhere:
        with pytest.raises(SendError) as ours:
            await TelegramSender(nowhere).deliver(Outgoing("1", text="x"))
    assert SECRET not in "".join(traceback.format_exception(ours.value))


def _every_request(error: BaseException | None) -> list[str]:
    """Return the URLs that httpx hung on the errors below this one."""
    urls = []
    while error is not None:
        request = getattr(error, "_request", None)
        urls.append(str(request.url) if request is not None else "")
        error = error.__cause__ or error.__context__
    return urls


async def test_the_bot_and_its_addresses_show_no_token(bot: TelegramBot) -> None:
    assert SECRET not in f"{bot!r} {bot} {bot.token} {bot.base_url} {bot.base_file_url}"


@pytest.mark.parametrize("token", ["", "secretsecret", "12:se cret", "12:secret\n", "12:secret/../x", "bot12:secret"])
async def test_a_token_of_another_form_is_refused_without_being_repeated(token: str) -> None:
    with pytest.raises(TokenMalformed, match="copy it whole from @BotFather") as error:
        async with connected(token):
            pass
    assert "secret" not in str(error.value)


async def test_a_proxy_of_the_environment_is_used_and_does_not_show_the_token(
    telegram: BotApi, clock: FixedClock, waits: Waits, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A school's network may know no other way out."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("http_proxy", telegram.url)
    monkeypatch.setenv("no_proxy", "")
    journal = MemoryJournal()
    async with connected(TOKEN, "http://telegram.invalid") as bot:
        poller = Poller(bot, journal, COMMANDS, clock=clock, rng=random.Random(5), sleep=waits)
        task = asyncio.create_task(poller.run())
        telegram.world.private(telegram.world.person("Anna"), "hoi")
        await journal.until_count(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert SECRET not in caplog.text


async def test_an_address_that_no_proxy_is_for_is_reached_directly(
    telegram: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    async with connected(TOKEN, telegram.url) as bot:
        assert (await bot.call("getMe"))["is_bot"] is True
