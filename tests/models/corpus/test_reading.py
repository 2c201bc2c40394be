from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.corpus.reading import CorpusError, read_corpus, sum_of
from rules.vocabulary import TEXT_CATEGORIES, Category

ROW = {
    "id": "w-1", "voice": "w-a", "group": "class", "school": "havo", "age": 13, "register": "plain",
    "context": [["Tess", "Iris stinkt altijd"]], "author": "Kim", "text": "ja echt he", "labels": ["bullying"],
    "target": "absent", "kinds": ["context"],
}  # fmt: skip


def folder_of(folder: Path, *rows: object) -> Path:
    (folder / "w.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def test_a_message_comes_with_its_writer_context_and_labels(tmp_path: Path) -> None:
    (message,) = read_corpus(folder_of(tmp_path, ROW))
    assert message.writer == "w"
    assert message.labels == {Category.BULLYING}
    assert message.context == (("Tess", "Iris stinkt altijd"),)
    assert [line.text for line in message.sample().facts.context] == ["Iris stinkt altijd"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"labels": ["rude"]}, "'rude' is not a valid Category"),
        ({"labels": ["off_topic"]}, "a label is no category of text"),
        ({"text": " "}, "a message has a text and at least one kind"),
        ({"kinds": []}, "a message has a text and at least one kind"),
        ({"author": ""}, "a message with context has an author"),
        ({"group": "street"}, "'street' is not a valid GroupKind"),
    ],
)
def test_a_line_that_does_not_fit_the_schema_is_named(tmp_path: Path, change: dict[str, object], problem: str) -> None:
    with pytest.raises(CorpusError, match=r"w.jsonl, line 2: does not fit the schema") as caught:
        read_corpus(folder_of(tmp_path, ROW, {**ROW, "id": "w-2", **change}))
    assert problem in str(caught.value)


def test_an_id_is_used_once(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="line 2: the id 'w-1' was used before"):
        read_corpus(folder_of(tmp_path, ROW, ROW))


def test_a_folder_without_messages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="there are no messages"):
        read_corpus(tmp_path)


def test_the_sum_follows_what_training_sees(tmp_path: Path) -> None:
    one = sum_of(read_corpus(folder_of(tmp_path, ROW)))
    assert sum_of(read_corpus(folder_of(tmp_path, {**ROW, "age": 14}))) == one
    assert sum_of(read_corpus(folder_of(tmp_path, {**ROW, "labels": []}))) != one


def test_the_corpus_that_comes_along_has_all_categories_and_kinds_of_groups() -> None:
    messages = read_corpus()
    assert {label for message in messages for label in message.labels} == set(TEXT_CATEGORIES)
    assert len({message.group for message in messages}) == 3
