"""Polling: nothing is confirmed before it is on disk, and whatever breaks is waited out or said."""

from __future__ import annotations

import asyncio
import logging
import random

import pytest

from bot.adapters.telegram.connection import TelegramBot, connected
from bot.adapters.telegram.patience import CONFLICTS_BORNE, CannotReceive
from bot.adapters.telegram.poller import BRIEF, QUIET, Poller
from bot.events import MessagePosted
from rules.vocabulary import AttachmentKind
from tests.bot.adapters.telegram.conftest import COMMANDS, MemoryJournal, Waits
from tests.conftest import FixedClock
from tests.platforms.bot_api import TOKEN, BotApi
from tests.platforms.loopback_http import LoopbackServer, Request, Response

ALLOWED = '["message", "edited_message", "callback_query", "my_chat_member", "chat_member"]'


def texts(journal: MemoryJournal) -> list[str]:
    return [event.message.text for event in journal.of(MessagePosted)]


async def test_asks_by_name_for_the_updates_that_it_reads(
    telegram: BotApi, journal: MemoryJournal, polling: asyncio.Task[None]
) -> None:
    first = telegram.called("getUpdates")[0]
    assert first == {"timeout": "30", "allowed_updates": ALLOWED}


async def test_an_update_is_confirmed_only_after_the_journal_took_it(
    telegram: BotApi, journal: MemoryJournal, waits: Waits, polling: asyncio.Task[None]
) -> None:
    journal.refusals = 2
    anna = telegram.world.person("Anna")
    group = telegram.world.group("2B", anna)
    telegram.world.post(group, anna, "hoi")
    last = telegram.world.updates.next_id - 1
    await journal.until_count(2)
    await telegram.until(lambda: telegram.called("getUpdates")[-1].get("offset") == str(last + 1))
    before = [call for call in telegram.called("getUpdates") if call.get("offset") != str(last + 1)]
    assert len(before) >= 3
    assert all("offset" not in call for call in before[:3])
    assert texts(journal) == ["hoi"]
    assert len(waits.seconds) == 2


async def test_after_a_restart_it_goes_on_behind_what_is_on_disk(
    telegram: BotApi, bot: TelegramBot, journal: MemoryJournal, clock: FixedClock, polling: asyncio.Task[None]
) -> None:
    anna = telegram.world.person("Anna")
    group = telegram.world.group("2B", anna)
    await journal.until_count(1)
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    telegram.world.post(group, anna, "terwijl niemand keek")
    seen = len(telegram.called("getUpdates"))
    on_disk = await journal.last_sequence("")
    assert on_disk is not None

    again = Poller(bot, journal, COMMANDS, clock=clock, rng=random.Random(5))
    task = asyncio.create_task(again.run())
    await journal.until_count(2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert telegram.called("getUpdates")[seen]["offset"] == str(on_disk + 1)
    assert texts(journal) == ["terwijl niemand keek"]


async def test_waits_out_a_cut_line_bad_gateways_and_floods_with_growing_pauses(
    telegram: BotApi, journal: MemoryJournal, waits: Waits, poller: Poller
) -> None:
    telegram.drop_connections(1, "getMe")
    telegram.drop_connections(1, "getUpdates")
    telegram.answer_with(502, 2, "getUpdates")
    telegram.answer_with(429, 1, "getUpdates", retry_after=17)
    telegram.cut_after_accepting(1, "getUpdates")
    anna = telegram.world.person("Anna")
    telegram.world.post(telegram.world.group("2B", anna), anna, "hoi")
    task = asyncio.create_task(poller.run())
    await journal.until_count(2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert texts(journal) == ["hoi"]
    at_start, *pauses = waits.seconds
    assert 0.5 <= at_start <= 1
    bounds = [(0.5, 1), (1, 2), (2, 4), (17 + 4, 17 + 8), (8, 16)]
    assert len(pauses) == len(bounds)
    assert all(low <= pause <= high for pause, (low, high) in zip(pauses, bounds, strict=True))


async def test_an_answer_that_is_no_json_is_waited_out_and_not_logged(
    telegram: BotApi, clock: FixedClock, waits: Waits, caplog: pytest.LogCaptureFixture
) -> None:
    async def portal(request: Request) -> Response:
        return Response(200, b"<html>Log in op het schoolnetwerk, Anna</html>")

    caplog.set_level(logging.DEBUG)
    journal = MemoryJournal()
    async with LoopbackServer(portal) as server, connected(TOKEN, server.url) as bot:
        task = asyncio.create_task(Poller(bot, journal, COMMANDS, clock=clock, rng=random.Random(5), sleep=waits).run())
        async with asyncio.timeout(5):
            while len(waits.seconds) < 3:  # noqa: ASYNC110 # the sleep that is counted has no event of its own
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert "Anna" not in caplog.text
    assert "no answer from Telegram" in caplog.text


async def test_a_refused_token_stops_it_and_says_what_to_do(
    telegram: BotApi, journal: MemoryJournal, clock: FixedClock, waits: Waits
) -> None:
    async with connected("6284913057:AAwrongwrongwrong", telegram.url) as bot:
        poller = Poller(bot, journal, COMMANDS, clock=clock, rng=random.Random(5), sleep=waits)
        with pytest.raises(CannotReceive, match="@BotFather") as caught:
            await poller.run()
    assert "AAwrong" not in str(caught.value)
    assert caught.value.problem.text.startswith("Telegram does not know this token")
    assert waits.seconds == []


async def test_a_webhook_in_the_way_stops_it_and_says_what_to_do(
    telegram: BotApi, bot: TelegramBot, poller: Poller, waits: Waits
) -> None:
    await bot.call("setWebhook", {"url": "http://127.0.0.1:9/"})
    with pytest.raises(CannotReceive, match="deleteWebhook"):
        await poller.run()
    assert waits.seconds == []


async def test_a_passing_rival_is_waited_out_and_a_lasting_one_is_named(
    telegram: BotApi, journal: MemoryJournal, poller: Poller, waits: Waits
) -> None:
    telegram.answer_with(409, CONFLICTS_BORNE, "getUpdates")
    telegram.world.private(telegram.world.person("Anna"), "hoi")
    task = asyncio.create_task(poller.run())
    await journal.until_count(1)
    assert len(waits.seconds) == CONFLICTS_BORNE
    telegram.answer_with(409, CONFLICTS_BORNE + 1, "getUpdates")
    telegram.world.private(telegram.world.person("Bo"), "hoi")
    with pytest.raises(CannotReceive, match="Another process"):
        await task


async def test_a_rival_that_polls_too_makes_the_waiting_poll_end(
    telegram: BotApi, bot: TelegramBot, polling: asyncio.Task[None], waits: Waits
) -> None:
    async with connected(telegram.token, telegram.url) as rival:
        await rival.call("getUpdates")
    await telegram.until(lambda: len(telegram.called("getUpdates")) >= 3)
    assert len(waits.seconds) == 1


async def test_cancelling_ends_it_at_once_and_loses_nothing(
    telegram: BotApi, journal: MemoryJournal, polling: asyncio.Task[None]
) -> None:
    polling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await polling
    telegram.world.private(telegram.world.person("Anna"), "hoi")
    assert len(telegram.world.updates.waiting()) == 1


async def test_an_update_of_an_unknown_kind_is_counted_and_confirmed(
    telegram: BotApi, journal: MemoryJournal, poller: Poller, polling: asyncio.Task[None]
) -> None:
    telegram.world.updates.allowed = ()
    telegram.world.updates.put("business_connection", {"id": "x"})
    telegram.world.private(telegram.world.person("Anna"), "hoi")
    await journal.until_count(1)
    assert poller.counts == {"received": 2, "unknown": 1}
    end = str(telegram.world.updates.next_id)
    await telegram.until(lambda: telegram.called("getUpdates")[-1].get("offset") == end)


async def test_an_update_that_is_odd_in_part_is_handed_in_as_far_as_it_can_be_read(
    telegram: BotApi,
    journal: MemoryJournal,
    poller: Poller,
    polling: asyncio.Task[None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    anna = telegram.world.person("Anna")
    group = telegram.world.group("2B", anna)
    telegram.world.send(group, anna, text="jij bent dom", poll="not a poll", reply_to_message="nor a message")
    odd = telegram.world.updates.next_id - 1
    telegram.world.post(group, anna, "en dit komt erna")
    await journal.until_count(3)
    assert texts(journal) == ["jij bent dom", "en dit komt erna"]
    unread = [attachment.kind for attachment in journal.of(MessagePosted)[0].message.attachments]
    assert unread == [AttachmentKind.MEDIA], "nobody would know that a part was not looked at"
    assert poller.counts["damaged"] == 1
    assert f"update {odd} could be read only in part" in caplog.text
    assert "dom" not in caplog.text


async def test_a_message_of_which_only_the_frame_can_be_read_arrives_as_something_unread(
    telegram: BotApi, journal: MemoryJournal, polling: asyncio.Task[None]
) -> None:
    anna = telegram.world.person("Anna")
    telegram.world.send(telegram.world.group("2B", anna), anna, photo="not a list of sizes")
    await journal.until_count(2)
    (posted,) = journal.of(MessagePosted)
    assert [attachment.kind for attachment in posted.message.attachments] == [AttachmentKind.MEDIA]


async def test_a_server_that_does_not_hold_polls_open_is_asked_a_few_times_a_second(
    telegram: BotApi, waits: Waits, polling: asyncio.Task[None]
) -> None:
    telegram.world.updates.end_poll()
    await telegram.until(lambda: len(telegram.called("getUpdates")) == 2)
    assert waits.seconds == [BRIEF]


async def test_an_update_of_which_nothing_can_be_read_is_counted_and_named(
    telegram: BotApi,
    journal: MemoryJournal,
    poller: Poller,
    polling: asyncio.Task[None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    telegram.world.updates.put("message", {"text": "geheim", "chat": "none"})
    odd = telegram.world.updates.next_id - 1
    telegram.world.private(telegram.world.person("Anna"), "hoi")
    await journal.until_count(1)
    assert poller.counts == {"received": 2, "unreadable": 1}
    assert f"update {odd} could not be read" in caplog.text
    assert "geheim" not in caplog.text


async def test_hears_telegram_again_after_a_school_holiday(
    telegram: BotApi, journal: MemoryJournal, clock: FixedClock, polling: asyncio.Task[None]
) -> None:
    """After a week without updates Telegram numbers them anew, perhaps lower than the offset (Bot API, Update)."""
    anna = telegram.world.person("Anna")
    telegram.world.private(anna, "fijne vakantie")
    await journal.until_count(1)
    end = str(telegram.world.updates.next_id)
    await telegram.until(lambda: telegram.called("getUpdates")[-1].get("offset") == end)
    clock.forward(days=42)
    telegram.world.updates.end_poll()
    await telegram.until(lambda: "offset" not in telegram.called("getUpdates")[-1])
    telegram.world.updates.next_id = 1_000
    telegram.world.private(anna, "weer terug")
    await journal.until_count(2)
    assert QUIET.days == 0, "a journal that was 6 days old at the start must not come to the seventh day"
