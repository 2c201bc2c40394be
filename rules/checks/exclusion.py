"""Exclusion: somebody told, or others urged, that they do not belong. The commonest bullying in a chat."""

from __future__ import annotations

from typing import Final

from rules.checks.circumstances import is_about_a_game, is_laughing, own_words
from rules.checks.patterns import A_FEW, END, FILL, any_of, words
from rules.text import Reading
from rules.vocabulary import Category, Facts, Finding, IncomingMessage, phrase

_YOU: Final = r"(?:jou|je|u|you|ya)"
_YOU_ARE: Final = r"(?:je|jij|ge|gij)"
_THEY: Final = r"(?:hij|zij|ze|die)"
_NOBODY_IN_PARTICULAR: Final = (
    r"(?:de|het|een|je|jou|me|mij|elkaar|iedereen|anderen|vreemden|volle|eten|docenten|leraren|ouders|volwassenen|reclame"
    r"|spam|bots|telefoon|telefoons|geluid|regels|stress|ruzie|papier)"
)
_THEM: Final = rf"(?:hem|haar|(?:die|dat) \w++|(?!{_NOBODY_IN_PARTICULAR}\b)\w++)"
_HERE: Final = r"(?:(?:hier|in de klas|in deze klas|here) )?"
_GROUP: Final = r"(?:de |deze |the |this )?(?:groep|groepsapp|groepje|app|chat|group|gc)"
_ENDING: Final = rf"(?:{END}|(?= (?:hier|echt|toch|hoor|man|joh|gewoon|dus|en|in|snap|lol|anymore|anyway|so)\b))"

_NOT_WANTED: Final = any_of(
    rf"niemand {_HERE}(?:mag|moet|wil) {_YOU}{_ENDING}",
    rf"niemand {_HERE}(?:vind|vindt|vond) {_YOU} (?:\w++ )?(?:leuk|aardig|cool|grappig|interessant)",
    rf"niemand (?:zit|zat) op {_YOU} te wachten",
    rf"niemand {_HERE}wil (?:iets )?(?:met|naast|bij) {_YOU}(?:{END}| {A_FEW}(?:omgaan|samenwerken|zitten|praten|werken"
    r"|te maken hebben|zijn))",
    rf"niemand (?:mist|miste) {_YOU}",
    rf"{_YOU_ARE} (?:hoort|hoorde) (?:er )?{FILL}niet(?: bij| thuis|{END})",
    rf"(?:we|wij) (?:willen|wilden|hoeven|moeten) (?:jou|je) {A_FEW}niet(?:{END}| {A_FEW}(?:bij|in|mee|hier))",
    r"(?:we|wij) (?:willen|hoeven) niet met (?:jou|je)",
    rf"{_YOU_ARE} (?:bent|zijt) {FILL}(?:bij ons )?niet (?:welkom|gewenst|uitgenodigd)(?! (?:bij de|als|zonder)\b)",
    rf"{_YOU_ARE} mag {FILL}niet (?:bij ons|mee|meedoen|komen|erbij)(?:{END}| want (?:niemand|we|{_YOU_ARE})\b)",
    rf"(?:ga|rot|flikker|kanker|get) (?:op |weg )?{FILL}(?:uit|out of|out) {_GROUP}(?! (?:als|want|en|zodra|omdat)\b)",
    rf"blijf (?:jij |je )?{FILL}thuis (?:\w++ )?niemand",
    rf"(?:nobody|no one|noone|no1) {_HERE}(?:likes|wants|asked for|invited|cares about|loves) {_YOU}",
    r"you (?:dont|do not) belong here",
    rf"wie heeft (?:jou|je) {FILL}(?:in {_GROUP}|toegevoegd|uitgenodigd)",
)
_SHUT_OUT: Final = any_of(
    rf"(?:nieuwe|andere|aparte|een) (?:groep|groepsapp|app|chat) (?:maken )?zonder {_THEM}",
    rf"zonder (?:hem|haar|die \w++) (?:is|was|wordt) (?:het )?(?:veel )?{FILL}(?:leuker|beter|gezelliger)",
    rf"(?:gooi|kick|verwijder|zet|flikker|haal|trap) {_THEM} (?:er )?{FILL}uit {_GROUP}",
    rf"(?:praat|praten|app|appen) (?:vanaf nu )?{FILL}niet (?:meer )?(?:met|tegen) {_THEM}",
    rf"(?:iedereen|allemaal|laten we|we gaan|gaan we) {FILL}(?:{_THEM} )?{FILL}(?:negeren|negeer|doodzwijgen|ghosten)",
    rf"negeer (?:hem|haar|die \w++)(?>(?: gewoon| allemaal| vanaf nu)*){END}",
    rf"niet (?:vertellen|zeggen|doorvertellen) (?:aan|tegen) {_THEM} (?:want )?"
    rf"(?:anders komt|{_THEY} (?:is|mag|hoeft) niet)",
    rf"{_THEY} (?:mag|hoeft|hoort) (?:er )?{FILL}niet (?:bij ons|mee|meedoen|mee te doen|erbij|bij|komen){END}",
    r"wie wil er (?:nou |nog )?(?:naast|met|bij) (?:hem|haar|die \w++) (?:zitten|samen|werken)",
)
_EXCLUDING_WORDS: Final = words(
    "niemand nobody noone no1 no hoort hoorde willen wilden hoeven hoeft welkom gewenst uitgenodigd mag uit out belong "
    "zonder gooi kick verwijder haal praat praten app appen negeren negeer doodzwijgen ghosten vertellen zeggen "
    "doorvertellen toegevoegd groep naast met bij"
)


def not_wanted(message: IncomingMessage, facts: Facts, reading: Reading) -> list[Finding]:
    """Looks for somebody told that nobody likes or wants them: 'niemand mag jou'; a laugh makes it weaker."""
    if _EXCLUDING_WORDS.isdisjoint(reading.words):
        return []
    match = own_words(_NOT_WANTED, reading)
    if match is None:
        return []
    score = 0.6 if is_laughing(reading) else 0.85
    reason = phrase("Tells somebody that they do not belong.")
    return [Finding("not_wanted", Category.BULLYING, score, reason, (reading.part(*match.span()),))]


def shut_out(message: IncomingMessage, facts: Facts, reading: Reading) -> list[Finding]:
    """Looks for a call on others to shut somebody out: a new group without them, ignoring them together."""
    if _EXCLUDING_WORDS.isdisjoint(reading.words):
        return []
    match = own_words(_SHUT_OUT, reading)
    if match is None or is_about_a_game(reading, facts):
        return []
    reason = phrase("Urges others to shut somebody out.")
    return [Finding("shut_out", Category.BULLYING, 0.75, reason, (reading.part(*match.span()),))]
