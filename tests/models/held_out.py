"""Held-out scores made up from a seed: harmless messages score low, harmful ones high, with some of each in between."""

from __future__ import annotations

import numpy as np

from models.thresholds import HeldOut
from rules.vocabulary import TEXT_CATEGORIES, GroupKind


def made_up(seed: int = 7, harmless: int = 3000, hard: int = 400, harmful: int = 80) -> HeldOut:
    """Return so many harmless everyday messages and hard harmless ones, and so many harmful ones of each category.

    Half of all are from class chats, the others from parents' chats.
    """
    rng = np.random.default_rng(seed)
    width = len(TEXT_CATEGORIES)
    calm = rng.beta(0.6, 12, (harmless, width))
    mean = rng.beta(2, 3, (hard, width))
    bad = rng.beta(0.6, 8, (harmful * width, width))
    labels = np.zeros((harmless + hard + harmful * width, width), dtype=bool)
    for at in range(width):
        rows = slice(at * harmful, (at + 1) * harmful)
        bad[rows, at] = rng.beta(5, 2, harmful)
        labels[harmless + hard + at * harmful : harmless + hard + (at + 1) * harmful, at] = True
    scores = np.vstack([calm, mean, bad]).astype(np.float32)
    everyday = np.arange(len(scores)) < harmless
    group = np.where(np.arange(len(scores)) % 2 == 0, GroupKind.CLASS.value, GroupKind.PARENTS.value)
    return HeldOut(scores, labels, everyday, group)
