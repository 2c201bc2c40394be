"""Receiving by webhook. Telegram hears 'ok' only after the update is in the journal (promise 1)."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import random
import re
from collections import Counter
from typing import Final

from telegram.error import BadRequest

from bot.adapters.telegram.connection import TelegramBot
from bot.adapters.telegram.inbound import Inbound, Intake, fetch_profile
from bot.adapters.telegram.patience import CannotReceive, Patience, Sleep
from bot.adapters.telegram.wire import ALLOWED_UPDATES
from bot.clock import Clock
from rules.vocabulary import phrase

_log = logging.getLogger(__name__)

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")


class Webhook:
    """What stands behind the address that Telegram delivers to; `counts` is explained at `Inbound`.

    `secret` comes back in the header X-Telegram-Bot-Api-Secret-Token of each delivery; raises `ValueError` for one
    that Telegram would not take.
    """

    def __init__(
        self,
        bot: TelegramBot,
        intake: Intake,
        commands: frozenset[str],
        secret: str,
        *,
        clock: Clock,
        rng: random.Random,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        if not _SECRET.fullmatch(secret):
            raise ValueError("the webhook's secret must be 1 to 256 letters, digits, '_' or '-'")
        self.counts: Counter[str] = Counter()
        self._bot = bot
        self._intake = intake
        self._commands = commands
        self._secret = secret
        self._clock = clock
        self._patience = Patience(rng, sleep)
        self._inbound: Inbound | None = None

    async def start(self, url: str) -> None:
        """Have Telegram deliver to `url` (https); raises `CannotReceive` when the token or the address is refused."""
        profile = await self._patience.until_done(lambda: fetch_profile(self._bot, self._commands))
        self._inbound = Inbound(profile, self._intake, self._clock, self.counts)
        await self._patience.until_done(lambda: self._register(url))

    async def _register(self, url: str) -> None:
        parameters = {
            "url": url,
            "secret_token": self._secret,
            "allowed_updates": ALLOWED_UPDATES,
            "max_connections": 1,  # one at a time, or messages of one chat could overtake each other
        }
        try:
            await self._bot.call("setWebhook", parameters)
        except BadRequest as error:
            raise CannotReceive(
                phrase("Telegram refuses the webhook address {url}: {reason}", url=url, reason=str(error))
            ) from None

    async def receive(self, body: bytes, secret_token: str | None) -> int:
        """Take one delivery and return the HTTP status to answer with; anything but 200 makes Telegram deliver again.

        `secret_token` is the value of the header X-Telegram-Bot-Api-Secret-Token, None without it. 403: not from
        Telegram. 400: no update. 503: not on disk.
        """
        if not hmac.compare_digest((secret_token or "").encode(), self._secret.encode()):
            return 403
        try:
            update = json.loads(body)
        except ValueError:
            return 400
        if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
            return 400
        if self._inbound is None:
            return 503
        try:
            await self._inbound.take([update])
        except Exception as error:  # noqa: BLE001 # whatever kept it off the disk, Telegram keeps it and tries again
            _log.error("update %s could not be taken: %s", update["update_id"], type(error).__name__)
            return 503
        return 200
