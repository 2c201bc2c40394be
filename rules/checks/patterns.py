"""Pieces of the patterns that checks match on `Reading.text`: small words, one space between, marks apart."""

from __future__ import annotations

import re
from typing import Final

A_FEW: Final = r"(?:\w++ ){0,3}?"
"""Up to three words, as few as possible, with the space behind each; bounded, so that matching stays linear."""

MANY: Final = r"(?:\w++ ){0,8}?"
"""Up to eight words, as few as possible, with the space behind each."""

YOU: Final = r"(?:je|jij|jou|jullie|u|ge|gij|you)"
"""Who is spoken to, in the Netherlands, in Flanders and in English."""

SOMEBODY: Final = (
    r"(?:je|jou|jullie|u|hem|haar|hun|hen|ze|you|ya|him|her|them"
    r"|(?:die|dat|deze) (?:gast|gasten|gozer|jongen|jongens|kerel|man|vrouw|meid|meisje|meiden|kind|kleine|lul|hoer|\w*+lijer|\w*+wijf))"
)
"""Somebody something is done to."""


def any_of(*patterns: str) -> re.Pattern[str]:
    """Return one pattern that matches any of `patterns` as whole words."""
    return re.compile(rf"\b(?:{'|'.join(patterns)})(?!\w)")


def words(text: str) -> frozenset[str]:
    """Return the words of `text`: what a check looks for first, because that costs least."""
    return frozenset(text.split())
