"""The tables are those that the migrations make, with a school and a key everywhere, and commits are durable."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from uuid import UUID

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Uuid, text

from bot.clock import Ids
from bot.storage.database import FULL, Database, _alembic_config
from bot.storage.tables import Base
from bot.stores import ClosedStore

TABLES = sorted(Base.metadata.tables.values(), key=lambda table: table.name)


@pytest.mark.parametrize("table", [t for t in TABLES if t.name != "schools"], ids=lambda table: str(table.name))
def test_every_table_has_a_uuid_key_and_a_school(table: object) -> None:
    columns = table.c  # type: ignore[attr-defined] # a Table; parametrize has no type for it
    assert isinstance(columns.id.type, Uuid)
    assert columns.id.primary_key
    assert not columns.school_id.nullable


async def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    def difference(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(difference) == []


async def test_a_database_of_the_first_version_is_migrated_with_what_is_in_it(database: Database) -> None:
    def to_the_first(connection: Connection) -> None:
        config = _alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")

    async with database.engine.connect() as connection:
        await connection.run_sync(to_the_first)
        await connection.commit()
    async with database.writing() as session:
        values = {"id": "0" * 32 if database.is_sqlite else str(UUID(int=0))}
        await session.execute(text("INSERT INTO schools VALUES (:id, 'a', 'A', '', '2026-01-01 00:00:00')"), values)
    await database.migrate()
    await database.check()
    async with database.reading() as session:
        assert (await session.execute(text("SELECT slug FROM schools"))).scalars().all() == ["a"]
        assert (await session.execute(text("SELECT count(only_for) FROM cases"))).scalar_one() == 0


async def test_sqlite_commits_only_when_the_disk_has_it(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    await database.migrate()
    assert await database.synchronous() == FULL
    async with database.engine.connect() as connection:
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar_one() == "wal"
        assert (await connection.execute(text("PRAGMA foreign_keys"))).scalar_one() == 1
    await database.check()
    await database.close()


async def test_a_database_without_tables_is_refused_with_the_remedy(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(ClosedStore, match="klasveilig migrate"):
        await database.check()
    await database.close()


async def test_a_locked_database_is_a_clear_error_and_nothing_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.database.BUSY_SECONDS", 0.1)
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    await database.migrate()
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ClosedStore, match="locked"):
        async with database.writing():
            pytest.fail("the lock is somebody else's")
    other.execute("ROLLBACK")
    other.close()
    async with database.writing() as session:
        await session.execute(text("SELECT 1"))
    await database.close()


async def test_a_full_disk_is_a_clear_error_and_nothing_is_stored(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    await database.migrate()
    with pytest.raises(ClosedStore, match="full"):
        async with database.writing() as session:
            # The database may not grow any further: the same error that SQLite gives for a full disk.
            pages = (await session.execute(text("PRAGMA page_count"))).scalar_one()
            await session.execute(text(f"PRAGMA max_page_count={pages}"))
            await session.execute(
                text("INSERT INTO schools VALUES (:id, 'a', :long, '', '2026-01-01 00:00:00')"),
                {"id": "0" * 32, "long": "x" * 5_000_000},
            )
    async with database.reading() as session:
        assert (await session.execute(text("SELECT count(*) FROM schools"))).scalar_one() == 0
    await database.close()


def test_keys_are_uuid_version_7_and_sort_by_time(ids: Ids, clock: object) -> None:
    first = ids.uuid()
    clock.forward(milliseconds=1)  # type: ignore[attr-defined] # the fixed clock of the tests
    second = ids.uuid()
    assert first.version == second.version == 7
    assert first.variant == UUID(int=0x8000 << 48).variant
    assert first < second
