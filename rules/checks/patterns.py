"""Pieces of the patterns that checks match on `Reading.text`: small words, one space between, marks apart.

Every piece is bounded, so that matching takes time linear in the length of the message.
"""

from __future__ import annotations

import re
from typing import Final

A_FEW: Final = r"(?:\w++ ){0,3}?"
"""Up to three words, as few as possible, with the space behind each."""

MANY: Final = r"(?:\w++ ){0,8}?"
"""Up to eight words, as few as possible, with the space behind each."""

# Repeats of groups are made atomic, `(?>(?:…)*)`, not possessive, `(?:…)*+`, which means the same but which the
# `re` of Python 3.11.0 to 3.11.3 (Debian 12's) matches wrongly when the group has alternatives.
FILL: Final = (
    r"(?>(?:(?:gewoon|echt|toch|lekker|maar|nou|nu|even|eens|ook|dan|dus|weer|soms|helemaal|heel|zo|hier|allemaal|alsjeblieft"
    r"|sowieso|eigenlijk|altijd|vandaag|morgen|fucking|kanker|tering|please|just|really|so) ){0,8})"
)
"""Up to eight words that add only stress, with the space behind each."""

END: Final = r"(?= [^\w ]|$| (?:ha(?>(?:ha)+)h?|hihi|lol|xd)\b)"
"""The end of a sentence or of a part of one: a mark, an emoji, a laugh, or nothing more."""

YOU: Final = r"(?:je|jij|jou|jullie|u|ge|gij|you)"
"""Who is spoken to, in the Netherlands, in Flanders and in English."""

SOMEBODY: Final = (
    r"(?:je|jou|jullie|u|hem|haar|hun|hen|ze|you|ya|him|her|them|(?:die|dat|deze) (?:gast|gasten|gozer|jongen|jongens"
    r"|kerel|man|vrouw|meid|meisje|meiden|kind|kleine|lul|hoer|kankerlijer|teringlijer|tyfuslijer|klootzak))"
)
"""Somebody to whom something is done."""


def any_of(*patterns: str) -> re.Pattern[str]:
    """Return one pattern that matches any of `patterns` as whole words."""
    return re.compile(rf"\b(?:{'|'.join(patterns)})(?!\w)")


def words(text: str) -> frozenset[str]:
    """Return the words of `text`: what a check looks for first, because that costs least."""
    return frozenset(text.split())
