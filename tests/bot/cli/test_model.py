"""Detoxify from the command line: fetched, exported, fitted and switched on, and refused where something is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.detection import load_classifier
from models.detoxify.exporting import corpus_texts
from models.detoxify.fetching import SOURCES, Source, fetch
from models.detoxify.files import Place
from tests.models.detoxify.checkpoint import TRAINED
from tests.models.samples import sample

SCHOOL = """
[school]
name = "De Proef"
slug = "proef"
youngest_pupil = 16
[[person]]
key = "leiding"
name = "P. Bakker"
roles = ["trusted_person", "leadership"]
email = "p@proef.example"
[storage]
keys = "keys/keys.json"
"""


def klasveilig(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(folder / "school.toml"), *arguments])


def refused(folder: Path, *arguments: str) -> str:
    """Return what a command says that must fail on what the user can put right."""
    result = klasveilig(folder, *arguments)
    assert result.exit_code == 2, result.output
    return result.output


@pytest.fixture
def school(tmp_path: Path) -> Path:
    """A school that has nothing of Detoxify yet."""
    (tmp_path / "school.toml").write_text(SCHOOL)
    assert klasveilig(tmp_path, "migrate").exit_code == 0
    return tmp_path


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Messages with labels that the Dutch model never saw."""
    path = tmp_path / "labelled.jsonl"
    rows = [{"text": text, "labels": ["insult"] if labels[0] > 0.5 else []} for text, labels in TRAINED]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def place_of(school: Path) -> Place:
    return Place(school / "var" / "detoxify")


def test_the_way_from_nothing_to_a_detoxify_that_counts(school: Path, fetched: Place, labelled: Path) -> None:
    place = place_of(school)
    assert "Detoxify staat uit" in klasveilig(school, "doctor").output
    assert "is niet opgehaald. Doe: klasveilig model fetch." in refused(school, "model", "export")
    for source in SOURCES:  # without the sum that the real weights have
        address = (fetched.folder / source.name).as_uri()
        fetch(place, Source(source.name, address), lambda n, total: None)

    made = klasveilig(school, "model", "export", "--threads", "1")
    assert made.exit_code == 0, made.output
    assert "int8: rangcorrelatie met Detoxify zelf" in made.output
    assert "fp32: rangcorrelatie met Detoxify zelf 1.0000, grootste verschil 0.0000" in made.output

    (school / "school.toml").write_text(SCHOOL + "[detoxify]\nenabled = true\n")
    unfit = klasveilig(school, "doctor")
    assert unfit.exit_code == 1
    assert "rule.json ontbreekt: nog niets zegt hoe zwaar Detoxify telt." in unfit.output

    fitted = klasveilig(school, "model", "combine", "--labelled", str(labelled))
    assert fitted.exit_code == 0, fitted.output
    assert "Detoxify telt mee in 1 van 8 categorieën: belediging." in fitted.output
    assert "Detoxify staat aan" in klasveilig(school, "doctor").output

    with_detoxify, alone = load_classifier(place.folder), load_classifier()
    harsh = [sample("wat een achterlijke sukkel zeg")]
    assert (with_detoxify.name, alone.name) == ("combined", "embedded")
    assert with_detoxify.score(harsh)[0, 0] != alone.score(harsh)[0, 0]


def test_what_was_switched_on_never_goes_missing_in_silence(school: Path, exported: Place) -> None:
    (school / "school.toml").write_text(SCHOOL + '[detoxify]\nenabled = true\nfolder = "elsewhere"\n')
    result = klasveilig(school, "doctor")
    assert result.exit_code == 1
    assert f"FOUT   {school / 'elsewhere' / 'exported' / 'about.json'} ontbreekt." in result.output
    assert "about.json ontbreekt" in refused(school, "run")


def test_other_weights_than_the_released_ones_are_not_fetched(school: Path, fetched: Place) -> None:
    said = refused(school, "model", "fetch", "--from", fetched.folder.as_uri())
    assert "is niet wat het hoort te zijn (SHA-256" in said
    assert "verwacht 0b549669…" in said
    assert not place_of(school).checkpoint.exists()
    assert place_of(school).base.exists()


def test_weights_of_ones_own_are_exported_without_a_school_and_with_their_sum_if_given(
    tmp_path: Path, fetched: Place
) -> None:
    own = ["--checkpoint", str(fetched.checkpoint), "--huggingface-config-path", str(fetched.base)]
    export = ["model", "export", "--folder", str(tmp_path / "own"), "--threads", "1"]
    assert "SHA-256" in refused(tmp_path, *export, *own, "--sha256", "ab" * 32)
    assert "together, or neither" in refused(tmp_path, *export, *own[:2])
    assert klasveilig(tmp_path, *export, *own).exit_code == 0
    assert (tmp_path / "own" / "exported" / "model.onnx").exists()


def test_messages_that_the_dutch_model_learned_from_are_refused(school: Path, exported: Place) -> None:
    shutil.copytree(exported.folder, place_of(school).folder)
    learned = school / "learned.jsonl"
    learned.write_text("\n".join(json.dumps({"text": text, "labels": []}) for text in corpus_texts(100)))
    assert "Het Nederlandse model leerde van 100 van de 100" in refused(
        school, "model", "combine", "--labelled", str(learned)
    )
