"""Exclusion: somebody told, or others urged, that they do not belong. The commonest form of bullying in a chat."""

from __future__ import annotations

from typing import Final

from rules.checks.circumstances import is_about_a_game, is_laughing, own_words
from rules.checks.patterns import A_FEW, any_of, words
from rules.text import Reading
from rules.vocabulary import Category, Facts, Finding, IncomingMessage, phrase

_YOU: Final = r"(?:je|jou|u|you|ya)"
_THEM: Final = r"(?:hem|haar|die \w++|dat \w++|\w++)"
_END: Final = r"(?= [.!?,]|$| (?:hier|echt|toch|hoor|man|joh|gewoon|dus|en|in|snap|lol|okay|aardig|leuk|anymore|here|anyway|so)\b)"

_NOT_WANTED: Final = any_of(
    rf"niemand (?:hier |in de klas |in deze klas )?(?:mag|moet|wil) {_YOU}{_END}",
    rf"niemand (?:hier |in de klas |in deze klas )?(?:vind|vindt|vond) {_YOU} (?:\w++ )?(?:leuk|aardig|cool|grappig|interessant)",
    rf"niemand (?:zit|zat) op {_YOU} te wachten",
    r"niemand wil (?:iets )?(?:met|naast|bij) (?:jou|je|u)(?: \w++){0,3}? (?:omgaan|samenwerken|zitten|praten|werken|te maken hebben|zijn)",
    r"niemand wil (?:met|naast|bij) (?:jou|je|u)(?= [.!?,]|$)",
    r"niemand (?:mist|miste) (?:jou|je|u)",
    r"(?:je|jij|ge|gij) (?:hoort|hoorde) (?:hier |er |gewoon |hier gewoon |er gewoon )*+niet(?: bij| thuis|$| [.!])",
    rf"(?:we|wij) (?:willen|wilden|hoeven|moeten) (?:jou|je) {A_FEW}niet(?: {A_FEW}(?:bij|in|mee|hier)|$| [.!?])",
    r"(?:we|wij) (?:willen|hoeven) niet met (?:jou|je)(?: |$)",
    r"(?:je|jij|ge|gij) (?:bent|zijt) (?:hier |echt |gewoon |bij ons )*+niet (?:welkom|gewenst|uitgenodigd)",
    r"(?:je|jij|ge|gij) mag (?:echt |gewoon |lekker )*+niet (?:bij ons|mee|meedoen|komen|erbij)(?= [.!?,]|$| want (?:niemand|we|je|jij)\b)",
    r"(?:ga|rot|flikker|kanker|get) (?:\w++ )?(?:uit|out of|out) (?:de |deze |the |this )?(?:groep|groepsapp|app|chat|group|gc)"
    r"(?! (?:als|want|en maak|en dan|zodra|omdat)\b)",
    r"(?:blijf|bleef) (?:jij |je )?(?:maar |lekker |gewoon )*+thuis (?:\w++ )?niemand",
    r"(?:nobody|no one|noone|no1) (?:here )?(?:likes|wants|asked for|invited|cares about|loves) (?:you|u|ya)\b",
    r"you (?:dont|do not) belong here",
    r"(?:wie heeft|waarom zit|waarom is) (?:jou|jij|je) (?:überhaupt |eigenlijk )?(?:in deze groep|in de groep|toegevoegd|uitgenodigd|hier)",
)
_SHUT_OUT: Final = any_of(
    rf"(?:nieuwe|andere|aparte|een) (?:groep|groepsapp|app|chat) (?:maken )?zonder {_THEM}",
    r"(?:zonder) (?:hem|haar|die \w++) (?:is|was|wordt) (?:het )?(?:veel |echt |sowieso )?(?:leuker|beter|gezelliger)",
    rf"(?:gooi|kick|verwijder|zet|flikker|haal|trap|kick) {_THEM} (?:er |eens |gewoon |even |ff )*+uit (?:de |deze )?(?:groep|groepsapp|app|chat|groepje)",
    rf"(?:praat|praten|app|appen) (?:allemaal |gewoon |vanaf nu |morgen )*+niet (?:meer )?(?:met|tegen) {_THEM}",
    rf"(?:iedereen|allemaal|laten we|we gaan|gaan we) (?:gewoon |allemaal |{_THEM} )*+(?:negeren|negeer|doodzwijgen|ghosten)",
    rf"negeer (?:hem|haar|die \w++)(?: gewoon| allemaal| vanaf nu)*+(?= [.!,]|$)",
    rf"niet (?:vertellen|zeggen|doorvertellen) (?:aan|tegen) {_THEM} (?:want )?(?:(?:hij|zij|ze|die) (?:is|mag|hoeft|hoort) niet|anders komt)",
    r"(?:hij|zij|ze|die) (?:mag|hoeft|hoort) (?:echt |gewoon |er |sowieso |lekker )*+niet (?:bij ons|mee|meedoen|mee te doen|erbij|bij|komen)(?= [.!?,]|$)",
    r"wie wil er (?:nou |nog )?(?:naast|met|bij) (?:hem|haar|die \w++) (?:zitten|samen|werken)",
)
_EXCLUDING_WORDS: Final = words(
    "niemand nobody noone no1 no hoort hoorde willen wilden hoeven welkom gewenst uitgenodigd mag uit out thuis belong "
    "zonder gooi kick verwijder haal praat praten app appen negeren negeer doodzwijgen ghosten vertellen zeggen "
    "toegevoegd groep naast"
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
