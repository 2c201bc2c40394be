"""WhatsApp's own lines (who came, who left, what the group is called now) that look like a message of somebody.

Most such lines name nobody before a colon and need no list. These are the others. In doubt a line is a message: then
it is checked, which does no harm.
"""

from __future__ import annotations

import re
from typing import Final

from bot.adapters.replay.identity import shown
from bot.adapters.replay.whatsapp_marks import LRM

_QUOTED: Final = re.compile(r'["“„]([^"“”„]{1,300})["”]')
_NAMING: Final = re.compile(
    r'[^:"“„]{1,100} (?:created group|changed the (?:subject|group name)|(?:heeft|hebt) (?:de |deze )?groep|'
    r"(?:heeft|hebt) het onderwerp|(?:heeft|hebt) de (?:groepsnaam|naam van))"
    r'[^:"“„]{0,60}["“„].{1,300}["”].{0,20}'
)
_SELF: Final = ("Je ", "Jij ", "U ", "You ")
_DID: Final = re.compile(
    r"(?:heeft|hebt) (?:de |deze )?groep .{0,120}(?:gemaakt|verlaten)"
    r"|(?:heeft|hebt) .{1,100} (?:toegevoegd|verwijderd)"
    r"|(?:heeft|hebt) (?:het onderwerp|de groeps\w{1,30}|de \w{1,30} van de(?:ze)? groep) .{1,300}"
    r"|(?:is|bent) (?:weggegaan|toegevoegd|(?:nu|geen) beheerder(?: meer)?|toegetreden .{1,80})"
    r"|neemt nu deel .{1,80}"
    r"|created (?:this )?group.{0,120}|left|(?:added|removed) .{1,100}|joined .{1,80}|(?:was|were) added"
    r"|changed (?:the (?:subject|group name|group description|settings)|(?:this|the) group's \w{1,30}).{0,300}"
    r"|deleted (?:this|the) group's \w{1,30}|(?:is|are) (?:now|no longer) an admin"
)
_HAPPENED: Final = re.compile(
    r".{0,200}end-to-end[ -]?(?:versleuteld|encrypted).{0,300}"
    r"|(?:gemiste?|missed) .{0,20}(?:oproep|gesprek|call)\b.{0,60}"
    r"|.{0,60}(?:beveiligingscode|security code) .{0,200}",
    re.IGNORECASE,
)


def new_group_name(words: str) -> str:
    """Return the name that a line gives the group: `Sem created group "2B: only us"`; empty for another line."""
    names: list[str] = _QUOTED.findall(words) if _NAMING.fullmatch(words) else []
    return names[-1] if names else ""


def is_encryption_notice(text: str) -> bool:
    """Tell whether this is the line at the beginning of a chat; on iPhones the group's name stands before it."""
    return text.startswith(LRM) and "end-to-end" in text[:300]


def is_notice(name: str, text: str, title: str) -> bool:
    """Tell whether an iPhone's 'message' of `name` is a line of WhatsApp: behind the mark, in the words it uses.

    It stands under the name of the group (`title`), where nobody can write, or of whoever did it.
    """
    if not text.startswith(LRM) or "\n" in text.rstrip():
        return False
    who, words = shown(name), shown(text)
    if who == title or _HAPPENED.fullmatch(words):
        return True
    subject = next((subject for subject in (f"{who} ", *_SELF) if words.startswith(subject)), "")
    return bool(subject) and _DID.fullmatch(words, len(subject)) is not None
