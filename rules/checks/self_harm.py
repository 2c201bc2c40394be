"""Self-harm: others urged to it (an offence), and the writer's own despair (never an offence: care)."""

from __future__ import annotations

from typing import Final

from rules.checks.circumstances import is_about_a_game, is_laughing, own_words
from rules.checks.patterns import A_FEW, END, FILL, YOU, any_of, words
from rules.text import Reading
from rules.vocabulary import Category, Facts, Finding, IncomingMessage, phrase

_YOURSELF: Final = r"(?:jezelf|je zelf|uzelf|je eigen|uw eigen)"
_NOT_THERE: Final = r"(?:er niet (?:meer|was|zou)|dood|weg|dead|died|zelfmoord)"

_FATAL: Final = r"(?:voor (?:de|een|n) trein|van (?:een|n|de|het) (?:dak|brug|flat|balkon))"

_INCITEMENT: Final = any_of(
    r"kill (?:yourself|urself|your self)",
    rf"(?:pleeg|doe) {FILL}zelfmoord",
    rf"(?:maak|help|breng|hang|schiet|steek|snij) {FILL}{_YOURSELF} {FILL}(?:van kant|dood|af|om|op|kapot|neer)",
    rf"(?:verhang|verdrink|snij) {FILL}(?:{_YOURSELF}|je polsen|uw polsen)",
    rf"(?:spring|loop|stap) {FILL}{_FATAL}",
    rf"ga {FILL}{_FATAL} (?:liggen|springen|lopen|staan)",
    rf"(?<!\bik )(?<!\bwe )(?<!\bhij )(?<!\bze )(?:ga|val|sterf|go|go and) {FILL}(?:ergens )?(?:dood|die|sterven|kapot)"
    r"(?! (?:van|in|door|aan|bij|op|lopen|liggen|doen|spelen|inside|a|if|het|de|gaan|hard|simpel)\b)",
    rf"(?:drink|neem|slik) {FILL}(?:een |wat |n )?(?:bleek|bleekmiddel|chloor|bleach|overdosis|(?:pakje|strip) pillen)",
    rf"(?:de wereld|iedereen|de klas|we|alles|the world|everyone) (?:is|zijn|zou|zouden|would be) {A_FEW}"
    rf"(?:beter|blijer|better)(?: af| off)?(?: zijn)? (?:(?:zonder|without) {YOU}|als (?:je|jij) {_NOT_THERE})",
    rf"(?:niemand|geen mens|nobody|no one) {A_FEW}(?:missen|merken|miss|huilen|care) {A_FEW}"
    rf"(?:als|if|wanneer) (?:je|jij|you|u) {_NOT_THERE}",
    rf"(?:had|was|waren) {YOU} {FILL}(?:beter )?(?:nooit geboren|dood)",
    r"waarom (?:leef|besta) (?:je|jij|ge) (?:nog|eigenlijk)|waarom pleeg (?:je|jij|ge) geen zelfmoord",
    rf"(?:je|jij|ge|gij|you) (?:kan|kunt|moet|mag|should|could) {FILL}(?:beter )?(?:dood (?:gaan|zijn)|doodgaan"
    r"|zelfmoord plegen|die|kill yourself)",
)
_INCITING_WORDS: Final = words(
    "kill zelfmoord jezelf uzelf eigen trein dak brug flat balkon dood die sterf sterven bleek bleekmiddel chloor "
    "bleach pillen overdosis zonder without missen merken miss huilen geboren leef besta doodgaan polsen kapot"
)

_DESPAIR: Final = any_of(
    rf"(?:ik (?:wil|wou|zou|wilde)|(?:wil|wou|zou|wilde) ik) {FILL}(?>(?:alleen |liever |het liefst |er )*)(?:niet meer"
    rf" (?:leven|bestaan|wakker worden|er zijn|zijn{END})|dood(?: zijn| gaan)?(?:{END}|(?= (?:man|en|ik)\b))|doodgaan"
    rf"|verdwijnen{END})",
    r"ik wil (?:\w++ )?er (?:\w++ )?(?:een eind aan|een einde aan) maken",
    r"ik wou dat ik (?:dood|nooit geboren|er niet (?:meer )?)(?: was)?",
    r"geen zin meer (?:om te leven|in (?:het |mijn )?leven)",
    rf"ik (?:snij|snijd|kras|sneed|haat) {FILL}(?:mezelf|mij zelf|me zelf|mijn polsen|mijn armen)"
    r"(?! (?:niet|altijd|met|bij|op)\b)",
    rf"(?:heb|ben) (?:me|mezelf|mij) {FILL}(?:gisteren |vannacht )?(?:gesneden|pijn gedaan|gekrast)"
    r"(?! (?:aan|met|bij|in|toen)\b)",
    r"(?:mezelf|me zelf|mij|me) (?:iets|wat) (?:aan ?doen|aan te doen)",
    r"mezelf (?:van kant|pijn|dood|kapot) (?:te )?(?:maken|doen)",
    rf"ik (?:denk|dacht) {A_FEW}(?:aan|over) (?:zelfmoord|dood ?gaan)",
    rf"ik (?:ga|wil|wou) {A_FEW}zelfmoord plegen",
    r"niemand (?:zou|gaat|zal) (?:me|mij) (?:\w++ )?missen",
    r"(?:iedereen|ze|jullie|de wereld|mijn ouders) (?:is|zijn|zou|zouden) (?:\w++ )?beter af zonder mij",
    rf"(?:het leven|mijn leven) (?:heeft|is) (?:voor mij )?{FILL}(?:geen zin meer|zinloos|niks meer waard)",
    rf"ik (?:durf|kan) {FILL}niet meer naar school(?:{END}|(?= (?:door|vanwege|want ze|omdat ze)\b))",
    rf"ik (?:huil|huilde) (?:mezelf )?{FILL}(?:elke|iedere|elken) (?:dag|avond|nacht)",
    rf"word (?:thuis|door mijn (?:vader|moeder|stiefvader)) {A_FEW}(?:geslagen|mishandeld)",
    r"(?:mijn|me) (?:vader|moeder|stiefvader) slaat (?:me|mij)(?! (?:nooit|niet|met)\b)",
    rf"(?:voel|voelde) (?:ik )?(?:me|mij) {FILL}(?:alleen op de wereld|waardeloos|leeg vanbinnen|niks waard)",
    rf"ik trek (?:het|dit) (?:leven )?{FILL}niet meer{END}",
    rf"i (?:want|wanna|wish i could) (?:to )?(?:die|disappear|not be here)(?:{END}|(?= (?:so|i|every)\b))",
    r"wish i (?:was|were) (?:dead|never born)",
    r"i (?:hate myself|cut myself|(?:want to|wanna) kill myself|dont want to (?:live|be here anymore))",
)
_DESPAIRING_WORDS: Final = words(
    "leven bestaan wakker dood doodgaan verdwijnen einde eind geboren mezelf zelf polsen armen gesneden gekrast pijn "
    "zelfmoord missen zonder zin zinloos waard school huil huilde geslagen mishandeld slaat waardeloos leeg alleen "
    "trek die disappear dead born myself live here aandoen aan zijn"
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
    score = 0.4 if exaggerates else 0.9
    reason = phrase("Sounds as if the writer is not doing well. They may need somebody now.")
    return [Finding("despair", Category.DISTRESS, score, reason, (reading.part(*match.span()),))]
