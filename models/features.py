"""Turns messages into hashed features, for a whole batch at once in numpy.

Six kinds, each with length 1 together per message, however long it is:
- words: single, in pairs, in threes, and in pairs with one word between;
- pieces: three to five successive characters of a word with its borders;
- classes: those of the lexicon, in ordered pairs up to four words apart, and beside the words around them;
- shape: how long the message is, and in which kind of group;
- before: words and classes of the four messages before, by the same author and by others;
- answer: classes before, paired with what kind of answer this message is to them.

A hash is a polynomial or a product modulo 2**32, equal on every machine; a bucket is some bits of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from models.lexicon import Lexicon
from models.port import Sample
from rules.text import read
from rules.vocabulary import Line

BUCKETS: Final = 1 << 20
"""How many features are told apart at most."""

_PIECES: Final = (3, 4, 5)
_BASE: Final = np.uint32(0x01000193)
_STEP: Final = np.uint32(0x9E3779B1)
_LONGEST_WORD: Final = 40
"""Pieces of a word are taken from this many of its first characters."""
_MOST_WORDS: Final = 400
"""A message is judged by its first words and its last, so many together: nobody hides behind length."""

_CLASS_REACH: Final = 4
_LINES_BEFORE: Final = 4
_WORDS_PER_LINE: Final = 40
_SHORT: Final = 6
"""Up to so many words a message is known as an answer by its very words."""

_SHAPE: Final = 0.3
_CONTEXT: Final = 0.7
"""What the last three kinds weigh beside the first three."""

_WORD_MEMORY: Final = 1 << 15
_LINE_MEMORY: Final = 1 << 12

ANSWERS: Final = frozenset({
    "apology", "comfort", "counter_speech", "emoji_clown_poop", "emoji_cry_sad", "emoji_dead_laugh",
    "emoji_insult_animal", "emoji_laugh", "emoji_love", "emoji_nauseated", "emoji_thumb_praise", "game_word",
    "imperative", "insult_adj", "insult_noun_mild", "insult_noun_strong", "joking_marker", "laughter", "love_friendly",
    "negation", "praise", "pron_first", "pron_second", "pron_third_person", "question_word", "report_phrase",
    "sport_word", "thanks", "threat_place",
})  # fmt: skip
"""Classes of the lexicon that tell what kind of answer a message is."""

Hashes = NDArray[np.uint32]
Indexes = NDArray[np.int64]


def _hash(text: str) -> int:
    return crc32(text.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class _Word:
    """What is known of one word: its hash, those of its pieces, and its classes."""

    hash: int
    pieces: Hashes
    classes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Before:
    """What is known of one earlier message."""

    features: Hashes
    classes: Indexes


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a batch, in no order: each with its bucket, its sample, its value, and the word it begins at.

    `word` counts through all words of the batch, and is -1 for what stands in no word. Sample `i` has the words
    `first[i]` up to `first[i + 1]`, in the order of its reading; `kept` gives their places there.
    """

    bucket: Indexes
    sample: Indexes
    value: NDArray[np.float32]
    word: Indexes
    first: Indexes
    kept: tuple[Sequence[int], ...]


class Vectoriser:
    """Makes features with a lexicon; remembers the words and earlier messages that it met last."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._class_hash = np.array([_hash(f"class {name}") for name in lexicon.names], dtype=np.uint32)
        self._answers = frozenset(at for at, name in enumerate(lexicon.names) if name in ANSWERS)
        self._word = lru_cache(_WORD_MEMORY)(self._word_of)
        self._line = lru_cache(_LINE_MEMORY)(self._line_of)

    def features_of(self, samples: Sequence[Sample]) -> Features:
        """Return the features of the samples; those of one do not depend on its neighbours."""
        kept = tuple(_kept(len(sample.reading.words)) for sample in samples)
        read_words = [_chosen(sample.reading.words, places) for sample, places in zip(samples, kept, strict=True)]
        words = [[self._word(word) for word in chosen] for chosen in read_words]
        flat = list(chain.from_iterable(words))
        first = np.zeros(len(samples) + 1, dtype=np.int64)
        np.cumsum([len(chosen) for chosen in words], out=first[1:])
        owner = np.repeat(np.arange(len(samples)), np.diff(first))
        hashes = np.array([word.hash for word in flat], dtype=np.uint32)
        classes = [list(word.classes) for word in flat]
        for start, chosen in zip(first.tolist(), read_words, strict=False):
            for at, more in self._lexicon.phrases_in(chosen):
                classes[start + at] = sorted({*classes[start + at], *more})
        count = np.array([len(found) for found in classes], dtype=np.int64)
        class_hash = self._class_hash[np.fromiter(chain.from_iterable(classes), dtype=np.int64, count=int(count.sum()))]

        kinds = [
            (_joined(_words(hashes, owner)), 1.0),
            (_pieces(flat), 1.0),
            (_joined(_classes(class_hash, count, hashes, owner)), 1.0),
        ]
        parts = [_with_value(hash_, owner[word], word, value, len(samples)) for (hash_, word), value in kinds]
        parts.append(_shapes(samples, np.diff(first)))
        parts += self._context(samples, words, classes, first)
        hash_, sample, value, word = (np.concatenate(column) for column in zip(*parts, strict=True))
        mixed = (hash_ ^ (hash_ >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
        bucket = ((mixed ^ (mixed >> np.uint32(12))) & np.uint32(BUCKETS - 1)).astype(np.int64)
        return Features(bucket, sample, value, word, first, kept)

    def _word_of(self, written: str) -> _Word:
        classes = self._lexicon.classes_of(written)
        same = self._lexicon.same_as(classes)
        if same is not None:
            only = tuple(at for at in classes if self._lexicon.names[at] == same)
            return _Word(_hash(f"same {same}"), np.zeros(0, np.uint32), only)
        return _Word(_hash(written), _pieces_of(written), classes)

    def _line_of(self, text: str) -> _Before:
        chosen = read(text).words[:_WORDS_PER_LINE]
        words = [self._word(word) for word in chosen]
        classes = {at for word in words for at in word.classes}
        for _, more in self._lexicon.phrases_in(chosen):
            classes.update(more)
        hashes = np.array([word.hash for word in words], dtype=np.uint32)
        pairs = hashes[:-1] * _STEP + hashes[1:]
        return _Before(np.concatenate([hashes, pairs]), np.array(sorted(classes), dtype=np.int64))

    def _context(
        self,
        samples: Sequence[Sample],
        words: Sequence[Sequence[_Word]],
        classes: Sequence[Sequence[int]],
        first: Indexes,
    ) -> list[_Part]:
        before: list[Hashes] = []
        answer: list[Hashes] = []
        for at, sample in enumerate(samples):
            lines = sample.facts.context[-_LINES_BEFORE:]
            if not lines:
                before.append(_NOTHING)
                answer.append(_NOTHING)
                continue
            found, by_class = self._before(lines, sample.author_id)
            size = _size(len(words[at]))
            before.append(np.concatenate([found, np.array([_hash("before"), _hash(f"before {size}")], np.uint32)]))
            told = {index for one in classes[first[at] : first[at + 1]] for index in one} & self._answers
            marks = [_hash(f"answer {size}"), *(int(self._class_hash[index]) ^ 0x5BD1E995 for index in sorted(told))]
            if len(words[at]) <= _SHORT:
                marks += {word.hash for word in words[at]}
            marks_of = np.array(marks, dtype=np.uint32)
            answer.append(((marks_of[:, None] * _STEP) ^ by_class[None, :]).ravel())
        return [_per_sample(one, _CONTEXT) for one in (before, answer)]

    def _before(self, lines: Sequence[Line], author: str) -> tuple[Hashes, Hashes]:
        """Return the features of the lines before, and the classes in them by who wrote them."""
        found: list[Hashes] = []
        by_class: list[Hashes] = []
        for distance, line in enumerate(reversed(lines)):
            known = self._line(line.text)
            who = _SAME if author and line.author_id == author else _OTHER
            here = self._class_hash[known.classes] * _STEP + who
            by_class.append(here)
            found.append(here + (_NEAR if distance == 0 else _FAR))
            if distance < 2:
                found.append((known.features ^ who) * _BASE)
        return np.unique(np.concatenate(found)), np.unique(np.concatenate(by_class))


_NOTHING: Final = np.zeros(0, dtype=np.uint32)
_SAME, _OTHER, _NEAR, _FAR = (np.uint32(_hash(word)) for word in ("same", "other", "near", "far"))
_BEGIN, _END = (np.uint32(_hash(border)) for border in ("begin of message", "end of message"))

_Part = tuple[Hashes, Indexes, NDArray[np.float32], Indexes]
"""Hash, sample, value and word of features of one kind."""
_Found = tuple[Hashes, Indexes]
"""Hash and word of features."""


def _kept(count: int) -> Sequence[int]:
    if count <= _MOST_WORDS:
        return range(count)
    return (*range(_MOST_WORDS // 2), *range(count - _MOST_WORDS // 2, count))


def _chosen(words: tuple[str, ...], places: Sequence[int]) -> tuple[str, ...]:
    return words if len(places) == len(words) else tuple(words[at] for at in places)


def _size(words: int) -> str:
    return "short" if words <= 3 else "medium" if words <= 8 else "long"


def _pieces_of(word: str) -> Hashes:
    """Return the hashes of the pieces of one word, with its borders."""
    codes = np.frombuffer(f"<{word[:_LONGEST_WORD]}>".encode("utf-32-le", "replace"), dtype=np.uint32)
    found = []
    for length in _PIECES:
        count = max(len(codes) - length + 1, 0)
        hashes = np.full(count, length, dtype=np.uint32)
        for at in range(length):
            hashes = hashes * _BASE + codes[at : at + count]
        found.append(hashes)
    return np.unique(np.concatenate(found))


def _joined(parts: Iterable[_Found]) -> _Found:
    hashes, word = (np.concatenate(column) for column in zip(*parts, strict=True))
    return hashes, word


def _words(hashes: Hashes, owner: Indexes) -> list[_Found]:
    """Return single words, pairs, threes and pairs around a word; the message's borders count as words."""
    place = np.arange(len(hashes))
    next_, third = np.roll(hashes, -1), np.roll(hashes, -2)
    has_next, has_third = _same_owner(owner, 1), _same_owner(owner, 2)
    next_ = np.where(has_next, next_, _END)
    third = np.where(has_third, third, _END)
    begins = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]])) if len(owner) else place
    pair = hashes * _STEP + next_
    three = (pair * _STEP + third)[has_next]
    around = ((hashes ^ np.uint32(0x85EBCA6B)) * _STEP + third)[has_next]
    opening = hashes[begins] + _BEGIN
    return [
        (hashes, place),
        (pair, place),
        (three, place[has_next]),
        (around, place[has_next]),
        (opening, begins),
        (opening * _STEP + next_[begins], begins),
    ]


def _same_owner(owner: Indexes, distance: int) -> NDArray[np.bool_]:
    same = np.zeros(len(owner), dtype=bool)
    same[: max(len(owner) - distance, 0)] = owner[distance:] == owner[: max(len(owner) - distance, 0)]
    return same


def _pieces(words: Sequence[_Word]) -> _Found:
    if not words:
        return _NOTHING, np.zeros(0, np.int64)
    count = [len(word.pieces) for word in words]
    return np.concatenate([word.pieces for word in words]), np.repeat(np.arange(len(words)), count)


def _classes(classes: Hashes, count: Indexes, hashes: Hashes, owner: Indexes) -> list[_Found]:
    """Return classes, ordered pairs of classes near each other, and classes with the words around them."""
    place = np.arange(len(hashes))
    start = np.cumsum(count) - count
    found: list[_Found] = [(classes, np.repeat(place, count))]
    for distance in range(1, _CLASS_REACH + 1):
        left = np.flatnonzero(_same_owner(owner, distance))
        one, two, pair = _crossed(start[left], count[left], start[left + distance], count[left + distance])
        both = (classes[one] * _STEP) ^ (classes[two] * _BASE)
        found.append((both, left[pair]))
        if distance == 1:
            found.append((both * _STEP, left[pair]))
        if distance <= 2:
            mark = np.uint32(distance)
            at = np.repeat(left, count[left + distance])
            right = _runs(start[left + distance], count[left + distance])
            found.append(((hashes[at] * _STEP) ^ (classes[right] + mark), at))
        if distance == 1:
            at = np.repeat(left, count[left])
            found.append(((classes[_runs(start[left], count[left])] * _BASE) ^ (hashes[at + 1] * _STEP), at))
    return found


def _runs(start: Indexes, count: Indexes) -> Indexes:
    """Return the indexes of several runs after one another."""
    ends = np.cumsum(count)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(start - ends + count, count)


def _crossed(
    start_one: Indexes, count_one: Indexes, start_two: Indexes, count_two: Indexes
) -> tuple[Indexes, Indexes, Indexes]:
    """Return all combinations of an index of run one and one of run two, per pair of runs, and which pair it is."""
    total = count_one * count_two
    pair = np.repeat(np.arange(len(total)), total)
    within = _runs(np.zeros(len(total), dtype=np.int64), total)
    return start_one[pair] + within // count_two[pair], start_two[pair] + within % count_two[pair], pair


def _with_value(hashes: Hashes, sample: Indexes, word: Indexes, weight: float, samples: int) -> _Part:
    length = np.sqrt(np.maximum(np.bincount(sample, minlength=samples), 1))
    return hashes, sample, (weight / length[sample]).astype(np.float32), word


def _shapes(samples: Sequence[Sample], words: Indexes) -> _Part:
    marks: list[int] = []
    for sample, count in zip(samples, words.tolist(), strict=True):
        marks += (
            _hash(f"words {min(count, 4) if count < 4 else 2 + count.bit_length()}"),
            _hash(sample.facts.group.kind),
        )
    sample_of = np.repeat(np.arange(len(samples)), 2)
    value = np.full(len(marks), _SHAPE, dtype=np.float32)
    return np.array(marks, dtype=np.uint32), sample_of, value, np.full(len(marks), -1)


def _per_sample(found: Sequence[Hashes], weight: float) -> _Part:
    count = [len(one) for one in found]
    sample = np.repeat(np.arange(len(found)), count)
    hashes = np.concatenate(found) if found else _NOTHING
    return _with_value(hashes, sample, np.full(len(hashes), -1), weight, len(found))
