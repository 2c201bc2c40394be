"""Trying again: for how long, and when it is no use."""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from rules.vocabulary import Phrase, phrase

_log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]
"""Waits the seconds that it is given."""

T = TypeVar("T")

FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 60.0
"""Seconds before the second try and, doubled each time, at most; each wait is cut at random to between half and whole,
so that many bots do not return at the same moment."""
CONFLICTS_BORNE: Final = 5
"""A process that was just killed can hold its poll for a while; a rival still there after so many tries is another."""


class CannotReceive(Exception):
    """Nothing can be received until somebody changes something; `problem` says to people what."""

    def __init__(self, problem: Phrase) -> None:
        super().__init__(problem.text.format(**dict(problem.values)))
        self.problem = problem


class Patience:
    """Repeats a step until it succeeds, with waits that grow; the wait and the chance are given."""

    def __init__(self, rng: random.Random, sleep: Sleep) -> None:
        self._rng = rng
        self._sleep = sleep

    async def until_done(self, step: Callable[[], Awaitable[T]]) -> T:
        """Return what `step` returns once it succeeds; raises `CannotReceive` where trying again cannot help."""
        failures = conflicts = 0
        while True:
            wait = 0.0
            try:
                return await step()
            except CannotReceive:
                raise
            except InvalidToken:
                raise CannotReceive(token_refused()) from None
            except Conflict as error:
                conflicts += 1
                if "webhook" in str(error).lower():
                    raise CannotReceive(webhook_in_the_way()) from None
                if conflicts > CONFLICTS_BORNE:
                    raise CannotReceive(somebody_else_polls()) from None
                _log.warning("another process polls for this bot; trying again")
            except RetryAfter as error:
                wait = seconds_of(error)
                _log.warning("Telegram asks to wait %g s", wait)
            except TelegramError as error:
                _log.warning("no answer from Telegram: %s; trying again", type(error).__name__)
            except Exception as error:  # noqa: BLE001 # what was not taken stays with Telegram and is asked for again
                _log.error("updates could not be taken: %s; trying again", type(error).__name__)
            await self._sleep(wait + self._pause(failures))
            failures += 1

    def _pause(self, failures: int) -> float:
        longest: float = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures, 10))
        return longest * self._rng.uniform(0.5, 1)


def seconds_of(error: RetryAfter) -> float:
    """Return the seconds that Telegram asks to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def token_refused() -> Phrase:
    """Say that the token is not (or no longer) valid."""
    return phrase(
        "Telegram does not know this token. Ask @BotFather for the current one (/mybots, API Token), put it in the "
        "configuration and start again."
    )


def webhook_in_the_way() -> Phrase:
    """Say that polling is impossible while a webhook is set."""
    return phrase(
        "Telegram delivers this bot's messages to a webhook, so they cannot be polled. Choose the webhook in the "
        "configuration, or open https://api.telegram.org/bot<token>/deleteWebhook once, with the token in the place "
        "of <token>, and start again."
    )


def somebody_else_polls() -> Phrase:
    """Say that another process uses the same token."""
    return phrase(
        "Another process receives this bot's messages with the same token. Stop it, or revoke the token at @BotFather "
        "if you do not know it, and start again."
    )
