"""From the times that an export shows to UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

YEARS = range(2009, 2100)
"""Years in which a message can have been sent: WhatsApp, the oldest of the apps, began in 2009."""


def moment(shown: datetime, timezone: ZoneInfo) -> datetime:
    """Return a time of an export in UTC; one without a time zone is of `timezone`.

    Raises `ValueError` outside `YEARS`.
    """
    if shown.year not in YEARS:
        raise ValueError(f"the year {shown.year} is no year of a chat")
    return (shown if shown.tzinfo else shown.replace(tzinfo=timezone)).astimezone(UTC)


class WallClock:
    """Turns the wall-clock times of one export, given in their order, into UTC.

    In autumn one hour of wall-clock time happens twice. A time in it belongs to the second round if the message
    before it is later than the first round would be. Where the file does not show it, that is one hour wrong at most.
    """

    def __init__(self, timezone: ZoneInfo) -> None:
        self._timezone = timezone
        self._previous = datetime.min.replace(tzinfo=UTC)
        self._minute: datetime | None = None
        self._rounds = (self._previous, self._previous)

    def utc(self, local: datetime) -> tuple[datetime, datetime]:
        """Return when it was, and the minute by which the message is known: always that of the first round.

        So the identity of a message does not depend on which messages stand before it in this export.
        """
        minute = local.replace(second=0) if local.second else local
        if minute != self._minute:
            self._minute = minute
            first, second = (minute.replace(tzinfo=self._timezone, fold=fold).astimezone(UTC) for fold in (0, 1))
            self._rounds = (first, max(first, second))
        first, second = self._rounds
        if local.second:
            seconds = timedelta(seconds=local.second)
            first, second = first + seconds, second + seconds
        self._previous = second if first < self._previous else first
        return self._previous, self._rounds[0]
