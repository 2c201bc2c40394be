"""What people call the words of the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rules.vocabulary import Category, Phrase, Severity, phrase

CATEGORIES: Final[Mapping[Category, Phrase]] = {
    Category.INSULT: phrase("insult"),
    Category.BULLYING: phrase("bullying"),
    Category.THREAT: phrase("threat"),
    Category.DISCRIMINATION: phrase("discrimination"),
    Category.SEXUAL: phrase("sexually transgressive"),
    Category.SELF_HARM_INCITEMENT: phrase("urging self-harm"),
    Category.DISTRESS: phrase("sign of distress"),
    Category.EXTREMISM: phrase("extremism"),
    Category.OFF_TOPIC: phrase("not about school"),
    Category.IMAGE_CONSENT: phrase("image without consent"),
    Category.NUDE_IMAGE: phrase("nude image"),
    Category.MANIPULATED_IMAGE: phrase("manipulated image"),
    Category.SCREENSHOT: phrase("screenshot of a conversation"),
    Category.LESSON_RECORDING: phrase("recording of a lesson"),
    Category.IN_LESSON: phrase("active during the lesson"),
    Category.PERSONAL_DATA: phrase("personal data"),
    Category.ACCOUNT_ABUSE: phrase("hacking or abuse of accounts"),
    Category.DEFAMATION: phrase("damage to a reputation"),
    Category.BOUNDARY: phrase("boundary between staff and pupil"),
    Category.ESCALATION: phrase("talk that threatens to derail"),
    Category.PILE_ON: phrase("many against one"),
    Category.PERSISTENT: phrase("again towards the same person"),
}

SEVERITIES: Final[Mapping[Severity, Phrase]] = {
    Severity.NOTICE: phrase("Reminder"),
    Severity.CONCERN: phrase("Concern"),
    Severity.SERIOUS: phrase("Serious"),
    Severity.ACUTE: phrase("Acute"),
}
