"""The checks: each a small function that looks for one thing, in one explicit list.

This is a first handful, written with care but by hand. It knows common wordings and their nearest harmless
neighbours; it does not understand. What it cannot see is for the classifier, and for people.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rules.checks import exclusion, insults, self_harm, threats
from rules.text import Reading
from rules.vocabulary import Facts, Finding, IncomingMessage

Check = Callable[[IncomingMessage, Facts, Reading], list[Finding]]
"""Looks at one message, what is known around it and how it is read; returns what it found, mostly nothing."""

CHECKS: Final[tuple[Check, ...]] = (
    threats.violence,
    threats.intimidation,
    threats.blackmail,
    insults.called_names,
    insults.name_thrown,
    insults.cursed,
    exclusion.not_wanted,
    exclusion.shut_out,
    self_harm.incitement,
    self_harm.despair,
)
