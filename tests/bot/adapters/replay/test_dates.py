"""The order of day and month, decided over a whole file, and the hour that happens twice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.bot.adapters.replay.golden import read

NOTE = "The file does not show whether day or month comes first."


def read_stamps(folder: Path, *stamps: str) -> tuple[list[datetime], list[str]]:
    """Read a chat whose messages have these stamps; return their times and the notes."""
    path = folder / "chat.txt"
    path.write_text("".join(f"{stamp}Sem: hoi\n" for stamp in stamps), encoding="utf-8")
    export = read(path)
    assert not export.unreadable
    return [message.sent_at for message in export.messages], [note.text for note in export.notes]


@pytest.mark.parametrize(
    ("stamps", "last"),
    [
        (("03-04-2025 12:00 - ", "13-04-2025 12:00 - "), (2025, 4, 13)),
        (("03/04/2025, 12:00 - ", "04/13/2025, 12:00 - "), (2025, 4, 13)),
        (("2025-04-03 12:00 - ", "2025-04-05 12:00 - "), (2025, 4, 5)),
        (("2025/04/03, 12:00 - ", "2025/04/05, 12:00 - "), (2025, 4, 5)),
        (("3.4.25, 12:00 - ", "30.4.25, 12:00 - "), (2025, 4, 30)),
        (("3. 4. 2025 12:00 - ", "30. 4. 2025 12:00 - "), (2025, 4, 30)),
        # Read as Dutch, the second would be before the first.
        (("03/12/2025, 12:00 - ", "04/01/2025, 12:00 - "), (2025, 4, 1)),
        # Read as American, the second would be before the first.
        (("03/04/25, 1:00 PM - ", "01/05/25, 1:00 PM - "), (2025, 5, 1)),
        # Read as Dutch, it would lie in the future (it is 20 November 2026).
        (("03/12/2026, 12:00 - ",), (2026, 3, 12)),
    ],
)
def test_the_file_decides_the_order_of_day_and_month(
    tmp_path: Path, stamps: tuple[str, ...], last: tuple[int, int, int]
) -> None:
    times, notes = read_stamps(tmp_path, *stamps)
    assert (times[-1].year, times[-1].month, times[-1].day) == last
    assert not notes


@pytest.mark.parametrize(
    ("stamp", "month", "order"),
    [
        ("03/04/2025, 12:00 - ", 4, "It was read as Dutch: day first."),
        ("03-04-2025 12:00 p.m. - ", 4, "It was read as Dutch: day first."),
        ("[3/4/25, 12:00:10\u202fPM] ", 3, "It was read as American: month first."),
    ],
)
def test_a_file_that_does_not_decide_it_is_read_as_the_clock_suggests_and_says_so(
    tmp_path: Path, stamp: str, month: int, order: str
) -> None:
    times, notes = read_stamps(tmp_path, stamp)
    assert times[0].month == month
    assert notes == [f"{NOTE} {order}"]


@pytest.mark.parametrize(
    ("clock", "hour"),
    [("12:05 AM", 0), ("12:05\u202fPM", 12), ("1:05 p.m.", 13), ("11:05\u00a0a.m.", 11), ("11:05 pm", 23), ("0:05", 0)],
)
def test_clocks_of_twelve_hours_are_read(tmp_path: Path, clock: str, hour: int) -> None:
    times, _ = read_stamps(tmp_path, f"13-01-2025 {clock} - ")
    assert times == [
        datetime(2025, 1, 12, 23, 5, tzinfo=UTC) if hour == 0 else datetime(2025, 1, 13, hour - 1, 5, tzinfo=UTC)
    ]


def test_the_hour_that_happens_twice_is_told_apart_by_the_order(tmp_path: Path) -> None:
    stamps = [f"26-10-2025 {clock} - " for clock in ("01:59", "02:10", "02:50", "02:05", "02:40", "03:00")]
    times, _ = read_stamps(tmp_path, *stamps)
    assert [f"{time:%d %H:%M}" for time in times] == [
        "25 23:59",
        "26 00:10",
        "26 00:50",
        "26 01:05",
        "26 01:40",
        "26 02:00",
    ]


def test_the_hour_that_is_left_out_in_spring_is_read_as_the_hour_before(tmp_path: Path) -> None:
    times, _ = read_stamps(tmp_path, "30-03-2025 01:59 - ", "30-03-2025 02:30 - ", "30-03-2025 03:31 - ")
    assert [f"{time:%H:%M}" for time in times] == ["00:59", "01:30", "01:31"]


def test_an_identity_in_the_double_hour_does_not_depend_on_what_stands_before(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_text("26-10-2025 02:50 - Sem: eerst\n26-10-2025 02:05 - Sem: dan\n", encoding="utf-8")
    whole = read(path).messages
    path.write_text("26-10-2025 02:05 - Sem: dan\n", encoding="utf-8")
    alone = read(path).messages
    assert alone[0].identity == whole[1].identity
    assert alone[0].sent_at != whole[1].sent_at
