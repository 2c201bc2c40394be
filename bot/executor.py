"""Where heavy work goes, so that the event loop never waits for it: one port, a process pool and an inline twin."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final, Protocol, TypeVar

Result = TypeVar("Result")

PREPARED_WITHIN: Final = 120.0
"""Seconds that a new worker may take to load its models on a slow disk."""


class WorkerStopped(Exception):
    """The work did not end within its time, or took its worker down; a new worker does the next."""


class NoWorker(WorkerStopped):
    """No worker can be made ready, whatever the work is: its preparation fails."""


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
        self._turn = asyncio.Lock()

    async def run(self, seconds: float, function: Callable[..., Result], *arguments: object) -> Result:
        """Return `function(*arguments)`; raises `WorkerStopped` after `seconds`, and what the function raises."""
        async with self._turn:  # so that the time of a piece of work begins when the worker is free for it
            try:
                pool = self._pool or await self._begin()
                return await self._run(pool, seconds, function, *arguments)
            except BrokenProcessPool as error:
                self.close()
                raise WorkerStopped(f"{function.__name__} ended its worker") from error

    async def _begin(self) -> ProcessPoolExecutor:
        """Return a pool whose worker is ready; raises `NoWorker` when it does not get ready."""
        # `spawn` inherits no lock, no database connection and no key from this process.
        context = multiprocessing.get_context("spawn")
        self._pool = pool = ProcessPoolExecutor(1, context, _begin, (self._prepare,))
        try:
            await self._run(pool, PREPARED_WITHIN, _begun)
        except (BrokenProcessPool, WorkerStopped) as error:
            self.close()
            raise NoWorker("no worker gets ready; see the error above") from error
        return pool

    async def _run(
        self, pool: ProcessPoolExecutor, seconds: float, function: Callable[..., Result], *arguments: object
    ) -> Result:
        work = asyncio.wrap_future(pool.submit(function, *arguments))
        try:
            await asyncio.wait({work}, timeout=seconds)
            if work.done():
                return work.result()
            raise WorkerStopped(f"{function.__name__} took over {seconds:g} s")
        finally:
            if not work.done():
                work.cancel()
                self.close()

    def close(self) -> None:
        """Stop the worker."""
        pool, self._pool = self._pool, None
        if pool is not None:
            # A public way to kill the workers of a pool exists from Python 3.14 on (`kill_workers`).
            for process in list((pool._processes or {}).values()):
                process.kill()
            pool.shutdown(wait=False, cancel_futures=True)


def _begin(prepare: Callable[[], None]) -> None:
    """Make a new worker ready: its parent ends it, not a signal to all processes of the bot (Ctrl-C, systemd)."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    prepare()


def _end_with_parent() -> None:
    """End this worker when its parent is gone: after a SIGKILL nobody else would."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _begun() -> None:
    """Return once the worker is ready."""
