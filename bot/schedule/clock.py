"""The clock: what happens at set times, once per school and period on any number of machines.

APScheduler only strikes the hours, from memory. What is to be done, and by whom, is decided by a claim on (school,
job, period) in our own table, in the transaction that also stores the effects: a crash takes back both, and another
machine, or the next hour, does the work. So each hour, and at the start, every job asks what is due and not yet done.
A summary that was missed because the machine was off is made up in this way; of several, the last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped] # has no annotations
from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped] # has no annotations

from bot.access import Permission, may_at, scope_for
from bot.cases.case import Person
from bot.clock import Clock
from bot.digest import last_due, write_digests
from bot.outgoing import Outgoing
from bot.schedule.summary import render
from bot.school import School
from bot.stopping import LAST_SECONDS
from bot.stores import Transaction as StoreTransaction
from bot.summary import HOURLY, WEEKLY, SummaryStore, Week

log = logging.getLogger(__name__)

EMAIL: Final = "email"
DAILY: Final = "digest"
"""The job that writes the digests, claimed once per working day."""
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Jobs(Protocol):
    """Claims on periodic jobs."""

    async def claim(self, school_id: UUID, job: str, period: str) -> bool:
        """Take a job on in this transaction; False when somebody did before."""
        ...

    async def forget_before(self, school_id: UUID, job: str, moment: datetime) -> None:
        """Delete claims of a job that were made before `moment`."""
        ...


class Transaction(StoreTransaction, Protocol):
    """What jobs need beside the stores that everybody uses."""

    @property
    def jobs(self) -> Jobs:
        """Claims on periodic jobs."""
        ...

    @property
    def summary(self) -> SummaryStore:
        """The numbers of the weekly summary."""
        ...


class Store(Protocol):
    """The door to storage."""

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that only reads."""
        ...

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that is committed to disk at its end, or rolled back by an error."""
        ...


Housekeeping = Callable[[Transaction, School], Awaitable[None]]
"""Puts one school's data in order, inside the given transaction; called once an hour."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When the summary of the past week is sent: weekday (in English) and hour on the school's own clock."""

    weekday: str = "monday"
    hour: int = 8

    def due(self, week: Week) -> datetime:
        """Return the moment in UTC from which the summary of `week` is due, in the week after it."""
        return week.at(7 + WEEKDAYS.index(self.weekday), self.hour)

    def last_due(self, now: datetime, timezone: ZoneInfo) -> Week:
        """Return the last week whose summary is due at `now`."""
        week = Week.before(now, timezone)
        return week if self.due(week) <= now else Week.before(week.starts, timezone)


async def readers(store: Store, school: School) -> list[Person]:
    """Return who gets the summary: those with the right to read it and an e-mail address."""
    async with store.read() as tx:
        people = [
            person
            for person in await tx.people.staffed(school.id)
            if may_at(scope_for(person), Permission.SUMMARY, school.id)
        ]
        return [p for p in people if any(c.channel == EMAIL for c in await tx.people.contacts(p.id))]


async def run_weekly(store: Store, school: School, recipients: Sequence[Person], now: datetime, timing: Timing) -> bool:
    """Write the last summary that is due to the outbox, unless somebody did; return whether it was written now.

    Without recipients it stays due, so that somebody who becomes a reader later this week still gets it.
    """
    week = timing.last_due(now, school.timezone)
    if not recipients:
        log.warning("nobody to send the summary to: school=%s week=%s", school.id, week.name)
        return False
    async with store.write() as tx:
        if not await tx.jobs.claim(school.id, WEEKLY, week.name):
            return False
        written = await write_summary(tx, school, recipients, week)
    if written:
        log.info("summary written: school=%s week=%s readers=%d", school.id, week.name, len(recipients))
    return written


async def write_summary(tx: Transaction, school: School, recipients: Sequence[Person], week: Week) -> bool:
    """Write the summary of a week to the outbox; False when the school had not begun with the bot by its end."""
    numbers = await tx.summary.numbers(school.id, week)
    if numbers is None:
        return False
    for person in recipients:
        subject, text, html = render(numbers, school.name, week, person.language)
        message = Outgoing(address="", subject=subject, text=text, html=html)
        await tx.outbox.add(school.id, EMAIL, message, person_id=person.id)
    return True


async def run_daily(store: Store, school: School, now: datetime) -> bool:
    """Write the digests of the last working day that is due, unless somebody did; return whether it was done now."""
    async with store.write() as tx:
        if not await tx.jobs.claim(school.id, DAILY, last_due(now, school.timezone).isoformat()):
            return False
        written = await write_digests(tx, school)
    log.info("digests written: school=%s handlers=%d", school.id, written)
    return True


async def run_hourly(store: Store, school: School, housekeeping: Housekeeping, now: datetime) -> bool:
    """Do the housekeeping of this hour unless somebody did; return whether it was done now.

    The claim also proves that the bot ran in this hour (`bot.summary.Numbers.hours_on`).
    """
    async with store.write() as tx:
        if not await tx.jobs.claim(school.id, HOURLY, now.astimezone(UTC).strftime("%Y-%m-%dT%H")):
            return False
        await housekeeping(tx, school)
    return True


class SchoolClock:
    """Strikes the hours for all schools."""

    def __init__(
        self,
        store: Store,
        schools: Sequence[School],
        timing: Timing,
        housekeeping: Housekeeping,
        clock: Clock,
        *,
        wake_delivery: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._schools = schools
        self._timing = timing
        self._housekeeping = housekeeping
        self._clock = clock
        self._wake_delivery = wake_delivery
        self._at_work: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Do what is due, now and at each full hour, until cancelled; a job that fails is logged and due again."""
        scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True})
        for school in self._schools:
            for job in (self.hourly, self.daily, self.weekly):
                for trigger in (None, CronTrigger(minute=0, timezone=school.timezone)):
                    scheduler.add_job(self._do, trigger, args=[job, school], name=job.__name__)
        scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            scheduler.pause()
            if self._at_work:
                await asyncio.wait(self._at_work, timeout=LAST_SECONDS)
            scheduler.shutdown(wait=False)

    async def _do(self, job: Callable[[School], Awaitable[None]], school: School) -> None:
        """Do a job in a task that `run` knows of: a stop lets it end before the database is closed under it."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 # a coroutine of the scheduler's is always in a task
        self._at_work.add(task)
        try:
            await job(school)
        finally:
            self._at_work.discard(task)

    async def weekly(self, school: School) -> None:
        """Send the last summary of a school that is due, unless somebody did."""
        recipients = await readers(self._store, school)
        if await run_weekly(self._store, school, recipients, self._clock(), self._timing):
            self._wake_delivery()

    async def daily(self, school: School) -> None:
        """Send the digests of a school that are due, unless somebody did."""
        if await run_daily(self._store, school, self._clock()):
            self._wake_delivery()

    async def hourly(self, school: School) -> None:
        """Do this hour's housekeeping of a school."""
        await run_hourly(self._store, school, self._housekeeping, self._clock())
        self._wake_delivery()
