"""`make candidates`: which kind of model judges unseen writers best, measured on the corpus; prints Markdown.

The last fold of the corpus is held out and the rest is learned from, so that no writer is on both sides. Sums of
log-odds are unweighted, and nothing is chosen by its result here; but the settings come from earlier experiments, some
of which were measured on writers of the same fold. Seconds are those of the processor, features included.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from models import evaluation, training
from models.corpus.reading import CorpusMessage, read_corpus
from models.features import Vectoriser
from models.lexicon import Lexicon, read_lexicon
from models.port import Sample
from rules.text import read
from rules.vocabulary import TEXT_CATEGORIES, GroupKind

SEED: Final = 0
OUTPUTS: Final = len(TEXT_CATEGORIES) + 1
SPECIFICITIES: Final = (0.95, 0.99)

Torch: TypeAlias = Any
"""What torch makes; it has no annotations where it is not installed."""
Indexes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Task:
    """The messages, what they teach, and which are learned from and which are held out."""

    messages: Sequence[CorpusMessage]
    samples: Sequence[Sample]
    targets: training.Targets
    learned: Indexes
    held_out: Indexes
    lexicon: Lexicon


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a trained model says of the messages held out, and what it cost."""

    name: str
    logits: training.Logits
    seconds: float
    numbers: int

    def __add__(self, other: Candidate) -> Candidate:
        """Return the sum of both models' log-odds."""
        name = f"(d) {self.name[1:].partition(')')[0]} + {other.name[1:].partition(')')[0]}, log-odds added"
        both = self.logits + other.logits
        return Candidate(name, both, self.seconds + other.seconds, self.numbers + other.numbers)


def task_of(messages: Sequence[CorpusMessage]) -> Task:
    """Return the task that the messages set."""
    folds = training.folds_of(messages)
    inside = folds == folds.max()
    return Task(
        messages,
        [message.sample() for message in messages],
        training.targets_of(messages),
        np.flatnonzero(~inside),
        np.flatnonzero(inside),
        read_lexicon(),
    )


def plain(task: Task) -> Candidate:
    """Words and pieces only: an empty lexicon, and nothing is known of what was said before."""
    samples = [replace(sample, facts=replace(sample.facts, context=())) for sample in task.samples]
    return _linear("(a) linear, words and pieces", replace(task, samples=samples, lexicon=Lexicon((), {}, {}, {})))


def full(task: Task) -> Candidate:
    """All features: the embedded model."""
    return _linear("(b) linear, with lexicon classes and context", task)


def _linear(name: str, task: Task) -> Candidate:
    began = time.process_time()
    matrix = training.matrix_of(task.samples, Vectoriser(task.lexicon))
    fitted = training.fit(matrix[task.learned], task.targets[task.learned])
    seconds = time.process_time() - began
    return Candidate(name, fitted.logits(matrix[task.held_out]), seconds, fitted.weight.size + fitted.bias.size)


def wide_and_deep(task: Task, *, epochs: int, width: int = 16, dropped: float = 0.4, rate: float = 3e-3) -> Candidate:
    """The features of (b), added up linearly and also as vectors that go through a hidden layer (Cheng 2016)."""
    import torch
    from torch import nn

    began = time.process_time()
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    matrix = training.matrix_of(task.samples, Vectoriser(task.lexicon))
    count = np.bincount(matrix[task.learned].indices, minlength=matrix.shape[1])
    buckets = np.flatnonzero(count >= training.LEAST_MESSAGES)
    rarity = 1 + np.log((len(task.learned) + 1) / (count[buckets] + 1))
    rarity /= np.sqrt(np.average(rarity**2, weights=count[buckets]))
    matrix = matrix[:, buckets].tocsr()

    table = nn.EmbeddingBag(len(buckets), OUTPUTS + width, mode="sum", sparse=True)
    with torch.no_grad():
        table.weight[:, :OUTPUTS] = 0
        table.weight[:, OUTPUTS:].normal_(std=0.05)
    hidden = nn.Sequential(
        nn.GELU(), nn.Dropout(0.3), nn.Linear(width, width), nn.GELU(), nn.Dropout(0.3), nn.Linear(width, OUTPUTS)
    )
    with torch.no_grad():
        hidden[-1].bias.fill_(-2.0)

    def logits(places: Indexes, dropped: float) -> Torch:
        rows = matrix[places]
        kept = rng.random(rows.nnz) >= dropped
        row = np.repeat(np.arange(len(places)), np.diff(rows.indptr))[kept]
        begins = np.searchsorted(row, np.arange(len(places)))
        index = rows.indices[kept].astype(np.int64)
        value = (rows.data[kept] * rarity[index] / (1 - dropped)).astype(np.float32)
        found = table(torch.from_numpy(index), torch.from_numpy(begins), per_sample_weights=torch.from_numpy(value))
        return found[:, :OUTPUTS] + hidden(found[:, OUTPUTS:])

    optimisers = [torch.optim.SparseAdam(table.parameters(), lr=rate), torch.optim.Adam(hidden.parameters(), lr=rate)]
    batches = [_shuffled(task.learned, rng) for _ in range(epochs)]
    _descend(optimisers, list(chain.from_iterable(batches)), lambda places: logits(places, dropped), task.targets, rate)
    seconds = time.process_time() - began
    hidden.eval()
    with torch.no_grad():
        found = np.concatenate([logits(part, 0.0).numpy() for part in _parts(task.held_out)])
    numbers = sum(one.numel() for one in (*table.parameters(), *hidden.parameters()))
    return Candidate(f"(c2) wide and deep, {epochs} epochs", found.astype(np.float64), seconds, numbers)


_BATCH: Final = 128
_AT_ONCE: Final = 256


def _parts(places: Indexes, size: int = _AT_ONCE) -> list[Indexes]:
    return [places[at : at + size] for at in range(0, len(places), size)]


def _shuffled(places: Indexes, rng: np.random.Generator, length: Indexes | None = None) -> list[Indexes]:
    """Return batches in random order; with lengths, those of one batch are about equally long."""
    mixed = rng.permutation(places)
    if length is not None:
        mixed = np.concatenate([part[np.argsort(length[part], kind="stable")] for part in _parts(mixed, 25 * _BATCH)])
    batches = _parts(mixed, _BATCH)
    return [batches[at] for at in rng.permutation(len(batches))]


def _descend(
    optimisers: Sequence[Torch],
    batches: Sequence[Indexes],
    logits: Callable[[Indexes], Torch],
    targets: training.Targets,
    rate: float,
) -> None:
    """Go through the batches once, with a rate that rises and falls again (Smith 2018)."""
    import torch

    steps = max(len(batches), 8)
    rates = [torch.optim.lr_scheduler.OneCycleLR(one, rate, total_steps=steps, pct_start=0.15) for one in optimisers]
    held = [parameter for one in optimisers for group in one.param_groups for parameter in group["params"]]
    for places in batches:
        wanted = torch.from_numpy(targets[places]) * 0.94 + 0.02
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits(places), wanted, reduction="none")
        loss.sum(1).mean().backward()
        torch.nn.utils.clip_grad_norm_([one for one in held if one.grad is not None and not one.grad.is_sparse], 1.0)
        for one in optimisers:
            one.step()
            one.zero_grad()
        for one in rates:
            one.step()


_PIECES: Final = 1 << 16
_WORDS: Final = 1 << 14
_MOST_WORDS: Final = 60
_MOST_BEFORE: Final = 80
_LINES_BEFORE: Final = 6
_KNOWN: Final = 3
"""A word that fewer messages have is known by its pieces and classes only."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A message as the network sees it: its words, those before, whose those are (2: the same author), the group."""

    words: Indexes
    before: Indexes
    whose: Indexes
    group: int


class _Vocabulary:
    """Numbers words with their classes; number 0 stands for a word that was left out."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._number: dict[tuple[str, tuple[int, ...]], int] = {}
        self.pieces: list[Indexes] = []
        self.classes: list[Indexes] = []
        self.word: list[int] = []
        self._add("", ())

    def seen(self, sample: Sample) -> _Seen:
        """Return the sample in numbers."""
        before: list[int] = []
        whose: list[int] = []
        for line in sample.facts.context[-_LINES_BEFORE:]:
            found = [self._add("<line>", ()), *self._numbers(read(line.text).words[:25])]
            before += found
            whose += [2 if sample.author_id and line.author_id == sample.author_id else 1] * len(found)
        words = self._numbers(sample.reading.words[:_MOST_WORDS]) or [0]
        group = list(GroupKind).index(sample.facts.group.kind)
        kept = slice(-_MOST_BEFORE, None)
        return _Seen(_array(words), _array(before[kept]), _array(whose[kept]), group)

    def _numbers(self, words: tuple[str, ...]) -> list[int]:
        classes = [set(self._lexicon.classes_of(word)) for word in words]
        for at, more in self._lexicon.phrases_in(words):
            classes[at].update(more)
        return [self._add(word, tuple(sorted(found))) for word, found in zip(words, classes, strict=True)]

    def _add(self, word: str, classes: tuple[int, ...]) -> int:
        same = self._lexicon.same_as(classes)
        key = (word if same is None else f"<{same}>", classes)
        if key not in self._number:
            self._number[key] = len(self.word)
            edged = f"<{key[0][:40]}>" if same is None else ""
            pieces = {edged[at : at + size] for size in (3, 4, 5) for at in range(len(edged) - size + 1)}
            self.pieces.append(_array(sorted(crc32(piece.encode()) % _PIECES for piece in pieces)))
            self.classes.append(_array(classes))
            self.word.append(crc32(key[0].encode()) % (_WORDS - 1) + 1)
        return self._number[key]


def _array(numbers: Sequence[int]) -> Indexes:
    return np.array(numbers, dtype=np.int64)


def _network(classes: int, narrow: int, wide: int, drop: float) -> Torch:
    """Return the network: convolutions over the words and over those before, which attention brings together."""
    import torch
    from torch import nn

    class Network(nn.Module):  # type: ignore[misc] # torch is not always installed where types are checked
        def __init__(self) -> None:
            super().__init__()
            self.pieces = nn.EmbeddingBag(_PIECES, narrow, mode="mean")
            self.word = nn.Embedding(_WORDS, narrow)
            self.classes = nn.EmbeddingBag(classes, narrow, mode="sum")
            for table, spread in ((self.pieces, 0.1), (self.word, 0.02), (self.classes, 0.1)):
                nn.init.normal_(table.weight, std=spread)
            self.whose = nn.Embedding(3, narrow)
            self.norm, self.drop, self.widen = nn.LayerNorm(narrow), nn.Dropout(drop), nn.Linear(narrow, wide)
            self.near = nn.ModuleList(nn.Conv1d(wide, wide, 3, padding=step, dilation=step) for step in (1, 2))
            self.norms = nn.ModuleList(nn.LayerNorm(wide) for _ in self.near)
            self.look, self.ask = nn.Linear(wide, 4), nn.Linear(4 * wide, wide)
            self.group = nn.Embedding(len(GroupKind), 5 * wide)
            self.own = nn.Sequential(nn.Dropout(drop), nn.Linear(5 * wide, wide), nn.GELU(), nn.Dropout(drop))
            self.other = nn.Sequential(nn.Linear(2 * wide, wide), nn.GELU(), nn.Dropout(drop))
            self.out, self.out_before = nn.Linear(wide, OUTPUTS), nn.Linear(2 * wide, OUTPUTS)

        def encoded(self, words: Torch, mask: Torch) -> Torch:
            found = self.widen(self.drop(self.norm(words))) * mask
            for near, norm in zip(self.near, self.norms, strict=True):
                found = norm(found + self.drop(nn.functional.gelu(near(found.transpose(1, 2)).transpose(1, 2)))) * mask
            return found

        def forward(self, batch: dict[str, Torch]) -> Torch:
            vectors = self.pieces(*batch["pieces"]) + self.word(batch["word"]) + self.classes(*batch["classes"])
            mask = batch["words_mask"].unsqueeze(-1)
            words = self.encoded(nn.functional.embedding(batch["words"], vectors), mask)
            looked = torch.softmax(self.look(words).masked_fill(~mask, -1e4), 1).transpose(1, 2) @ words
            gist = looked.flatten(1)
            most = words.masked_fill(~mask, -1e4).amax(1)
            own = self.own(torch.cat([most, gist], 1) + self.group(batch["group"]))
            has = batch["before_mask"].any(1)
            if not has.any():
                return self.out(own)
            mask = batch["before_mask"][has].unsqueeze(-1)
            before = nn.functional.embedding(batch["before"][has], vectors) + self.whose(batch["whose"][has])
            before = self.encoded(before, mask)
            asked = before @ self.ask(gist[has]).unsqueeze(-1) / wide**0.5
            told = (torch.softmax(asked.masked_fill(~mask, -1e4), 1) * before).sum(1)
            other = self.other(torch.cat([before.masked_fill(~mask, -1e4).amax(1), told], 1))
            more = self.out_before(torch.cat([own[has] * other, other], 1))
            return self.out(own).index_add(0, has.nonzero().squeeze(1), more)

    return Network()


def convolution(task: Task, *, epochs: int, width: int = 64, rate: float = 4e-3) -> Candidate:
    """A convolution network, trained from scratch, over words, their pieces and classes, with what was said before.

    In training some words are left out, some are known by pieces and classes only, and some have no classes.
    """
    import torch

    began = time.process_time()
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    vocabulary = _Vocabulary(task.lexicon)
    seen = [vocabulary.seen(sample) for sample in task.samples]
    having = Counter(chain.from_iterable({*seen[at].words.tolist(), *seen[at].before.tolist()} for at in task.learned))
    word_of = np.array([word if having[at] >= _KNOWN else 0 for at, word in enumerate(vocabulary.word)])

    def bags(lists: Sequence[Indexes], numbers: Indexes, kept: NDArray[np.bool_]) -> tuple[Torch, Torch]:
        chosen = [lists[number] if keep else lists[0][:0] for number, keep in zip(numbers, kept, strict=True)]
        begins = np.cumsum([0, *map(len, chosen)])[:-1]
        return torch.from_numpy(np.concatenate(chosen)), torch.from_numpy(begins)

    def batch_of(places: Indexes, learning: bool) -> dict[str, Torch]:
        batch = [seen[at] for at in places]
        words, words_mask = _padded([one.words for one in batch])
        before, before_mask = _padded([one.before for one in batch])
        if learning:
            words[rng.random(words.shape) < 0.05] = 0
            before[rng.random(before.shape) < 0.05] = 0
        numbers, inverse = np.unique(np.concatenate([words.ravel(), before.ravel()]), return_inverse=True)
        chance = rng.random((2, len(numbers))) if learning else np.ones((2, len(numbers)))
        arrays = {
            "words": inverse[: words.size].reshape(words.shape),
            "before": inverse[words.size :].reshape(before.shape),
            "words_mask": words_mask,
            "before_mask": before_mask,
            "whose": _padded([one.whose for one in batch])[0],
            "group": np.array([one.group for one in batch]),
            "word": np.where(chance[0] < 0.15, 0, word_of[numbers]),
        }
        return {name: torch.from_numpy(array) for name, array in arrays.items()} | {
            "pieces": bags(vocabulary.pieces, numbers, np.ones(len(numbers), bool)),
            "classes": bags(vocabulary.classes, numbers, chance[1] > 0.1),
        }

    network = _network(len(task.lexicon.names), width, width, drop=0.3)
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.05)
    length = np.array([len(one.words) + 0.7 * len(one.before) for one in seen])
    batches = [_shuffled(task.learned, rng, length) for _ in range(epochs)]
    flat = list(chain.from_iterable(batches))
    _descend([optimiser], flat, lambda places: network(batch_of(places, True)), task.targets, rate)
    seconds = time.process_time() - began
    network.eval()
    with torch.no_grad():
        found = np.concatenate([network(batch_of(part, False)).numpy() for part in _parts(task.held_out)])
    numbers = sum(one.numel() for one in network.parameters())
    return Candidate(f"(c) convolution network, {epochs} epochs", found.astype(np.float64), seconds, numbers)


def _padded(rows: Sequence[Indexes]) -> tuple[Indexes, NDArray[np.bool_]]:
    length = np.array([len(row) for row in rows])
    mask = np.arange(max(int(length.max()), 1)) < length[:, None]
    padded = np.zeros(mask.shape, dtype=np.int64)
    padded[mask] = np.concatenate(rows)
    return padded, mask


def row_of(candidate: Candidate, wanted: evaluation.Flags) -> list[str]:
    """Return what is printed of a candidate: for 'harmful at all' and for the highest category, then its cost."""
    cells = [candidate.name]
    for score in (candidate.logits[:, -1], evaluation.strongest(candidate.logits[:, :-1])):
        recalls = [f"{evaluation.recall_at(wanted, score, specificity):.3f}" for specificity in SPECIFICITIES]
        cells += [str(evaluation.area(wanted, score)), *recalls]
    return [*cells, f"{candidate.seconds:.0f}", f"{candidate.numbers * 4 / 1e6:.1f}"]


def main() -> None:
    """Train and measure all candidates, and print a table."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", type=int, default=1, metavar="N", help="use each Nth message: a quick try")
    parser.add_argument("--epochs", type=int, default=8, help="of the convolution network")
    parser.add_argument("--deep-epochs", type=int, default=3, help="of wide and deep")
    options = parser.parse_args()
    torch.set_num_threads(1)
    task = task_of(read_corpus()[:: options.part])
    wanted = task.targets[task.held_out, -1] > 0
    found: list[Candidate] = []

    def keep(candidate: Candidate) -> Candidate:
        found.append(candidate)
        sys.stderr.write(f"{' | '.join(row_of(candidate, wanted))}\n")
        return candidate

    keep(plain(task))
    linear = keep(full(task))
    deep = keep(wide_and_deep(task, epochs=options.deep_epochs))
    network = keep(convolution(task, epochs=options.epochs))
    keep(linear + deep)
    keep(linear + network)

    writers = sorted({task.messages[at].writer for at in task.held_out})
    sys.stdout.write(
        f"{platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}; learned from "
        f"{len(task.learned)} messages, measured on {len(task.held_out)} ({int(wanted.sum())} harmful) "
        f"of other writers ({', '.join(writers)})\n\n"
    )
    recalls = [f"recall at {specificity} specificity" for specificity in SPECIFICITIES]
    head = ["candidate", "AUC, harmful at all", *recalls, "AUC, highest category", *recalls, "training, s", "MB, fp32"]
    sys.stdout.write(f"{evaluation.table(head, [row_of(one, wanted) for one in found])}\n")


if __name__ == "__main__":
    main()
