"""Somebody who acts on a case as they read it a moment ago: two people at the same moment, made to happen."""

from __future__ import annotations

from typing import Any

from bot.cases.case import Case
from bot.stores import Transaction


def late(tx: Transaction, read_before: Case) -> Any:
    """Return the transaction as it looks to somebody who read the case before; after that they see what is stored."""
    return Late(tx, LateCases(tx.cases, read_before))


class LateCases:
    """Finds the case as it was, once; everything else is the real store."""

    def __init__(self, real: Any, read_before: Case) -> None:
        self._real = real
        self._first = [read_before]

    async def by_number(self, scope: Any, number: str) -> Case | None:
        found: Case | None = self._first.pop() if self._first else await self._real.by_number(scope, number)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Late:
    """A transaction with late cases."""

    def __init__(self, tx: Any, cases: LateCases) -> None:
        self._tx = tx
        self.cases = cases

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)
