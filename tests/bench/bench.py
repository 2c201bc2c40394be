"""`make bench`: the whole way from `IncomingMessage` to stored verdict, journal on, SQLite with full sync.

Prints Markdown. Absolute times differ between machines and hours; ratios are taken within one run.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import platform
import random
import re
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from bot.access import scope_for
from bot.bootstrap import App, opened
from bot.cases.case import State
from bot.cli.setup import prepare
from bot.events import Delivery, MessagePosted
from bot.school_file import load_settings
from bot.storage.database import FULL
from bot.stores import Entry
from rules.vocabulary import Chat, IncomingMessage
from tests.bench.images import image_batch
from tests.bench.messages import messages, texts

SCHOOL = """
[school]
name = "Bench"
slug = "bench"
youngest_pupil = 16
[[person]]
key = "mentor"
name = "M. Entor"
email = "mentor@bench.example"
[[person]]
key = "vertrouwen"
name = "V. Ertrouwen"
roles = ["trusted_person", "leadership"]
email = "v@bench.example"
"""
GROUPS = 50
RATE = 200
"""Messages a second at which latency is measured."""


@dataclass
class Timed:
    """An opened school whose pipeline notes when each entry's effects are on disk."""

    app: App
    chats: list[Chat]
    stored_at: dict[str, float]

    async def stored(self, count: int) -> None:
        """Return when the effects of `count` messages are on disk."""
        while len(self.stored_at) < count:  # noqa: ASYNC110 # a stopwatch must not change what it measures
            await asyncio.sleep(0.005)

    async def accept(self, some: Sequence[IncomingMessage]) -> None:
        """Hand messages in, as an adapter does."""
        deliveries = [Delivery(MessagePosted(message)) for message in some]
        await self.app.pipeline.accept(self.app.school.id, "bench", deliveries)


@asynccontextmanager
async def school(folder: Path) -> AsyncIterator[Timed]:
    """Give a new school with 50 classes in an empty folder."""
    config = folder / "school.toml"
    groups = "".join(
        f'[[group]]\nname = "K{n}"\nkind = "class"\nmentors = ["mentor"]\nlink = "telegram:-{1000 + n}"\n'
        for n in range(GROUPS)
    )
    config.write_text(SCHOOL + groups)
    settings = load_settings(config)
    await asyncio.to_thread(prepare, settings)
    async with opened(settings, rng=random.Random(1)) as app:
        if await app.database.synchronous() != FULL:
            raise SystemExit("SQLite does not run with synchronous=FULL: the numbers would mean nothing")
        stored_at: dict[str, float] = {}
        process = app.pipeline.process

        async def timed(entries: Sequence[Entry]) -> None:
            await process(entries)
            now = time.perf_counter()
            for entry in entries:
                if isinstance(entry.event, MessagePosted):
                    stored_at[entry.event.message.identity] = now

        app.pipeline.process = timed  # type: ignore[method-assign] # the stopwatch of this measurement
        chats = [Chat("telegram", f"-{1000 + n}") for n in range(GROUPS)]
        yield Timed(app, chats, stored_at)


async def throughput(folder: Path, count: int, lines: list[tuple[str, str]]) -> tuple[float, float]:
    """Return messages a second, sustained over `count` messages, and the worker's peak memory in MB."""
    async with school(folder) as timed:
        work = list(messages(timed.chats, timed.app.clock(), count + 500, lines))
        warm, work = work[:500], work[500:]
        running = asyncio.create_task(timed.app.pipeline.run())
        await timed.accept(warm)
        await timed.stored(len(warm))
        started = time.perf_counter()
        for position in range(0, len(work), 100):
            await timed.accept(work[position : position + 100])
        await timed.stored(count + len(warm))
        seconds = max(timed.stored_at.values()) - started
        worker = sum(peak_memory(process.pid) for process in multiprocessing.active_children())
        running.cancel()
    return count / seconds, worker


def peak_memory(pid: int | None) -> float:
    """Return a process's peak memory in MB (Linux); `getrusage` would count its parent's as well."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


async def latency(
    folder: Path, seconds: float, lines: list[tuple[str, str]], *, beside: bool
) -> tuple[float, float, float]:
    """Return p50, p95 and p99 in milliseconds at 200 messages a second; `beside`: an image batch and a reader too."""
    async with school(folder) as timed:
        count = int(seconds * RATE)
        work = list(messages(timed.chats, timed.app.clock(), count + 50, lines))
        running = asyncio.create_task(timed.app.pipeline.run())
        await timed.accept(work[:50])
        await timed.stored(50)
        images = multiprocessing.get_context("spawn").Process(target=image_batch, args=(seconds,), daemon=True)
        reader = asyncio.create_task(read_on(timed.app)) if beside else None
        if beside:
            images.start()
        arrived: dict[str, float] = {}
        started = time.perf_counter()
        pending = set()
        for number, message in enumerate(work[50:]):
            await asyncio.sleep(max(0.0, started + number / RATE - time.perf_counter()))
            arrived[message.identity] = time.perf_counter()
            task = asyncio.create_task(timed.accept([message]))
            pending.add(task)
            task.add_done_callback(pending.discard)
        await timed.stored(count + 50)
        if reader is not None:
            reader.cancel()
            images.terminate()
        running.cancel()
        took = sorted((timed.stored_at[identity] - at) * 1000 for identity, at in arrived.items())
    cuts = quantiles(took, n=100)
    return median(took), cuts[94], cuts[98]


async def read_on(app: App) -> None:
    """A mentor who opens the list again and again, ten times a second."""
    async with app.store.read() as tx:
        mentor = await tx.people.by_key(app.school.id, "mentor")
    if mentor is None:
        raise SystemExit("the bench's mentor is not there")
    while True:
        async with app.store.read() as tx:
            await tx.cases.listed(scope_for(mentor), State)
        await asyncio.sleep(0.1)


async def growth(folder: Path, count: int) -> tuple[dict[str, int], int, int]:
    """Return the new rows per table, and the database's size in bytes before and after `count` clean messages."""
    async with school(folder) as timed:
        clean = [("Noor", "hebben we morgen nou wiskunde of niet"), ("Sem", "ja gewoon tweede uur lokaal 114")]
        work = list(messages(timed.chats, timed.app.clock(), count + 500, clean))
        running = asyncio.create_task(timed.app.pipeline.run())
        await timed.accept(work[:500])
        await timed.stored(500)
        database = folder / "var" / "klasveilig.db"
        rows, size = rows_of(database), size_of(database)
        for position in range(500, len(work), 100):
            await timed.accept(work[position : position + 100])
        await timed.stored(len(work))
        running.cancel()
        after = rows_of(database)
    return (
        {table: after[table] - rows[table] for table in after if after[table] != rows[table]},
        size,
        size_of(database),
    )


def rows_of(database: Path) -> dict[str, int]:
    """Return the number of rows of each table."""
    with sqlite3.connect(database) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        count = "SELECT count(*) FROM "
        return {name: connection.execute(f'{count}"{name}"').fetchone()[0] for name in tables}


def size_of(database: Path) -> int:
    """Return the bytes that are in use: pages that are free again do not count."""
    with sqlite3.connect(database) as connection:
        pragmas = ("page_count", "freelist_count", "page_size")
        pages, free, size = (connection.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in pragmas)
    return int((pages - free) * size)


def compared(lines: list[tuple[str, str]]) -> dict[str, float]:
    """Return messages a second of two word-list and model packages, called once per message as a simple bot would."""
    from better_profanity import profanity
    from profanity_check import predict

    rates = {}
    for name, judge, some in (
        ("better-profanity", profanity.contains_profanity, [text for _, text in lines[:60]]),
        ("alt-profanity-check", lambda text: predict([text]), [text for _, text in lines[:150]]),
    ):
        judge("warm")
        started = time.perf_counter()
        for text in some:
            judge(text)
        rates[name] = len(some) / (time.perf_counter() - started)
    return rates


def main() -> None:
    """Measure everything and print it as Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clean", type=int, default=100_000)
    arguments = parser.parse_args()
    lines = texts()
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place) / name for name in ("a", "b", "c", "d")]
        for folder in folders:
            folder.mkdir()
        rate, worker = asyncio.run(throughput(folders[0], arguments.messages, lines))
        alone = asyncio.run(latency(folders[1], arguments.seconds, lines, beside=False))
        beside = asyncio.run(latency(folders[2], arguments.seconds, lines, beside=True))
        peak = peak_memory(os.getpid())
        rows, before, after = asyncio.run(growth(folders[3], arguments.clean))
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")  # noqa: T201 # the report
    print("| what | result |\n| --- | --- |")  # noqa: T201
    table = [
        (f"throughput over {arguments.messages} messages", f"{rate:.0f} messages/s"),
        (f"latency at {RATE} messages/s alone: p50, p95, p99", "{:.1f}, {:.1f}, {:.1f} ms".format(*alone)),
        ("the same beside an image batch and a reader", "{:.1f}, {:.1f}, {:.1f} ms".format(*beside)),
        ("peak memory of the bot, and of its worker", f"{peak:.0f} MB, {worker:.0f} MB"),
        (f"database after {arguments.clean} clean messages", f"{after - before:+d} bytes; new rows: {rows or 'none'}"),
    ]
    for name, other in compared(lines).items():
        table.append((f"{name} alone, storing nothing", f"{other:.0f} messages/s; ours {rate / other:.1f} times"))
    for what, result in table:
        print(f"| {what} | {result} |")  # noqa: T201
