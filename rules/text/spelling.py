"""What the reading of a message knows about spelling: look-alike letters, masked words, abbreviations. Only data."""

from __future__ import annotations

from typing import Final


def _pairs(written: str, read: str) -> dict[str, str]:
    return dict(zip(written, read, strict=True))


LOOK_ALIKES: Final[dict[str, str]] = {
    # Cyrillic
    **_pairs("авгезикмнопрстухіјѕһԁԛԝьяүӏԍ", "abrezukmhonpctyxijshdqwbrylg"),
    # Greek
    **_pairs("αβγεζηικμνορσςτυχω", "abyeznikuvopoctuxw"),
    **_pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx"),
    # Latin letters that have no decomposition, and small capitals
    **_pairs("ıłøđħþðƒɑɡɩ", "ilodhpdfagi"),
    **_pairs("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),
    "æ": "ae",
    "œ": "oe",
    "ß": "ss",
    # letters in black circles and squares (the white ones are compatibility characters)
    **{chr(start + at): chr(ord("a") + at) for start in (0x1F150, 0x1F170) for at in range(26)},
    # quotation marks, apostrophes, dashes, dots
    **dict.fromkeys("“”„‟«»", '"'),
    **dict.fromkeys("‘’‚‛´`′ʼ", "'"),
    **dict.fromkeys("‐‑‒–—−", "-"),
    **dict.fromkeys("·•∙‧", "."),
    # letters that show nothing, and skin tones
    **dict.fromkeys("\u115f\u1160\u3164\uffa0" + "".join(map(chr, range(0x1F3FB, 0x1F400))), ""),
    "\u2800": " ",
}
"""Characters that are read as others, whatever script they are from."""

STRETCHED_WORDS: Final = frozenset(
    {"kanker", "loser", "homo", "nee", "lol", "hoho", "mama", "papa", "mee", "hihi", "idioot", "zo"}
)
"""Words whose stretched form would be brought back to a wrong spelling by the general rule."""

MASKED_WORDS: Final = (
    "kanker", "tering", "tyfus", "kut", "kutwijf", "lul", "klootzak", "hoer", "hoeren", "slet", "neuken", "flikker",
    "mongool", "homo", "neger", "seks", "porno", "naakt", "dood", "moord", "zelfmoord", "godverdomme", "verkracht",
    "fuck", "fucking", "fucked", "fucker", "shit", "bitch", "bitches", "nigger", "nigga", "pussy", "dick", "whore",
    "slut", "rape", "kill", "sex", "suicide",
)  # fmt: skip
"""Words that people write with a `*`, `!`, `#` or `%` in place of a letter."""

AMBIGUOUS_SHORT: Final = {"kk": "kanker", "k": "ik"}
"""Abbreviations that before a word stand for this, and elsewhere for 'oke'."""

NOT_AFTER_A_CURSE: Final = frozenset({
    "tot", "doei", "dag", "bye", "dan", "ik", "is", "top", "thanks", "thx", "dankje", "dank", "zie",
    "ga", "kom", "en", "maar", "we", "ok", "oke", "komt", "prima", "fijn"
})  # fmt: skip
"""Words that come after 'kk' (oke) and not after a curse."""

SHORT: Final[dict[str, tuple[str, ...]]] = {
    short: tuple(full.split())
    for short, full in {
        # Dutch
        "bn": "ben", "bnt": "bent", "dn": "dan", "dnk": "denk", "ech": "echt", "eff": "even", "effe": "even",
        "effies": "even", "efkes": "even", "egt": "echt", "ff": "even", "ffjes": "even", "gvd": "godverdomme",
        "gvdm": "godverdomme", "godver": "godverdomme", "gwn": "gewoon", "gwon": "gewoon", "gwoon": "gewoon",
        "hjb": "hou je bek", "hjm": "hou je mond", "hvj": "hou van je", "hw": "huiswerk", "idd": "inderdaad",
        "iig": "in ieder geval", "isnie": "is niet", "jji": "jij", "jwt": "je weet toch",
        "jwz": "je weet zelf", "jy": "jij", "kannie": "kan niet", "kankr": "kanker", "kenker": "kanker",
        "knkr": "kanker", "kkr": "kanker", "knker": "kanker", "mn": "mijn", "mrgn": "morgen", "mss": "misschien",
        "msch": "misschien", "nie": "niet", "niemant": "niemand", "nix": "niks", "sgool": "school",
        "sws": "sowieso", "tis": "het is", "tog": "toch", "trng": "tering", "tyf": "tyfus", "vdg": "vandaag",
        "vndg": "vandaag", "vgm": "volgens mij", "vnv": "vanavond", "wnr": "wanneer", "wrm": "waarom",
        "wss": "waarschijnlijk", "zmrd": "zelfmoord", "zn": "zijn",
        # Dutch 'ik' grown together with its verb
        "kben": "ik ben", "kga": "ik ga", "khaat": "ik haat", "kheb": "ik heb", "kkom": "ik kom", "kmaak": "ik maak",
        "ksla": "ik sla", "kweet": "ik weet", "kwil": "ik wil", "kzal": "ik zal", "kzweer": "ik zweer",
        # English
        "btch": "bitch", "biatch": "bitch", "fck": "fuck", "fcking": "fucking", "fckn": "fucking", "fkn": "fucking",
        "fking": "fucking", "fuk": "fuck", "fuq": "fuck", "gtfo": "get the fuck out", "hmu": "hit me up",
        "idgaf": "i dont give a fuck", "ily": "i love you", "ima": "im gonna", "imma": "im gonna",
        "kms": "kill myself", "kys": "kill yourself", "mf": "motherfucker",
        "nudez": "nudes", "pls": "please", "plz": "please", "smd": "suck my dick", "stfu": "shut the fuck up",
        "ur": "your", "ura": "you are a", "ure": "you are", "wtf": "what the fuck", "youre": "you are",
    }.items()
}  # fmt: skip
"""Abbreviations of chats, written in full."""
