"""What goes wrong around the real program is said clearly, and costs no message."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from tests.platforms.bot_api import BotApi
from tests.scenarios.running import Bot, running
from tests.scenarios.story import class_chat, flags, next_notice

SMALL = 4096
"""Bytes that a file may have on the 'full' disk: less than one page of the database with its head."""


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limiting the disk of another process needs Linux")
async def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path, telegram: BotApi) -> None:
    async with running(tmp_path, telegram) as bot:
        chat, anna, sam, noor = class_chat(telegram)
        mies = telegram.world.person("Mies")
        await bot.link_group("2B", chat, anna)
        await bot.link_person("mies", mies)
        limits = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (SMALL, limits[1]))
        telegram.world.post(chat, sam, "Noor je bent een sukkel 1")
        polls = len(telegram.called("getUpdates"))
        await bot.until(lambda: len(telegram.called("getUpdates")) >= polls + 2)
        telegram.world.post(chat, noor, "Sam je bent een sukkel 2")
        assert len(telegram.world.updates.waiting()) == 2
        assert "messages cannot be stored and wait at Telegram" in bot.log
        assert "sukkel" not in bot.log
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, limits)
        first = await next_notice(bot, mies)
        await next_notice(bot, mies, first)
        assert await flags(bot) == ["Noor je bent een sukkel 1", "Sam je bent een sukkel 2"]


async def test_a_token_that_telegram_does_not_know_ends_the_run_with_one_sentence(
    tmp_path: Path, telegram: BotApi
) -> None:
    bot = Bot(tmp_path, telegram)
    (tmp_path / ".env").write_text("KLASVEILIG_TELEGRAM_TOKEN=1234567:AAthisIsNobody\n")
    await bot.cli("migrate")
    said = await bot.cli("run", exit_code=1)
    assert "@BotFather" in said
    assert "Traceback" not in said
    assert "AAthisIsNobody" not in said


async def test_without_its_keys_nothing_starts(tmp_path: Path, telegram: BotApi) -> None:
    bot = Bot(tmp_path, telegram)
    await bot.cli("migrate")
    keys = tmp_path / "var" / "keys" / "keys.json"
    keys.rename(keys.with_name("elsewhere.json"))
    said = await bot.cli("run", exit_code=2)
    assert str(keys) in said
    assert "Traceback" not in said
    assert telegram.calls == []
