"""Work that was begun ends before the bot does."""

from __future__ import annotations

import asyncio

import pytest

from bot import stopping
from bot.stopping import to_the_end


class Work:
    """Something that takes until `may_end`, and tells how it ended."""

    def __init__(self) -> None:
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.ended = ""

    async def do(self) -> str:
        self.begun.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.ended = "cancelled"
            raise
        self.ended = "done"
        return "result"


async def fail() -> None:
    raise ValueError("no")


async def test_gives_what_the_work_returns_and_raises() -> None:
    work = Work()
    work.may_end.set()
    assert await to_the_end(work.do()) == "result"
    with pytest.raises(ValueError, match="no"):
        await to_the_end(fail())


async def test_work_that_was_begun_ends_before_the_stop_goes_on() -> None:
    work = Work()
    doing = asyncio.create_task(to_the_end(work.do()))
    await work.begun.wait()
    doing.cancel()
    await asyncio.sleep(0)
    assert not doing.done()
    work.may_end.set()
    await asyncio.wait({doing})
    assert (work.ended, doing.cancelled()) == ("done", True)


async def test_work_that_does_not_end_in_time_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "LAST_SECONDS", 0.01)
    work = Work()
    doing = asyncio.create_task(to_the_end(work.do()))
    await work.begun.wait()
    doing.cancel()
    await asyncio.wait({doing})
    assert (work.ended, doing.cancelled()) == ("cancelled", True)


async def test_a_failure_after_the_stop_does_not_hide_the_stop() -> None:
    begun = asyncio.Event()

    async def fail_late() -> None:
        begun.set()
        await asyncio.sleep(0.01)
        raise ValueError

    doing = asyncio.create_task(to_the_end(fail_late()))
    await begun.wait()
    doing.cancel()
    await asyncio.wait({doing})
    assert doing.cancelled()
