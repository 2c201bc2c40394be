"""Cutting long texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.telegram.split import LIMIT, length, split


def test_cuts_at_a_paragraph_rather_than_a_line_a_sentence_or_a_word() -> None:
    assert split("aaa bbb\n\ncc cc\ndd", 14) == ["aaa bbb", "cc cc\ndd"]
    assert split("aaa bbb c\ncc. dd", 14) == ["aaa bbb c", "cc. dd"]
    assert split("aaaa bbb. cc dddd", 14) == ["aaaa bbb.", "cc dddd"]
    assert split("aaa bbb ccc dddd", 14) == ["aaa bbb ccc", "dddd"]
    assert split("a" * 20, 14) == ["a" * 14, "a" * 6]


@pytest.mark.parametrize(
    "character",
    ["é", "👩‍👩‍👧‍👦", "👍🏽", "🇳🇱", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "ก็"],
)
@pytest.mark.parametrize("ahead", range(6))
def test_never_cuts_inside_what_is_read_as_one_character(character: str, ahead: int) -> None:
    text = "x" * ahead + character * 40
    pieces = split(text, 40)
    assert "".join(pieces) == text
    for piece in pieces:
        rest = piece.removeprefix("x" * ahead)
        assert rest == character * (len(rest) // len(character))


@given(st.text(max_size=300), st.integers(min_value=2, max_value=60))
def test_every_piece_fits_and_nothing_but_white_space_is_lost(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(0 < length(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_text_of_4096_characters_is_one_message() -> None:
    assert split("é" * LIMIT) == ["é" * LIMIT]
    assert len(split("é" * (LIMIT + 1))) == 2
    assert len(split("😀" * (LIMIT // 2 + 1))) == 2
