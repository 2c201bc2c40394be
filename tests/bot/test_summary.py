"""Weeks begin and end where the school's clocks say so, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.summary import Week

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("day", "name", "starts", "hours"),
    [
        (date(2026, 11, 18), "2026-W47", datetime(2026, 11, 15, 23, tzinfo=UTC), 168),
        (date(2026, 3, 29), "2026-W13", datetime(2026, 3, 22, 23, tzinfo=UTC), 167),  # summer time begins
        (date(2026, 10, 25), "2026-W43", datetime(2026, 10, 18, 22, tzinfo=UTC), 169),  # summer time ends
        (date(2027, 1, 1), "2026-W53", datetime(2026, 12, 27, 23, tzinfo=UTC), 168),
    ],
)
def test_a_week_lasts_from_monday_midnight_to_monday_midnight_on_local_clocks(
    day: date, name: str, starts: datetime, hours: int
) -> None:
    week = Week.of(day, AMSTERDAM)
    assert week.name == name
    assert week.starts == starts
    assert week.ends - week.starts == timedelta(hours=hours)
    assert (week.first.isoweekday(), week.last.isoweekday()) == (1, 7)


@pytest.mark.parametrize(
    ("now", "name"),
    [
        (datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), "2026-W12"),  # Sunday 23:59:59, in summer time since 02:00
        (datetime(2026, 3, 29, 22, 0, 0, tzinfo=UTC), "2026-W13"),  # Monday 00:00
        (datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC), "2026-W42"),  # Sunday 23:59:59, in winter time since 03:00
        (datetime(2026, 10, 25, 23, 0, 0, tzinfo=UTC), "2026-W43"),
    ],
)
def test_the_last_complete_week_changes_at_midnight_on_local_clocks_also_when_the_clocks_changed(
    now: datetime, name: str
) -> None:
    assert Week.before(now, AMSTERDAM).name == name


@given(
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 # bounds
    timezone=st.sampled_from([AMSTERDAM, ZoneInfo("America/Curacao"), ZoneInfo("Asia/Kolkata"), ZoneInfo("UTC")]),
)
def test_every_moment_lies_in_exactly_the_week_after_the_last_complete_one(
    moment: datetime, timezone: ZoneInfo
) -> None:
    before = Week.before(moment, timezone)
    now = Week.of(moment.astimezone(timezone).date(), timezone)
    assert before.ends == now.starts <= moment < now.ends
