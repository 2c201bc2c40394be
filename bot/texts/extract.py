"""Keeps the catalogue in step with the code: `python -m bot.texts.extract`, or `make texts`.

New sentences enter `nl.po` without Dutch, for a person to fill in; sentences that the code lost leave it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("bot", "rules", "models")
CATALOGUE: Final = Path(__file__).with_name("nl.po")

KEYWORDS: Final = {"phrase": (1,), "say": (2,), "say_count": (2, 3)}
"""Which argument of which call is a sentence."""

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
        for name, _, message, comments, context in extract_from_dir(ROOT / room, keywords=KEYWORDS):
            found.add(message, locations=[(f"{room}/{name}", 0)], auto_comments=comments, context=context)
    return found


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
