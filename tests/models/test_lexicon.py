from __future__ import annotations

from pathlib import Path

import pytest

from models.lexicon import LexiconError, read_lexicon, sum_of


def lexicon_of(folder: Path, text: str) -> Path:
    (folder / "words.txt").write_text(text, encoding="utf-8")
    return folder


def test_words_endings_and_phrases_find_their_classes(tmp_path: Path) -> None:
    found = read_lexicon(lexicon_of(tmp_path, "# words\n[insult]\nsukkel, *kop\n[threat]\nik sla je, sukkel\n"))
    assert found.names == ("insult", "threat")
    assert found.classes_of("sukkel") == (0, 1)
    assert found.classes_of("bavianenkop") == (0,)
    assert found.classes_of("kop") == ()
    assert list(found.phrases_in(("nou", "ik", "sla", "je"))) == [(1, (1,))]


def test_a_class_in_which_all_count_the_same_is_known_by_its_name(tmp_path: Path) -> None:
    found = read_lexicon(lexicon_of(tmp_path, "[same_first_name]\nsanne\n[pretty]\nsanne, lief\n"))
    assert found.same_as(found.classes_of("sanne")) == "same_first_name"
    assert found.same_as(found.classes_of("lief")) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sukkel\n", "line 1: there is no class yet; put a line [name_of_class] above"),
        ("[insult]\na\n[Not A Name]\n", "line 3: '[Not A Name]' is no header; write [name_of_class]"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_file_line_problem_and_remedy(
    tmp_path: Path, text: str, problem: str
) -> None:
    with pytest.raises(LexiconError) as caught:
        read_lexicon(lexicon_of(tmp_path, text))
    assert str(caught.value) == f"{tmp_path / 'words.txt'}, {problem}"


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="there are no entries"):
        read_lexicon(tmp_path)


def test_its_sum_changes_with_every_byte(tmp_path: Path) -> None:
    one = sum_of(lexicon_of(tmp_path, "[insult]\nsukkel\n"))
    assert sum_of(lexicon_of(tmp_path, "[insult]\nsukkels\n")) != one
