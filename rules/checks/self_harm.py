"""Self-harm: others urged to it (an offence), and the writer's own despair (never an offence: care)."""

from __future__ import annotations

from typing import Final

from rules.checks.circumstances import is_about_a_game, is_laughing, own_words
from rules.checks.patterns import A_FEW, YOU, any_of, words
from rules.text import Reading
from rules.vocabulary import Category, Facts, Finding, IncomingMessage, phrase

_INCITEMENT: Final = any_of(
    r"kill (?:yourself|urself|your self)",
    r"(?:pleeg|doe) (?:toch |gewoon |lekker |eens |maar |dan |alsjeblieft )*+zelfmoord",
    r"(?:maak|help|breng|snij|verhang|hang|schiet|steek|verdrink) (?:gewoon |toch |lekker |dan |eens )*+(?:jezelf|je zelf|uzelf|uw eigen|je eigen)"
    r"(?: (?:gewoon|toch|lekker|dan|maar|alsjeblieft))*+ (?:van kant|dood|af|om|op|kapot|in stukken|neer|lek)",
    r"(?:verhang|verdrink|ophang|snij) (?:gewoon |toch |lekker |maar )*+(?:jezelf|uzelf|je polsen|uw polsen)(?! niet\b)",
    r"(?:spring|ga|loop|gooi jezelf|stap) (?:\w++ ){0,4}?(?:voor (?:de|een|n) trein|van (?:een|n|de|het) (?:dak|brug|flat|gebouw|balkon))",
    r"(?:ga|val|sterf|go) (?:toch |gewoon |lekker |maar |alsjeblieft |please |fucking |jij |eens |ergens |and )*+(?:dood|die|sterven|kapot)"
    r"(?! (?:van|in|door|aan|bij|lopen|liggen|doen|spelen|inside|a|if|het|de|gaan)\b)",
    r"(?:drink|neem|slik) (?:gewoon |toch |lekker |maar |een |wat |n )*+(?:bleek|bleekmiddel|chloor|bleach|pakje pillen|hele strip pillen|overdosis)",
    rf"(?:de wereld|iedereen|de klas|we|alles|the world|everyone) (?:is|zijn|zou|zouden|would be|is better)(?: \w++){{0,2}}? (?:beter|blijer|better)"
    rf"(?: af)?(?: zijn)? (?:zonder {YOU}|als (?:je|jij) (?:er niet|dood)|off without you|without you)",
    rf"(?:niemand|geen mens|nobody|no one) (?:zou |gaat |zal |would |will )?(?:{YOU} )?(?:missen|merken|miss|huilen|care)(?: {YOU})? "
    r"(?:\w++ ){0,2}?(?:als|if|wanneer) (?:je|jij|you|u) (?:er niet|dood|weg|dead|died|zelfmoord)",
    rf"(?:had|waren|was) (?:je|jij|{YOU}) (?:maar |beter )*+(?:nooit geboren|dood)",
    r"(?:waarom|why) (?:leef|besta|pleeg|are you|r u) (?:je|jij|ge|still)? ?(?:nog|eigenlijk|geen zelfmoord|alive)",
    r"(?:je|jij|ge|gij|you) (?:kan|kunt|moet|mag|should|could) (?:\w++ ){0,2}?(?:beter |maar |better |just )?(?:dood (?:gaan|zijn)|doodgaan|zelfmoord plegen|die|kill yourself)",
    rf"doe (?:ons|iedereen|de wereld) een (?:plezier|lol|gunst) en (?:ga|spring|sterf|pleeg|maak) {A_FEW}(?:dood|trein|dak|zelfmoord|kant|sterven)",
)
_INCITING_WORDS: Final = words(
    "kill zelfmoord jezelf uzelf eigen trein dak brug flat gebouw balkon dood die sterf sterven bleek bleekmiddel "
    "chloor bleach pillen overdosis zonder without missen merken miss huilen geboren leef besta alive doodgaan polsen "
    "kapot"
)

_DESPAIR: Final = any_of(
    r"(?:(?:ik|k) (?:wil|wou|zou|wilde)|(?:wil|wou|zou|wilde) ik)(?: (?:echt|gewoon|alleen|maar|soms|het liefst|liever|zo|graag|dat ik|was|er|nu))*+ "
    r"(?:niet meer (?:leven|bestaan|wakker worden|verder|er zijn)|dood(?: was| zijn| gaan)?(?= [.!,]|$| (?:man|echt|soms|en|ik)\b)|doodgaan|verdwijnen(?= [.!]|$))",
    r"(?:ik|k) (?:wil|wou) (?:\w++ ){0,3}?er (?:\w++ )?(?:niet meer|een eind aan|een einde aan) (?:zijn|maken)",
    r"ik wou dat ik (?:dood|nooit geboren|er niet (?:meer )?)(?: was)?",
    r"(?:ik )?(?:heb|geen) (?:\w++ ){0,2}?(?:geen )?zin (?:meer )?(?:om te leven|in (?:het |mijn )?leven)",
    r"(?:ik|k) (?:snij|snijd|kras|sneed|pijnig|haat) (?:weer |soms |echt |gewoon |zo |weleens )*+(?:mezelf|mij zelf|me zelf|mijn polsen|mijn armen)",
    r"(?:ik )?(?:heb|ben) (?:me|mezelf|mij) (?:weer |gisteren |vannacht )*+(?:gesneden|pijn gedaan|gekrast)(?! (?:aan|met|bij|in|toen)\b)",
    r"(?:mezelf|me zelf|mij) (?:iets|wat) (?:aan ?doen|aan te doen)|mezelf (?:van kant|pijn|dood|kapot) (?:te )?(?:maken|doen)",
    r"(?:ik )?(?:denk|dacht) (?:\w++ ){0,3}?(?:aan|over) (?:zelfmoord|dood ?gaan|doodgaan)",
    r"(?:ik )?(?:ga|wil|wou) (?:\w++ ){0,2}?zelfmoord plegen",
    r"niemand (?:zou|gaat|zal) (?:me|mij) (?:\w++ )?missen",
    r"(?:iedereen|ze|jullie|de wereld|mijn ouders) (?:is|zijn|zou|zouden) (?:\w++ )?beter af zonder mij",
    r"(?:het leven|mijn leven|alles) (?:heeft|is) (?:echt |voor mij |gewoon )*+(?:geen zin meer|zinloos|niks meer waard)",
    r"ik (?:durf|kan) (?:echt |gewoon )*+niet meer naar school(?= [.!,]|$| (?:door|vanwege|want ze|omdat ze)\b)",
    r"(?:ik )?(?:huil|huilde) (?:mezelf |echt )*+(?:elke|iedere|elken) (?:dag|avond|nacht)",
    r"(?:ik )?word (?:thuis|door mijn (?:vader|moeder|stiefvader)) (?:\w++ ){0,2}?(?:geslagen|mishandeld)|(?:mijn|me) (?:vader|moeder|stiefvader) slaat (?:me|mij)",
    r"(?:ik )?(?:voel|voelde) (?:me|mij) (?:zo |echt |heel |helemaal )*+(?:alleen op de wereld|waardeloos|leeg vanbinnen|niks waard)",
    r"ik trek (?:het|dit) (?:leven |echt |gewoon )*+niet meer(?= [.!]|$)",
    r"i (?:want|wanna|wish i (?:could|would)) (?:to )?(?:die|disappear|not be here)(?= [.!,]|$| (?:so|i|every)\b)|wish i (?:was|were) (?:dead|never born)",
    r"i (?:hate myself|cut myself|want to kill myself|wanna kill myself|dont want to (?:live|be here)(?: anymore)?)",
)
_DESPAIRING_WORDS: Final = words(
    "leven bestaan wakker verder dood doodgaan verdwijnen einde eind geboren mezelf zelf polsen armen gesneden gekrast "
    "pijn zelfmoord missen zonder mij zin zinloos waard school huil huilde geslagen mishandeld slaat waardeloos leeg "
    "alleen trek die disappear dead born myself live here meer"
)
_EXAGGERATION: Final = words(
    "wiskunde toets toetsen tentamen proefwerk repetitie huiswerk saai honger warm heet koud gym les lesuur rooster "
    "duits frans economie pauze wifi trein bus spierpijn verkouden kater maandag lachen schaamte cringe"
)
"""Things over which people 'die' without meaning it."""


def incitement(message: IncomingMessage, facts: Facts, reading: Reading) -> list[Finding]:
    """Looks for somebody urged to hurt or kill themselves, or told that all would be better without them."""
    if _INCITING_WORDS.isdisjoint(reading.words):
        return []
    match = own_words(_INCITEMENT, reading)
    if match is None or is_about_a_game(reading, facts):
        return []
    score = 0.75 if is_laughing(reading) else 0.95
    reason = phrase("Urges somebody to hurt or kill themselves.")
    return [Finding("incitement", Category.SELF_HARM_INCITEMENT, score, reason, (reading.part(*match.span()),))]


def despair(message: IncomingMessage, facts: Facts, reading: Reading) -> list[Finding]:
    """Looks for the writer's own despair, as a sign to care, not as an offence; everyday exaggeration weighs less."""
    if _DESPAIRING_WORDS.isdisjoint(reading.words):
        return []
    match = own_words(_DESPAIR, reading)
    if match is None:
        return []
    exaggerates = is_laughing(reading) or not _EXAGGERATION.isdisjoint(reading.words)
    reason = phrase("Sounds as if the writer is not doing well. They may need somebody now.")
    score = 0.4 if exaggerates else 0.9
    return [Finding("despair", Category.DISTRESS, score, reason, (reading.part(*match.span()),))]
