from __future__ import annotations

import hashlib
import json
import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import lexicon
from models.embedded import OUTPUTS, WEIGHTS_FILE, ModelError, Weights, load, save
from models.features import Vectoriser
from models.lexicon import read_lexicon
from models.port import Sample
from rules.text import read
from rules.vocabulary import TEXT_CATEGORIES, Category, Facts, Group, GroupKind, Line
from tests.models.samples import sample

REMEDY = "restore it from the release, or train it anew: klasveilig model train"


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
    assert str(caught.value) == f"{weights}: cannot be read (No such file or directory); {REMEDY}"


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
    with pytest.raises(ModelError, match="does not hold the SHA-256"):
        load(weights)


def test_a_lexicon_other_than_the_one_it_was_trained_with_is_an_error(weights: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lexicon"
    shutil.copytree(lexicon.FOLDER, folder)
    load(weights, folder)
    with next(folder.glob("*.txt")).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    with pytest.raises(ModelError, match="lexicon: is damaged or was changed"):
        load(weights, folder)


def test_a_missing_lexicon_is_an_error(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is damaged or was changed"):
        load(weights, tmp_path / "nowhere")


def test_weights_of_another_size_are_an_error(tmp_path: Path) -> None:
    other = Weights(
        np.zeros(2, np.uint32), np.zeros((3, 8), np.float32), np.zeros(8, np.float32), np.zeros((8, 3), np.float32)
    )
    save(other, tmp_path / "other.npz", {})
    with pytest.raises(ModelError, match="is of another version"):
        load(tmp_path / "other.npz")


def test_what_is_no_archive_is_an_error_even_with_the_right_sum(tmp_path: Path) -> None:
    path = tmp_path / "text.npz"
    path.write_bytes(b"hello")
    sums = {"sha256": hashlib.sha256(b"hello").hexdigest(), "lexicon_sha256": lexicon.sum_of()}
    path.with_suffix(".json").write_text(json.dumps(sums), encoding="utf-8")
    with pytest.raises(ModelError, match="is no archive of weights"):
        load(path)


def test_a_message_longer_than_any_platform_allows_is_refused_not_guessed() -> None:
    with pytest.raises(ValueError, match="more than 70000 characters"):
        load().score([sample("a " * 40_000)])


def test_harm_at_the_end_of_a_long_message_is_not_hidden_by_its_length() -> None:
    vectoriser = Vectoriser(read_lexicon())
    features = vectoriser.features_of([sample("hoi " * 5000 + "ik maak je dood")])
    assert features.kept[0][-1] == 5003
    assert features.first[1] == 400


def test_features_of_a_message_do_not_depend_on_its_neighbours() -> None:
    vectoriser = Vectoriser(read_lexicon())
    one = answer("ja echt he", "Iris stinkt altijd")
    alone = vectoriser.features_of([one])
    among = vectoriser.features_of([sample("hoi"), sample(""), one, sample("doei")])
    chosen = among.sample == 2
    assert sorted(zip(alone.bucket, alone.value, strict=True)) == sorted(
        zip(among.bucket[chosen], among.value[chosen], strict=True)
    )


def answer(text: str, *before: str) -> Sample:
    """Return a message after others."""
    lines = tuple(Line("Tess", "Tess", line) for line in before)
    return replace(sample(text), facts=Facts(Group("school", "group", GroupKind.CLASS), context=lines))


def test_what_was_said_before_changes_what_an_answer_means() -> None:
    after_harm, after_nothing = load().score(
        [answer("ja echt he", "Iris stinkt altijd", "en die kleren ook"), sample("ja echt he")]
    )
    bullying = TEXT_CATEGORIES.index(Category.BULLYING)
    assert after_harm[bullying] > after_nothing[bullying]


def test_a_first_name_makes_no_difference() -> None:
    scores = load().score([sample(f"{name} heeft het huiswerk voor morgen") for name in ("Sanne", "Fatima", "Kacper")])
    assert np.ptp(scores, axis=0).max() == 0


def test_it_tells_typical_harm_from_typical_chatter() -> None:
    harmful = [
        "ik ga je slaan na school",
        "niemand vindt jou leuk ga weg",
        "maak jezelf dood",
        "stuur een naaktfoto anders zet ik het online",
    ]
    harmless = [
        "wie heeft het huiswerk van wiskunde",
        "hoe laat begint gym morgen",
        "gefeliciteerd met je verjaardag!!",
        "die toets was kut moeilijk",
    ]
    scores = load().score([sample(text) for text in harmful + harmless]).max(axis=1)
    assert scores[:4].min() > scores[4:].max()


def test_it_loads_in_well_under_a_second_and_judges_fast_enough_for_a_school() -> None:
    began = time.process_time()
    model = load()
    model.score([sample("wie heeft het huiswerk van wiskunde voor morgen")] * 1000)
    assert time.process_time() - began < 2


def test_reading_is_the_only_way_in() -> None:
    disguised, plain = load().score([sample("jij v1eze h 0 e r"), Sample(read("jij vieze hoer"), sample("").facts)])
    assert np.abs(disguised - plain).max() < 0.3
    assert len(plain) == OUTPUTS - 1
