"""Insults: somebody called names, run down, told to shut up or wished an illness."""

from __future__ import annotations

import re
from typing import Final

from rules.checks.circumstances import is_laughing, own_words
from rules.checks.patterns import END, any_of, words
from rules.text import Reading
from rules.vocabulary import Category, Facts, Finding, IncomingMessage, phrase

_GRAVE: Final = words(
    "hoer hoeren hoertje hoerenkind hoerenzoon hoerenjong kankerhoer kankerkind kankerlijer kankerlijder kankerwijf "
    "kankerhomo kankermongool kankerkop kankerhond kankerzwerver teringlijer teringlijder teringwijf teringhoer "
    "teringkind tyfuslijer tyfushoer tyfuswijf tyfuskind kuthoer kutwijf kutkind kech kechje kahba kehba slet sletje "
    "mongool mongolen mongol mongo flikker flikkers spast spasti downie debiel gedrocht misbaksel klootzak klootzakken "
    "achterlijke zemmel bitch bitches whore slut cunt retard motherfucker fucker pedo pedofiel"
)
"""Names that hurt in nearly every mouth: enough by themselves when said of somebody."""

_MILD: Final = words(
    "loser losers sukkel sukkels idioot idioten imbeciel dombo eikel lul trut teef heks varken zeug dikzak vetzak "
    "dikkerd lelijkerd lelijkaard onnozelaar kieken kalf marginaal seut freak smeerlap viezerik stinkerd zwerver kneus "
    "nietsnut mislukkeling creep aap tuig losertje lafaard aansteller idiot moron pig trash clown joke nobody"
)
"""Names that friends may also give each other: a laugh makes them play."""

_NASTY: Final = words(
    "dom stom lelijk dik achterlijk zielig triest sneu walgelijk smerig vies goor waardeloos gestoord debiel onnozel "
    "lomp kansloos mislukt nutteloos gehandicapt minderwaardig autistisch ugly fat stupid dumb "
    "disgusting pathetic worthless useless trash retarded gross nothing"
)
"""Qualities that insult when said of the person who is spoken to."""

_NAMING_WORDS: Final = _GRAVE | _MILD | _NASTY | {"kanker"}

_STRESS: Final = (
    r"(?: (?:gewoon|echt|zo|een|n|zon|ne|nen|zo|wel|ook|toch|altijd|super|mega|heel|erg|fucking|kanker|tering|tyfus|kut"
    r"|te|de|vieze|vuile|gore|stomme|domme|dikke|lelijke|kleine|grote|grootste|achterlijke|zielige|waardeloze|luie|incompetente|rare|a|such|so|really|just|an"
    r"|fkin|dirty|stupid|fat|dumb|little|even|nog|maar|letterlijk|serieus)(?!\w)| ,){0,6}?"
)
_SOILED: Final = (
    r"(?:vieze|vuile|gore|stomme|domme|dikke|lelijke|kanker|tering|tyfus|kut|fucking|stinkende|smerige|achterlijke|zielige"
    r"|dirty|stupid|fat|ugly|dumb)"
)
_IS: Final = (
    r"(?:(?:jij|je|ge|gij|u) (?:bent|zijt)|(?<!\bhoe )(?:ben|bent|zijt) (?:jij|je|ge|gij)"
    r"|jullie zijn|zijn jullie|you are|your|u r)"
)
"""'Je bent' and its like; 'your' is how 'ur' reads."""


_ENDING: Final = (
    r"(?=$| [^\w ]| (?:man|joh|hoor|echt|en|dat|om|bro|gast|zeg|ofzo|ofso|lol|haha|jij|kind|gewoon|snap"
    r"|no|nobody|bitch|fr|and)\b)"
)
"""What follows a quality that is said of somebody; another word would make it something else: 'dik gekleed'."""


def _alternatives(vocabulary: frozenset[str]) -> str:
    return f"(?:{'|'.join(sorted(vocabulary, key=lambda word: (-len(word), word)))})"


_ANY_NAME: Final = _alternatives(_GRAVE | _MILD)
_GRAVE_NAME: Final = _alternatives(_GRAVE)

_CALLED: Final = any_of(
    # je bent echt een sukkel; you are so ugly
    rf"{_IS}{_STRESS} (?:{_ANY_NAME}(?! (?:aan het|van dit|van deze)\b)|{_alternatives(_NASTY)}{_ENDING})",
    rf"{_IS}{_STRESS} kanker(?= [.!]|$)",
    # die van vliet is een waardeloze trut; a bare 'die' may as well be a film or a dog
    rf"(?:die (?:van|de|den|der|ten|el)|meneer|mevrouw|mevr|juf|meester)(?: \w++){{1,3}}? is{_STRESS} {_ANY_NAME}",
    # hoe lelijk kan je zijn
    rf"hoe {_alternatives(_NASTY)} (?:kan|kun|ben|zijt) (?:je|jij|ge)",
    # jij hoer, ey vuile hond, sukkel die je bent
    rf"(?<!\bvan )(?<!\bmet )(?<!\bvoor )(?:jij|jou|gij|jullie|you|ey|he|hey|yo){_STRESS} {_ANY_NAME}",
    rf"{_ANY_NAME} (?:(?:die|dat) (?:je|jij|ge|gij) (?:bent|zijt)|(?:ben|zijt) (?:jij|je|ge|gij)|(?:jij|gij|you){END})",
)
_NO_PERSON: Final = r"(?!(?:hond|kat|poes|printer|laptop|telefoon|trein|bus|toets)\b)"
_GRAVELY_CALLED: Final = any_of(
    rf"(?<!\bik )(?>(?:{_SOILED} ){{1,6}}){_GRAVE_NAME}",
    rf"(?<!\bmijn ){_NO_PERSON}\w++ (?:is|zijn|was){_STRESS} {_GRAVE_NAME}",
    rf"(?:die|dat|deze){_STRESS} {_GRAVE_NAME}",
    r"(?:kanker|tering|tyfus)(?:hoer|hoeren|lijer|lijers|lijder|wijf|wijven|kind|homo|mongool|jong|hond|kop|moeder)",
    r"hoeren(?:kind|zoon|jong)",
)
_GRAVE_WORD: Final = any_of(_GRAVE_NAME)
_SOFTENING_WORDS: Final = words("ik mijn im my geen niet no not de het the ?")
"""What makes a short message with a grave word a question, a denial, or talk about oneself or a thing."""

_CURSED: Final = any_of(
    r"krijg (?>(?:toch |allemaal |de |lekker )*)(?:kanker|tering|tyfus|pest|kolere|aids|corona)",
    r"(?:kanker|tyf|tief|tering|flikker|sodemieter) (?>(?:toch |lekker |gewoon |nou )*)op(?! (?:de|het|mijn|zn|een)\b)",
    rf"(?:fuck|fok) (?:jou|jullie|u|you(?! up\b)|je{END})",
    r"(?:hou|houd) (?:je|jij|uw|jullie) (?:kanker|kut|tering|vieze|fucking) ?(?:bek|smoel|muil|kop|mond)",
    r"(?:hou|houd) (?:je|jij|uw|jullie) (?:kankerbek|kutbek|teringbek|kankersmoel|kankermuil)",
    r"(?:je|jouw|uw) (?:kanker|kk|hoer van een |hoeren)moeder",
    r"shut the fuck up",
    r"suck my dick",
)
_CURSING_WORDS: Final = words(
    "krijg kanker tering tyf tief flikker sodemieter fuck fok hou houd kankermoeder hoerenmoeder suck kkmoeder"
)
_OF_ONESELF: Final = re.compile(
    r"\b(?:ik ben|ben ik|ik was|was ik|voel ik me|voel me|noem me|im|i am|ik) (?:\w++ ){0,4}$"
)
"""What stands before a name that writers give themselves."""


def called_names(message: IncomingMessage, facts: Facts, reading: Reading) -> list[Finding]:
    """Looks for a name or a nasty quality given to somebody: 'jij bent een ...'; never for swearing at things."""
    if _NAMING_WORDS.isdisjoint(reading.words):
        return []
    match = own_words(_GRAVELY_CALLED, reading)
    grave = match is not None or not _GRAVE.isdisjoint(reading.words)
    match = match or own_words(_CALLED, reading)
    if match is None or _OF_ONESELF.search(match.string[: match.start()]):
        return []
    score = 0.9 if grave else 0.8
    if is_laughing(reading):
        score = 0.75 if grave else 0.45
    reason = phrase("Calls somebody names.")
    return [Finding("called_names", Category.INSULT, score, reason, (reading.part(*match.span()),))]


def name_thrown(message: IncomingMessage, facts: Facts, reading: Reading) -> list[Finding]:
    """Looks for a message that is nothing but a grave name, with at most two words around it: 'Sem mongool'."""
    said = [word for word in reading.words if word.isalpha()]
    if len(said) > 3 or _GRAVE.isdisjoint(said) or not _SOFTENING_WORDS.isdisjoint(reading.words):
        return []
    match = own_words(_GRAVE_WORD, reading)
    if match is None or is_laughing(reading):
        return []
    reason = phrase("Consists of hardly more than a grave term of abuse.")
    return [Finding("name_thrown", Category.INSULT, 0.75, reason, (reading.part(*match.span()),))]


def cursed(message: IncomingMessage, facts: Facts, reading: Reading) -> list[Finding]:
    """Looks for somebody who is cursed or told off coarsely: 'krijg de ...', 'hou je ...bek'."""
    if _CURSING_WORDS.isdisjoint(reading.words):
        return []
    match = own_words(_CURSED, reading)
    if match is None:
        return []
    score = 0.5 if is_laughing(reading) else 0.8
    reason = phrase("Curses somebody or tells them off coarsely.")
    return [Finding("cursed", Category.INSULT, score, reason, (reading.part(*match.span()),))]
