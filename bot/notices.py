"""What handlers hear of a case: that there is one, how soon, and under which articles; never what was written."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from bot.cases.case import Case, Person
from bot.cases.routing import Route
from bot.outgoing import NOWHERE, Button, Outgoing
from bot.school import School
from bot.stores import Transaction
from bot.texts import category_name, say, say_phrase, severity_name
from rules.vocabulary import Category

log = logging.getLogger(__name__)


def case_notice(
    case: Case, school_name: str, group: str, categories: Iterable[Category], clauses: Iterable[str], language: str
) -> Outgoing:
    """Return the notice of a case for one handler: no evidence, no names (design, section 5)."""
    names = ", ".join(category_name(language, category) for category in dict.fromkeys(categories))
    lines = [
        say(
            language,
            "{severity}: {what} in {group}",
            severity=severity_name(language, case.severity),
            what=names or say(language, "a report"),
            group=group or school_name,
        ),
        say(language, "Case {number}.", number=case.number),
    ]
    numbers = ", ".join(dict.fromkeys(clauses))
    if numbers:
        lines.append(say(language, "Articles of the protocol: {clauses}.", clauses=numbers))
    if case.only_for is not None:
        lines.append(say(language, "It is the shadow month: nobody but you hears of this."))
    return Outgoing(
        address="",
        subject=say(language, "Klasveilig: case {number}", number=case.number),
        text="\n".join(lines),
        buttons=(
            (
                Button(say(language, "Show"), f"show:{case.number}"),
                Button(say(language, "Take"), f"take:{case.number}"),
            ),
        ),
    )


async def tell_handlers(
    tx: Transaction,
    school: School,
    case: Case,
    way: Route,
    group: str,
    categories: Iterable[Category] = (),
    clauses: Iterable[str] = (),
) -> None:
    """Write a notice for each handler to the outbox; say loudly, in log and case, when nobody at school may handle it.

    `group` is the name of the group, `categories` and `clauses` what was found; none of it tells who wrote what.
    """
    categories, clauses = tuple(categories), tuple(clauses)
    for person in way.handlers:
        notice = case_notice(case, school.name, group, categories, clauses, person.language)
        await tell(tx, person, notice, case)
    if way.outside is not None:
        log.error("no handler at school for case=%s: outside route needed", case.id)
        await tx.cases.remark(case, "outside_route", say_phrase(school.language, way.outside))


async def tell(tx: Transaction, person: Person, message: Outgoing, case: Case | None = None) -> None:
    """Write a message to a person to the outbox, on the best channel that reaches them."""
    contacts = await tx.people.contacts(person.id)
    await tx.outbox.add(
        person.school_id,
        contacts[0].channel if contacts else NOWHERE,
        message,
        person_id=person.id,
        case_id=case.id if case else None,
    )
