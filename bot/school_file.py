"""Reads `school.toml` and its secrets, and says of everything that does not fit where it stands and what to do."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final
from zoneinfo import available_timezones

from bot.settings import PREFIX, SchoolFile, Secrets, Settings, combined
from rules.vocabulary import Phrase, Role, phrase

HANDLERS_NEEDED: Final = (Role.LEADERSHIP, Role.TRUSTED_PERSON)
"""Roles without which some cases would have nobody: those about a mentor, and those that a pupil confides."""

Where = tuple[str | int, ...]
"""A place in the file: names of tables and keys, and the position of one among `[[…]]` or in a list."""

Misfit = tuple[Where, Phrase]
"""A place in the file and what is wrong there, with the remedy."""


def misfits(file: SchoolFile, folder: Path) -> Iterator[Misfit]:
    """Yield what does not fit together in a school file that lies in `folder`."""
    yield from _school(file, folder)
    yield from _groups(file)
    yield from _people(file)
    yield from _connections(file)


def _school(file: SchoolFile, folder: Path) -> Iterator[Misfit]:
    known = bundled_protocols()
    name = file.school.protocol
    if name not in known and not (folder / name).is_file():
        yield (
            ("school", "protocol"),
            phrase(
                "There is no protocol '{name}'. Use one of {known}, or the path of a file of your own.{hint}",
                name=name,
                known=", ".join(known),
                hint="",
            ),
        )
