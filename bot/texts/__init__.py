"""All texts for people, in Dutch and English.

The key of a text is its English sentence; `nl.po` beside this file holds the Dutch one, and `make texts` keeps
that file in step with the code. A person who has no language of their own gets Dutch.
"""

from __future__ import annotations

import gettext
import io
import warnings
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.texts.names import CATEGORIES, SEVERITIES
from rules.vocabulary import Category, Phrase, Severity

LANGUAGES: Final = ("nl", "en")
"""The languages that people can read; the first one is for everybody who did not choose."""

_LOCALES: Final = {"nl": "nl_NL", "en": "en_GB"}


class MissingText(UserWarning):
    """A sentence is not in the Dutch catalogue and is shown in English; an error in the tests."""


class _Untranslated(gettext.NullTranslations):
    """What the catalogue falls back on: English, with a warning that never holds a value, only the sentence."""

    def gettext(self, message: str) -> str:
        """Return the English sentence and warn."""
        warnings.warn(f"no Dutch text for {message!r}: run 'make texts' and fill it in", MissingText, stacklevel=4)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the English sentence that fits `n` and warn."""
        return self.gettext(msgid1 if n == 1 else msgid2)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """Return the catalogue of a supported language; English needs none, since its sentences are the keys."""
    if language == "en":
        return gettext.NullTranslations()
    with files(__package__).joinpath(f"{language}.po").open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    catalogue = gettext.GNUTranslations(compiled)
    catalogue.add_fallback(_Untranslated())
    return catalogue


def language_of(wish: str | None) -> str:
    """Return the language in which to address somebody: English for any English (`en-GB`), else Dutch."""
    return "en" if (wish or "").lower().startswith("en") else "nl"


def say(language: str | None, text: str, /, **values: object) -> str:
    """Return the English sentence `text` in `language`, with `{names}` filled in; raises `KeyError` for a lacking one.

    Values are filled in as they are: braces inside them mean nothing.
    """
    return _catalogue(language_of(language)).gettext(text).format(**values)


def say_phrase(language: str | None, phrase: Phrase) -> str:
    """Return a phrase that a rule or a case handed over in `language`."""
    return say(language, phrase.text, **dict(phrase.values))


def say_count(language: str | None, singular: str, plural: str, n: int, /, **values: object) -> str:
    """Return `singular` or `plural`, as `n` asks in `language`, with `{n}` and the other `{names}` filled in."""
    sentence = _catalogue(language_of(language)).ngettext(singular, plural, n)
    return sentence.format(n=say_number(language, n), **values)


def category_name(language: str | None, category: Category) -> str:
    """Return what people call a category: belediging."""
    return say_phrase(language, CATEGORIES[category])


def severity_name(language: str | None, severity: Severity) -> str:
    """Return what people call a severity, with a capital: Ernstig."""
    return say_phrase(language, SEVERITIES[severity])


def say_number(language: str | None, number: float) -> str:
    """Return a number as the language writes it: 1.234,5 in Dutch."""
    return format_decimal(number, locale=_LOCALES[language_of(language)])


def say_date(language: str | None, day: date) -> str:
    """Return a day in full: vrijdag 20 november 2026."""
    return format_date(day, "EEEE d MMMM y", locale=_LOCALES[language_of(language)])


def say_moment(language: str | None, moment: datetime, timezone: str) -> str:
    """Return a moment with a time zone as the school's clock shows it (IANA name): vr 20 nov 2026, 14:05."""
    local = moment.astimezone(ZoneInfo(timezone))
    return format_datetime(local, "EEE d MMM y, HH:mm", locale=_LOCALES[language_of(language)])
