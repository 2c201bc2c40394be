"""The weekly safety summary as leadership reads it: how much happened, never to whom.

Small numbers are hidden, since in a school everybody knows who 'the one threat this week' was:

- A count of 1 to 4 is shown as 'fewer than 5', the threshold rule with 5 (Hundepool et al., *Handbook on Statistical
  Disclosure Control*, 2010, on frequency tables; DUO's open data on schools shows '<5').
- Complementary suppression: whoever hides one number of a sum must hide a second one, or the first is a subtraction
  away (same handbook). The second one is always the total. It is shown as 'at least', being what is shown plus one
  for each hidden number, which the reader could add up anyway and which gives nothing away.
- No two tables count the same thing, so that no total can be had from another table: kinds count signals, urgency
  counts cases.
- Open cases are rounded to fives in every week: the difference of two weeks must not be a case that was hidden.
- Times are shown as a median, of 5 cases or more.

Counts of messages are about the bot, not about people, and are exact: what was not checked must never look small.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from bot.cases.case import Decision
from bot.schedule.page import Box, Page, Table, to_html, to_text
from bot.summary import Numbers, Week
from bot.texts import category_name, language_of, say, say_count, say_date, say_number, say_phrase, severity_name
from rules.vocabulary import Category, Phrase, Severity, phrase

FEWEST: Final = 5
"""The smallest count about people that is shown as it is."""

DECISIONS: Final[Mapping[Decision, Phrase]] = {
    Decision.FOUNDED: phrase("Founded"),
    Decision.UNFOUNDED: phrase("Unfounded"),
    Decision.UNDETERMINED: phrase("Could not be established"),
    Decision.OUT_OF_SCOPE: phrase("Not a school matter"),
}


def render(numbers: Numbers, school_name: str, week: Week, language: str) -> tuple[str, str, str]:
    """Return subject, plain text and HTML of the summary of a week, in `nl` or `en`."""
    page = summary_page(numbers, school_name, week, language)
    subject = say(
        language, "Klasveilig: weekly summary of {school}, week {number}", school=school_name, number=week.number
    )
    return subject, to_text(page), to_html(page)


def summary_page(numbers: Numbers, school_name: str, week: Week, language: str) -> Page:
    """Return what the summary says, in order: first what is not known, then what is."""
    return Page(
        language=language_of(language),
        title=say(language, "Safety in the chats: week {number}", number=week.number),
        intro=say(
            language,
            "{school}, {first} to {last}",
            school=school_name,
            first=say_date(language, week.first),
            last=say_date(language, week.last),
        ),
        box=_box(numbers, language),
        tables=(
            _messages(numbers, language),
            # Where nothing was looked at, a zero would say what nobody knows.
            *((_signals(numbers, language), _care(numbers, language)) if numbers.checked or numbers.flags else ()),
            _urgency(numbers, language),
            _decisions(numbers, language),
            _handling(numbers, language),
        ),
        notes_title=say(language, "How to read this"),
        notes=(
            say(
                language, "The bot sees only the chats that are linked to it. Few signals do not mean that it is safe."
            ),
            say(
                language,
                "A number from 1 to 4 is shown as 'fewer than 5', so that nobody can be recognised. "
                "The total is then 'at least'. Open cases are always rounded to fives.",
            ),
            say(language, "Cases that do not go through leadership and cases in confidence are in no number."),
            say(language, "There are no names, groups or case numbers in this summary."),
        ),
    )


def unknowns(numbers: Numbers, language: str) -> list[str]:
    """Return what the reader must not take for safety, one sentence or two for each."""
    off = numbers.hours_due - numbers.hours_on
    found = []
    if not (numbers.checked or numbers.unchecked or numbers.waiting or numbers.flags):
        found.append(
            say(
                language,
                "Nothing was measured this week: no message reached the bot. That does not mean that it was safe.",
            )
        )
    if off > 0:
        found.append(
            say_count(
                language,
                "The bot was off for {n} hour of {due}. Messages from that hour may not have been checked.",
                "The bot was off for {n} hours of {due}. Messages from those hours may not have been checked.",
                off,
                due=say_number(language, numbers.hours_due),
            )
        )
    if numbers.unchecked:
        found.append(
            say_count(
                language,
                "{n} message could not be checked. We do not know what is in it.",
                "{n} messages could not be checked. We do not know what is in them.",
                numbers.unchecked,
            )
        )
    if numbers.not_looked_at:
        found.append(
            say_count(
                language,
                "{n} message had a picture, film, sound or file with it. The bot cannot look at those yet.",
                "{n} messages had a picture, film, sound or file with them. The bot cannot look at those yet.",
                numbers.not_looked_at,
            )
        )
    if numbers.waiting:
        found.append(
            say_count(
                language,
                "{n} message is still waiting to be checked.",
                "{n} messages are still waiting to be checked.",
                numbers.waiting,
            )
        )
    if numbers.undeliverable:
        found.append(
            say_count(
                language,
                "{n} message from the bot reached nobody. Ask your administrator to look at it.",
                "{n} messages from the bot reached nobody. Ask your administrator to look at it.",
                numbers.undeliverable,
            )
        )
    return found


def shown(count: int, language: str) -> str:
    """Return a count about people as it may be shown."""
    if 0 < count < FEWEST:
        return say(language, "fewer than {n}", n=FEWEST)
    return say_number(language, count)


def shown_total(counts: Sequence[int], language: str) -> str:
    """Return the total of counts, as a minimum where one of them is hidden."""
    if not any(0 < count < FEWEST for count in counts):
        return say_number(language, sum(counts))
    least = sum(1 if count < FEWEST else count for count in counts if count)
    return say(language, "at least {n}", n=say_number(language, least))


def shown_rounded(count: int, language: str) -> str:
    """Return a count that can be compared between weeks, rounded to fives."""
    if count < FEWEST:
        return shown(count, language)
    return say(language, "about {n}", n=say_number(language, FEWEST * round(count / FEWEST)))


def shown_median(hours: Sequence[float], language: str) -> str:
    """Return the median of some times in hours, in hours or, from two days on, in days, rounded up."""
    if len(hours) < FEWEST:
        return say(language, "too few to show") if hours else say(language, "no cases")
    middle = median(hours)
    if middle <= 48:
        return say_count(language, "{n} hour", "{n} hours", math.ceil(middle))
    return say_count(language, "{n} day", "{n} days", math.ceil(middle / 24))


def _box(numbers: Numbers, language: str) -> Box:
    found = unknowns(numbers, language)
    if found:
        return Box(say(language, "What we do not know"), tuple(found), calm=False)
    return Box(say(language, "Everything that reached the bot was checked"), (), calm=True)


def _messages(numbers: Numbers, language: str) -> Table:
    return Table(
        say(language, "Messages"),
        (say(language, "What became of it"), say(language, "Number")),
        (
            (say(language, "Checked"), say_number(language, numbers.checked)),
            (say(language, "Could not be checked"), say_number(language, numbers.unchecked)),
            (say(language, "Still waiting"), say_number(language, numbers.waiting)),
        ),
    )


def _signals(numbers: Numbers, language: str) -> Table:
    return _counted(
        say(language, "Signals"),
        say(language, "Kind"),
        {
            _capital(category_name(language, category)): numbers.flags[category]
            for category in Category
            if numbers.flags.get(category) and category is not Category.DISTRESS
        },
        language,
        remark=say(
            language,
            "A signal is a message that somebody should look at. Whether it was wrong, a person decides.",
        ),
    )


def _care(numbers: Numbers, language: str) -> Table:
    """Distress stands by itself: it is nobody's offence and in no sum with offences."""
    count = numbers.flags.get(Category.DISTRESS, 0)
    return Table(
        say(language, "Care"),
        (say(language, "Kind"), say(language, "Number")),
        ((say(language, "Signs of distress"), shown(count, language)),),
        remark=say(language, "This is no offence: somebody may need help."),
    )


def _urgency(numbers: Numbers, language: str) -> Table:
    return _counted(
        say(language, "New cases"),
        say(language, "How urgent"),
        {severity_name(language, severity): numbers.new_cases.get(severity, 0) for severity in reversed(Severity)},
        language,
    )


def _decisions(numbers: Numbers, language: str) -> Table:
    return _counted(
        say(language, "Decisions"),
        say(language, "Decision"),
        {say_phrase(language, name): numbers.decisions.get(decision, 0) for decision, name in DECISIONS.items()},
        language,
    )


def _handling(numbers: Numbers, language: str) -> Table:
    return Table(
        say(language, "Handling"),
        (say(language, "What"), say(language, "How much")),
        (
            (say(language, "Reports received"), shown(numbers.reports, language)),
            (say(language, "Cases open now"), shown_rounded(numbers.open_cases, language)),
            (say(language, "Half of the cases were taken within"), shown_median(numbers.hours_to_taken, language)),
            (say(language, "Half of the cases were decided within"), shown_median(numbers.hours_to_decided, language)),
        ),
    )


def _counted(title: str, kind: str, counts: Mapping[str, int], language: str, remark: str = "") -> Table:
    """Return a table of counts about people that add up."""
    return Table(
        title,
        (kind, say(language, "Number")),
        tuple((name, shown(count, language)) for name, count in counts.items()),
        total=(say(language, "Together"), shown_total(list(counts.values()), language)),
        remark=remark,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
