"""Keeps the catalogue in step with the code: `python -m bot.texts.extract`, or `make texts`.

New sentences enter `nl.po` without Dutch, for a person to fill in; sentences that the code lost leave it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("bot", "rules", "models")
CATALOGUE: Final = Path(__file__).with_name("nl.po")

CALLS: Final = {"phrase": slice(0, 1), "say": slice(1, 2), "say_count": slice(1, 3)}
"""Which arguments of which call are a sentence, or one with its plural."""

_HEADER: Final = """\
# The Dutch texts of Klasveilig. The key of each is the English sentence in the code.
# Kept in step with the code by 'make texts'. Dutch for everybody (B1): short, kind, 'je'.
#"""

_NO_DATE: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Gettext wants dates in the header; a fixed one keeps them out of every change."""


def extract() -> Catalog:
    """Return the sentences that stand in the code now, each with the files that say it."""
    found = Catalog()
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for sentence in sentences(path.read_text(encoding="utf-8")):
                found.add(sentence, locations=[(str(path.relative_to(ROOT)), 0)])
    return found


def sentences(source: str) -> Iterator[str | tuple[str, ...]]:
    """Yield the sentences that Python code says: a text, or singular and plural.

    The syntax tree is read instead of Babel's stream of tokens, which before Python 3.12 does not see the calls
    inside an f-string.
    """
    for arguments in said(source):
        texts = tuple(str(argument.value) for argument in arguments if isinstance(argument, ast.Constant))
        if texts:
            yield texts if len(texts) > 1 else texts[0]


def said(source: str) -> Iterator[list[ast.expr]]:
    """Yield the arguments that should hold a sentence, for each call of `CALLS` in Python code."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (place := CALLS.get(_name(node.func))):
            yield node.args[place]


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def read() -> Catalog:
    """Return the Dutch catalogue as it is on disk."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="nl")


def write(catalogue: Catalog) -> None:
    """Write the Dutch catalogue, sorted, without line numbers: the same content gives the same bytes."""
    catalogue.header_comment = _HEADER
    catalogue.project, catalogue.version = "klasveilig", "1"
    catalogue.creation_date = catalogue.revision_date = _NO_DATE
    catalogue.language_team = catalogue.last_translator = "Klasveilig"
    catalogue.msgid_bugs_address = "CONTRIBUTING.md"
    catalogue.fuzzy = False
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=110, sort_output=True, ignore_obsolete=True, include_lineno=False)


def main() -> None:
    """Bring the catalogue in step with the code."""
    catalogue = read() if CATALOGUE.exists() else Catalog(locale="nl")
    catalogue.update(extract(), no_fuzzy_matching=True)
    write(catalogue)


if __name__ == "__main__":
    main()
