"""Where heavy work goes, so that the event loop never waits for it: one port, a process pool and an inline twin."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Protocol, TypeVar

Result = TypeVar("Result")


class WorkerStopped(Exception):
    """The work did not end within its time, or took its worker down; a new worker does the next."""


class CpuExecutor(Protocol):
    """Runs a top-level function on a processor of its own."""

    async def run(self, seconds: float, function: Callable[..., Result], *arguments: object) -> Result:
        """Return `function(*arguments)`; raises `WorkerStopped` after `seconds`, and what the function raises."""
        ...

    def close(self) -> None:
        """Stop whatever runs."""
        ...


class InlineExecutor:
    """Twin for tests and one-off commands: runs the work at once, in this process, without a time limit."""

    def __init__(self, prepare: Callable[[], None] | None = None) -> None:
        if prepare is not None:
            prepare()

    async def run(self, seconds: float, function: Callable[..., Result], *arguments: object) -> Result:
        """Return `function(*arguments)`."""
        return function(*arguments)

    def close(self) -> None:
        """Nothing to close."""


class ProcessExecutor:
    """One worker process, started anew when its work hangs or kills it.

    `prepare` runs once in each new worker (it loads the models).
    """

    def __init__(self, prepare: Callable[[], None]) -> None:
        self._prepare = prepare
        self._pool: ProcessPoolExecutor | None = None

    async def run(self, seconds: float, function: Callable[..., Result], *arguments: object) -> Result:
        """Return `function(*arguments)`; raises `WorkerStopped` after `seconds`, and what the function raises."""
        if self._pool is None:
            # `spawn` inherits no lock, no database connection and no key from this process.
            self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), self._prepare)
            await asyncio.wrap_future(self._pool.submit(_started))
        future = self._pool.submit(function, *arguments)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), seconds)
        except TimeoutError:
            self._stop()
            raise WorkerStopped(f"{function.__name__} took over {seconds:g} s") from None
        except BrokenProcessPool as error:
            self._stop()
            raise WorkerStopped(f"{function.__name__} ended its worker") from error

    def _stop(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            # A public way to kill the workers of a pool exists from Python 3.14 on (`kill_workers`).
            for process in list((pool._processes or {}).values()):
                process.kill()
            pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Stop the worker."""
        self._stop()


def _started() -> bool:
    return True
