"""Turns readings into hashed features: words, pairs of words, and pieces of three to five characters.

Everything is computed for a whole batch at once, in numpy: a hash is a polynomial over code points modulo 2**32,
equal on every machine, and a bucket is some bits of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rules.text import Reading

BUCKETS: Final = 1 << 15
"""How many weights there are per category; features that share a bucket are not told apart."""

_PIECES: Final = (3, 4, 5)
_BASE: Final = np.uint32(0x01000193)
_PAIR: Final = np.uint32(0x9E3779B1)
_LONGEST: Final = 64
"""From this character on, letters of a word count for its hash as those 64 before."""

_POWERS: Final = np.cumprod(np.full(_LONGEST, _BASE, dtype=np.uint32), dtype=np.uint32)

Indexes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a batch, ordered by sample: each with its bucket, its sample, its value, and where it stands.

    `start` and `length` are in characters of the batch's joined text; sample `i` begins there at `offsets[i]`, one
    space before its own text.
    """

    bucket: Indexes
    sample: Indexes
    value: NDArray[np.float64]
    start: Indexes
    length: Indexes
    offsets: Indexes


def features_of(readings: Sequence[Reading]) -> Features:
    """Return the features of the readings; one without words has none."""
    texts = [f" {reading.text} " for reading in readings]
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), dtype=np.uint32)
    sizes = np.array([len(text) for text in texts], dtype=np.int64)
    offsets = np.cumsum(sizes) - sizes
    owner = np.repeat(np.arange(len(texts)), sizes)

    pieces = [_pieces(codes, owner, length) for length in _PIECES]
    words = _words(codes, owner)
    parts = [(*part, _share(part[1], len(texts))) for part in (_joined(pieces), _joined(words))]
    hashes, sample, start, length, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(sample, kind="stable")
    mixed = (hashes ^ (hashes >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    bucket = ((mixed ^ (mixed >> np.uint32(12))) & np.uint32(BUCKETS - 1)).astype(np.int64)
    return Features(bucket[order], sample[order], value[order], start[order], length[order], offsets)


Part = tuple[NDArray[np.uint32], Indexes, Indexes, Indexes]
"""Hash, sample, start and length of features of one kind."""


def _joined(parts: Sequence[Part]) -> Part:
    hashes, sample, start, length = (np.concatenate(column) for column in zip(*parts, strict=True))
    return hashes, sample, start, length


def _share(sample: Indexes, samples: int) -> NDArray[np.float64]:
    """Return the value of each feature: together those of one kind have length 1, however long the message is."""
    return 1 / np.sqrt(np.bincount(sample, minlength=samples))[sample]


def _pieces(codes: NDArray[np.uint32], owner: Indexes, length: int) -> Part:
    """Return the features of `length` successive characters of one message."""
    count = max(len(codes) - length + 1, 0)
    hashes = np.full(count, length, dtype=np.uint32)
    for at in range(length):
        hashes = hashes * _BASE + codes[at : at + count]
    start = np.flatnonzero(owner[:count] == owner[length - 1 : length - 1 + count])
    return hashes[start], owner[start], start, np.full(len(start), length)


def _words(codes: NDArray[np.uint32], owner: Indexes) -> list[Part]:
    """Return the features of single words and of pairs of neighbours."""
    in_word = codes != ord(" ")
    start = np.flatnonzero(in_word & ~np.roll(in_word, 1))
    end = np.flatnonzero(in_word & ~np.roll(in_word, -1)) + 1
    letters = np.flatnonzero(in_word)
    word = np.repeat(np.arange(len(start)), end - start)
    place = letters - start[word]
    hashes = np.zeros(len(start), dtype=np.uint32)
    np.add.at(hashes, word, codes[letters] * _POWERS[place % _LONGEST])
    sample = owner[start]
    first = np.flatnonzero(sample[:-1] == sample[1:])
    pairs = hashes[first] * _PAIR + hashes[first + 1]
    return [
        (hashes, sample, start, end - start),
        (pairs, sample[first], start[first], end[first + 1] - start[first]),
    ]
