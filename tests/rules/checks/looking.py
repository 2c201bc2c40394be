"""Lets the checks look at one message, as the tests of each kind of check need it."""

from __future__ import annotations

from datetime import UTC, datetime

from rules.checks import CHECKS
from rules.text import read
from rules.vocabulary import Account, Category, Chat, Facts, Finding, Group, GroupKind, IncomingMessage, Line

CLASS = Group("school", "group", GroupKind.CLASS, "2B")
SURE = 0.7
"""The score from which the shipped protocol flags a message in a class."""


def look(text: str, *context: str) -> list[Finding]:
    """Return what all checks find in a message after the earlier messages `context`."""
    message = IncomingMessage(
        Chat("replay", "1"), "id", Account("replay", "sem", "Sem"), text, datetime(2026, 11, 20, tzinfo=UTC)
    )
    facts = Facts(CLASS, context=tuple(Line("bo", "Bo", line) for line in context))
    reading = read(text)
    return [finding for check in CHECKS for finding in check(message, facts, reading)]


def sure_of(text: str, *context: str) -> set[Category]:
    """Return the categories that the checks are sure of, and require that each finding points into the message."""
    findings = look(text, *context)
    for finding in findings:
        assert finding.words
        assert all(word in text for word in finding.words)
        assert finding.detector in {check.__name__ for check in CHECKS}
    return {finding.category for finding in findings if finding.score >= SURE}
