"""What leadership reads each week: whole, kind, and without a number from which anybody can be recognised."""

from __future__ import annotations

import os
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cases.case import Decision
from bot.schedule.summary import FEWEST, render
from bot.summary import Numbers, Week
from rules.vocabulary import Category, Severity

WEEK = Week(2026, 47, ZoneInfo("Europe/Amsterdam"))
SCHOOL = "Openbare school De Regenboog"
GOLDEN = Path(__file__).parent / "golden"

QUIET = Numbers(
    flags={},
    new_cases={},
    reports=0,
    open_cases=0,
    hours_to_taken=(),
    hours_to_decided=(),
    decisions={},
    checked=4210,
    unchecked=0,
    waiting=0,
    undeliverable=0,
    hours_on=168,
    hours_due=168,
)
BUSY = Numbers(
    flags={
        Category.INSULT: 23,
        Category.BULLYING: 9,
        Category.THREAT: 2,
        Category.DISTRESS: 1,
        Category.OFF_TOPIC: 41,
    },
    new_cases={Severity.CONCERN: 12, Severity.SERIOUS: 6, Severity.ACUTE: 1},
    reports=3,
    open_cases=13,
    hours_to_taken=(0.5, 1, 2, 3.4, 20, 30),
    hours_to_decided=(24, 50, 70, 75, 100),
    decisions={Decision.FOUNDED: 6, Decision.UNFOUNDED: 2},
    checked=12345,
    unchecked=17,
    waiting=1,
    undeliverable=2,
    hours_on=160,
    hours_due=168,
    not_looked_at=312,
)
SILENT = replace(QUIET, checked=0, hours_on=0)
WEEKS = {"busy": BUSY, "quiet": QUIET, "silent": SILENT}


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", WEEKS)
@pytest.mark.parametrize("form", ["txt", "html"])
def test_the_summary_reads_as_it_was_agreed(name: str, language: str, form: str) -> None:
    """After a change that is meant: KLASVEILIG_WRITE_GOLDEN=1 pytest, and read the difference."""
    subject, text, html = render(WEEKS[name], SCHOOL, WEEK, language)
    said = f"{subject}\n\n{text}" if form == "txt" else html
    agreed = GOLDEN / f"{name}.{language}.{form}"
    if os.environ.get("KLASVEILIG_WRITE_GOLDEN"):
        agreed.write_text(said)
    assert said == agreed.read_text()


def lines(numbers: Numbers, language: str = "en") -> list[str]:
    return render(numbers, SCHOOL, WEEK, language)[1].splitlines()


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "5"), (1234, "1,234")]
)
def test_a_count_from_one_to_four_is_hidden(count: int, shown: str) -> None:
    said = lines(replace(QUIET, reports=count, flags={Category.DISTRESS: count}))
    assert f"Reports received: {shown}" in said
    assert f"Signs of distress: {shown}" in said


def test_a_total_with_a_hidden_number_in_it_is_a_minimum_that_anybody_could_add_up() -> None:
    said = lines(replace(QUIET, flags={Category.INSULT: 20, Category.THREAT: 3, Category.BULLYING: 4}))
    assert "Together: at least 22" in said


def test_a_total_without_hidden_numbers_is_exact() -> None:
    assert "Together: 27" in lines(replace(QUIET, flags={Category.INSULT: 20, Category.THREAT: 7}))


small = st.integers(1, FEWEST - 1)
counts = st.integers(0, 12)


@given(
    flags=st.dictionaries(st.sampled_from(Category), counts),
    new_cases=st.dictionaries(st.sampled_from(Severity), counts),
    decisions=st.dictionaries(st.sampled_from(Decision), counts),
    reports=counts,
    other=st.lists(small, min_size=30, max_size=30),
)
def test_no_mail_differs_by_the_value_of_a_hidden_number(
    flags: dict[Category, int],
    new_cases: dict[Severity, int],
    decisions: dict[Decision, int],
    reports: int,
    other: list[int],
) -> None:
    """Whatever a reader adds up or subtracts within one mail, a hidden number can still be any from 1 to 4."""
    values = iter(other)

    def changed(count: int) -> int:
        return next(values) if 0 < count < FEWEST else count

    numbers = replace(QUIET, flags=flags, new_cases=new_cases, decisions=decisions, reports=reports)
    twin = replace(
        numbers,
        flags={category: changed(count) for category, count in flags.items()},
        new_cases={severity: changed(count) for severity, count in new_cases.items()},
        decisions={decision: changed(count) for decision, count in decisions.items()},
        reports=changed(reports),
    )
    assert render(numbers, SCHOOL, WEEK, "en") == render(twin, SCHOOL, WEEK, "en")


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0"), (4, "fewer than 5"), (5, "about 5"), (7, "about 5"), (8, "about 10"), (1003, "about 1,005")],
)
def test_open_cases_are_rounded_to_fives(count: int, shown: str) -> None:
    assert f"Cases open now: {shown}" in lines(replace(QUIET, open_cases=count))


@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        ((), "no cases"),
        ((2.0,) * 4, "too few to show"),
        ((0.1, 0.1, 0.2, 0.3, 90), "1 hour"),
        ((1, 2, 2.1, 50, 60), "3 hours"),
        ((1, 2, 48, 50, 60), "48 hours"),
        ((1, 2, 49, 50, 60), "3 days"),
    ],
)
def test_half_of_the_cases_are_handled_within_a_time_that_five_cases_or_more_give(
    hours: tuple[float, ...], shown: str
) -> None:
    said = lines(replace(QUIET, hours_to_taken=hours))
    assert f"Half of the cases were taken within: {shown}" in said
    assert "Half of the cases were decided within: no cases" in said


def test_what_is_unknown_stands_first_and_exact_however_little_it_is() -> None:
    said = lines(replace(QUIET, unchecked=1, waiting=2, undeliverable=3, hours_on=167))
    assert said[4:9] == [
        "! What we do not know",
        "- The bot was off for 1 hour of 168. Messages from that hour may not have been checked.",
        "- 1 message could not be checked. We do not know what is in it.",
        "- 2 messages are still waiting to be checked.",
        "- 3 messages from the bot reached nobody. Ask your administrator to look at it.",
    ]


def test_a_week_in_which_nothing_was_measured_shows_no_zero_that_looks_like_safety() -> None:
    said = lines(SILENT)
    assert "- Nothing was measured this week: no message reached the bot. That does not mean that it was safe." in said
    assert "Signals" not in said
    assert "Care" not in said


def test_distress_is_care_and_in_no_total() -> None:
    said = lines(replace(QUIET, flags={Category.DISTRESS: 7, Category.INSULT: 5}))
    assert "Signs of distress: 7" in said
    assert "Together: 5" in said


class Tags(HTMLParser):
    """Collects tags with their attributes."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def count(self, tag: str, **attributes: str) -> int:
        return sum(name == tag and attributes.items() <= found.items() for name, found in self.tags)


@pytest.mark.parametrize("name", WEEKS)
def test_the_html_fetches_nothing_and_runs_nothing(name: str) -> None:
    document = render(WEEKS[name], SCHOOL, WEEK, "nl")[2]
    tags = Tags(document)
    assert {tag for tag, _ in tags.tags} <= {
        *("html", "head", "meta", "title", "body", "h1", "h2", "p", "div", "ul", "li"),
        *("table", "caption", "thead", "tbody", "tr", "th", "td"),
    }
    assert not {"src", "href", "background", "srcset"} & {name for _, found in tags.tags for name in found}
    assert "url(" not in document
    assert "//" not in document


def test_the_html_can_be_read_aloud_each_table_has_a_caption_and_headers() -> None:
    tags = Tags(render(BUSY, SCHOOL, WEEK, "nl")[2])
    tables = tags.count("table") - tags.count("table", role="presentation")
    assert tables == 6
    assert tags.count("caption") == tables
    assert tags.count("th", scope="col") == 2 * tables
    assert tags.count("th", scope="row") == tags.count("td", align="right")
    assert tags.count("html", lang="nl") == 1


def test_a_schools_name_cannot_bring_html_into_the_mail() -> None:
    _, text, html = render(BUSY, "<img src=x> & Co", WEEK, "nl")
    assert "<img src=x> & Co" in text
    assert "&lt;img src=x&gt; &amp; Co" in html
    assert "<img" not in html


def test_the_text_fits_into_one_telegram_message() -> None:
    everything = replace(BUSY, flags=dict.fromkeys(Category, 1000))
    assert len(render(everything, SCHOOL, WEEK, "nl")[1]) < 4096
