"""The engine: SQLite (embedded) or PostgreSQL (grown), opened with the settings that durability needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from bot.stores import ClosedStore

MIGRATIONS = Path(__file__).parent / "migrations"
FULL = 2
"""SQLite's number for `synchronous=FULL`: a commit returns only when the disk has it."""
BUSY_SECONDS = 10
"""How long a write waits for another process (the command line beside the bot) before it gives up."""


class Database:
    """One database: opened once, closed at the end; sessions for reading and for writing."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        # SQLite has one writer at a time; waiting our turn here is cheaper than its busy handler's sleeping.
        self._turn: AbstractAsyncContextManager[Any] = asyncio.Lock() if self.is_sqlite else nullcontext()
        self.engine = self._create_engine()

    def _create_engine(self) -> AsyncEngine:
        if not self.is_sqlite:
            return create_async_engine(self.url, pool_pre_ping=True)
        if self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(self.url, connect_args={"timeout": BUSY_SECONDS})

        @event.listens_for(engine.sync_engine, "connect")
        def configure(dbapi_connection: Any, record: object) -> None:
            # The driver's own transaction control would begin too late; SQLAlchemy's `begin` event does it instead.
            dbapi_connection.isolation_level = None
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                dbapi_connection.execute(f"PRAGMA {pragma}").close()

        @event.listens_for(engine.sync_engine, "begin")
        def begin(connection: Connection) -> None:
            # IMMEDIATE takes the write lock first: a read that turns into a write could fail half-way.
            writes = connection.get_execution_options().get("writes", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    async def synchronous(self) -> int | None:
        """Return SQLite's `synchronous` level on a connection of this engine; None on PostgreSQL."""
        if not self.is_sqlite:
            return None
        async with self.engine.connect() as connection:
            return int((await connection.exec_driver_sql("PRAGMA synchronous")).scalar_one())

    async def check(self) -> None:
        """Raise `ClosedStore` unless commits are durable and the tables are those of this version."""
        try:
            level = await self.synchronous()
            async with self.engine.connect() as connection:
                found = await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())
        except (DBAPIError, OSError) as error:
            raise ClosedStore(f"{self.shown_url}: cannot be opened: {_cause(error)}") from error
        if level is not None and level < FULL:
            raise ClosedStore(f"{self.shown_url}: synchronous is {level}, not FULL: a power cut could lose messages")
        wanted = ScriptDirectory.from_config(_alembic_config()).get_current_head()
        if found != wanted:
            raise ClosedStore(
                f"{self.shown_url}: tables are at version {found or 'none'}, this program needs {wanted}. "
                "Run: klasveilig migrate"
            )

    async def migrate(self) -> None:
        """Bring the tables to this version; raises `ClosedStore` when the database cannot be opened."""

        def upgrade(connection: Connection) -> None:
            config = _alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

        try:
            async with self.engine.connect() as connection:
                await connection.run_sync(upgrade)
                await connection.commit()
        except (DBAPIError, OSError) as error:
            raise ClosedStore(f"{self.shown_url}: cannot be migrated: {_cause(error)}") from error

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Give a session whose changes are not kept."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            try:
                yield session
            except DBAPIError as error:
                raise self._closed(error) from error

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """Give a session that is committed at the end; raises `ClosedStore` when the database cannot take it."""
        async with self._turn, AsyncSession(self.engine, expire_on_commit=False) as session:
            try:
                await session.connection(execution_options={"writes": True})
                yield session
                await session.commit()
            except DBAPIError as error:
                await session.rollback()
                raise self._closed(error) from error
            except BaseException:
                await session.rollback()
                raise

    @property
    def shown_url(self) -> str:
        """The database's address without its password."""
        return self.url.render_as_string(hide_password=True)

    def _closed(self, error: DBAPIError) -> Exception:
        """Return what to raise: `ClosedStore` for a database that is full, locked or gone, else the error itself."""
        text = str(error.orig).lower()
        cannot = ("disk is full", "database is locked", "disk i/o error", "unable to open", "readonly")
        if error.connection_invalidated or any(sign in text for sign in cannot):
            return ClosedStore(f"{self.shown_url}: {_cause(error)}")
        return error

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def _cause(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
