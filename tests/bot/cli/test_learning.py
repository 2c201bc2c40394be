from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from models import embedded
from models.corpus.reading import MESSAGES
from models.thresholds import read_held_out
from tests.models.made_up import small_corpus
from tests.models.samples import sample


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["model", *map(str, arguments)])


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with a small corpus, as files."""
    folder = tmp_path / "messages"
    folder.mkdir()
    for message in small_corpus():
        row = {
            "id": message.id, "voice": message.voice, "group": message.group, "school": message.school, "age": 14,
            "register": message.register, "context": [], "author": "", "text": message.text,
            "labels": sorted(message.labels), "target": message.target, "kinds": message.kinds,
        }  # fmt: skip
        with (folder / f"{message.writer}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
    return folder


def test_train_writes_weights_that_load_and_scores_of_writers_that_were_left_out(small: Path, tmp_path: Path) -> None:
    weights, held_out = tmp_path / "small.npz", tmp_path / "held.npz"
    result = run("train", "--corpus", small, "--to", weights, "--held-out", held_out)
    assert result.exit_code == 0, result.output
    assert embedded.load(weights).score([sample("jij bent een sukkel")]).shape == (1, 8)
    assert read_held_out(held_out).scores.shape == (64, 8)


def test_a_corpus_that_does_not_fit_stops_training_with_file_and_line(small: Path, tmp_path: Path) -> None:
    (small / "a.jsonl").write_text('{"id": 3}\n', encoding="utf-8")
    result = run("train", "--corpus", small, "--to", tmp_path / "small.npz", "--held-out", tmp_path / "held.npz")
    assert result.exit_code == 2
    assert "a.jsonl, line 1: does not fit the schema" in result.output
    assert not (tmp_path / "small.npz").exists()


def test_corpus_counts_and_checks_the_corpus_that_comes_along() -> None:
    result = run("corpus")
    assert result.exit_code == 0, result.output
    writers = len(list(MESSAGES.glob("*.jsonl")))
    assert f"| writers | {writers} |" in result.output
