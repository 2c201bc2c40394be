"""Fixtures that every room shares: a fixed clock, keys, and a real database (SQLite, and PostgreSQL where given)."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from bot.clock import Ids
from bot.keyring import MemoryKeyRing
from bot.storage.database import Database
from bot.storage.store import SqlStore

pytest_plugins = ["tests.models.detoxify.fixtures"]

POSTGRES = os.environ.get("KLASVEILIG_TEST_POSTGRES_URL", "")


class FixedClock:
    """A clock that stands still until a test moves it; Friday 20 November 2026, 13:00 UTC."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def ids(clock: FixedClock) -> Ids:
    return Ids(clock, random.Random(7))


@pytest.fixture
def keyring(clock: FixedClock) -> MemoryKeyRing:
    return MemoryKeyRing(clock)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated, empty database of each kind."""
    if request.param == "postgresql":
        if not POSTGRES:
            if os.environ.get("CI"):
                pytest.fail("CI must set KLASVEILIG_TEST_POSTGRES_URL")
            pytest.skip("set KLASVEILIG_TEST_POSTGRES_URL=postgresql+psycopg://USER@HOST/DATABASE to a spare database")
        database = Database(POSTGRES)
        async with database.engine.begin() as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
    else:
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'klasveilig.db'}")
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
def store(database: Database, keyring: MemoryKeyRing, ids: Ids, clock: FixedClock) -> SqlStore:
    return SqlStore(database, keyring, ids, clock)


@pytest.fixture
async def sqlite_store(tmp_path: Path, keyring: MemoryKeyRing, ids: Ids, clock: FixedClock) -> AsyncIterator[SqlStore]:
    """Storage for tests that are not about the kind of database."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'klasveilig.db'}")
    await database.migrate()
    yield SqlStore(database, keyring, ids, clock)
    await database.close()


NewSchool = Callable[[SqlStore, str], Awaitable[UUID]]


@pytest.fixture
def new_school() -> NewSchool:
    """Makes a school and returns its id."""

    async def make(store: SqlStore, slug: str) -> UUID:
        async with store.write() as tx:
            school_id, _ = await tx.schools.put(slug, slug.title(), "check")
        return school_id

    return make
