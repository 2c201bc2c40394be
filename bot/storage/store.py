"""The door to storage: one transaction over all stores."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock, Ids
from bot.keyring import KeyRing
from bot.storage.calibration import SqlScores
from bot.storage.cases import SqlCases
from bot.storage.concerns import SqlConcerns
from bot.storage.database import Database
from bot.storage.journal import SqlJournal
from bot.storage.outbox import SqlOutbox
from bot.storage.people import SqlPeople
from bot.storage.sealing import Seal
from bot.storage.small_stores import SqlAuditLog, SqlCounters, SqlDialogs, SqlJobs, SqlSchools
from bot.storage.summary import SqlSummary


class SqlTransaction:
    """All stores on one session."""

    def __init__(self, session: AsyncSession, seal: Seal, ids: Ids, clock: Clock) -> None:
        self.journal = SqlJournal(session, seal, ids, clock)
        self.cases = SqlCases(session, seal, ids, clock)
        self.outbox = SqlOutbox(session, seal, ids, clock)
        self.people = SqlPeople(session, seal, ids, clock)
        self.counters = SqlCounters(session, ids)
        self.concerns = SqlConcerns(session, ids, clock)
        self.dialogs = SqlDialogs(session, seal, ids, clock)
        self.audit = SqlAuditLog(session, seal, ids, clock)
        self.jobs = SqlJobs(session, ids, clock)
        self.schools = SqlSchools(session, ids, clock)
        self.scores = SqlScores(session)
        self.summary = SqlSummary(session, self.counters, clock)


class SqlStore:
    """Storage on SQLAlchemy, SQLite or PostgreSQL."""

    def __init__(self, database: Database, keyring: KeyRing, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._seal = Seal(keyring)
        self._ids = ids
        self._clock = clock

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTransaction]:
        """Open a transaction that only reads."""
        async with self._database.reading() as session:
            yield SqlTransaction(session, self._seal, self._ids, self._clock)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlTransaction]:
        """Open a transaction that is committed to disk at its end, or rolled back by an error."""
        async with self._database.writing() as session:
            yield SqlTransaction(session, self._seal, self._ids, self._clock)
