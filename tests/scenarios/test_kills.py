"""The real program is killed with SIGKILL again and again; nothing is lost, and nothing happens twice (promise 1)."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.access import scope_for
from bot.cases.case import State
from tests.platforms.bot_api import BotApi
from tests.scenarios.feed import Feed
from tests.scenarios.running import Bot, running

KILLS = int(os.environ.get("KLASVEILIG_TEST_KILLS", "6"))
STOPS = max(3, KILLS // 10)
SEED = int(os.environ.get("KLASVEILIG_TEST_SEED", "2026"))
QUIET_WITHIN = 180.0
"""Seconds in which all must be done at the end; a message that a slow machine left unchecked is tried after 60."""


class Killer:
    """Ways to end the bot at a moment that hurts. Each leaves it dead."""

    def __init__(self, bot: Bot, feed: Feed, rng: random.Random) -> None:
        self._bot = bot
        self._feed = feed
        self._rng = rng

    async def any_moment(self) -> None:
        """At work, at a random moment."""
        await self._bot.start()
        await live(self._feed, self._rng.uniform(0.5, 3.5))
        await self._bot.kill()

    async def starting(self) -> None:
        """Before or while it takes up what an earlier run left."""
        await self._bot.launch()
        await live(self._feed, self._rng.uniform(0.5, 2.5))
        await self._bot.kill()

    async def receiving(self) -> None:
        """Telegram has sent updates, which nobody wrote down yet."""
        self._feed.chat_on()
        held = self._bot.telegram.hold_after_accepting("getUpdates")
        await self._bot.start()
        await self._bot.until(held.carried_out.is_set)
        await self._bot.kill()
        held.cut()

    async def confirming(self) -> None:
        """Updates are in the journal and nowhere else: Telegram has just been told to forget them."""
        await self._bot.start()
        self._feed.insult()
        updates = self._bot.telegram.world.updates
        await self._bot.until(lambda: not updates.pending)
        await self._bot.kill()

    async def sending(self) -> None:
        """Telegram has accepted a message, and the bot has not heard so."""
        held = self._bot.telegram.hold_after_accepting("sendMessage")
        await self._bot.start()
        self._feed.ask()
        await self._bot.until(held.carried_out.is_set)
        await live(self._feed, self._rng.uniform(0, 0.2))
        await self._bot.kill()
        held.cut()

    async def calling(self) -> None:
        """A message is on its way to Telegram and will not arrive there."""
        told = len(self._bot.telegram.called("sendMessage"))
        self._bot.telegram.drop_connections(1, "sendMessage")
        await self._bot.start()
        self._feed.ask()
        await self._bot.until(lambda: len(self._bot.telegram.called("sendMessage")) > told)
        await self._bot.kill()


async def live(feed: Feed, seconds: float) -> None:
    """Let people do things for some seconds."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        feed.act()
        await asyncio.sleep(feed.rng.uniform(0, 0.15))


@pytest.mark.faults
async def test_nothing_is_lost_and_nothing_happens_twice_whenever_the_bot_is_killed(
    tmp_path: Path, telegram: BotApi
) -> None:
    rng = random.Random(SEED)
    world = telegram.world
    mies, anna = world.person("Mies"), world.person("Anna")
    chat = world.supergroup("2B", anna)
    async with running(tmp_path, telegram) as bot:
        await bot.link_group("2B", chat, anna)
        await bot.link_person("mies", mies)
        feed = Feed(telegram, chat, mies, rng)
        await bot.stop()
        killer = Killer(bot, feed, rng)
        ways = [
            *(killer.any_moment, killer.sending, killer.confirming),
            *(killer.starting, killer.receiving, killer.calling),
        ]
        kills: Counter[str] = Counter()
        for number in range(KILLS):
            way = ways[number] if number < len(ways) else rng.choice([*ways, killer.any_moment])
            for _ in range(rng.randrange(4)):
                feed.act()
            await way()
            kills[way.__name__] += 1
        await bot.start()
        await until_quiet(bot)
        for act in (feed.take, feed.take, feed.note):
            act()
            await until_quiet(bot)
        found = await look(bot)

    notices = feed.notices()
    duplicates = feed.duplicates(len(found["cases"]))
    flagged = Counter(found["flags"])
    lost = [insult for insult in feed.insults if insult not in {text for text, _ in flagged}]
    table = {
        "kills (SIGKILL)": sum(kills.values()),
        **{f"  {name.replace('_', ' ')}": count for name, count in sorted(kills.items())},
        "messages posted, edits included": feed.messages,
        "  of these checked": found["checked"],
        "insults": len(feed.insults),
        "  of these flagged": len(feed.insults) - len(lost),
        "  lost": len(lost),
        "  flagged twice": sum(count - 1 for count in flagged.values()),
        "cases": len(found["cases"]),
        "  without a notice": len(found["cases"].keys() - notices.keys()),
        "cases taken, by button": len(feed.taken),
        "notes, by button and text": len(feed.notes),
        "presses on buttons": feed.presses,
        "answers lost": len(feed.missing()),
        "messages sent by the bot": feed.sent(),
        "  of these sent twice": duplicates,
    }
    show(table)

    assert lost == []
    assert set(flagged) == {(insult, "insult") for insult in feed.insults}
    assert set(flagged.values()) <= {1}
    assert found["checked"] == feed.messages
    assert notices.keys() == found["cases"].keys()
    assert found["half"] == []
    actions = found["cases"]
    assert {number for number, done in actions.items() if done["take"]} == feed.taken
    assert all(done["take"] <= 1 and done["open"] == 1 for done in actions.values())
    assert found["notes"] == Counter((number, note) for note, number in feed.notes.items())
    assert feed.missing() == []
    assert kills["sending"] <= duplicates <= KILLS


@pytest.mark.faults
async def test_a_stop_loses_nothing_and_sends_nothing_twice_whenever_it_comes(tmp_path: Path, telegram: BotApi) -> None:
    rng = random.Random(SEED)
    mies, anna = telegram.world.person("Mies"), telegram.world.person("Anna")
    chat = telegram.world.supergroup("2B", anna)
    async with running(tmp_path, telegram) as bot:
        await bot.link_group("2B", chat, anna)
        await bot.link_person("mies", mies)
        feed = Feed(telegram, chat, mies, rng)
        for seconds in (0, *(rng.uniform(0, 3) for _ in range(STOPS))):
            await bot.stop()
            for _ in range(3):
                feed.act()
            await bot.start()
            await live(feed, seconds)
        await until_quiet(bot)
        await bot.stop()
        found = await look(bot)
        assert "Traceback" not in bot.log
    assert Counter(found["flags"]) == Counter((insult, "insult") for insult in feed.insults)
    assert found["checked"] == feed.messages
    assert feed.missing() == []
    assert feed.duplicates(len(found["cases"])) == 0


async def until_quiet(bot: Bot) -> None:
    """Wait until all that arrived has had its effects and all that was written has been sent."""
    async with asyncio.timeout(QUIET_WITHIN), bot.opened() as app:
        while True:
            async with app.database.reading() as session:
                left = [
                    (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()  # noqa: S608 # fixed
                    for table in ("journal", "outbox")
                ]
            if not any(left) and not bot.telegram.world.updates.waiting():
                return
            await asyncio.sleep(0.2)


HALVES: Mapping[str, str] = {
    "a case without a flag": "SELECT id FROM cases WHERE id NOT IN (SELECT case_id FROM flags)",
    "a case without readers": "SELECT id FROM cases WHERE id NOT IN (SELECT case_id FROM case_audiences)",
    "a case about nobody": "SELECT id FROM cases WHERE id NOT IN (SELECT case_id FROM case_people)",
    "a flag without a case": "SELECT id FROM flags WHERE case_id NOT IN (SELECT id FROM cases)",
    "a copy without a case": "SELECT id FROM sent_copies WHERE case_id NOT IN (SELECT id FROM cases)",
    "a dialog that is not over": "SELECT id FROM dialogs",
}
"""What must not be there, by the query that would find it."""


async def look(bot: Bot) -> dict[str, Any]:
    """Return what the database holds: flags as (text, category), the actions of each case by its number, and so on."""
    async with bot.opened() as app, app.store.read() as tx:
        assert await tx.audit.first_broken(app.school.id) is None
        mies = await tx.people.by_key(app.school.id, "mies")
        assert mies is not None
        cases = await tx.cases.listed(scope_for(mies), State)
        flags = [(one.text, str(one.category)) for case in cases for one in await tx.cases.evidence(case)]
        history = {case.number: await tx.cases.history(case) for case in cases}
        today = app.clock().date()
        totals = await tx.counters.totals(app.school.id, today - timedelta(days=1), today + timedelta(days=1))
        async with app.database.reading() as session:
            half = [what for what, query in HALVES.items() if (await session.execute(text(query))).first()]
            assert (await session.execute(text("SELECT count(*) FROM cases"))).scalar_one() == len(cases)
            assert (await session.execute(text("SELECT count(*) FROM flags"))).scalar_one() == len(flags)
    return {
        "flags": flags,
        "cases": {number: Counter(event.action for event in events) for number, events in history.items()},
        "notes": Counter(
            (number, event.note) for number, events in history.items() for event in events if event.action == "note"
        ),
        "checked": totals.get("checked", 0),
        "half": half,
    }


def show(table: Mapping[str, int]) -> None:
    """Print the counts, for `make test-faults`."""
    print(f"\n\nKilled {KILLS} times, seed {SEED}")  # noqa: T201 # the counts are the result of this test
    for name, count in table.items():
        print(f"  {name:<34}{count:>7,}")  # noqa: T201 # as above
