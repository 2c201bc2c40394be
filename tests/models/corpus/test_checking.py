from __future__ import annotations

from models.corpus.checking import agreement_of, check_corpus, doubles_in, read_second_labels
from models.corpus.reading import read_corpus
from rules.vocabulary import Category
from tests.models.made_up import message


def test_the_corpus_that_comes_along_passes_every_check() -> None:
    report = check_corpus(read_corpus(), read_second_labels())
    assert report.problems == ()
    assert report.messages >= 8000


def test_what_falls_short_is_said() -> None:
    report = check_corpus([message("hoi")], {})
    assert report.problems == (
        "1 messages are fewer than 8000",
        "0% is harmful or distress, not 30%-50%",
        "0% of the harmless is hard, less than 50%",
        "0 messages have second labels, less than 8%",
        "kappa 0.00 is under 0.6",
    )


def test_messages_that_say_nearly_the_same_are_doubles_unless_their_context_differs() -> None:
    messages = [
        message("wie gaat er vanavond mee naar de film", at=0),
        message("wie gaat er morgen mee naar de film", at=1),
        message("wie gaat er vanavond mee naar de film", at=2, context=(("Kim", "hoi"),), author="Tess"),
        message("wie gaat er nooit meer alleen fietsen", at=3),
        message("haha klopt", at=4),
        message("haha klopt", at=5),
    ]
    assert list(doubles_in(messages)) == [("a-1", "a-0")]


def test_agreement_is_measured_beyond_chance() -> None:
    messages = [message("a", Category.INSULT, at=0), message("b", at=1), message("c", at=2), message("d", at=3)]
    second: dict[str, frozenset[Category]] = {
        "a-0": frozenset({Category.INSULT}), "a-1": frozenset(), "a-2": frozenset({Category.THREAT}), "a-3": frozenset()
    }  # fmt: skip
    found = agreement_of(messages, second)["any label"]
    assert (found.messages, found.observed, found.kappa) == (4, 0.75, 0.5)
