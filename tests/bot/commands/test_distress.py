"""Words of acute distress, and words that look like them."""

from __future__ import annotations

import pytest

from bot.commands.distress import HELP, is_distress
from bot.texts import say_phrase
from tests.bot.commands.world import check_golden


@pytest.mark.parametrize(
    "text",
    [
        "Ik wil dood",
        "ik wou dat ik dood was",
        "Ik wil niet meer leven!!",
        "ik kan zo niet langer leven",
        "ik snij mezelf",
        "ik doe mezelf pijn",
        "ik wil er een einde aan maken",
        "ik denk aan z3lfmoord",
        "I want to kill myself",
        "i don't want to live",
        "I wish I was dead",
        "w i l l e n  kan niet, ik wil niet meer verder",
    ],
)
def test_words_of_somebody_in_danger_are_heard(text: str) -> None:
    assert is_distress(text)


@pytest.mark.parametrize(
    "text",
    [
        "ik ga dood van het lachen",
        "mijn oma is dood",
        "er kwam een eind aan de les",
        "ik wil niet meer naar school",
        "ze zeggen dat ik stink",
        "",
    ],
)
def test_other_words_get_no_help_lines(text: str) -> None:
    assert not is_distress(text)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_help_lines_say_that_nobody_from_school_reads_along(language: str) -> None:
    check_golden(f"help_{language}", [say_phrase(language, HELP)])
