"""Who hears of a concern at once and who in the digest, so that notices stay few enough to be read.

At 50 classes of 300 messages a day, one false flag in 200 messages would be 75 notices a day. So each handler gets at
most `School.concerns_per_week` notices of concerns one by one; what comes on top is named in one message on the next
working day. Nothing is dropped: such a case stands in the handler's list from the first moment, and one that nobody
handles stays in line until somebody was told. What is serious or acute, what a person reported with `/melden` and what
a colleague passes on is always told at once.

Two processes that write at the same moment may send one notice more than the cap; neither loses one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot import notices
from bot.access import scope_for
from bot.cases.case import Case, Person
from bot.cases.joining import UNDECIDED
from bot.outgoing import Button, Outgoing
from bot.school import School
from bot.stores import Transaction
from bot.summary import Week
from bot.texts import say, say_count
from rules.vocabulary import Severity

log = logging.getLogger(__name__)

HOUR: Final = 8
"""When the digest comes, on the school's clock: before the first lesson, while there is a day to do something with it.

A concern asks for a look this week. A digest at the end of the week would come too late for that.
"""
SATURDAY: Final = 5


async def told_now(
    tx: Transaction, school: School, case: Case, people: Sequence[Person], now: datetime
) -> tuple[Person, ...]:
    """Return who of the handlers is told of a flagged case at once; the others read of it in their next digest."""
    if case.severity >= Severity.SERIOUS:
        return tuple(people)
    monday = Week.of(now.astimezone(school.timezone).date(), school.timezone).starts
    told = []
    for person in people:
        held = await tx.concerns.told(person.id, monday) >= school.concerns_per_week
        await tx.concerns.add(person, case, held=held)
        if not held:
            told.append(person)
    return tuple(told)


def last_due(now: datetime, timezone: ZoneInfo) -> date:
    """Return the last working day whose digest is due at `now`."""
    local = now.astimezone(timezone)
    day = local.date() if local.time() >= time(HOUR) else local.date() - timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day -= timedelta(days=1)
    return day


async def write_digests(tx: Transaction, school: School) -> int:
    """Write what waits to the outbox, one message for each handler, and return how many.

    Whoever may no longer read a case gets no word of it (promise 4, or another job at school): then everybody is
    told who may. A case that nobody can read waits on.
    """
    held = await tx.concerns.held(school.id)
    if not held:
        return 0
    people = {person.id: person for person in await tx.people.staffed(school.id)}
    readable = {
        person.id: {case.id: case for case in await tx.cases.listed(scope_for(person), UNDECIDED)}
        for person in people.values()
    }
    digests: dict[Person, list[Case]] = {}
    told = set()
    for case_id, waiting in held.items():
        readers = {person_id for person_id, cases in readable.items() if case_id in cases}
        for person_id in sorted(waiting & readers or readers):
            digests.setdefault(people[person_id], []).append(readable[person_id][case_id])
            told.add(case_id)
        if not readers:
            log.error("nobody can be told of case=%s", case_id)
    for person, cases in digests.items():
        await notices.tell(tx, person, digest(cases, person.language))
    await tx.concerns.release(school.id, told)
    return len(digests)


def digest(cases: Sequence[Case], language: str) -> Outgoing:
    """Return one message that names cases by their number, and says nothing of what is in them."""
    lines = [
        say(
            language,
            "So that I do not send you too many messages, I name these cases together. "
            "The agreement is that somebody looks at them this week.",
        ),
        "",
        *(case.number for case in cases),
    ]
    return Outgoing(
        address="",
        subject=say_count(language, "Klasveilig: {n} case is waiting", "Klasveilig: {n} cases are waiting", len(cases)),
        text="\n".join(lines),
        buttons=((Button(say(language, "My cases"), "cases"),),),
    )
