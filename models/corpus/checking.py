"""Checks that the corpus is what its datasheet says: enough, varied, without doubles, labelled alike by two readers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.corpus.reading import CorpusError, CorpusMessage
from rules.text import read
from rules.vocabulary import TEXT_CATEGORIES, Category

SECOND_LABELS: Final = Path(__file__).parent / "second_labels.jsonl"
"""What a second reader, who did not see the first labels, made of a random tenth: a line `{"id", "labels"}` each."""

FEWEST_MESSAGES: Final = 8000
HARMFUL: Final = (0.30, 0.50)
"""Which share of the messages is harmful or distress, at least and at most."""
HARD: Final = 0.5
"""Which share of the harmless messages is hard, at least."""
SECOND_READ: Final = 0.08
"""Which share of the messages has second labels, at least."""
AGREEMENT: Final = 0.6
"""Cohen's kappa on 'any label', at least: 'substantial' begins here (Landis and Koch 1977)."""

ALIKE: Final = 0.75
"""From this share of common words on, two messages say the same (Jaccard index of their word sets)."""
DOUBLES: Final = 0.005
"""Which share of the messages may be doubles of an earlier one with the same context, at most."""

_FEWEST_WORDS: Final = 4
"""Shorter messages may well be equal: 'haha klopt'."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two readers agree on one question: over how many messages, how often, and Cohen's kappa."""

    messages: int
    observed: float
    kappa: float


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """What was counted; `problems` says what falls short, in English."""

    messages: int
    voices: int
    writers: int
    harmful: float
    hard: float
    with_context: float
    labels: Counter[str]
    kinds: Counter[str]
    groups: Counter[str]
    registers: Counter[str]
    doubles: tuple[tuple[str, str], ...]
    agreement: dict[str, Agreement]
    problems: tuple[str, ...]


def check_corpus(messages: Sequence[CorpusMessage], second: dict[str, frozenset[Category]]) -> CorpusReport:
    """Return the counts of the corpus, and what falls short of its datasheet."""
    harmless = [message for message in messages if not message.labels]
    total = max(len(messages), 1)
    harmful, hard = 1 - len(harmless) / total, sum(one.is_hard for one in harmless) / max(len(harmless), 1)
    doubles = tuple(doubles_in(messages))
    agreement = agreement_of(messages, second)
    shares = [
        (len(messages) >= FEWEST_MESSAGES, f"{len(messages)} messages are fewer than {FEWEST_MESSAGES}"),
        (
            HARMFUL[0] <= harmful <= HARMFUL[1],
            f"{harmful:.0%} is harmful or distress, not {HARMFUL[0]:.0%}-{HARMFUL[1]:.0%}",
        ),
        (hard >= HARD, f"{hard:.0%} of the harmless is hard, less than {HARD:.0%}"),
        (len(doubles) <= DOUBLES * total, f"{len(doubles)} messages are doubles, more than {DOUBLES:.1%}"),
        (len(second) >= SECOND_READ * total, f"{len(second)} messages have second labels, less than {SECOND_READ:.0%}"),
        (agreement["any label"].kappa >= AGREEMENT, f"kappa {agreement['any label'].kappa:.2f} is under {AGREEMENT}"),
    ]
    return CorpusReport(
        messages=len(messages),
        voices=len({one.voice for one in messages}),
        writers=len({one.writer for one in messages}),
        harmful=harmful,
        hard=hard,
        with_context=sum(bool(one.context) for one in messages) / total,
        labels=Counter(label.value for one in messages for label in one.labels),
        kinds=Counter(kind.value for one in messages for kind in one.kinds),
        groups=Counter(one.group.value for one in messages),
        registers=Counter(one.register.value for one in messages),
        doubles=doubles,
        agreement=agreement,
        problems=tuple(problem for holds, problem in shares if not holds),
    )


def doubles_in(messages: Sequence[CorpusMessage]) -> Iterator[tuple[str, str]]:
    """Yield the ids of each message that says nearly the same as an earlier one, and of that one.

    The same words after other words before are no double: there the context makes the difference.
    """
    rare: dict[str, list[int]] = {}
    sets: list[frozenset[str]] = []
    count = Counter(word for message in messages for word in set(read(message.text).words))
    for at, message in enumerate(messages):
        words = frozenset(word for word in read(message.text).words if word[0].isalnum())
        sets.append(words)
        if len(words) < _FEWEST_WORDS:
            continue
        # Two sets that share 3/4 of their words share one of the rarest few: only those are looked up.
        keys = sorted(words, key=lambda word: (count[word], word))[: len(words) - int(ALIKE * len(words)) + 1]
        others = {other for key in keys for other in rare.get(key, ())}
        for other in sorted(others):
            union = len(words | sets[other])
            if len(words & sets[other]) >= ALIKE * union and message.context == messages[other].context:
                yield message.id, messages[other].id
                break
        for key in keys:
            rare.setdefault(key, []).append(at)


def agreement_of(messages: Sequence[CorpusMessage], second: dict[str, frozenset[Category]]) -> dict[str, Agreement]:
    """Return how far the first and the second reader agree: on 'any label', and on each category."""
    both = [(message.labels, second[message.id]) for message in messages if message.id in second]
    found = {"any label": _agreement([(bool(one), bool(two)) for one, two in both])}
    for category in TEXT_CATEGORIES:
        found[category.value] = _agreement([(category in one, category in two) for one, two in both])
    return found


def _agreement(pairs: Sequence[tuple[bool, bool]]) -> Agreement:
    if not pairs:
        return Agreement(0, 0.0, 0.0)
    total = len(pairs)
    observed = sum(one == two for one, two in pairs) / total
    first, second = (sum(column) / total for column in zip(*pairs, strict=True))
    chance = first * second + (1 - first) * (1 - second)
    return Agreement(total, observed, (observed - chance) / (1 - chance) if chance < 1 else 1.0)


def read_second_labels(path: Path = SECOND_LABELS) -> dict[str, frozenset[Category]]:
    """Return the labels of the second reader by message id; raises `CorpusError`."""
    second: dict[str, frozenset[Category]] = {}
    try:
        rows = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise CorpusError(path, 0, f"cannot be read ({error.strerror})", "restore it from the release") from None
    for number, row in enumerate(rows, 1):
        try:
            value = json.loads(row)
            second[str(value["id"])] = frozenset(map(Category, value["labels"]))
        except (ValueError, KeyError, TypeError) as error:
            raise CorpusError(path, number, f"does not fit the schema ({error!r})", "correct it") from None
    return second
