"""The beginning of a WhatsApp line, `31-12-2025 23:59 - ` or `[31-12-2025 23:59:58] `, and the moment it stands for.

The phone writes dates as its language and region do and says nowhere which that was, so the order of day and month
is decided over the whole file.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.adapters.replay.identity import DIRECTION_MARKS
from bot.adapters.replay.times import YEARS
from rules.vocabulary import Phrase, phrase

_DATE = r"(?P<date>(?P<a>\d{1,4})(?P<separator>[-/.])\s?(?P<b>\d{1,2})(?P=separator)\s?(?P<c>\d{1,4}))\.?"
_TIME = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?(?:\s?(?P<half>[AaPp])\.?\s?[Mm]\.?)?"

HEADER = re.compile(rf"[{DIRECTION_MARKS}]*(?P<bracket>\[)?{_DATE},?\s{_TIME}(?(bracket)\]\s?|\s-\s)")
"""What stands before the name. The bracket is the iOS form; `\\s` is also the narrow space before PM."""

LOOKS_LIKE_HEADER = re.compile(rf"[{DIRECTION_MARKS}]*\[?{_DATE},?\s{_TIME}.{{0,20}}?(?:\]|\s-\s)")
"""What resembles the beginning of a message, but has something in it that no known phone writes."""


class DateOrder(enum.Enum):
    """Which of the three numbers of a date is what."""

    YEAR_MONTH_DAY = "ymd"
    DAY_MONTH_YEAR = "dmy"
    MONTH_DAY_YEAR = "mdy"


def local_time(header: re.Match[str], order: DateOrder) -> datetime | None:
    """Return the wall-clock time in a header (no time zone); None when there is no such date or time."""
    day = _day(header, order)
    hour = int(header["hour"])
    if half := header["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in "Pp" else 0)
    if day is None or hour > 23 or int(header["minute"]) > 59 or int(header["second"] or 0) > 59:
        return None
    return datetime(day.year, day.month, day.day, hour, int(header["minute"]), int(header["second"] or 0))  # noqa: DTZ001  # wall clock; WallClock adds the zone


def _day(header: re.Match[str], order: DateOrder) -> date | None:
    """Return the date in a header, read in `order`; None when there is no such date."""
    first, second, third = header["a"], header["b"], header["c"]
    if (len(first) == 4) != (order is DateOrder.YEAR_MONTH_DAY):
        return None
    if order is DateOrder.YEAR_MONTH_DAY:
        year, month, day = first, second, third
    elif order is DateOrder.DAY_MONTH_YEAR:
        day, month, year = first, second, third
    else:
        month, day, year = first, second, third
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    if full_year not in YEARS:
        return None
    try:
        return date(full_year, int(month), int(day))
    except ValueError:
        return None


@dataclass(slots=True)
class _Reading:
    """How the dates of a file look when read in one order."""

    dates: int = 0
    backward: int = 0
    latest: date = date.min
    _last: date = date.min

    def see(self, day: date | None) -> None:
        """Count one date."""
        if day is None:
            return
        self.dates += 1
        self.backward += day < self._last
        self.latest = max(self.latest, day)
        self._last = day


@dataclass(slots=True)
class DateSurvey:
    """What all headers of a file together tell about the order of its dates."""

    _readings: dict[DateOrder, _Reading] = field(default_factory=lambda: {order: _Reading() for order in DateOrder})
    _american: bool = False
    _last_date: str = ""

    def see(self, header: re.Match[str]) -> None:
        """Take one header into account; only the American form has both AM or PM and slashes."""
        self._american = self._american or (header["half"] is not None and header["separator"] == "/")
        if header["date"] == self._last_date:
            return
        self._last_date = header["date"]
        for order, reading in self._readings.items():
            reading.see(_day(header, order))

    def order(self, today: date) -> tuple[DateOrder, Phrase | None]:
        """Return the order, with a note for people when nothing in the file decided it.

        Deciding, in this order: more dates exist in it (a number over 12 is no month), time runs backward less
        often, no date lies after `today`. Otherwise Dutch, or American where the clock is.
        """
        readings = self._readings
        if readings[DateOrder.YEAR_MONTH_DAY].dates > max(
            readings[DateOrder.DAY_MONTH_YEAR].dates, readings[DateOrder.MONTH_DAY_YEAR].dates
        ):
            return DateOrder.YEAR_MONTH_DAY, None
        default, other = DateOrder.DAY_MONTH_YEAR, DateOrder.MONTH_DAY_YEAR
        if self._american:
            default, other = other, default

        def merit(order: DateOrder) -> tuple[int, int, bool]:
            reading = readings[order]
            return reading.dates, -reading.backward, reading.latest <= today + timedelta(days=1)

        if merit(default) != merit(other):
            return max(default, other, key=merit), None
        if default is DateOrder.MONTH_DAY_YEAR:
            return default, phrase(
                "The file does not show whether day or month comes first. It was read as American: month first."
            )
        return default, phrase(
            "The file does not show whether day or month comes first. It was read as Dutch: day first."
        )
