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
ENDED_WITHIN: Final = 5.0
"""Seconds that clearing up after a killed worker may take."""


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
        self._ending: threading.Thread | None = None

    async def run(self, seconds: float, function: Callable[..., Result], *arguments: object) -> Result:
        """Return `function(*arguments)`; raises `WorkerStopped` after `seconds`, and what the function raises."""
        async with self._turn:  # so that the time of a piece of work begins when the worker is free for it
            try:
                pool = self._pool or await self._begin()
                return await self._run(pool, seconds, function, *arguments)
            except BrokenProcessPool as error:
                self._stop()
                raise WorkerStopped(f"{function.__name__} ended its worker") from error

    async def _begin(self) -> ProcessPoolExecutor:
        """Return a pool whose worker is ready; raises `NoWorker` when it does not get ready."""
        # `spawn` inherits no lock, no database connection and no key from this process.
        context = multiprocessing.get_context("spawn")
        self._pool = pool = ProcessPoolExecutor(1, context, _begin, (self._prepare,))
        try:
            await self._run(pool, PREPARED_WITHIN, _begun)
        except (BrokenProcessPool, WorkerStopped) as error:
            self._stop()
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
                self._stop()

    def close(self) -> None:
        """Stop the worker, and wait until nothing of it is left that could disturb the end of the program."""
        self._stop()
        if self._ending is not None:
            self._ending.join(ENDED_WITHIN)

    def _stop(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            # A public way to kill the workers of a pool exists from Python 3.14 on (`kill_workers`).
            for process in list((pool._processes or {}).values()):
                process.kill()
            # The pool has a thread of its own that clears up; waiting for it here would hold up the event loop.
            self._ending = threading.Thread(target=pool.shutdown, kwargs={"cancel_futures": True}, daemon=True)
            self._ending.start()


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
