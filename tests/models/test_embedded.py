from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import numpy as np
import pytest

from models.embedded import WEIGHTS_FILE, ModelError, Weights, load, save
from models.features import BUCKETS, features_of
from models.train import CORPUS, CorpusLine, read_corpus, train
from rules.text import read
from rules.vocabulary import TEXT_CATEGORIES, Category
from tests.models.samples import sample


def test_the_weights_that_come_along_were_made_from_the_corpus_that_comes_along() -> None:
    about = json.loads(WEIGHTS_FILE.with_suffix(".json").read_text(encoding="utf-8"))
    assert about["corpus_sha256"] == hashlib.sha256(CORPUS.read_bytes()).hexdigest()
    assert about["lines"] == len(read_corpus(CORPUS))


def test_the_corpus_follows_its_schema_and_most_of_it_is_harmless() -> None:
    keys = {"id", "group", "context", "text", "labels", "voice", "register"}
    rows = [json.loads(row) for row in CORPUS.read_text(encoding="utf-8").splitlines()]
    assert all(row.keys() == keys for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)
    assert 0.5 < sum(not row["labels"] for row in rows) / len(rows) < 0.7
    assert {label for row in rows for label in row["labels"]} == set(TEXT_CATEGORIES)


def test_training_twice_gives_the_same_weights_to_the_last_bit() -> None:
    lines = read_corpus(CORPUS)[::20]
    one, two = train(lines, rounds=10), train(lines, rounds=10)
    assert one.weight.tobytes() == two.weight.tobytes()
    assert one.bias.tobytes() == two.bias.tobytes()


def test_it_learns_what_it_is_shown_and_explains_it(tmp_path: Path) -> None:
    insults = [CorpusLine(f"jij bent een {word}", frozenset({Category.INSULT}), "a") for word in ("sukkel", "loser")]
    harmless = [CorpusLine(f"jij bent een {word}", frozenset(), "b") for word in ("held", "vriend", "schat")]
    save(train(insults + harmless), tmp_path / "small.npz", {})
    model = load(tmp_path / "small.npz")
    insult, praise = model.score([sample("wat een loser"), sample("wat een held")])[:, 0]
    assert insult > 0.5 > praise
    assert model.explain(sample("wat een LOSER zeg"), Category.INSULT)[0] == "LOSER"


def test_saving_the_same_weights_twice_gives_the_same_file(tmp_path: Path) -> None:
    weights = Weights(np.ones((BUCKETS, 8), np.float32), np.zeros(8, np.float32))
    for name in ("one.npz", "two.npz"):
        save(weights, tmp_path / name, {"lines": 0})
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A copy of the weights that come along, to do harm to."""
    path = tmp_path / "embedded.npz"
    path.write_bytes(WEIGHTS_FILE.read_bytes())
    path.with_suffix(".json").write_bytes(WEIGHTS_FILE.with_suffix(".json").read_bytes())
    return path


def test_missing_weights_are_an_error_that_names_the_file_and_what_to_do(weights: Path) -> None:
    weights.unlink()
    with pytest.raises(ModelError) as caught:
        load(weights)
    assert str(caught.value) == (
        f"{weights}: cannot be read (No such file or directory);"
        " restore it from the release, or train it anew: python -m models.train"
    )


def test_truncated_weights_are_an_error(weights: Path) -> None:
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="is damaged or was changed"):
        load(weights)


def test_weights_with_one_other_byte_are_an_error(weights: Path) -> None:
    content = bytearray(weights.read_bytes())
    content[1000] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ModelError, match="is damaged or was changed"):
        load(weights)


@pytest.mark.parametrize("about", ["", "{}", "[]", '{"sha256": 3}'])
def test_weights_without_a_usable_sum_are_an_error(weights: Path, about: str) -> None:
    weights.with_suffix(".json").write_text(about, encoding="utf-8")
    with pytest.raises(ModelError):
        load(weights)


def test_weights_of_another_size_are_an_error(tmp_path: Path) -> None:
    save(Weights(np.zeros((8, 8), np.float32), np.zeros(8, np.float32)), tmp_path / "other.npz", {})
    with pytest.raises(ModelError, match="is of another version"):
        load(tmp_path / "other.npz")


def test_what_is_no_archive_is_an_error_even_with_the_right_sum(tmp_path: Path) -> None:
    path = tmp_path / "text.npz"
    path.write_bytes(b"hello")
    path.with_suffix(".json").write_text(json.dumps({"sha256": hashlib.sha256(b"hello").hexdigest()}), encoding="utf-8")
    with pytest.raises(ModelError, match="is no archive of weights"):
        load(path)


def test_a_message_longer_than_any_platform_allows_is_refused_not_guessed() -> None:
    with pytest.raises(ValueError, match="more than 70000 characters"):
        load().score([sample("a " * 40_000)])


def test_a_line_of_a_corpus_that_does_not_fit_is_named(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text('{"text": "a", "labels": [], "voice": "v"}\n{"text": "a", "labels": ["rude"], "voice": "v"}\n')
    with pytest.raises(ValueError, match=r"corpus.jsonl, line 2: does not fit the schema .*'rude' is not a valid"):
        read_corpus(path)


def test_features_of_a_message_do_not_depend_on_its_neighbours() -> None:
    alone = features_of([read("jij bent lief")])
    among = features_of([read("hoi"), read(""), read("jij bent lief"), read("doei")])
    chosen = among.sample == 2
    assert sorted(zip(alone.bucket, alone.value, strict=True)) == sorted(
        zip(among.bucket[chosen], among.value[chosen], strict=True)
    )


def test_it_loads_in_well_under_a_second_and_judges_fast_enough_for_a_school() -> None:
    began = time.process_time()
    model = load()
    model.score([sample("wie heeft het huiswerk van wiskunde voor morgen")] * 1000)
    assert time.process_time() - began < 2
