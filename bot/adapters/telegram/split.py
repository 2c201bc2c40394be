"""Long texts in pieces that Telegram takes, never cut inside what a reader sees as one character."""

from __future__ import annotations

import unicodedata
from typing import Final

LIMIT: Final = 4096
"""Characters in one message (Bot API, sendMessage). Counted here in UTF-16 units, the strictest reading of it."""

_JOINER: Final = "\u200d"
_BREAKS: Final = ("\n\n", "\n", ". ", " ")
"""Where a text may be cut, best first."""


def length(text: str) -> int:
    """Return the length of `text` in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int = LIMIT) -> list[str]:
    """Return `text` in pieces of at most `limit` UTF-16 units, cut at a paragraph, line, sentence or word if possible.

    White space around a cut is left out, as Telegram would do; a text of white space alone gives no piece.
    """
    pieces = []
    rest = text.strip()
    while length(rest) > limit:
        piece = rest[: _cut(rest, limit)]
        pieces.append(piece.rstrip())
        rest = rest[len(piece) :].lstrip()
    return [*pieces, rest] if rest else pieces


def _cut(text: str, limit: int) -> int:
    """Return where to cut: after the best break in the second half of what fits, else between two characters."""
    fits = _fitting(text, limit)
    for mark in _BREAKS:
        if (at := text.rfind(mark, fits // 2, fits)) > 0:
            return at + len(mark)
    cut = fits
    while cut > 0 and _inside_character(text, cut):
        cut -= 1
    return cut or fits


def _fitting(text: str, limit: int) -> int:
    """Return how many code points from the start of `text` fit in `limit` UTF-16 units."""
    units = 0
    for position, letter in enumerate(text):
        units += 2 if ord(letter) > 0xFFFF else 1
        if units > limit:
            return position
    return len(text)


def _inside_character(text: str, at: int) -> bool:
    """Tell whether a cut before `text[at]` would part what is read as one character (after UAX 29)."""
    before, after = text[at - 1], text[at]
    if before == _JOINER or after == _JOINER or unicodedata.category(after) in {"Mn", "Me", "Mc"}:
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":  # skin colours, flags by tags
        return True
    return _is_regional(after) and _regionals_before(text, at) % 2 == 1


def _is_regional(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _regionals_before(text: str, at: int) -> int:
    """Count the regional letters right before `at`: two of them make one flag."""
    start = at
    while start > 0 and _is_regional(text[start - 1]):
        start -= 1
    return at - start
