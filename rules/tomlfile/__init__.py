"""Reads TOML files that people write, and says what is wrong with file, line, problem and remedy."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rules.tomlfile.lines import Where, lines_of

_Model = TypeVar("_Model", bound=BaseModel)

_SHAPES: Final = {
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), "a list: [ … ]"),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type"), "a table of its own"),
    "string_type": 'text between quotation marks: "…"',
}
"""What pydantic expected, as it is written in TOML."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: on which line (from 1, if any), what, and what to do about it."""

    line: int | None
    problem: str
    remedy: str


class TomlError(Exception):
    """A file cannot be used; `problems` says why, in words for the person who can edit it."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.path = path
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line or 0))
        super().__init__("\n".join(_sentence(path, problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML file that was read: where it is, its values, and on which line each of them stands."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[Where, int]

    def line_of(self, where: Where) -> int:
        """Return the line (from 1) of the key or list element, or of the nearest thing around it that is there."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)


class Misfit(ValueError):
    """Raised by a model's validator: what is wrong, what to do, and `where` below the model if not at its head."""

    def __init__(self, problem: str, remedy: str, where: Where = ()) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.where = where


def load(path: Path) -> Document:
    """Return the TOML file at `path`; raises `TomlError` when it is absent, unreadable or not TOML."""
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        problem = Problem(None, f"it cannot be read ({error.strerror})", "check its name and who may read it")
        raise TomlError(path, [problem]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise TomlError(path, [Problem(line, "this is not UTF-8 text", "save the file as UTF-8")]) from None
    try:
        return Document(path, tomllib.loads(text), lines_of(text))
    except tomllib.TOMLDecodeError as error:
        raise TomlError(path, [_syntax_problem(str(error), text)]) from None


def validated(document: Document, model: type[_Model]) -> _Model:
    """Return the document as a `model`; raises `TomlError` that names everything that does not fit."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise TomlError(document.path, [_problem(detail, document, model) for detail in details]) from None


def meant(word: str, known: Iterable[str]) -> str:
    """Return the remedy for an unknown `word`: the `known` one that looks like it, or all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, 1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"use one of {', '.join(names)}" if names else "take it out"


def _sentence(path: Path, problem: Problem) -> str:
    place = f"{path}, line {problem.line}" if problem.line else str(path)
    return f"{place}: {problem.problem}; {problem.remedy}"


def _syntax_problem(message: str, text: str) -> Problem:
    """Return what `tomllib` said, which ends in '(at line 3, column 7)' or '(at end of document)'."""
    what, _, place = message.rpartition(" (at ")
    line = re.match(r"line (\d+)", place)
    return Problem(
        int(line[1]) if line else text.rstrip().count("\n") + 1,
        f"this is not TOML: {what[:1].lower()}{what[1:]}",
        'write key = "value", one on a line',
    )


def _problem(detail: ErrorDetails, document: Document, model: type[BaseModel]) -> Problem:
    """Return one error of pydantic in words; values are not shown, since somebody may have put a secret there."""
    where, kind, context = detail["loc"], detail["type"], detail.get("ctx", {})
    is_wrong_key = where[-1:] == ("[key]",)
    where = where[:-1] if is_wrong_key else where
    key = repr(where[-1]) if where and isinstance(where[-1], str) else "this"
    cause = context.get("error")
    if isinstance(cause, Misfit):
        where += cause.where
        problem, remedy = cause.problem, cause.remedy
    elif kind == "missing":
        problem, remedy = f"{key} is missing", "add it"
    elif kind == "extra_forbidden":
        problem, remedy = f"{key} is not known here", meant(str(where[-1]), _keys_at(model, where[:-1]))
    elif kind in ("enum", "literal_error"):
        names = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        value = str(where[-1]) if is_wrong_key else str(detail["input"])
        problem = f"{key} is not known here" if is_wrong_key else f"the value of {key} does not exist"
        remedy = meant(value, names)
    elif kind in _SHAPES:
        problem, remedy = f"the value of {key} does not fit", f"it should be {_SHAPES[kind]}"
    else:
        said = str(cause) if isinstance(cause, ValueError) else detail["msg"].removeprefix("Input ")
        problem, remedy = f"the value of {key} does not fit", f"it {said}" if said.startswith("should") else said
    return Problem(document.line_of(where), problem, remedy)


def _keys_at(model: type[BaseModel], where: Where) -> set[str]:
    """Return the keys that a table may have which stands at `where` below `model`."""
    for step in where:
        if isinstance(step, str) and (field := _fields(model).get(step)):
            inner = next(_models_in(field), None)
            if inner is None:
                return set()
            model = inner
    return set(_fields(model))


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that a type is made of: those of `tuple[Model, ...]`, `dict[str, Model]`, `Model | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
