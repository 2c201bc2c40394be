"""A Bot API server, a connected bot and a journal in memory for each test."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

import pytest

from bot.adapters.telegram.connection import TelegramBot, connected
from bot.adapters.telegram.poller import Poller
from bot.events import Delivery, Event
from tests.conftest import FixedClock
from tests.platforms.bot_api import BotApi

E = TypeVar("E")
COMMANDS = frozenset({"koppel", "melden", "regels"})


class MemoryJournal:
    """The journal's twin in memory: takes a sequence number once, and refuses as often as it is told to."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.sources: set[str] = set()
        self.refusals = 0
        self._changed = asyncio.Condition()

    async def accept(self, source: str, deliveries: Sequence[Delivery]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise OSError("no space left on device: 'een geheime tekst'")
        known = {delivery.sequence for delivery in self.deliveries if delivery.sequence is not None}
        async with self._changed:
            self.sources.add(source)
            self.deliveries += [delivery for delivery in deliveries if delivery.sequence not in known]
            self._changed.notify_all()

    async def last_sequence(self, source: str) -> int | None:
        return max((delivery.sequence for delivery in self.deliveries if delivery.sequence is not None), default=None)

    @property
    def events(self) -> list[Event]:
        return [delivery.event for delivery in self.deliveries]

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(condition)

    async def until_count(self, count: int) -> None:
        await self.until(lambda: len(self.deliveries) >= count)


class Waits:
    """Sleeps not at all and remembers for how long it should have."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
async def telegram(clock: FixedClock) -> AsyncIterator[BotApi]:
    async with BotApi(clock) as server:
        yield server


@pytest.fixture
async def bot(telegram: BotApi) -> AsyncIterator[TelegramBot]:
    async with connected(telegram.token, telegram.url) as bot:
        yield bot


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal()


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def poller(bot: TelegramBot, journal: MemoryJournal, clock: FixedClock, waits: Waits) -> Poller:
    return Poller(bot, journal, COMMANDS, clock=clock, rng=random.Random(5), sleep=waits)


@pytest.fixture
async def polling(telegram: BotApi, poller: Poller) -> AsyncIterator[asyncio.Task[None]]:
    """The poller at work, its first poll waiting."""
    task = asyncio.create_task(poller.run())
    await telegram.until(lambda: bool(telegram.called("getUpdates")))
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
