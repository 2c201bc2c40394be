"""Heavy work runs beside the event loop; whatever it does, the next piece of work is done."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from multiprocessing.connection import wait
from pathlib import Path

import pytest

from bot.executor import CpuExecutor, InlineExecutor, ProcessExecutor, WorkerStopped

SECONDS = 20.0


def get_ready() -> None:
    os.environ["KLASVEILIG_TEST_READY"] = "yes"


def fail_to_get_ready() -> None:
    raise OSError("no such model")


def whether_ready() -> str | None:
    return os.environ.get("KLASVEILIG_TEST_READY")


def worker_id() -> int:
    return os.getpid()


def double(number: int) -> int:
    return 2 * number


def hang() -> None:
    wait([], timeout=None)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(problem: str) -> None:
    raise ValueError(problem)


def run_out_of_time_itself() -> None:
    raise TimeoutError("the disk did not answer")


@pytest.fixture
def process() -> Iterator[ProcessExecutor]:
    executor = ProcessExecutor(get_ready)
    yield executor
    executor.close()


@pytest.fixture(params=["process", "inline"])
async def executor(request: pytest.FixtureRequest) -> AsyncIterator[CpuExecutor]:
    """Each kind of executor."""
    made: CpuExecutor = ProcessExecutor(get_ready) if request.param == "process" else InlineExecutor(get_ready)
    yield made
    made.close()
    os.environ.pop("KLASVEILIG_TEST_READY", None)


async def test_gives_what_the_function_returns(executor: CpuExecutor) -> None:
    assert await executor.run(SECONDS, double, 21) == 42


async def test_the_worker_was_prepared_before_its_first_work(executor: CpuExecutor) -> None:
    assert await executor.run(SECONDS, whether_ready) == "yes"


async def test_what_the_function_raises_comes_through(executor: CpuExecutor) -> None:
    with pytest.raises(ValueError, match="no such word"):
        await executor.run(SECONDS, refuse, "no such word")
    assert await executor.run(SECONDS, double, 1) == 2


async def test_a_timeout_that_the_function_raises_is_its_own(executor: CpuExecutor) -> None:
    with pytest.raises(TimeoutError, match="the disk did not answer"):
        await executor.run(SECONDS, run_out_of_time_itself)


async def test_works_in_another_process_and_keeps_it(process: ProcessExecutor) -> None:
    first, second = [await process.run(SECONDS, worker_id) for _ in range(2)]
    assert first == second != os.getpid()


async def test_the_event_loop_goes_on_while_the_worker_works(process: ProcessExecutor) -> None:
    await process.run(SECONDS, worker_id)
    working = asyncio.create_task(process.run(SECONDS, hang))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not working.done()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_a_hanging_function_is_stopped_and_the_next_one_works(process: ProcessExecutor) -> None:
    hung = await process.run(SECONDS, worker_id)
    with pytest.raises(WorkerStopped, match=r"hang took over 0\.2 s"):
        await process.run(0.2, hang)
    assert await process.run(SECONDS, double, 4) == 8
    assert await process.run(SECONDS, worker_id) != hung


async def test_what_waits_behind_a_hanging_function_is_done_by_the_next_worker(process: ProcessExecutor) -> None:
    hanging = asyncio.create_task(process.run(0.2, hang))
    waiting = [asyncio.create_task(process.run(SECONDS, double, number)) for number in (1, 2)]
    assert await asyncio.gather(*waiting) == [2, 4]
    with pytest.raises(WorkerStopped):
        await hanging


async def test_work_that_ends_its_worker_is_named_and_the_next_one_works(process: ProcessExecutor) -> None:
    with pytest.raises(WorkerStopped, match="die ended its worker"):
        await process.run(SECONDS, die)
    assert await process.run(SECONDS, double, 5) == 10


async def test_a_worker_that_ends_while_nothing_is_asked_of_it_is_replaced(process: ProcessExecutor) -> None:
    os.kill(await process.run(SECONDS, worker_id), signal.SIGKILL)
    # Whether the end is noticed before the next work or by it is up to the system.
    with contextlib.suppress(WorkerStopped):
        await process.run(SECONDS, double, 6)
    assert await process.run(SECONDS, double, 6) == 12


async def test_a_worker_that_cannot_be_prepared_is_tried_again_each_time(capfd: pytest.CaptureFixture[str]) -> None:
    executor = ProcessExecutor(fail_to_get_ready)
    for _ in range(2):
        with pytest.raises(WorkerStopped):
            await executor.run(SECONDS, double, 1)
    executor.close()
    assert "no such model" in capfd.readouterr().err


async def test_work_that_nobody_waits_for_any_more_does_not_hold_up_the_next(process: ProcessExecutor) -> None:
    await process.run(SECONDS, worker_id)
    given_up = asyncio.create_task(process.run(SECONDS, hang))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert await process.run(SECONDS, double, 7) == 14


PARENT = """
import asyncio, os, signal
from bot.executor import ProcessExecutor
from tests.bot.test_executor import get_ready, worker_id

async def main():
    print(await ProcessExecutor(get_ready).run(20, worker_id), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="watching a process of somebody else needs Linux")
def test_a_worker_does_not_outlive_a_bot_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    here = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": here},
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        try:
            ended = os.pidfd_open(worker)
        except ProcessLookupError:
            return
        try:
            assert wait([ended], timeout=SECONDS)
        finally:
            os.close(ended)
