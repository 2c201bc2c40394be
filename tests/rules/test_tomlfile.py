from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, model_validator

from rules.tomlfile import Misfit, TomlError, load, validated
from rules.tomlfile.lines import lines_of

SAMPLE = '''# a comment
title = "x"
"quo ted".a = 1

[a.b] # another
text = """
[not]
x = 1
"""
list = [
  "one", # [first]
  { n = 1, m = [1,
2] },
]
'literal' = 1979-05-27 07:32:00
[[group]]
name = \'\'\'
a = 3\'\'\'
deep.er = 2
[[group.member]]
key = "]"
[[group]]
[[group.member]]
[[group.member]]
key = 'b'
[group.member.more]
one = 1
'''


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("title",), 2),
        (("quo ted", "a"), 3),
        (("a",), 5),
        (("a", "b"), 5),
        (("a", "b", "text"), 6),
        (("a", "b", "list"), 10),
        (("a", "b", "list", 0), 11),
        (("a", "b", "list", 1, "m"), 12),
        (("a", "b", "list", 1, "m", 1), 13),
        (("a", "b", "literal"), 15),
        (("group", 0, "name"), 17),
        (("group", 0, "deep", "er"), 19),
        (("group", 0, "member", 0, "key"), 21),
        (("group", 1), 22),
        (("group", 1, "member", 1, "key"), 25),
        (("group", 1, "member", 1, "more", "one"), 27),
    ],
)
def test_it_knows_on_which_line_each_key_stands(where: tuple[str | int, ...], line: int) -> None:
    assert lines_of(SAMPLE)[where] == line


def test_a_key_that_is_not_there_is_looked_for_around_it(tmp_path: Path) -> None:
    path = tmp_path / "sample.toml"
    path.write_text(SAMPLE.replace("\n", "\r\n"), encoding="utf-8")
    document = load(path)
    assert document.line_of(("group", 1, "nobody", "home")) == 22
    assert document.line_of(("nothing",)) == 1


NAMES = st.text(st.sampled_from("ab-_"), min_size=1, max_size=3)
VALUES = st.recursive(
    st.sampled_from(["1", '"]#"', "'{'", '"""\n[x]\n"""', "true", "'''\n'''", "1979-05-27 07:32:00"]),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: "[\n" + ",\n".join(items) + " # ]\n]"),
    max_leaves=5,
)


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, max_size=3), max_size=4))
def test_every_key_of_any_file_is_found_on_the_line_where_it_was_written(tables: dict[str, dict[str, str]]) -> None:
    text = ""
    lines: dict[tuple[str, ...], int] = {}
    for name, values in tables.items():
        lines[name,] = text.count("\n") + 1
        text += f"[{name}]\n"
        for key, value in values.items():
            lines[name, key] = text.count("\n") + 1
            text += f"{key} = {value} # {name}\n"
    assert set(tomllib.loads(text)) == set(tables)
    assert lines.items() <= lines_of(text).items()


class Member(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    role: Literal["mentor", "leadership"] = "mentor"
    years: int = Field(default=1, ge=0)
    groups: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _no_bo(self) -> Member:
        if self.name == "Bo":
            raise Misfit("Bo is no member", "choose another", ("name",))
        if self.name == "Al":
            raise ValueError("write Al in full")
        return self


class Club(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    member: tuple[Member, ...] = ()
    by_name: dict[Literal["first", "second"], Member] = Field(default_factory=dict)


def said(tmp_path: Path, content: str | bytes) -> list[str]:
    """Return what is said about a file with this content, a sentence per problem."""
    path = tmp_path / "club.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TomlError) as caught:
        validated(load(path), Club)
    return str(caught.value).replace(f"{path}, ", "").split("\n")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('title = "x"\ntitel = "y"', "line 2: 'titel' is not known here; did you mean 'title'?"),
        (
            'title = "x"\n[[member]]\nname = "y"\nzz = 1',
            "line 4: 'zz' is not known here; use one of groups, name, role, years",
        ),
        ("", "line 1: 'title' is missing; add it"),
        ('title = "x"\n\n[[member]]\nyears = 2', "line 3: 'name' is missing; add it"),
        ("title = 3", "line 1: the value of 'title' does not fit; it should be text between quotation marks: \"…\""),
        (
            'title = "x"\n[[member]]\nname = "y"\nrole = "mentr"',
            "line 4: the value of 'role' does not exist; did you mean 'mentor'?",
        ),
        (
            'title = "x"\n[[member]]\nname = "y"\ngroups = "2B"',
            "line 4: the value of 'groups' does not fit; it should be a list: [ … ]",
        ),
        (
            'title = "x"\n[[member]]\nname = "y"\nyears = -1',
            "line 4: the value of 'years' does not fit; it should be greater than or equal to 0",
        ),
        ('title = "x"\n[by_name.third]\nname = "y"', "line 2: 'third' is not known here; use one of first, second"),
        ('title = "x"\nby_name = 3', "line 2: the value of 'by_name' does not fit; it should be a table of its own"),
        ('title = "x"\n[[member]]\nname = "Bo"', "line 3: Bo is no member; choose another"),
        ('title = "x"\n[[member]]\nname = "Al"', "line 2: the value of this does not fit; write Al in full"),
        (
            'title = "x"\ntitle = "y"',
            'line 2: this is not TOML: cannot overwrite a value; write key = "value", one on a line',
        ),
        ('title = "x"\n[a', "line 2: this is not TOML: "),
        (b'# \xc3\xa9\ntitle = "\xff"', "line 2: this is not UTF-8 text; save the file as UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_line_and_remedy(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    (found,) = said(tmp_path, content)
    assert found.startswith(sentence)


def test_everything_that_is_wrong_is_said_at_once_from_top_to_bottom(tmp_path: Path) -> None:
    found = said(tmp_path, 'titel = "x"\n[[member]]\n[[member]]\nname = 3\n')
    assert [sentence.split(":")[0] for sentence in found] == ["line 1", "line 1", "line 2", "line 4"]


def test_a_value_is_never_shown_since_it_may_be_a_secret(tmp_path: Path) -> None:
    assert "hunter2" not in "\n".join(
        said(tmp_path, 'title = 3\ntoken = "hunter2"\n[[member]]\nname="y"\nrole="hunter2"')
    )


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(TomlError, match=r"cannot be read .*; check its name and who may read it"):
        load(tmp_path / name)


def test_a_mark_of_order_at_the_beginning_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "club.toml"
    path.write_bytes(b'\xef\xbb\xbftitle = "x"')
    data: dict[str, Any] = load(path).data
    assert data == {"title": "x"}
