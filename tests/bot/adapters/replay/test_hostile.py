"""Files made to burn time or memory: the work grows with the size of the file, no faster."""

from __future__ import annotations

import contextlib
import time
import tracemalloc
from pathlib import Path

import pytest

from bot.adapters.replay import ExportError
from tests.bot.adapters.replay.golden import read

SIZE = 1_000_000
SECONDS = 10.0
"""Processor time for 1 MB, at most: ten times what a slow machine needs, and far below what quadratic work takes."""

HEAD = "25-10-2025 21:15 - "
LRM = "\u200e"


def filled(pattern: str) -> str:
    return pattern * (SIZE // len(pattern.encode()))


SHAPES = {
    "brackets": filled("["),
    "braces": filled('{"a":'),
    "arrays in messages": '{"type": "x", "messages": ' + filled("["),
    "an endless JSON string": '{"type": "x", "messages": ["' + filled("a"),
    "JSON spaces": "{" + filled(" "),
    "small JSON entries": '{"type": "x", "messages": [' + filled("1,") + "1]}",
    "one long line": f"{HEAD}Sem: {filled('a')}",
    "one long line without a name": HEAD + filled("a"),
    "one long name": f"{HEAD}{filled('a')}: hoi",
    "marks": HEAD + "Sem: " + filled(LRM),
    "marks before": filled(LRM) + HEAD + "Sem: hoi",
    "spaces": HEAD + "Sem: " + filled(" ") + "x",
    "newlines": HEAD + "Sem: " + filled("\n"),
    "digits": HEAD + "Sem: hoi\n" + filled("1"),
    "accents": HEAD + "Sem: " + filled("\u0301\u0316"),
    "headers": filled(f"{HEAD}a: \n"),
    "headers of two lines": filled(f"{HEAD}Sem: hoi\nhoi\n"),
    "other people": "".join(f"{HEAD}{number}: x: y\n" for number in range(30_000)),
    "group names": filled(f'{HEAD}x created group "x created group "' + "x" * 200 + '":: "\n'),
    "lost lines": f"{HEAD}Sem: hoi\n{HEAD}Noor left\n" + filled("a\n"),
    "files": filled(f"{HEAD}a: {'.a' * 120} (file attached)\n{'.a' * 120} • 12\n"),
    "iPhone files": filled(f"{HEAD}a: {'<attached: ' * 20}>\n"),
    "notices": filled(f"{HEAD}a: {LRM}a heeft {'end-to-end ' * 20}heeft gewijzigd gewijzigd\n"),
    "polls": f"{HEAD}a: POLL:\n" + filled("OPTION: a (1 vote) (\n"),
    "mentions": filled(HEAD + "a: " + "@" * 60 + "@\u2068" * 60 + "\n"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_hostile_file_costs_time_in_proportion(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(SHAPES[shape], encoding="utf-8")
    start = time.process_time()
    with contextlib.suppress(ExportError):
        read(path)
    assert time.process_time() - start < SECONDS


def test_reading_needs_a_few_times_the_size_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_text("".join(f"25-10-2025 21:{n % 60:02} - Sem: bericht {n} over het huiswerk\n" for n in range(5_000)))
    tracemalloc.start()
    try:
        export = read(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(export.messages) == 5_000
    assert peak < 10 * path.stat().st_size
