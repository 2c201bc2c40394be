"""The contract of every classifier."""

from __future__ import annotations

import numpy as np
import pytest

from models import embedded
from models.port import Classifier
from models.twin import TwinClassifier
from rules.vocabulary import TEXT_CATEGORIES, Category
from tests.models.samples import sample

TEXTS = ["", "😂", "hoi", "vieze hoer", "niemand wil met jou op kamp", "wie heeft het huiswerk " * 200]


@pytest.fixture(params=["twin", "embedded"])
def classifier(request: pytest.FixtureRequest) -> Classifier:
    if request.param == "twin":
        return TwinClassifier({"hoer": (Category.INSULT, 0.9)})
    return embedded.load()


def test_it_gives_a_probability_per_message_and_category(classifier: Classifier) -> None:
    scores = classifier.score([sample(text) for text in TEXTS])
    assert scores.shape == (len(TEXTS), len(TEXT_CATEGORIES))
    assert ((scores >= 0) & (scores <= 1)).all()


def test_an_empty_batch_has_no_scores(classifier: Classifier) -> None:
    assert classifier.score([]).shape == (0, len(TEXT_CATEGORIES))


def test_a_message_scores_the_same_alone_and_among_others(classifier: Classifier) -> None:
    together = classifier.score([sample(text) for text in TEXTS * 20])
    alone = np.concatenate([classifier.score([sample(text)]) for text in TEXTS * 20])
    np.testing.assert_allclose(together, alone, atol=1e-9)


def test_it_explains_a_score_by_words_as_they_were_written(classifier: Classifier) -> None:
    assert "H0ER" in classifier.explain(sample("jij vieze H0ER!!"), Category.INSULT)
    assert classifier.explain(sample(""), Category.INSULT) == ()
