"""Which members of staff a free text may be about, so that a report about somebody goes past them.

It errs on the safe side: naming somebody in vain sends one case to somebody further away; failing to name them would
let them read a report about themselves (promise 4). It understands names with and without titles, accents and
capitals, written together or with one slip of the pen, initials, and words for a role ('my mentor', 'the head').
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from bot.cases.case import Person
from rules.vocabulary import Role

_UNACCENTED: Final = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
_WORD: Final = re.compile(r"[^\W\d_]+")
_DOTTED: Final = re.compile(r"\b(?:[^\W\d_]\.\s?)+[^\W\d_]\b")


def words_of(text: str) -> list[str]:
    """Return the words of a text without capitals, accents and invisible marks; `ij` is written `y`."""
    bare = "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if unicodedata.category(letter) not in ("Mn", "Cf")
    )
    return _WORD.findall(bare.casefold().translate(_UNACCENTED).replace("ij", "y"))


PARTICLES: Final = frozenset(
    words_of("aan af al bij da de del den der des di dos du el het in la le op t te ten ter van vd von")
)
"""Small words inside surnames: alone they name nobody."""

TITLES: Final = frozenset(
    words_of(
        "dhr dr drs heer ing ir juf juffrouw leraar lerares meester meneer mevr mevrouw miss mr mrs ms mw prof sir"
        " docent docente leerkracht teacher mentor"
    )
)
"""What stands before a name or an initial, as in 'meneer B.'."""

ROLE_WORDS: Final[Mapping[Role, Collection[str]]] = {
    Role.MENTOR: words_of("mentor mentrix tutor"),
    Role.TRUSTED_PERSON: words_of("vertrouwenspersoon vertrouwenspersonen contactpersoon"),
    Role.COORDINATOR: words_of("coördinator coördinatrice"),
    Role.LEADERSHIP: words_of(
        "rector directeur directie directrice teamleider afdelingsleider schoolleider schoolleiding schoolhoofd"
        " principal headmaster headteacher"
    ),
    Role.BOARD: words_of("bestuur bestuurder bestuurslid board"),
    Role.SUPERVISORY_BOARD: words_of("toezicht toezichthouder supervisory"),
    Role.ADMINISTRATOR: words_of("beheerder ict"),
}
"""What people write for whoever has a role."""

WORDS_FOR_STAFF: Final = words_of(
    "juf juffrouw meester meneer mevr mevrouw leraar leraren lerares docent leerkracht teacher stagiair conciërge"
    " invaller coach"
)
"""What people write for a member of staff who may be anybody: without a name, it is all staff of the class."""


def named_in(text: str, people: Iterable[Person], group_id: UUID | None = None) -> frozenset[UUID]:
    """Return the ids of the people whom `text` names or may mean.

    `group_id` is the class of whoever wrote it: 'my mentor' is the mentor of that class, or any mentor where the
    class is not known.
    """
    people = tuple(people)
    words = words_of(text)
    initials = _initials_in(text)
    named = {person.id for person in people if _is_named(words_of(person.name), words, initials)}
    roles = {role for role, terms in ROLE_WORDS.items() if _has_any(terms, words)}
    if not named and _has_any(WORDS_FOR_STAFF, words):
        roles |= {Role.MENTOR, Role.STAFF}
    return frozenset(named | {person.id for person in people if _has_role(person, roles, group_id)})


def _is_named(name: Sequence[str], words: Sequence[str], initials: Collection[str]) -> bool:
    own = [part for part in name if part not in PARTICLES | TITLES]
    return (
        any(_is_spelled(word, spelling) for spelling in _spellings(name, own) for word in frozenset(words))
        or any(part.startswith(word) for word in _short_after_titles(words) for part in own)
        or any("".join(part[0] for part in parts) in initials for parts in (name, own))
    )


def _spellings(name: Sequence[str], own: Sequence[str]) -> Iterator[str]:
    """Yield the names of more than two letters, and all that can be written together ('vandenberg')."""
    yield from (part for part in own if len(part) > 2)
    for start in range(len(name)):
        yield from ("".join(name[start:end]) for end in range(start + 2, len(name) + 1))


def _is_spelled(word: str, name: str) -> bool:
    """Tell whether `word` is the name, its possessive, or (from five letters on) the name with one slip."""
    return word in (name, f"{name}s") or (len(name) >= 5 and _is_one_slip(word, name))


def _is_one_slip(a: str, b: str) -> bool:
    """Tell whether one letter more, less or other, or two letters swapped, makes the one word the other."""
    if abs(len(a) - len(b)) > 1 or (a[0] != b[0] and a[-1] != b[-1]):
        return False  # told fast for nearly every pair of words: a slip leaves the first or the last letter
    start = _common(a, b)
    a, b = a[start:], b[start:]
    end = _common(a[::-1], b[::-1])
    a, b = a[: len(a) - end], b[: len(b) - end]
    return max(len(a), len(b)) <= 1 or (len(a) == 2 and a == b[::-1])


def _common(a: str, b: str) -> int:
    """Return how many letters two words have in common at their start."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _short_after_titles(words: Sequence[str]) -> Iterator[str]:
    """Yield what follows a title and is too short for a name to be looked for elsewhere: 'mevrouw de V.'."""
    for index, word in enumerate(words):
        if word in TITLES:
            following = (later for later in words[index + 1 :] if later not in PARTICLES)
            yield from (short for short in (next(following, ""),) if 0 < len(short) <= 2)


def _initials_in(text: str) -> frozenset[str]:
    """Return what may be initials, folded: letters with points between them, and words with two capitals or more."""
    dotted = _DOTTED.findall(text)
    capitals = [word for word in _WORD.findall(text) if sum(letter.isupper() for letter in word) >= 2]
    return frozenset("".join(words_of(found)) for found in dotted + capitals)


def _has_any(terms: Iterable[str], words: Sequence[str]) -> bool:
    """Tell whether a word is one of the terms, or ends in one of six letters or more ('wiskundedocent')."""
    return any(
        word in (term, f"{term}s") or (len(term) >= 6 and word.endswith(term)) for term in terms for word in words
    )


def _has_role(person: Person, roles: Collection[Role], group_id: UUID | None) -> bool:
    return any(role in roles and (group_id is None or held_for in (None, group_id)) for role, held_for in person.roles)
