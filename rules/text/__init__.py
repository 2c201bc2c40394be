"""Reads a message as a person would: undoes disguises, so that rules and models meet words.

Undone are Unicode variants (compatibility forms, accents, zero-width characters), look-alike letters of other
scripts, leet (`k4nker`), masking (`k*t`), stretched letters (`hoeeeer`), spelled-out words (`k a n k e r`,
`k.a.n.k.e.r`) and the abbreviations of Dutch and English chats. Reading what was read changes nothing more
(`read(read(x).text).text == read(x).text`), and time is linear in the length of the message.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final

from rules.text.spelling import (
    AMBIGUOUS_SHORT,
    LOOK_ALIKES,
    MASKED_WORDS,
    NOT_AFTER_A_CURSE,
    SHORT,
    STRETCHED_WORDS,
)

_INVISIBLE: Final = frozenset({"Mn", "Me", "Cf", "Cs"})
"""Unicode categories that leave no trace: accents and other marks, zero-width characters, lone surrogates."""

_FOLD_MEMORY: Final = 20_000
"""How many folded characters are remembered: more than any language needs, and a bound on hostile input."""

_WORD_MEMORY: Final = 1 << 15
"""How many different written words are remembered with their reading."""

_MEMORABLE: Final = 40
"""Longest piece, in characters, that is remembered: together with `_WORD_MEMORY` a bound on memory."""

_SPELLED_OUT: Final = r"[^\W\d_] (?: [\W_]++ [^\W_] (?![^\W_]) )"
_PIECE: Final = re.compile(
    rf"""(?<![^\W_])(?<![^\W_]') {_SPELLED_OUT}{{2,}}            # letters written apart
      | [^\W_]+ (?: (?: ' | (?:[!#%]|[@$€*]+) (?! {_SPELLED_OUT}{{2}} ) ) [^\W_]+ )*   # a word and its disguise
      | [.,!?:;"\n]+                                          # marks that end or interrupt a sentence, or quote
      | [^\w\s\x00-\x7f]+                                     # emoji and other signs
    """,
    re.VERBOSE,
)
_SPELLED_OUT_WORD: Final = re.compile(r"[^\W\d_](?:[\W_]+[^\W_]){2,}")
_GAP: Final = re.compile(r"[\W_]+")
_NOT_OF_A_WORD: Final = re.compile(r"([\W_])")
_MASKS: Final = frozenset("*!#%")
_LEET: Final = str.maketrans("013457@$€", "oieastase")
_LEET_INSIDE: Final = re.compile(r"(?<=[^\W\d_])[013457@$€]+(?=[^\W\d_])")
_LEET_LAST: Final = re.compile(r"(?<=[^\W\d_]{3})0$")
_STRETCH: Final = re.compile(r"([^\W\d_])\1\1+")
_VOWELS: Final = frozenset("aeiouy")


def _fold_char(char: str) -> str:
    """Return what one character is read as: lower case, without accents, look-alikes in Latin, or nothing at all."""
    known = LOOK_ALIKES.get(char)
    if known is not None:
        return known
    plain = unicodedata.normalize("NFKD", char).lower()
    return "".join(LOOK_ALIKES.get(c, c) for c in plain if unicodedata.category(c) not in _INVISIBLE)


class _Folding(dict[int, str]):
    """A table for `str.translate` that fills itself with `_fold_char`."""

    def __missing__(self, code: int) -> str:
        folded = _fold_char(chr(code))
        if len(self) < _FOLD_MEMORY:
            self[code] = folded
        return folded


_FOLDING: Final = _Folding()


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as it is read.

    `words` are the words, sentence marks and signs in order; `text` is the same with one space between. `spans`
    says for each word where it stands in `folded`, the message after the folding of its characters.
    """

    written: str
    folded: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    @property
    def text(self) -> str:
        """The words with one space between: what patterns are matched on."""
        return " ".join(self.words)

    def part(self, start: int, end: int) -> str:
        """Return the part of the message, as written, that stands behind `text[start:end]`, widened to whole words."""
        ends = list(accumulate(len(word) + 1 for word in self.words))
        return self.as_written(bisect_right(ends, start), bisect_left(ends, end) + 1)

    def as_written(self, first: int, last: int) -> str:
        """Return the part of the message, as written, that stands behind `words[first:last]`."""
        spans = self.spans[first:last]
        if not spans:
            return ""
        start, end = spans[0][0], spans[-1][1]
        if not self.written.isascii():
            ends = list(accumulate(len(_FOLDING[ord(char)]) for char in self.written))
            start, end = bisect_right(ends, start), bisect_left(ends, end) + 1
        return self.written[start:end]


def read(written: str) -> Reading:
    """Return how the message `written` is read; never raises, whatever the text holds."""
    folded = written.lower() if written.isascii() else written.translate(_FOLDING)
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    for match in _PIECE.finditer(folded):
        piece = match[0]
        span = match.span()
        for word in _read_piece(piece) if len(piece) <= _MEMORABLE else _words_of(piece):
            words.append(word)
            spans.append(span)
    if not AMBIGUOUS_SHORT.keys().isdisjoint(words):
        words = list(_settle_ambiguous(words))
    return Reading(written, folded, tuple(words), tuple(spans))


def _words_of(piece: str) -> tuple[str, ...]:
    """Return the words of one piece of the message: usually one, more for an abbreviation, none for debris."""
    if not piece[0].isalnum():
        return tuple(dict.fromkeys(piece.replace("\n", ".")))
    if piece.isalpha():
        return _known(piece)
    if _SPELLED_OUT_WORD.fullmatch(piece):
        return tuple(word for joined in _join_letters(piece) for word in _words_of(joined))
    return tuple(_undisguise(piece.replace("'", "")))


_read_piece = lru_cache(_WORD_MEMORY)(_words_of)


def _known(word: str) -> tuple[str, ...]:
    """Return a word of letters and digits without stretching, written in full where it is a known abbreviation."""
    if _STRETCH.search(word):
        word = _unstretch(word)
    if word.startswith("kk") and len(word) > 4:
        return ("kanker" + word[2:],)
    return SHORT.get(word) or (word,)


def _join_letters(piece: str) -> list[str]:
    """Return the words of letters written apart; a wider gap stands between words where that leaves no loose letter."""
    gaps = [len(gap) for gap in _GAP.findall(piece)]
    letters = _GAP.sub("", piece)
    usual = min(gaps)
    borders = [0, *(at for at, gap in enumerate(gaps, 1) if gap > usual), len(letters)]
    words = [letters[start:end] for start, end in pairwise(borders)]
    return words if min(map(len, words)) > 1 else [letters]


def _undisguise(piece: str) -> Iterator[str]:
    """Yield the words behind a piece that holds digits or signs among its letters."""
    if not _MASKS.isdisjoint(piece):
        for word in MASKED_WORDS:
            if len(word) == len(piece) and all(a == b or a in _MASKS for a, b in zip(piece, word, strict=True)):
                yield word
                return
    if 2 * sum(map(str.isalpha, piece)) >= len(piece) > 3:
        piece = _LEET_INSIDE.sub(lambda match: match[0].translate(_LEET), piece)
        piece = _LEET_LAST.sub("o", piece)
    first, *others = _NOT_OF_A_WORD.split(piece)
    if not others:
        yield from _known(first)
        return
    for part in (first, *others):
        if part == "!":
            yield part
        elif part and part[0].isalnum():
            yield from _undisguise(part)


def _unstretch(word: str) -> str:
    """Return `word` with each run of three or more equal letters brought back to the one or two of its usual spelling.

    Dutch writes two vowels or two consonants only inside a word: 'heeeel' is 'heel', 'hoeeer' is 'hoer',
    'allleen' is 'alleen', 'kuttt' is 'kut'. Words for which that goes wrong stand in `STRETCHED_WORDS`.
    """
    for repeat in (r"\1", r"\1\1"):
        if (candidate := _STRETCH.sub(repeat, word)) in STRETCHED_WORDS:
            return candidate

    def shorten(run: re.Match[str]) -> str:
        letter, start, end = run[1], *run.span()
        before, after = word[max(start - 1, 0) : start], word[end : end + 1]
        if not before and not after:
            return letter * 2
        neighbours = (before in _VOWELS) + (after in _VOWELS) if before and after else 0
        doubled = bool(before and after) and neighbours == (0 if letter in _VOWELS else 2)
        return letter * (2 if doubled else 1)

    return _STRETCH.sub(shorten, word)


def _settle_ambiguous(words: list[str]) -> Iterator[str]:
    """Yield `words` with 'kk' and 'k' settled: before a word they are 'kanker' and 'ik', elsewhere they mean 'oke'."""
    for word, after in zip(words, [*words[1:], ""], strict=True):
        long = AMBIGUOUS_SHORT.get(word)
        if long is None:
            yield word
        else:
            yield long if after.isalpha() and (word == "k" or after not in NOT_AFTER_A_CURSE) else "oke"
