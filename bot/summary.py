"""What the weekly safety summary is made of: the week, its numbers, and the port through which they are read.

There is one summary per school and week, the same for each of its readers (promise 4: not a different summary).
A case that its readers may not know of is therefore counted for nobody; which cases those are is said at
`SummaryStore.numbers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.cases.case import Decision
from rules.vocabulary import Category, Severity

HOURLY: Final = "hourly"
"""The job that is claimed each hour that the bot runs: its claims are the proof that it did."""
WEEKLY: Final = "weekly_summary"
"""The job that writes the summary, claimed once per week."""


@dataclass(frozen=True, slots=True)
class Week:
    """An ISO week (Monday to Sunday) on the clocks of one time zone."""

    year: int
    number: int
    timezone: ZoneInfo

    @classmethod
    def of(cls, day: date, timezone: ZoneInfo) -> Week:
        """Return the week that a day belongs to."""
        year, number, _ = day.isocalendar()
        return cls(year, number, timezone)

    @classmethod
    def before(cls, moment: datetime, timezone: ZoneInfo) -> Week:
        """Return the last week that was complete at `moment`."""
        return cls.of(moment.astimezone(timezone).date() - timedelta(weeks=1), timezone)

    @property
    def name(self) -> str:
        """The week as ISO 8601 writes it: `2026-W47`."""
        return f"{self.year}-W{self.number:02}"

    @property
    def first(self) -> date:
        """The Monday."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """The Sunday."""
        return self.first + timedelta(days=6)

    @property
    def starts(self) -> datetime:
        """The moment in UTC at which it begins: Monday 00:00 on the zone's clocks."""
        return self.at(0)

    @property
    def ends(self) -> datetime:
        """The moment in UTC at which the next week begins; with summer time 167 or 169 hours later."""
        return self.at(7)

    def at(self, day: int, hour: int = 0) -> datetime:
        """Return the moment in UTC at which `hour` strikes, `day` days after the Monday."""
        return datetime.combine(self.first + timedelta(days=day), time(hour), self.timezone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What happened at a school in a week, exactly as counted: hiding small numbers is for whoever shows them.

    `open_cases`, `waiting` and the counts per category, severity and decision leave out cases that readers may not
    know of. Hours are counted on the clock: a bot that ran for a minute ran in that hour.
    """

    flags: Mapping[Category, int]
    new_cases: Mapping[Severity, int]
    reports: int
    open_cases: int
    """Cases that nobody decided yet, at the moment of reading."""
    hours_to_taken: tuple[float, ...]
    """For each case first taken this week, the hours since it was opened."""
    hours_to_decided: tuple[float, ...]
    """For each case decided this week, the hours since it was opened."""
    decisions: Mapping[Decision, int]
    checked: int
    """Messages that every detector judged."""
    unchecked: int
    """Messages that could not be judged, or not even be read, and are not tried again."""
    waiting: int
    """Messages that came in before the end of the week and are still not judged."""
    undeliverable: int
    """Messages from the bot that reached nobody."""
    hours_on: int
    """Hours of the week in which the bot ran."""
    hours_due: int
    """Hours of the week in which it should have run: all since the school began with it."""
    not_looked_at: int = 0
    """Messages with a picture, film, sound or file, which no detector looks at; their text was judged."""


class SummaryStore(Protocol):
    """Reads the numbers of a week."""

    async def numbers(self, school_id: UUID, week: Week) -> Numbers | None:
        """Return the numbers of a school; None for a week that was over before the school began with the bot.

        Not counted, for any reader: cases about or aimed at somebody who reads the summary or stands above them
        (leadership, board, supervisory board), and cases that were brought to no role in the line of the school
        (staff, mentor, coordinator, leadership): only to the board or, in confidence, to a trusted person. A leader
        who is subject of a case finds no trace of it here, and neither do their colleagues.
        """
        ...
