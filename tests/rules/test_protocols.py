from __future__ import annotations

import pickle
from importlib.resources import files
from pathlib import Path

import pytest

from rules.protocols import load_protocol, protocol_names
from rules.tomlfile import TomlError
from rules.vocabulary import TEXT_CATEGORIES, Category, Flag, GroupKind, Role, Severity

SHIPPED = files("rules.protocols").joinpath("willem-van-oranje-2026.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", protocol_names())
def test_every_protocol_that_comes_along_loads_under_its_own_name(name: str) -> None:
    protocol = load_protocol(name)
    assert protocol.name == name
    assert set(protocol.categories) >= set(TEXT_CATEGORIES)
    assert pickle.loads(pickle.dumps(protocol)) == protocol  # noqa: S301 # our own, and workers get it so


def test_articles_have_a_wording_in_both_languages() -> None:
    clause = load_protocol("willem-van-oranje-2026").clause("A.10")
    assert clause.number == "A.10"
    assert "pesten" in clause.nl
    assert "bullying" in clause.en


def test_distress_goes_against_no_article_and_is_for_people_who_care() -> None:
    policy = load_protocol("willem-van-oranje-2026").categories[Category.DISTRESS]
    assert policy.articles == ()
    assert policy.audience == {Role.MENTOR, Role.TRUSTED_PERSON}
    assert policy.severity is Severity.SERIOUS


def test_flags_of_one_matter_go_to_all_of_their_audiences_together() -> None:
    protocol = load_protocol("willem-van-oranje-2026")
    flags = [Flag(category, Severity.CONCERN, 0.9, (), ()) for category in (Category.INSULT, Category.THREAT)]
    assert protocol.audience(flags) == {Role.MENTOR, Role.COORDINATOR}


def test_a_file_of_the_schools_own_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(SHIPPED.replace('name = "willem-van-oranje-2026"', 'name = "ours"'), encoding="utf-8")
    assert load_protocol(path).name == "ours"
    assert load_protocol(str(path)).categories[Category.THREAT].threshold[GroupKind.CLASS] == 0.5


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("willem-van-oranje", "did you mean 'willem-van-oranje-2026'?"),
        ("nowhere.toml", "it cannot be read (No such file or directory)"),
    ],
)
def test_a_protocol_that_does_not_exist_is_named_with_what_to_do(name: str, sentence: str) -> None:
    with pytest.raises(TomlError) as caught:
        load_protocol(name)
    assert str(caught.value).startswith(f"{name}: ")
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('severity = "serious"', 'severity = "serios"', "'serios' is not a severity; did you mean 'serious'?"),
        ('"A.10", "C.3"', '"A.12"', "there is no article 'A.12'; did you mean 'A.1'?"),
        ("parents = 0.65, staff", "paretns = 0.70, staff", "'paretns' is not known here; did you mean 'parents'?"),
        ("parents = 0.65, staff", "staff", "there is no threshold for groups of kind 'parents'; add it"),
        (
            "{ class = 0.60",
            "{ class = 0.1",
            "the value of 'class' does not fit; it should be greater than or equal to 0.2",
        ),
        ("[categories.threat]", "[categories.thread]", "'thread' is not known here; did you mean 'threat'?"),
        ('audience = ["mentor"]', 'audience = ["mentr"]', "the value of this does not exist; did you mean 'mentor'?"),
        ('audience = ["mentor"]', "", "'audience' is missing; add it"),
        ('binds = ["school"]', 'binds = ["skool"]', "the value of this does not exist; did you mean 'school'?"),
        (
            "[categories.distress]    # care, never an offence: it has no articles\n",
            '[categories.distress]\narticles = ["A.10"]\n',
            "distress is never an offence; take its articles out",
        ),
        ('articles = ["A.10"]', "", "sexual goes against no article; add articles"),
        ("[categories.extremism]", "[categories.defamation]", "nothing says what to do about extremism; add a table"),
    ],
)
def test_an_error_in_a_protocol_is_named_with_line_and_remedy(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert old in SHIPPED
    path = tmp_path / "ours.toml"
    path.write_text(SHIPPED.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TomlError) as caught:
        load_protocol(path)
    (problem,) = caught.value.problems
    assert problem.line is not None
    assert f"{path}, line {problem.line}: {sentence}" in str(caught.value)


def test_the_line_of_an_error_is_the_line_of_the_key(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(SHIPPED.replace('["A.10", "Uitgangspunt 3"]', '["A.10", "Uitgangspunt 4"]', 1), encoding="utf-8")
    with pytest.raises(TomlError) as caught:
        load_protocol(path)
    (problem,) = caught.value.problems
    assert "Uitgangspunt 4" in path.read_text(encoding="utf-8").split("\n")[(problem.line or 0) - 1]
