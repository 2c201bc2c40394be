"""The export says what the package says, and what cannot be loaded is refused: on a small, briefly trained Detoxify."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.detoxify import exporting
from models.detoxify.agreement import Agreement, agreement, choose
from models.detoxify.exported import ABOUT, load
from models.detoxify.exporting import export, load_stock, stock_scores
from models.detoxify.files import LABELS, DetoxifyError, Place
from tests.models.detoxify.checkpoint import SHARES, TRAINED, make_checkpoint
from tests.models.detoxify.fixtures import TEXTS


@pytest.fixture(scope="session")
def stock(fetched: Place, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The package itself, with the small weights."""
    return load_stock(fetched.checkpoint, fetched.base, tmp_path_factory.mktemp("stock"), trusted=True)


def test_the_package_itself_learned_something_so_that_an_agreement_means_something(stock: Any) -> None:
    scores = stock_scores(stock, TEXTS)
    wanted = np.array([labels for _, labels in TRAINED])
    assert np.abs(scores - wanted).mean() < 0.05
    assert (scores.std(axis=0) > 0.1 * np.array(SHARES)).all()
    assert stock.class_names == list(LABELS)


def test_the_scores_of_the_package_do_not_depend_on_how_they_were_asked_for(stock: Any) -> None:
    alone = stock.predict(TEXTS[3])
    np.testing.assert_allclose(stock_scores(stock, TEXTS)[3], [alone[label] for label in LABELS], atol=1e-5)


def test_the_export_agrees_with_the_package_in_rank_and_in_value(stock: Any, exported: Place) -> None:
    model = load(exported.exported)
    found = agreement(stock_scores(stock, TEXTS), model.scores(TEXTS))
    assert found.good
    assert found.rank_correlation > 0.99
    assert found.largest_difference < 0.05


def test_what_was_measured_stands_beside_the_export_for_both_precisions(exported: Place) -> None:
    about = json.loads((exported.exported / ABOUT).read_text())
    assert about["precision"] == "int8"
    assert about["agreement_texts"] == len(TEXTS)
    assert about["agreement"]["fp32"]["largest_difference"] < 1e-5
    assert 0.99 <= about["agreement"]["int8"]["rank_correlation"] < 1


@pytest.mark.parametrize(
    "text", ["", " ", "hoi", "\ud83d half", "😂😂", "stomme " * 500, "a\nb\tc\x00d", "İstanbul ﬁ ½"]
)
def test_any_message_is_read_as_the_package_reads_it(stock: Any, exported: Place, text: str) -> None:
    readable = text.encode("utf-8", "replace").decode()
    expected = stock.predict(readable)
    found = load(exported.exported).scores([text])[0]
    np.testing.assert_allclose(found, [expected[label] for label in LABELS], atol=0.05)


def test_int8_is_used_only_where_it_agrees_with_the_package() -> None:
    good, far, mixed_up = Agreement(0.999, 0.01), Agreement(0.999, 0.06), Agreement(0.98, 0.01)
    assert choose({"int8": good, "fp32": good}) == "int8"
    assert choose({"int8": far, "fp32": good}) == "fp32"
    assert choose({"int8": mixed_up, "fp32": good}) == "fp32"
    assert choose({"int8": Agreement(float("nan"), 0.0), "fp32": good}) == "fp32"
    with pytest.raises(DetoxifyError, match="does not say what Detoxify says"):
        choose({"int8": far, "fp32": mixed_up})


def test_agreement_takes_the_worst_label_and_the_worst_score() -> None:
    one = np.array([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]])
    other = np.array([[0.1, 0.3], [0.2, 0.2], [0.4, 0.1]])
    far, near = agreement(one, other), agreement(one, one + 0.001)
    assert [far.rank_correlation, far.largest_difference] == pytest.approx([-1, 0.2])
    assert [near.rank_correlation, near.largest_difference] == pytest.approx([1, 0.001])


def test_random_weights_whose_scores_hardly_differ_are_exported_as_fp32(fetched: Place, tmp_path: Path) -> None:
    checkpoint = make_checkpoint(tmp_path / "random.ckpt", fetched.base)
    made = export(checkpoint, fetched.base, tmp_path / "exported", TEXTS, trusted=True, threads=1)
    assert made.precision == "fp32"
    assert not made.agreement["int8"].good
    assert load(tmp_path / "exported").precision == "fp32"


def refused(checkpoint: Path, fetched: Place, tmp_path: Path, *, trusted: bool = True) -> str:
    """Return what is said when a checkpoint cannot be exported; nothing may be left behind."""
    target = tmp_path / "result" / "exported"
    with pytest.raises(DetoxifyError) as caught:
        export(checkpoint, fetched.base, target, TEXTS, trusted=trusted)
    assert list(target.parent.iterdir()) == []
    return str(caught.value)


def test_a_missing_checkpoint_is_refused_with_what_to_do(fetched: Place, tmp_path: Path) -> None:
    path = tmp_path / "none.ckpt"
    assert refused(path, fetched, tmp_path) == (f"{path} is missing. See: klasveilig model fetch, export and combine.")


def test_a_truncated_checkpoint_is_refused(fetched: Place, tmp_path: Path) -> None:
    path = tmp_path / "cut.ckpt"
    path.write_bytes(fetched.checkpoint.read_bytes()[:-1000])
    assert "does not hold what it should" in refused(path, fetched, tmp_path)


def test_a_checkpoint_with_other_outputs_is_refused(fetched: Place, tmp_path: Path) -> None:
    path = make_checkpoint(tmp_path / "original.ckpt", fetched.base, labels=["toxicity", "obscene", "insult"])
    assert "is another version of Detoxify: it gives toxicity, obscene, insult, not" in refused(path, fetched, tmp_path)


def test_a_checkpoint_that_does_not_fit_its_configuration_is_refused(fetched: Place, tmp_path: Path) -> None:
    import torch

    held = torch.load(fetched.checkpoint, weights_only=True)
    held["state_dict"]["classifier.out_proj.weight"] = torch.zeros(3, 32)
    torch.save(held, tmp_path / "odd.ckpt")
    assert "Detoxify cannot load" in refused(tmp_path / "odd.ckpt", fetched, tmp_path)


@pytest.mark.parametrize("name", ["..", "", "../../elsewhere", "/elsewhere"])
def test_a_checkpoint_cannot_name_a_folder_elsewhere(fetched: Place, tmp_path: Path, name: str) -> None:
    import torch

    held = torch.load(fetched.checkpoint, weights_only=True)
    held["config"]["arch"]["args"]["model_type"] = name
    torch.save(held, tmp_path / "odd.ckpt")
    assert "does not hold what it should" in refused(tmp_path / "odd.ckpt", fetched, tmp_path)


class Command:
    """What somebody could put into a checkpoint: it runs when it is opened."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._trace,)


def test_a_checkpoint_without_a_known_sum_is_opened_in_the_way_that_runs_nothing(
    fetched: Place, tmp_path: Path
) -> None:
    path = tmp_path / "evil.ckpt"
    path.write_bytes(pickle.dumps(Command(tmp_path / "it-ran")))
    assert "does not hold what it should" in refused(path, fetched, tmp_path, trusted=False)
    assert not (tmp_path / "it-ran").exists()


def test_the_corpus_is_what_agreement_is_measured_on() -> None:
    texts = exporting.corpus_texts(50)
    assert 25 <= len(texts) <= 50
    assert all(isinstance(text, str) and text for text in texts)
