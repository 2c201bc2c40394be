"""Receiving by long polling. An update is confirmed to Telegram only after it is in the journal (promise 1)."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import timedelta
from typing import Final

from bot.adapters.telegram.connection import TelegramBot
from bot.adapters.telegram.inbound import Inbound, Intake, fetch_profile
from bot.adapters.telegram.patience import Patience, Sleep
from bot.adapters.telegram.wire import ALLOWED_UPDATES
from bot.clock import Clock

POLL_SECONDS: Final = 30
"""How long Telegram may hold a poll open: below the minute after which many routers forget a silent connection."""
BRIEF: Final = 0.2
"""Seconds: an empty answer that came sooner is from a server that does not hold polls open; it is not asked at once."""
QUIET: Final = timedelta(hours=1)
"""After so long without updates the offset is dropped. Everything below it was confirmed by the polls since then, and
after a week of silence (a school holiday) Telegram goes on from a random number, perhaps below it (Bot API, Update)."""


class Poller:
    """Receives for one bot, until it is cancelled; `counts` is explained at `Inbound`."""

    def __init__(
        self,
        bot: TelegramBot,
        intake: Intake,
        commands: frozenset[str],
        *,
        clock: Clock,
        rng: random.Random,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._bot = bot
        self._intake = intake
        self._commands = commands
        self._clock = clock
        self._sleep = sleep
        self._patience = Patience(rng, sleep)
        self._offset: int | None = None
        self._heard_at = clock()

    async def run(self) -> None:
        """Receive without end; raises `CannotReceive` when the token is refused or somebody else receives."""
        inbound = await self._patience.until_done(self._start)
        while True:
            await self._patience.until_done(lambda: self._poll(inbound))

    async def _start(self) -> Inbound:
        profile = await fetch_profile(self._bot, self._commands)
        last = await self._intake.last_sequence(profile.source)
        self._offset = None if last is None else last + 1
        return Inbound(profile, self._intake, self._clock, self.counts)

    async def _poll(self, inbound: Inbound) -> None:
        asked_at = self._clock()
        parameters = {"offset": self._offset, "timeout": POLL_SECONDS, "allowed_updates": ALLOWED_UPDATES}
        updates = await self._bot.call("getUpdates", parameters, answer_within=POLL_SECONDS + 10)
        if updates:
            await inbound.take(updates)
            self._offset = max(update["update_id"] for update in updates) + 1
            self._heard_at = self._clock()
            return
        if self._clock() - self._heard_at > QUIET:
            self._offset = None
        if self._clock() - asked_at < timedelta(seconds=BRIEF):
            await self._sleep(BRIEF)
