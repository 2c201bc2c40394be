"""A small corpus made up for tests of training: enough to learn something from, in a second."""

from __future__ import annotations

from models.corpus.reading import CorpusMessage, Kind, Register, Target
from rules.vocabulary import Category, GroupKind

_INSULTS = ("sukkel", "loser", "eikel", "mongool", "varken", "trut", "hond", "slijmbal")
_PRAISE = ("held", "vriend", "schat", "topper", "kanjer", "lieverd", "maat", "engel")


def message(text: str, *labels: Category, at: int = 0, writer: str = "a", **other: object) -> CorpusMessage:
    """Return a message of the corpus with these labels, in a class chat unless told otherwise."""
    values: dict[str, object] = {
        "id": f"{writer}-{at}",
        "writer": writer,
        "voice": f"{writer}-voice",
        "group": GroupKind.CLASS,
        "school": "havo",
        "age": 14,
        "register": Register.PLAIN,
        "context": (),
        "author": "",
        "text": text,
        "labels": frozenset(labels),
        "target": Target.PRESENT,
        "kinds": (Kind.DIRECT if labels else Kind.PLAIN,),
    }
    return CorpusMessage(**{**values, **other})  # type: ignore[arg-type] # what a test overrides fits


def small_corpus() -> list[CorpusMessage]:
    """Return insults and praise by five writers, in several frames."""
    frames = ("jij bent een {}", "wat een {} ben jij", "{} dat je bent", "hey {} kom eens")
    found = []
    for at, (bad, good) in enumerate(zip(_INSULTS, _PRAISE, strict=True)):
        for place, frame in enumerate(frames):
            writer = "abcde"[(at + place) % 5]
            number = (at * len(frames) + place) * 2
            found.append(message(frame.format(bad), Category.INSULT, at=number, writer=writer))
            found.append(message(frame.format(good), at=number + 1, writer=writer))
    return found
