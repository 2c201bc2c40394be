"""The documents name every command, setting, check, make target and dependency, and their links lead somewhere."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from pydantic import BaseModel

from bot.cli import main
from bot.settings import SchoolFile, Secrets
from rules.checks import CHECKS
from rules.protocols import protocol_names
from rules.vocabulary import Category

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@cache
def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command below `group` with the words that are typed for it."""
    for name, command in group.commands.items():
        words = f"{path} {name}"
        if isinstance(command, click.Group):
            yield from commands(command, words)
        else:
            yield words, command


def tables(model: type[BaseModel], name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every setting of `school.toml` as (table, key)."""
    for key, field in model.model_fields.items():
        inner = [part for part in models_in(field.annotation) if issubclass(part, BaseModel)]
        if inner:
            yield from tables(inner[0], key)
        else:
            yield name, field.alias or key


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models in a type such as `tuple[Model, ...]` or `Model | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


COMMANDS = dict(commands(main, "klasveilig"))
SETTINGS = list(tables(SchoolFile))


def test_there_is_something_to_document() -> None:
    assert {"klasveilig demo", "klasveilig case show"} <= COMMANDS.keys()
    assert {("school", "slug"), ("mail", "from"), ("group", "mentors")} <= set(SETTINGS)
    assert len(DOCUMENTS) > 5


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_is_in_the_documents_with_its_options(words: str) -> None:
    documented = text_of("docs/commands.md")
    assert f"### `{words}" in documented
    section = documented.split(f"### `{words}", 1)[1].split("\n### ", 1)[0]
    for parameter in COMMANDS[words].params:
        if isinstance(parameter, click.Option):
            assert f"`{parameter.opts[0]}" in section, f"{words} {parameter.opts[0]}"
        else:
            assert str(parameter.name).upper() in section, f"{words} {parameter.name}"


def test_every_option_of_the_program_itself_is_in_the_documents() -> None:
    for parameter in main.params:
        assert f"`{parameter.opts[0]}" in text_of("docs/commands.md")


@pytest.mark.parametrize(("table", "key"), SETTINGS)
def test_every_setting_is_in_the_documents(table: str, key: str) -> None:
    section = text_of("docs/settings.md").split(f"[{table}]", 1)[1].split("\n## ", 1)[0]
    assert f"`{key}`" in section


@pytest.mark.parametrize("name", Secrets.model_fields)
def test_every_secret_is_in_the_documents_and_in_the_example(name: str) -> None:
    assert f"`KLASVEILIG_{name.upper()}`" in text_of("docs/settings.md")
    assert f"KLASVEILIG_{name.upper()}=\n" in text_of("deploy/env.example")


@pytest.mark.parametrize("check", [check.__name__ for check in CHECKS])
def test_every_check_is_in_the_documents(check: str) -> None:
    assert f"`{check}`" in text_of("docs/detection.md")


@pytest.mark.parametrize("category", Category)
def test_every_category_is_in_the_documents(category: Category) -> None:
    assert f"`{category}`" in text_of("docs/detection.md")


@pytest.mark.parametrize("protocol", protocol_names())
def test_every_protocol_is_in_the_documents(protocol: str) -> None:
    assert f"`{protocol}`" in text_of("docs/settings.md")


@pytest.mark.parametrize("target", re.findall(r"^([a-z-]+):.*## ", text_of("Makefile"), re.MULTILINE))
def test_every_make_target_is_in_the_documents(target: str) -> None:
    assert f"`make {target}`" in text_of("README.md") + text_of("CONTRIBUTING.md")


def test_every_dependency_has_its_reason_in_the_documents() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for names in project["optional-dependencies"].values() for name in names),
    ]
    for name in (re.split(r"[\[><=]", requirement)[0] for requirement in wanted):
        assert f"| {name} |" in text_of("docs/decisions.md"), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        if "://" in link or link.startswith("mailto:"):
            continue
        place, _, anchor = link.partition("#")
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, made as forges make them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in HEADING.findall(text)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_names_a_folder_of_somebodys_machine(document: Path) -> None:
    assert re.findall(r"/(?:root|home|Users|work|tmp)/\S*", document.read_text(encoding="utf-8")) == []
