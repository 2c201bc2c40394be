"""The rule that weighs Detoxify and the Dutch model: what it learns, what it leaves alone, and for whom it holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import embedded
from models.detoxify.combining import (
    CombinedModel,
    Labelled,
    combined,
    fit,
    load_rule,
    read_labelled,
    save,
    weighed,
)
from models.detoxify.exported import ExportedModel, Outputs, load
from models.detoxify.files import LABELS, DetoxifyError, Place, sha256_of
from models.port import Scores
from models.twin import TwinClassifier
from rules.vocabulary import TEXT_CATEGORIES, Category, GroupKind
from tests.models.samples import sample

INSULT = TEXT_CATEGORIES.index(Category.INSULT)
ALONE = np.tile([0.0, 1.0] + [0.0] * len(LABELS), (len(TEXT_CATEGORIES), 1))


def world(count: int, use: float) -> tuple[Scores, Outputs, list[Labelled]]:
    """Return scores of both models and lines: half are insults, the Dutch model sees some, Detoxify sees `use` more."""
    rng = np.random.default_rng(7)
    insult = np.arange(count) % 2 == 0
    dutch = np.full((count, len(TEXT_CATEGORIES)), 0.05)
    dutch[:, INSULT] = 1 / (1 + np.exp(-rng.normal(np.where(insult, 1.0, -1.0))))
    detoxify = 1 / (1 + np.exp(-rng.normal(use * np.where(insult, 1.0, -1.0)[:, None], 1.0, (count, len(LABELS)))))
    lines = [
        Labelled(sample(str(at)), frozenset({Category.INSULT} if bad else ()), f"voice {at // 4}")
        for at, bad in enumerate(insult)
    ]
    return dutch, detoxify, lines


def test_where_detoxify_sees_more_it_counts_and_the_two_together_are_better() -> None:
    dutch, detoxify, lines = world(400, use=1.0)
    rule, gains = fit(dutch, detoxify, lines)
    assert gains[Category.INSULT].used
    assert gains[Category.INSULT].combined < 0.8 * gains[Category.INSULT].alone
    assert (rule[INSULT, 2:] > 0).all()


def test_where_detoxify_sees_nothing_the_dutch_model_decides_alone() -> None:
    dutch, detoxify, lines = world(400, use=0.0)
    dutch[:, INSULT] = [0.97 if line.labels else 0.03 for line in lines]
    rule, gains = fit(dutch, np.full_like(detoxify, 0.5), lines)
    np.testing.assert_allclose(weighed(rule, dutch, detoxify), dutch, atol=0.05)
    assert set(gains) == {Category.INSULT}


def test_to_put_the_dutch_model_right_is_no_merit_of_detoxify() -> None:
    dutch, detoxify, lines = world(4000, use=0.0)
    shy = 1 / (1 + np.exp(-0.2 * np.log(dutch / (1 - dutch)) + 2))
    rule, gains = fit(shy, detoxify, lines)
    assert abs(gains[Category.INSULT].combined - gains[Category.INSULT].alone) < 0.005
    assert not gains[Category.INSULT].used
    np.testing.assert_array_equal(rule, ALONE)


def test_a_category_with_few_lines_keeps_the_dutch_model_alone() -> None:
    dutch, detoxify, lines = world(38, use=1.0)
    rule, gains = fit(dutch, detoxify, lines)
    assert gains == {}
    np.testing.assert_array_equal(rule, ALONE)
    np.testing.assert_allclose(weighed(rule, dutch, detoxify), dutch, atol=1e-12)


def test_what_is_fitted_is_calibrated_on_lines_that_it_never_saw() -> None:
    dutch, detoxify, lines = world(40_000, use=0.5)
    rule, _ = fit(dutch[:20_000], detoxify[:20_000], lines[:20_000])
    scores = weighed(rule, dutch[20_000:], detoxify[20_000:])[:, INSULT]
    insult = np.array([bool(line.labels) for line in lines[20_000:]])
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        inside = (scores >= low) & (scores < high)
        assert abs(scores[inside].mean() - insult[inside].mean()) < 0.03


def test_a_maximum_it_is_not_detoxify_can_also_lower_what_the_dutch_model_says() -> None:
    dutch, detoxify, lines = world(400, use=1.5)
    rule, _ = fit(dutch, detoxify, lines)
    harmless = weighed(rule, np.full((1, 8), 0.6), np.full((1, len(LABELS)), 0.02))
    assert harmless[0, INSULT] < 0.3


@pytest.mark.parametrize("extreme", [0.0, 1.0])
def test_scores_of_nought_and_one_are_weighed_like_others(extreme: float) -> None:
    scores = weighed(ALONE, np.full((1, 8), extreme), np.full((1, len(LABELS)), extreme))
    np.testing.assert_allclose(scores, extreme, atol=1e-5)


class Harsh(ExportedModel):
    """Finds 'rotding' harsh, and nothing else."""

    def scores(self, texts: Sequence[str]) -> Outputs:
        return np.array([[0.9 if "rotding" in text else 0.1] * len(LABELS) for text in texts])


@pytest.fixture
def model() -> CombinedModel:
    """A combination in which each model knows one word, and both count."""
    session = Harsh(None, None, range(7), 1, "int8", "")  # type: ignore[arg-type] # nothing of it is used
    rule = ALONE.copy()
    rule[INSULT, 2:] = 0.2
    return CombinedModel(TwinClassifier({"sukkel": (Category.INSULT, 0.9)}), session, rule)


def test_it_explains_by_the_dutch_model_what_that_found_and_by_leaving_out_what_detoxify_found(
    model: CombinedModel,
) -> None:
    assert model.explain(sample("wat een SUKKEL"), Category.INSULT) == ("SUKKEL",)
    model = CombinedModel(TwinClassifier({"wat": (Category.INSULT, 0.2)}), model._detoxify, model._rule)
    assert model.explain(sample("wat een rotding, zeg"), Category.INSULT) == ("wat", "rotding")
    assert model.explain(sample(""), Category.INSULT) == ()


def test_labelled_messages_are_read_as_the_corpus_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    rows = [
        {"text": "hoi", "labels": []},
        {"text": "sukkel", "labels": ["insult"], "voice": "v", "group": "parents", "context": [["Noor", "hey"]]},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    harmless, insult = read_labelled(path)
    assert (harmless.labels, harmless.voice, harmless.sample) == (
        frozenset(),
        "hoi",
        replace(sample("hoi"), facts=harmless.sample.facts),
    )
    assert (insult.labels, insult.voice) == (frozenset({Category.INSULT}), "v")
    assert insult.sample.facts.group.kind is GroupKind.PARENTS
    assert [line.text for line in insult.sample.facts.context] == ["hey"]


@pytest.mark.parametrize("row", ["x", "[]", "3", '{"labels": []}', '{"text": "a", "labels": ["rude"]}'])
def test_a_line_without_labelled_message_is_named(tmp_path: Path, row: str) -> None:
    path = tmp_path / "labelled.jsonl"
    path.write_text('{"text": "a", "labels": []}\n' + row)
    with pytest.raises(DetoxifyError) as caught:
        read_labelled(path)
    assert str(caught.value) == f'{path}, line 2: no labelled message. Write {{"text": "…", "labels": ["insult"]}}.'


def test_a_rule_comes_back_as_it_was_saved_for_the_same_two_models_only(tmp_path: Path) -> None:
    place = Place(tmp_path)
    rule, gains = fit(*world(400, use=1.0))
    save(place, rule, gains, "detoxify", "dutch")
    np.testing.assert_array_equal(load_rule(place, "detoxify", "dutch"), rule)
    for other in (("another", "dutch"), ("detoxify", "another")):
        with pytest.raises(DetoxifyError, match="was fitted for other models than these"):
            load_rule(place, *other)


@pytest.mark.parametrize("weights", [{}, 3, {"insult": [1]}, dict.fromkeys(TEXT_CATEGORIES, [float("nan")] * 9)])
def test_a_damaged_rule_is_refused(tmp_path: Path, weights: object) -> None:
    place = Place(tmp_path)
    place.rule.write_text(json.dumps({"detoxify": "a", "dutch": "b", "weights": weights}))
    with pytest.raises(DetoxifyError, match="does not hold what it should"):
        load_rule(place, "a", "b")


def test_without_a_rule_detoxify_is_not_used(exported: Place) -> None:
    with pytest.raises(DetoxifyError, match="nothing says yet how to weigh Detoxify"):
        combined(exported, embedded.load())


def test_a_whole_detoxify_with_its_rule_is_a_classifier(place: Place) -> None:
    save(place, ALONE, {}, load(place.exported).sha256, sha256_of(embedded.WEIGHTS_FILE))
    dutch = embedded.load()
    model = combined(place, dutch)
    samples = [sample(text) for text in ("hoi", "vieze hoer", "")]
    np.testing.assert_allclose(model.score(samples), dutch.score(samples), atol=1e-5)
    assert model.score([]).shape == (0, len(TEXT_CATEGORIES))
