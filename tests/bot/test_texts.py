"""Texts for people: complete in Dutch, nothing left over, the same names in both languages, and readable."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime
from string import Formatter

import pytest
from babel.messages.catalog import Message

from bot.texts import (
    MissingText,
    category_name,
    extract,
    language_of,
    say,
    say_count,
    say_date,
    say_moment,
    say_number,
    say_phrase,
    severity_name,
)
from rules.vocabulary import Category, Severity, phrase

IN_CODE = {message.id: message for message in extract.extract() if message.id}
IN_DUTCH = {message.id: message for message in extract.read() if message.id}

LONGEST_SENTENCE = 20
"""Words: B1, the level that most people read with ease, asks for sentences of about fifteen, twenty at the most."""


def sides(message: Message) -> list[tuple[str, str]]:
    """Return (English, Dutch) pairs: one for a plain message, two for one with a plural."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string or ""))]
    return list(zip(message.id, message.string or ("", ""), strict=True))


def names(text: str) -> set[str]:
    """Return the names of the values that a sentence takes."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_sentence_in_the_code_has_a_dutch_text() -> None:
    missing = [
        f"{where}: {english!r}"
        for key, message in IN_CODE.items()
        for english, dutch in sides(IN_DUTCH.get(key, message))
        for where, _ in message.locations[:1]
        if not dutch
    ]
    assert not missing, "run 'make texts' and fill in bot/texts/nl.po:\n" + "\n".join(missing)


def test_a_sentence_is_found_wherever_code_says_it() -> None:
    code = """
a = phrase("in " "parts")
b = f"{texts.say(language, 'inside {x}', x=say(language, 'deeper'))}"
c = say_count(language, "one", "many", n)
d = say(language, some.text)
"""
    assert set(extract.sentences(code)) == {"in parts", "inside {x}", "deeper", ("one", "many")}


def test_what_is_said_is_a_sentence_in_the_call_or_a_phrase() -> None:
    hidden = [
        f"{path.relative_to(extract.ROOT)}:{argument.lineno}: use phrase() for the sentence, and say_phrase()"
        for room in extract.ROOMS
        for path in (extract.ROOT / room).rglob("*.py")
        for arguments in extract.said(path.read_text(encoding="utf-8"))
        for argument in arguments
        if not isinstance(argument, ast.Constant)
        and not (isinstance(argument, ast.Attribute) and argument.attr == "text")
    ]
    assert not hidden, "no catalogue can hold what is said here:\n" + "\n".join(hidden)


def test_no_dutch_text_is_left_over() -> None:
    unused = [key for key in IN_DUTCH if key not in IN_CODE]
    assert not unused, f"run 'make texts': the code no longer says {unused}"


def test_no_dutch_text_is_marked_as_a_guess() -> None:
    assert [key for key, message in IN_DUTCH.items() if message.fuzzy] == []


def test_both_languages_take_the_same_values() -> None:
    differing = [
        (english, dutch)
        for message in IN_DUTCH.values()
        for english, dutch in sides(message)
        if dutch and names(english) != names(dutch)
    ]
    assert differing == []


def test_dutch_sentences_are_short_enough_to_read_with_ease() -> None:
    too_long = [
        sentence
        for message in IN_DUTCH.values()
        for _, dutch in sides(message)
        for sentence in re.split(r"[.!?:;](?:\s|$)|\n", dutch)
        if len(sentence.split()) > LONGEST_SENTENCE
    ]
    assert too_long == []


def test_each_catalogued_sentence_is_said_in_dutch_and_in_english() -> None:
    assert IN_DUTCH
    for message in IN_DUTCH.values():
        for n, (english, dutch) in zip((1, 5), sides(message), strict=False):
            values = {name: f"<{name}>" for name in names(english)} | {"n": str(n)}
            assert said("nl", message, n, values) == dutch.format(**values)
            assert said("en", message, n, values) == english.format(**values)


def said(language: str, message: Message, n: int, values: dict[str, str]) -> str:
    """Say a sentence of the catalogue: the form that fits `n` where it has a plural."""
    if isinstance(message.id, str):
        return say(language, message.id, **values)
    singular, plural = message.id
    return say_count(language, singular, plural, n, **{name: v for name, v in values.items() if name != "n"})


def test_a_sentence_without_dutch_is_said_in_english_with_a_warning_that_holds_no_value() -> None:
    unknown = "no catalogue holds this about {name}"
    with pytest.warns(MissingText) as caught:
        assert say("nl", unknown, name="Sanne") == "no catalogue holds this about Sanne"
    assert "Sanne" not in str(caught[0].message)
    assert caught[0].filename == __file__


def test_a_count_without_dutch_still_follows_its_number() -> None:
    one, many = "{n} thing nobody translated", "{n} things nobody translated"
    with pytest.warns(MissingText):
        assert say_count("nl", one, many, 1) == "1 thing nobody translated"
    with pytest.warns(MissingText):
        assert say_count("nl", one, many, 1200) == "1.200 things nobody translated"


def test_a_phrase_from_a_rule_is_said_with_its_values() -> None:
    assert say_phrase("en", phrase("the words {words}", words="a and b")) == "the words a and b"


def test_a_value_is_filled_in_as_it_is() -> None:
    assert say("en", "you wrote {text_of_child}", text_of_child="{0} {x}") == "you wrote {0} {x}"


@pytest.mark.parametrize(
    ("wish", "language"), [("nl", "nl"), ("nl-NL", "nl"), ("en", "en"), ("EN-gb", "en"), ("pl", "nl"), (None, "nl")]
)
def test_everybody_is_addressed_in_dutch_unless_they_chose_english(wish: str | None, language: str) -> None:
    assert language_of(wish) == language


def test_every_category_and_severity_has_a_name_of_its_own_in_both_languages() -> None:
    for language in ("nl", "en"):
        assert len({category_name(language, category) for category in Category}) == len(Category)
        assert len({severity_name(language, severity) for severity in Severity}) == len(Severity)
    assert category_name("nl", Category.INSULT) == "belediging"
    assert severity_name("nl", Severity.SERIOUS) == "Ernstig"


def test_days_moments_and_numbers_are_written_as_the_language_does() -> None:
    moment = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
    assert say_date("nl", date(2026, 11, 20)) == "vrijdag 20 november 2026"
    assert say_date("en", date(2026, 11, 20)) == "Friday 20 November 2026"
    assert say_moment("nl", moment, "Europe/Amsterdam") == "vr 20 nov 2026, 14:05"
    assert say_moment("en", moment, "Europe/Amsterdam") == "Fri 20 Nov 2026, 14:05"
    assert say_number("nl", 1234.5) == "1.234,5"
    assert say_number("en", 1234.5) == "1,234.5"
