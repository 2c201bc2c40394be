"""Words of acute distress in a private text, and the help lines that are named at once.

This looks for plain words of somebody who may be in danger now; a false alarm costs one kind message.
"""

from __future__ import annotations

import re
from typing import Final

from rules.text import read
from rules.vocabulary import phrase

_SIGNS: Final = re.compile(
    r"""\b(?:
      ik \b (?:\W*\w+){0,4}? \W* (?:wil|wou|wilde|zou) \b (?:\W*\w+){0,4}? \W* (?:dood|sterven)
    | (?:wil|kan|hoef) \b (?:\W*\w+){0,2}? \W* niet \W+ (?:meer|langer) \W+ (?:leven|verder|bestaan)
    | maak \W+ er \W+ een \W+ einde?
    | einde? \W+ aan \W+ (?:te \W+)? (?:maken | mijn \W+ leven | alles)
    | uit \W+ het \W+ leven \W+ stappen
    | (?:zelfmoord | zelfdoding | suicid\w* | suicide)
    | (?:mezelf|mijzelf|mijn \W+ (?:pols|polsen|armen)) \b (?:\W*\w+){0,3}? \W*
      (?:snij\w* | doden? | pijn | beschadig\w* | ophangen? | iets \W+ aandoen)
    | (?:snij | beschadig | automutileer) \w* \W+ (?:mezelf | mijzelf | me)
    | (?:kill | hurt | cut | hurting | cutting | killing) \W+ (?:myself | me)
    | (?:want | wanna | wish \W+ i \W+ (?:was|were)) \b (?:\W*\w+){0,2}? \W* (?:die | dead)
    | (?:do \W+ not | don \W+ t | dont) \W+ (?:want \W+ to | wanna) \W+ (?:live | be \W+ alive)
    | end \W+ (?:my \W+ life | it \W+ all)
    )\b""",
    re.VERBOSE,
)

HELP: Final = phrase(
    "I am a computer program, not a person. Nobody from school reads along right now.\n\n"
    "Do you think of dying or of hurting yourself? Talk with somebody, now:\n"
    "• 113 or 0800-0113 (free, day and night), or chat on 113.nl\n"
    "• Kindertelefoon: 0800-0432 (free)\n"
    "• Is somebody in danger at this moment? Call 112.\n"
    "They also help when you worry about somebody else.\n\n"
    "It is brave that you say it. Is there an adult near you? Go to them."
)


def is_distress(text: str) -> bool:
    """Tell whether somebody may be writing that they want to die or hurt themselves."""
    return _SIGNS.search(read(text).text) is not None
