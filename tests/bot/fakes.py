"""Handwritten fakes at our own ports, for tests of more than one room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.storage.store import SqlStore, SqlTransaction
from bot.stores import ClosedStore


class ClosingStore:
    """A store that takes no changes while it is closed: it refuses at once, or at the very end with `at_commit`.

    `refused` tells that somebody tried.
    """

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.closed = False
        self.at_commit = False
        self.refused = asyncio.Event()
        self.read = store.read

    def close(self) -> None:
        self.closed = True

    def open(self) -> None:
        self.closed = False
        self.refused.clear()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlTransaction]:
        if not self.at_commit:
            self._refuse_if_closed()
        async with self._store.write() as tx:
            yield tx
            self._refuse_if_closed()

    def _refuse_if_closed(self) -> None:
        if self.closed:
            self.refused.set()
            raise ClosedStore("database or disk is full")
