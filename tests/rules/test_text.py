from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.text import read

DISGUISES = [
    ("𝓚𝓪𝓷𝓴𝓮𝓻", "kanker"),
    ("ｋａｎｋｅｒ", "kanker"),
    ("kаnkеr", "kanker"),
    ("Ηοεr", "hoer"),
    ("ʜᴏᴇʀ", "hoer"),
    ("🅺🅰🅽", "kan"),
    ("k\u200ba\u200dn\u00adk\ufeffer", "kanker"),
    ("h̴͓̀ọ̷͌e̶͖͑r̴̈́", "hoer"),
    ("één café", "een cafe"),
    ("hoeeeeer", "hoer"),
    ("heeeel idioooot", "heel idioot"),
    ("neeee jaaaa", "nee ja"),
    ("looooser", "loser"),
    ("alllleen maaar", "alleen maar"),
    ("k4nk3r", "kanker"),
    ("m@@k", "maak"),
    ("h0m0", "homo"),
    ("k*t en f*ck", "kut en fuck"),
    ("b!tch", "bitch"),
    ("k a n k e r", "kanker"),
    ("k.a.n.k.e.r", "kanker"),
    ("k-u-t", "kut"),
    ("k\nu\nt", "kut"),
    ("k 4 n k e r", "kanker"),
    ("i k  h a a t  j e", "ik haat je"),
    ("kk lekker", "kanker lekker"),
    ("kkhoer", "kankerhoer"),
    ("gvd ff wachten", "godverdomme even wachten"),
    ("jwt", "je weet toch"),
    ("hmu", "hit me up"),
    ("kys", "kill yourself"),
    ("k.y.s", "kill yourself"),
    ("k ga", "ik ga"),
    ("m'n zo’n", "mijn zon"),
]

HARMLESS = [
    ("kk", "oke"),
    ("kk tot morgen", "oke tot morgen"),
    ("lokaal h4a om 16:30", "lokaal h4a om 16 : 30"),
    ("gta5 en fc24", "gta5 en fc24"),
    ("5*3 is 15", "5 3 is 15"),
    ("nee!jij", "nee ! jij"),
    ("1000000 euro", "1000000 euro"),
    ("zee, twee", "zee , twee"),
    ("Привет", "npubet"),
    ("😂😂😂!!!", "😂 !"),
    ("👍🏽", "👍"),
    ("", ""),
    ("\ud83d", ""),
]


@pytest.mark.parametrize(("written", "text"), DISGUISES)
def test_a_disguise_is_undone(written: str, text: str) -> None:
    assert read(written).text == text


@pytest.mark.parametrize(("written", "text"), HARMLESS)
def test_what_is_no_disguise_stays_what_it_is(written: str, text: str) -> None:
    assert read(written).text == text


@pytest.mark.parametrize(
    ("written", "first", "last", "part"),
    [
        ("Jij bent een K4NKERHOER!", 3, 4, "K4NKERHOER"),
        ("dat is k a n k e r veel", 2, 3, "k a n k e r"),
        ("ga 𝓚𝔂𝓼 nu", 1, 3, "𝓚𝔂𝓼"),
        ("zo l\u200bo\u200bser dus", 1, 2, "l\u200bo\u200bser"),
        ("ﷺ é hoer", 4, 6, "é hoer"),
    ],
)
def test_words_are_found_back_as_written(written: str, first: int, last: int, part: str) -> None:
    assert read(written).as_written(first, last) == part


def test_a_part_of_the_text_is_found_back_as_written_and_widened_to_whole_words() -> None:
    reading = read("Pas op: jij bent een 𝔩𝔬𝔰𝔢𝔯 hoor")
    start = reading.text.index("bent")
    assert reading.part(start + 1, reading.text.index("ser")) == "bent een 𝔩𝔬𝔰𝔢𝔯"


HAZARDS = st.text(st.sampled_from("aeknot kK  ..,!*'@$0134-_\n\"“’\u200b\u0301а𝔞éﷺ😂🏽x"), max_size=40)


@given(st.text() | HAZARDS)
@example("a  b  c")
@example("eee n t")
@example("a (b) c")
@example("ab0c0 k k kk")
def test_reading_what_was_read_changes_nothing_more(written: str) -> None:
    once = read(written)
    assert read(once.text).text == once.text


@given(st.text() | HAZARDS)
def test_every_word_stands_for_a_part_of_the_message_in_order(written: str) -> None:
    reading = read(written)
    assert len(reading.spans) == len(reading.words)
    assert list(reading.spans) == sorted(reading.spans)
    for at, word in enumerate(reading.words):
        part = reading.as_written(at, at + 1)
        assert word
        assert part
        assert part in written


@given(st.text() | HAZARDS)
def test_no_word_holds_a_space_a_capital_or_something_invisible(written: str) -> None:
    for word in read(written).words:
        assert word == word.lower()
        assert not any(char.isspace() or char in "\u200b\u200d\ufeff\u00ad" for char in word)


LONG = 200_000


@pytest.mark.parametrize(
    "unit",
    ["a", "a ", "a!", "a!!", "a'", "aaab", "a*b", "4a", "k.", "😂", "é", "ﷺ", "a  b ", "kk ", "\n", "a" + "!" * 999],
)
def test_a_long_hostile_message_takes_linear_time(unit: str) -> None:
    written = (unit * LONG)[:LONG]
    began = time.process_time()
    reading = read(written)
    reading.part(0, len(reading.text))
    assert time.process_time() - began < 3  # seconds; a quadratic reading takes minutes
