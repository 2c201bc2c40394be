"""The audit chain notices every edit, removal and change of order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audit import START, link, verify

AT = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    position: int
    at: datetime
    actor: str
    action: str
    subject: str
    previous: str
    hash: str


def chain(*said: tuple[str, str, str]) -> list[Entry]:
    """Return a whole chain of (actor, action, subject), a second apart."""
    rows: list[Entry] = []
    for position, (actor, action, subject) in enumerate(said, start=1):
        previous = rows[-1].hash if rows else START
        at = AT + timedelta(seconds=position)
        rows.append(
            Entry(position, at, actor, action, subject, previous, link(previous, position, at, actor, action, subject))
        )
    return rows


def head(rows: list[Entry]) -> tuple[int, str]:
    return (rows[-1].position, rows[-1].hash) if rows else (0, START)


sayings = st.lists(st.tuples(st.text(max_size=3), st.sampled_from(["read", "decide"]), st.text(max_size=3)), max_size=8)
some_sayings = sayings.filter(bool)


@given(sayings)
def test_a_chain_as_it_was_made_is_whole(said: list[tuple[str, str, str]]) -> None:
    rows = chain(*said)
    assert verify(rows) is None
    assert verify(rows, head(rows)) is None


CHANGES: dict[str, Callable[[Entry], Entry]] = {
    "position": lambda row: replace(row, position=row.position + 1),
    "at": lambda row: replace(row, at=row.at + timedelta(microseconds=1)),
    "actor": lambda row: replace(row, actor=row.actor + "x"),
    "action": lambda row: replace(row, action=row.action + "x"),
    "subject": lambda row: replace(row, subject=row.subject + "x"),
    "moved border": lambda row: replace(row, action=row.action + row.subject[:1], subject=row.subject[1:] + "\0"),
    "previous": lambda row: replace(row, previous="0" * 64),
    "hash": lambda row: replace(row, hash="0" * 64),
}


@pytest.mark.parametrize("name", CHANGES)
@settings(max_examples=30, deadline=None)
@given(said=some_sayings, data=st.data())
def test_an_edit_breaks_the_chain_where_it_was_made(
    name: str, said: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    rows = chain(*said)
    index = data.draw(st.integers(0, len(rows) - 1))
    rows[index] = CHANGES[name](rows[index])
    assert verify(rows) == index + 1


@settings(max_examples=50, deadline=None)
@given(said=some_sayings, data=st.data())
def test_an_edit_with_a_fitting_hash_breaks_the_chain_one_row_later_or_at_its_head(
    said: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    rows = chain(*said)
    end = head(rows)
    index = data.draw(st.integers(0, len(rows) - 1))
    row = replace(rows[index], actor=rows[index].actor + "x")
    rows[index] = replace(row, hash=link(row.previous, row.position, row.at, row.actor, row.action, row.subject))
    assert verify(rows, end) == index + 2


@settings(max_examples=50, deadline=None)
@given(said=some_sayings, data=st.data())
def test_a_removed_row_breaks_the_chain(said: list[tuple[str, str, str]], data: st.DataObject) -> None:
    rows = chain(*said)
    end = head(rows)
    index = data.draw(st.integers(0, len(rows) - 1))
    del rows[index]
    assert verify(rows, end) == index + 1


@settings(max_examples=50, deadline=None)
@given(
    said=st.lists(st.tuples(st.text(max_size=3), st.just("read"), st.text()), min_size=2, max_size=6), data=st.data()
)
def test_a_changed_order_breaks_the_chain(said: list[tuple[str, str, str]], data: st.DataObject) -> None:
    rows = chain(*said)
    order = data.draw(st.permutations(range(len(rows))).filter(lambda order: order != sorted(order)))
    first = next(position for position, index in enumerate(order, start=1) if index != position - 1)
    assert verify([rows[index] for index in order]) == first


def test_an_added_row_shows_at_the_head() -> None:
    rows = chain(("a", "read", "case 1"), ("b", "read", "case 1"))
    assert verify(rows, head(rows[:1])) == 2


def test_the_same_moment_in_another_time_zone_gives_the_same_hash() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=2)))
    assert link(START, 1, AT, "a", "read", "b") == link(START, 1, elsewhere, "a", "read", "b")


def test_the_hash_is_the_sha256_of_the_fields_as_a_json_list() -> None:
    """Fixed for ever: chains in databases were made with it."""
    assert (
        link(START, 1, AT, "actor", "read", "zaak é")
        == "7ec66f9cc79f9c0ca2ec790ea9d6be630a230e331e8b8436e748bf7167aba784"
    )


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        link(START, 1, AT.replace(tzinfo=None), "a", "read", "b")
