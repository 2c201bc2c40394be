"""Samples for the tests of classifiers."""

from __future__ import annotations

from models.port import Sample
from rules.text import read
from rules.vocabulary import Facts, Group, GroupKind

FACTS = Facts(Group("school", "group", GroupKind.CLASS))


def sample(text: str) -> Sample:
    """Return the message `text` in a class, as a classifier sees it."""
    return Sample(read(text), FACTS)
