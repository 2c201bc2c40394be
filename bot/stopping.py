"""Stopping without leaving anything half-done."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

LAST_SECONDS = 5.0
"""Seconds that work which was begun may still take when the bot is stopped; the unit in `deploy` kills after 15."""


async def to_the_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Return what `work` returns; when we are cancelled meanwhile, let it end first, for `LAST_SECONDS` at most.

    For a message that was sent and not yet written down, which would go out twice, and for transactions: one that is
    cancelled in the middle of a statement can keep SQLite's lock (a closed connection gives it back only when its last
    cursor is gone), so that nothing else could be written down any more.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=LAST_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
