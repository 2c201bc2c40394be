"""A world for each test, in a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.clock import Ids
from bot.keyring import MemoryKeyRing
from bot.storage.database import Database
from tests.bot.commands.world import World, make_world
from tests.conftest import FixedClock


@pytest.fixture
async def new_world(
    tmp_path: Path, keyring: MemoryKeyRing, ids: Ids, clock: FixedClock
) -> AsyncIterator[Callable[[str], Awaitable[World]]]:
    """Makes a school whose people read a language."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'klasveilig.db'}")
    await database.migrate()

    async def make(language: str) -> World:
        return await make_world(database, keyring, ids, clock, language)

    yield make
    await database.close()


@pytest.fixture
async def world(new_world: Callable[[str], Awaitable[World]]) -> World:
    return await new_world("nl")
