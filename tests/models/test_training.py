from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from models.corpus.reading import read_corpus, sum_of
from models.embedded import OUTPUTS, WEIGHTS_FILE, EmbeddedModel, Weights, load, save
from models.features import Vectoriser
from models.lexicon import read_lexicon
from models.training import calibration_of, fit, folds_of, left_out_scores, matrix_of, targets_of, train
from rules.vocabulary import TEXT_CATEGORIES, Category
from tests.models.made_up import message, small_corpus
from tests.models.samples import sample


def test_the_weights_that_come_along_were_made_from_the_corpus_that_comes_along() -> None:
    about = json.loads(WEIGHTS_FILE.with_suffix(".json").read_text(encoding="utf-8"))
    messages = read_corpus()
    assert about["corpus_sha256"] == sum_of(messages)
    assert about["messages"] == len(messages)


def test_training_twice_gives_the_same_weights_to_the_last_bit() -> None:
    one, two = (train(small_corpus(), read_lexicon(), rounds=10) for _ in range(2))
    assert one.weights.weight.tobytes() == two.weights.weight.tobytes()
    assert one.weights.calibration.tobytes() == two.weights.calibration.tobytes()
    assert one.left_out.tobytes() == two.left_out.tobytes()


def test_it_learns_what_it_is_shown_and_explains_it(tmp_path: Path) -> None:
    save(train(small_corpus(), read_lexicon(), rounds=40).weights, tmp_path / "small.npz", {})
    model = load(tmp_path / "small.npz")
    column = TEXT_CATEGORIES.index(Category.INSULT)
    insult, praise = model.score([sample("jij bent een loser"), sample("jij bent een held")])[:, column]
    assert insult > 0.5 > praise
    assert model.explain(sample("jij bent een LOSER zeg"), Category.INSULT)[0] == "LOSER"


def test_a_word_that_the_corpus_never_showed_is_judged_by_its_class() -> None:
    weights = train([one for one in small_corpus() if "eikel" not in one.text], read_lexicon(), rounds=40).weights
    model = EmbeddedModel(weights, read_lexicon())
    column = TEXT_CATEGORIES.index(Category.INSULT)
    unseen, neutral = model.score([sample("jij bent een klootzak"), sample("jij bent een bakker")])[:, column]
    assert unseen > neutral


def test_all_messages_of_a_writer_are_in_one_fold_and_folds_are_about_equal() -> None:
    messages = [message("hoi", at=at, writer="abcdefg"[at % 7]) for at in range(70)]
    folds = folds_of(messages)
    of_writer = {
        one.writer: {fold for other, fold in zip(messages, folds, strict=True) if other.writer == one.writer}
        for one in messages
    }
    assert all(len(found) == 1 for found in of_writer.values())
    assert sorted(np.bincount(folds)) == [10, 10, 10, 20, 20]


def test_calibration_makes_a_score_the_share_that_is_right() -> None:
    rng = np.random.default_rng(3)
    truth = rng.random(20_000)
    wanted = (rng.random(20_000) < truth).astype(np.float32)
    sure = 3 * np.log(truth / (1 - truth)) + 1  # three times too sure, and shifted
    logits = np.tile(sure[:, None], (1, OUTPUTS))
    targets = np.tile(wanted[:, None], (1, OUTPUTS))
    scores = left_out_scores(logits, targets, np.arange(20_000) % 5)[:, 0]
    near = (scores > 0.75) & (scores < 0.85)
    assert wanted[near].mean() == pytest.approx(0.8, abs=0.03)


def test_a_calibration_with_nothing_to_learn_from_changes_little() -> None:
    calibration = calibration_of(np.zeros((2, OUTPUTS)), np.zeros((2, OUTPUTS), dtype=np.float32))
    assert calibration.shape == (len(TEXT_CATEGORIES), 3)
    assert np.isfinite(calibration).all()


def test_a_feature_of_a_single_message_gets_no_weight() -> None:
    messages = [message("zomaar iets", at=0), message("zomaar iets anders", at=1), message("zomaar", at=2)]
    matrix = matrix_of([one.sample() for one in messages], Vectoriser(read_lexicon()))
    counts = np.bincount(matrix.indices, minlength=matrix.shape[1])
    assert set(fit(matrix, targets_of(messages), rounds=2).buckets) == set(np.flatnonzero(counts >= 2))


@pytest.mark.skipif(
    "CI" not in os.environ and "KLASVEILIG_TEST_TRAINING" not in os.environ,
    reason="set KLASVEILIG_TEST_TRAINING=1 to train on a part of the real corpus (half a minute)",
)
def test_a_part_of_the_real_corpus_teaches_the_same_as_it_did_before() -> None:
    part = read_corpus()[::40]
    trained = train(part, read_lexicon(), rounds=20)
    again = train(part, read_lexicon(), rounds=20)
    assert trained.weights.weight.tobytes() == again.weights.weight.tobytes()
    harmful = np.array([bool(one.labels) for one in part])
    strongest = trained.left_out.max(axis=1)
    assert strongest[harmful].mean() > strongest[~harmful].mean() + 0.1


def test_weights_of_this_corpus_fit_in_the_repository() -> None:
    root = WEIGHTS_FILE.parent
    everything = [*root.glob("*.npz"), *root.glob("lexicon/*.txt")]
    assert sum(path.stat().st_size for path in everything) < 30_000_000


def test_weights_hold_what_was_saved(tmp_path: Path) -> None:
    weights = Weights(
        np.array([3, 7], dtype=np.uint32),
        np.ones((2, OUTPUTS), dtype=np.float32),
        np.zeros(OUTPUTS, dtype=np.float32),
        np.tile(np.array([1, 0, 0], dtype=np.float32), (len(TEXT_CATEGORIES), 1)),
    )
    for name in ("one.npz", "two.npz"):
        save(weights, tmp_path / name, {"messages": 0})
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
