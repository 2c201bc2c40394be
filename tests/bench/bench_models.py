"""`make bench-models`: how long models take per message, beside the packages that they are compared with.

Prints Markdown. Absolute times differ between machines and hours; ratios are taken within one run, in which all take
turns. Detoxify is measured on an XLM-R base of full size with random weights: how long it takes does not depend on
what it says. What it says is compared on a small trained one, in `tests/models/detoxify`.
"""

from __future__ import annotations

import argparse
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bot.adapters.replay.export import read_export
from models import embedded
from models.corpus.reading import read_corpus
from models.detoxify import exporting
from models.port import Sample
from rules.text import read
from rules.vocabulary import Chat, Facts, Group, GroupKind
from tests.bench.messages import CHAT_EXPORT
from tests.models.detoxify.checkpoint import FULL, TRAINED, make_base, make_checkpoint, make_place

BATCH: Final = 32
LARGE_BATCH: Final = 256

Judge = Callable[[list[str]], object]
"""Judges some messages together; what it says does not matter here."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one contender took, in milliseconds per message."""

    name: str
    alone: float
    batched: float


def measured(contenders: Mapping[str, Judge], texts: Sequence[str], rounds: int) -> list[Row]:
    """Return the best of `rounds` in which the contenders take turns: the one that other work disturbed least."""
    alone: dict[str, list[float]] = {name: [] for name in contenders}
    batched: dict[str, list[float]] = {name: [] for name in contenders}
    batches = [list(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
    for judge in contenders.values():
        judge(batches[0])  # what only the first call does is not measured
    for _ in range(rounds):
        for name, judge in contenders.items():
            alone[name].append(_milliseconds(judge, [[text] for text in texts]) / len(texts))
            batched[name].append(_milliseconds(judge, batches) / len(texts))
    return [Row(name, min(alone[name]), min(batched[name])) for name in contenders]


def _milliseconds(judge: Judge, batches: Iterable[list[str]]) -> float:
    began = time.perf_counter()
    for batch in batches:
        judge(batch)
    return (time.perf_counter() - began) * 1000


def table(rows: Sequence[Row]) -> str:
    """Return the rows as Markdown; the first is what the others are compared with."""
    first = rows[0]
    lines = [
        f"| model | ms per message, one by one | times as fast | ms per message, batches of {BATCH} | times as fast |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row.name} | {row.alone:.3f} | {first.alone / row.alone:.1f} "
        f"| {row.batched:.3f} | {first.batched / row.batched:.1f} |"
        for row in rows
    ]
    return "\n".join(lines)


def together(texts: Sequence[str], rounds: int, threads: int) -> list[Row]:
    """Return what Detoxify took as its package and exported in both precisions, the embedded model, and two others."""
    import torch

    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as name:
        return measured({**detoxify_contenders(Path(name), threads), **embedded_contenders()}, texts, rounds)


def detoxify_contenders(folder: Path, threads: int) -> dict[str, Judge]:
    """Return the package with an XLM-R base of full size and random weights, made in `folder`, and its exports."""
    learned = exporting.corpus_texts()
    base = make_base(
        folder / "xlm-r", learned, vocabulary=1500, vocab_size=250_002, max_position_embeddings=514, **FULL
    )
    checkpoint = make_checkpoint(folder / "full.ckpt", base)
    stock = exporting.load_stock(checkpoint, base, folder, trusted=True)
    int8, fp32 = exporting.write_models(stock, folder)
    models = {path.stem: exporting.opened(path, folder, stock, threads) for path in (int8, fp32)}
    return {
        "Detoxify, the package itself": stock.predict,
        "Detoxify, exported, int8": models["int8"].scores,
        "Detoxify, exported, fp32": models["fp32"].scores,
    }


def detoxify_agreement() -> str:
    """Return, as Markdown, how near both exports of a small, briefly trained Detoxify are to the package itself."""
    with tempfile.TemporaryDirectory() as name:
        place, texts = make_place(Path(name)), [text for text, _ in TRAINED]
        made = exporting.export(place.checkpoint, place.base, place.exported, texts, trusted=True)
    lines = ["| exported as | rank correlation, worst output | largest difference |", "| --- | --- | --- |"]
    lines += [
        f"| {precision} | {found.rank_correlation:.4f} | {found.largest_difference:.5f} |"
        for precision, found in made.agreement.items()
    ]
    return "\n".join(lines)


def embedded_contenders() -> dict[str, Judge]:
    """Return the embedded model, and two packages that a simple bot would use."""
    from better_profanity import profanity
    from profanity_check import predict_prob

    model = embedded.load()
    facts = Facts(Group("bench", "bench", GroupKind.CLASS))
    profanity.load_censor_words()
    return {
        "the embedded model, reading included": lambda texts: model.score(
            [Sample(read(text), facts) for text in texts]
        ),
        "better-profanity": lambda texts: [profanity.contains_profanity(text) for text in texts],
        "alt-profanity-check": predict_prob,
    }


def embedded_report(texts: Sequence[str]) -> str:
    """Return, as Markdown, what the embedded model takes on one core: per second, per message, memory and loading."""
    before, began = resident(), time.perf_counter()
    model = embedded.load()
    loading, memory = time.perf_counter() - began, resident() - before
    facts = Facts(Group("bench", "bench", GroupKind.CLASS))
    samples = [Sample(read(text), facts) for text in texts]
    model.score(samples)
    batches = [samples[at : at + LARGE_BATCH] for at in range(0, len(samples), LARGE_BATCH)]
    began = time.process_time()
    for batch in batches:
        model.score(batch)
    together = time.process_time() - began
    alone = []
    for sample in samples:
        began = time.perf_counter()
        model.score([sample])
        alone.append(time.perf_counter() - began)
    alone.sort()
    rows = [
        f"| messages/s of one core, batches of {LARGE_BATCH} | {len(samples) / together:,.0f} |",
        f"| messages/s, one by one | {len(samples) / sum(alone):,.0f} |",
        f"| per message, one by one: median, p99 | {alone[len(alone) // 2] * 1e3:.2f} ms, "
        f"{alone[int(0.99 * len(alone))] * 1e3:.2f} ms |",
        f"| loading | {loading * 1e3:.0f} ms |",
        f"| memory | {memory / 1e6:.0f} MB |",
    ]
    return "\n".join(["| the embedded model | |", "| --- | --- |", *rows])


def resident() -> int:
    """Return how much memory this process has now, in bytes (Linux)."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()


def corpus_texts() -> list[str]:
    """Return different messages of the corpus: real variety, so that nothing is remembered."""
    return [message.text for message in read_corpus()[::4]]


def messages(count: int) -> list[str]:
    """Return texts of the demo's class chat, over and over."""
    export = read_export(CHAT_EXPORT, chat=Chat("replay", "bench"), timezone=ZoneInfo("Europe/Amsterdam"))
    return list(islice(cycle(message.text for message in export.messages if message.text), count))


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2 * BATCH)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--embedded-only", action="store_true", help="leave Detoxify out")
    options = parser.parse_args()
    sys.stdout.write(
        f"{platform.machine()}, Python {platform.python_version()}, {options.threads} threads; "
        f"{options.messages} messages, best of {options.rounds} rounds in turns\n\n"
        f"{embedded_report(corpus_texts())}\n\n"
    )
    texts = messages(options.messages)
    if options.embedded_only:
        sys.stdout.write(f"{table(measured(embedded_contenders(), texts, options.rounds))}\n")
        return
    sys.stdout.write(
        f"{table(together(texts, options.rounds, options.threads))}\n\n"
        f"A small, briefly trained Detoxify, exported:\n\n{detoxify_agreement()}\n"
    )


if __name__ == "__main__":
    main()
