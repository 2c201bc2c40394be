"""The exported model at work, and every way in which it can be broken."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detoxify.exported import ABOUT, MODEL, TOKENIZER, by_length, load
from models.detoxify.files import LABELS, DetoxifyError, Place, sha256_of
from tests.models.detoxify.fixtures import TEXTS


def test_it_gives_a_probability_per_message_and_label(exported: Place) -> None:
    scores = load(exported.exported).scores([*TEXTS, "", "😂"])
    assert scores.shape == (len(TEXTS) + 2, len(LABELS))
    assert ((scores > 0) & (scores < 1)).all()
    assert load(exported.exported).scores([]).shape == (0, len(LABELS))


def test_a_message_scores_nearly_the_same_alone_and_among_others(exported: Place) -> None:
    model = load(exported.exported)
    alone = np.concatenate([model.scores([text]) for text in TEXTS])
    np.testing.assert_allclose(model.scores(TEXTS), alone, atol=0.02)


def test_the_same_messages_always_score_the_same(exported: Place) -> None:
    model = load(exported.exported, threads=1)
    assert model.scores(TEXTS).tobytes() == model.scores(TEXTS).tobytes()


@given(st.lists(st.integers(1, 512)))
def test_every_message_is_in_one_batch_with_others_of_about_its_length(lengths: list[int]) -> None:
    batches = list(by_length(lengths))
    assert sorted(at for batch in batches for at in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[at] for at in batch) <= 128
    order = [lengths[at] for batch in batches for at in batch]
    assert order == sorted(order)


def test_it_runs_without_torch_and_without_the_package(exported: Place) -> None:
    code = (
        "import sys, pathlib; from models.detoxify.exported import load; "
        f"load(pathlib.Path({str(exported.exported)!r})).scores(['hoi']); "
        "print({'torch', 'transformers', 'detoxify', 'onnx', 'sentencepiece'} & sys.modules.keys())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == "set()\n"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def tamper(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        (Path.unlink, "{path} is missing. See: klasveilig model fetch, export and combine."),
        (cut, "{path} is damaged or was changed (SHA-256 "),
        (tamper, "{path} is damaged or was changed (SHA-256 "),
    ],
)
def test_a_file_that_is_not_what_was_exported_is_refused(
    place: Place, name: str, harm: Callable[[Path], None], problem: str
) -> None:
    path = place.exported / name
    harm(path)
    with pytest.raises(DetoxifyError) as caught:
        load(place.exported)
    assert str(caught.value).startswith(problem.format(path=path))


def test_an_export_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DetoxifyError, match=r"about\.json is missing"):
        load(tmp_path)


def change(place: Place, **values: object) -> None:
    """Write other values into what stands beside the export, with the sums that its files have now."""
    path = place.exported / ABOUT
    about = json.loads(path.read_text()) | values
    about["sha256"] = {name: sha256_of(place.exported / name) for name in (MODEL, TOKENIZER)}
    path.write_text(json.dumps(about))


def test_an_export_of_another_version_is_refused(place: Place) -> None:
    change(place, format=0)
    with pytest.raises(DetoxifyError, match=r"is of another version \(0, not 1\). Export anew"):
        load(place.exported)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"format": 1}', '{"format": 1, "sha256": 3}'])
def test_an_export_about_which_nothing_is_known_is_refused(place: Place, content: str) -> None:
    (place.exported / ABOUT).write_text(content)
    with pytest.raises(DetoxifyError):
        load(place.exported)


def test_another_tokenizer_is_refused_even_when_its_sum_was_put_right(place: Place) -> None:
    path = place.exported / TOKENIZER
    tokenizer = json.loads(path.read_text())
    pieces = tokenizer["model"]["vocab"]
    tokenizer["model"]["vocab"] = pieces[:4] + pieces[4:][::-1]
    path.write_text(json.dumps(tokenizer))
    change(place)
    with pytest.raises(DetoxifyError, match="does not compute here what Detoxify computes"):
        load(place.exported)


def test_a_model_that_is_none_is_refused_even_when_its_sum_was_put_right(place: Place) -> None:
    (place.exported / MODEL).write_bytes(b"no model")
    change(place)
    with pytest.raises(DetoxifyError, match=r"model\.onnx does not hold what it should"):
        load(place.exported)


def test_a_tokenizer_that_is_none_is_refused_even_when_its_sum_was_put_right(place: Place) -> None:
    (place.exported / TOKENIZER).write_text("{}")
    change(place)
    with pytest.raises(DetoxifyError, match=r"tokenizer\.json does not hold what it should"):
        load(place.exported)
