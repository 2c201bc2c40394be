"""Threats: violence announced, somebody waited for or traced, something demanded under pressure."""

from __future__ import annotations

from typing import Final

from rules.checks.circumstances import is_about_a_game, is_laughing, own_words
from rules.checks.patterns import A_FEW, END, MANY, SOMEBODY, any_of, words
from rules.text import Reading
from rules.vocabulary import Category, Facts, Finding, IncomingMessage, phrase

_WHEN_AND_HOW: Final = (
    r"(?>(?: (?:nog|wel|echt|zo|gewoon|straks|vandaag|morgen|maandag|vrijdag|vanavond|na|school|schooltijd|de|les|pauze"
    r"|een|keer|allemaal|helemaal|met|mes|mijn|ooit|nou|nu|zelf|hier|ter|plekke|kanker|fucking)(?!\w)){0,8})"
)
"""Words that may stand between the victim and what will be done; 'niet' and things ('je tas') are not among them."""

_WE: Final = r"(?:ik|we|wij)"
_BODY: Final = (
    r"(?:je|jouw|al je|allebei je|uw|zijn|haar|hun|your|his|her) (?:tanden|kop|hoofd|bek|muil|smoel|bakkes|gezicht"
    r"|kaak|kaken|neus|ribben|benen|poten|nek|armen|vingers|botten|rug|oog|ogen|face|legs|neck|teeth)"
)
_BLOW: Final = r"(?:maak|maken|sla|slaan|schop|trap|steek|schiet|knal|ros|beuk|ram|stamp|timmer|klop)"
_ATTACK: Final = r"(?:vermoord|wurg|boks|bos|klop)"

_VIOLENCE: Final = any_of(
    # ik ga je slaan, we gaan hem na school in elkaar trappen
    rf"{_WE} {A_FEW}{SOMEBODY}{_WHEN_AND_HOW} (?:afmaken|(?:kapot|dood) ?maken|vermoorden|wurgen|slopen|afranselen"
    r"|(?:dood|neer|verrot) ?(?:slaan|steken|schieten)|in elkaar (?:slaan|trappen|rossen|beuken)"
    r"|(?:slaan|schoppen|steken|boksen|bossen|klappen|schieten|beuken)"
    r"(?! (?:met|bij|in|op|voor|aan|over|van)\b))",
    rf"{_WE} {A_FEW}{SOMEBODY}{_WHEN_AND_HOW} pakken{END}",
    rf"{_WE} {A_FEW}(?:op )?{_BODY} (?:breken|inslaan|intrappen|verbouwen|slaan|timmeren)",
    rf"{_WE} (?:pak|krijg|pakken|krijgen) (?:je|jou|u|jullie)"
    rf"(?>(?: (?:nog|wel|morgen|straks|na school|hoor|man)){{1,4}}){END}",
    # ik maak je af, dan steek ik hem neer
    rf"(?:{_WE} {A_FEW}{_BLOW}|{_BLOW} {_WE}) {SOMEBODY}{_WHEN_AND_HOW} (?:van kant|in elkaar|tot moes|tegen de grond"
    r"|een kopje kleiner|het ziekenhuis in|(?:kapot|dood|verrot|neer|lek|overhoop)(?! (?:met|bij|in|om|te|maken)\b)"
    rf"|op {_BODY}|{_BODY} (?:in|uit|eraf|eruit|af|kapot))",
    rf"(?:{_WE} {A_FEW}{_BLOW}|{_BLOW} {_WE}) (?:je|jou|jullie|u){_WHEN_AND_HOW} af(?! (?:met|bij|in|om|te|van|als)\b)",
    rf"(?:{_WE} {A_FEW}{_ATTACK}|{_ATTACK} {_WE}) {SOMEBODY}(?! (?:\w++ )?(?:uit|op|aan)\b)",
    rf"(?:{_WE} {A_FEW}(?:breek|sla|klap|schop|trap)|(?:breek|sla|klap|schop|trap) {_WE}) {_BODY}",
    # je gaat eraan, je krijgt klappen, morgen ben je dood
    r"(?:je|jij|jullie|ge|gij|hij|zij|ze) (?:gaat|gaan) (?:echt |nog |zo )?eraan(?! toe\b)",
    r"(?:je|jij|jullie|ge|gij) (?:gaat|gaan) (?:echt |nog |zo )?bloeden",
    r"(?:je|jij|ge|gij) (?:krijgt|gaat) (?>(?:echt |nog |zo |morgen |straks )*)(?:klappen|slaag|rake klappen|een mes)",
    r"(?:je|jij|ge|gij) (?:bent|zijt) (?:echt |zo )?(?:er geweest|dood (?:morgen|straks|na|man|als))",
    r"(?:morgen|straks|maandag) (?:ben|zijt) (?:je|jij|ge) (?:echt )?(?:dood|er geweest)",
    # i will kill you
    r"(?:i|im|ill|we) (?>(?:(?:will|am|gonna|going|to|swear|literally|fucking|just) ){0,8})"
    rf"(?:(?:kill|stab|shoot|punch|smash|beat|jump) (?:you|ya|u|him|her)(?! (?:in|at|to|with)\b)|break {_BODY})",
    r"(?:you are|your) (?:so )?dead (?:after|tomorrow|when|meat|bro)",
)
_VIOLENT_WORDS: Final = words(
    "sla slaan schop schoppen trap trappen ros rossen beuk beuken ram stamp timmer timmeren maak maken steek steken "
    "schiet schieten knal vermoord vermoorden wurg wurgen breek breken boks boksen bos bossen klap klappen klop slopen "
    "afmaken kapotmaken doodmaken doodslaan doodsteken doodschieten neerslaan neersteken neerschieten afranselen "
    "inslaan intrappen verbouwen pakken pak krijg krijgen eraan slaag bloeden mes dood geweest dead "
    "kill beat stab shoot punch smash jump break"
)

_INTIMIDATION: Final = any_of(
    r"(?:ik|we|wij|i) (?:weet|weten|know) (?>(?:precies |toch |wel |exactly )*)(?:waar (?:je|jij|u|ge) "
    r"(?:woont|wonen|fietst|op school zit)|in welke straat (?:je|jij|ge) woont|where (?:you|u) live)",
    rf"wacht maar (?:jij{END}|tot (?:(?:na school|morgen|maandag|straks){END}|(?:ik|we) (?:je|jou|u) (?:zie|zien"
    r"|tegenkom|tegenkomen|pak|pakken|vind|vinden|heb|hebben)))",
    rf"(?:ik|we|wij) (?:{A_FEW}(?:wacht|wachten) (?:je|jou|u) op|staan? (?:je|jou|u) (?:buiten )?op te wachten)",
    r"(?:ik|we|wij) (?:komen|kom) (?:je|jou|u) (?:halen|opzoeken|thuis opzoeken|pakken)(?! (?:met|van|om)\b)",
    r"(?:pas|kijk) maar (?:heel )?(?:goed )?(?:op|uit) (?:jij|na school|morgen|straks|achter je|buiten|op de fiets)",
    r"(?:ik|we) neem(?:en)? (?:morgen |maandag )?een (?:mes|stiletto|boksbeugel|hamer) mee",
    r"(?:ik|we) heb(?:ben)? (?:altijd |gewoon )?een mes (?:bij me|bij ons|in (?:mijn|me) (?:tas|zak|jas))",
    r"kom (?:dan )?(?:naar )?buiten (?:dan )?als je (?:durft|een man)",
    r"watch your back",
)
_INTIMIDATING_WORDS: Final = words(
    "weet weten know wacht wachten pas kijk kom komen halen opzoeken neem nemen mes watch"
)

_PRIVATE: Final = (
    r"(?:fotos?|filmpjes?|videos?|screens?|screenshots?|nudes?|naaktfotos?|geheim\w*+|appjes|berichten|pics?|pictures)"
)
_SPREAD: Final = (
    r"(?:rond|door|online|iedereen|(?:de|heel de|hele) (?:klas|school|groep\w*+)"
    r"|(?:op|in) (?:snap|insta|tiktok|\w*groep\w*)|(?:naar|aan) (?:je|jouw|uw) (?:ouders|moeder|vader|ma|pa)"
    r"|everyone|public)"
)
_YOUR: Final = r"(?:je|jouw|uw|al je|die|deze|your|those|that) "
_BLACKMAIL: Final = any_of(
    rf"(?:als je {MANY}(?:niet(?! (?:kan|kunt|bent|weet|lukt|erbij)\b)|geen)|of|anders|of anders)(?: ,)? {MANY}"
    rf"(?:zet|stuur|deel|post|gooi|lek|verspreid|laat)(?: {_WE})? {_YOUR}{A_FEW}{_PRIVATE} {A_FEW}{_SPREAD}",
    rf"(?:if you (?:dont|do not) |or (?:else )?){MANY}(?:post|leak|send|share|show) {_YOUR}{A_FEW}{_PRIVATE}"
    rf" {A_FEW}{_SPREAD}",
    rf"(?:betaal|stuur|geef) {MANY}(?:, )?(?:of|anders|of anders) (?:(?:ik|we) )?vertel(?:len)? {A_FEW}iedereen",
)
_BLACKMAILING_WORDS: Final = words("anders als of or if")


def violence(message: IncomingMessage, facts: Facts, reading: Reading) -> list[Finding]:
    """Looks for announced violence: 'ik maak je af', but not in a game; with a laugh it counts for less."""
    if _VIOLENT_WORDS.isdisjoint(reading.words):
        return []
    match = own_words(_VIOLENCE, reading)
    if match is None or is_about_a_game(reading, facts):
        return []
    score = 0.5 if is_laughing(reading) else 0.9
    reason = phrase("Announces violence against somebody.")
    return [Finding("violence", Category.THREAT, score, reason, (reading.part(*match.span()),))]


def intimidation(message: IncomingMessage, facts: Facts, reading: Reading) -> list[Finding]:
    """Looks for words that make somebody afraid: knowing where they live, waiting for them, bringing a weapon."""
    if _INTIMIDATING_WORDS.isdisjoint(reading.words):
        return []
    match = own_words(_INTIMIDATION, reading)
    if match is None or is_about_a_game(reading, facts):
        return []
    score = 0.5 if is_laughing(reading) else 0.85
    reason = phrase("Seems meant to frighten somebody.")
    return [Finding("intimidation", Category.THREAT, score, reason, (reading.part(*match.span()),))]


def blackmail(message: IncomingMessage, facts: Facts, reading: Reading) -> list[Finding]:
    """Looks for something demanded under the threat of spreading images or secrets."""
    if _BLACKMAILING_WORDS.isdisjoint(reading.words):
        return []
    match = own_words(_BLACKMAIL, reading)
    if match is None:
        return []
    reason = phrase("Demands something and threatens to spread images or secrets.")
    return [Finding("blackmail", Category.THREAT, 0.9, reason, (reading.part(*match.span()),))]
