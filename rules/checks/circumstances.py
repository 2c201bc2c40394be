"""What takes the harm out of harsh words: a joke, a game, somebody else's words, an objection to them.

Simple rules see this only as far as it stands in the words themselves; what they miss is for the classifier.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from rules.checks.patterns import A_FEW, FILL, any_of, words
from rules.text import Reading
from rules.vocabulary import Facts

_LAUGHTER: Final = words(
    "haha hahaha hahahah hahah hahahaha hihi hihihi lol lmao xd grapje geintje jk kidding joke "
    "😂 🤣 😭 💀 😹 😆 😅 😜 😝"
)
_GAMES: Final = words(
    "fifa fc24 fc25 fc26 fortnite minecraft roblox cod warzone valorant overwatch brawl brawlstars clash mario kart "
    "mariokart smash gta gta5 gta6 rocket league lobby server ranked squad potje potjes 1v1 2v2 game gamen gaming "
    "spel spelletje kahoot blooket gimkit uno schaken schaak dammen monopoly risk weerwolven tikkertje paintball "
    "lasergame lasergamen bowlen tafeltennis tafelvoetbal pingpong padel tennis voetbal voetballen basketbal hockey "
    "wedstrijd toernooi tegenstander finale trefbal apenkooi judo xbox playstation ps4 ps5 switch nintendo pokemon "
    "tekken chess rematch noob noobs"
)
_LINES_ABOUT_A_GAME: Final = 3
"""How many earlier messages may show that the talk is about a game."""

_SAYING: Final = (
    r"(?:zei|zegt|zeiden|zeggen|gezegd|schreef|schrijft|geschreven|riep|roept|roepen|geroepen|appte|appt|geappt|stuurde"
    r"|typte|noemde|noemt|noemen|genoemd|fluisterde|said|says|saying|told|called|calls|wrote|texted)"
)
_REPORTED_BEFORE: Final = any_of(
    rf"(?<!\bik )(?<!\biedereen ){_SAYING}(?! ik\b)",
    r"er (?:stond|staat)",
    r"betekent",
    r"scheldwoord\w*",
    r"liedje",
    r"songtekst",
    r"means",
)
_REPORTED_AFTER: Final = re.compile(
    rf'(?: [",:.!])* {_SAYING}\b(?! ik\b)|(?: [",])* (?:is|was) (?:een|n) (?:lied|film|boek)'
)
_OBJECTION: Final = any_of(
    rf"(?:is|was|vind ik|its|thats) {FILL}(?:niet|not) (?:ok|oke|okay|normaal|grappig|leuk|aardig|funny|cool)",
    r"(?:stop|kap|ophouden|hou op|houd op) (?:\w++ )?(?:met (?:schelden|pesten|uitlachen|noemen|dat)|saying|calling)",
    r"scheldwoord\w*",
    r"is geen (?:grap|grapje)",
    rf"(?:zeg|doe) (?:je|dat|zoiets|zulke) {A_FEW}niet",
    rf"(?:kun|kan|mag) (?:je|dat|zoiets|zulke) {A_FEW}niet (?:zeggen|maken|doen|sturen)",
    r"waarom (?:zeg|noem) (?:je|jij)",
    r"zeg(?:t|gen)? (?:maar )?nooit",
    r"laat \w++ (?:\w++ )?met rust",
    r"(?:dont|never) (?:say|call|tell)",
)
_OBJECTED_JUST_BEFORE: Final = re.compile(r"\b(?:stop|kap|ophouden|hou op|houd op) (?:\w++ )?met (?:het |dat )?$")


def is_laughing(reading: Reading) -> bool:
    """Tell whether the writer laughs or says that it is a joke."""
    return not _LAUGHTER.isdisjoint(reading.words)


def is_about_a_game(reading: Reading, facts: Facts) -> bool:
    """Tell whether the message, or one of the last few before it, speaks of a game or a sport."""
    return not _GAMES.isdisjoint(reading.words) or any(
        not _GAMES.isdisjoint(line.text.lower().split()) for line in facts.context[-_LINES_ABOUT_A_GAME:]
    )


def own_words(pattern: re.Pattern[str], reading: Reading) -> re.Match[str] | None:
    """Return the first match that is not somebody else's words, quoted or objected to; None without one.

    Only the first few matches are looked at, so that time stays linear.
    """
    return next((match for match in islice(pattern.finditer(reading.text), 5) if not _is_reported(match)), None)


def _is_reported(match: re.Match[str]) -> bool:
    before, after = match.string[: match.start()], match.string[match.end() :]
    return bool(
        _REPORTED_BEFORE.search(before)
        or _REPORTED_AFTER.match(after)
        or _OBJECTED_JUST_BEFORE.search(before)
        or _OBJECTION.search(before)
        or _OBJECTION.search(after)
    )
