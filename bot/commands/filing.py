"""How a report becomes a case: about whom it is, where it goes, and what is stored of whoever sent it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from bot import notices
from bot.cases.case import Case, Matter, Person, Relation, State
from bot.cases.people import named_in
from bot.cases.routing import Route, route
from bot.clock import Ids
from bot.commands.distress import is_distress
from bot.commands.melden import NAMED, SEVERITIES, SKIP, Draft, Kind
from bot.commands.review import group_name
from bot.school import School
from bot.stores import Report, Transaction
from bot.texts import say
from rules.vocabulary import Account, Category, Role, Severity

RECEIPT_PARTS: Final = 3
"""Blocks of four letters or digits in a receipt code: 58 bits, too many to guess."""
FEW: Final = 3
"""More people than this who may be meant are a role ('a teacher'), not persons who can each be heard."""

CATEGORIES: Final[Mapping[Kind, frozenset[Category]]] = {
    Kind.BULLIED: frozenset({Category.BULLYING}),
    Kind.THREATENED: frozenset({Category.THREAT}),
    # Nobody knows yet what the picture shows: if staff may be involved, it is routed as the worst that it can be.
    Kind.IMAGE: frozenset({Category.NUDE_IMAGE}),
    Kind.ADULT: frozenset({Category.BOUNDARY}),
    Kind.WORRIED: frozenset({Category.DISTRESS}),
    Kind.OTHER: frozenset(),
}
"""What a kind of report means to routing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a report would go: the people it is about, those who are only mentioned, how soon, and the way."""

    group_id: UUID | None
    subjects: frozenset[UUID]
    mentioned: frozenset[UUID]
    severity: Severity
    way: Route


def plan(draft: Draft, school_id: UUID, people: Sequence[Person]) -> Plan:
    """Return where a report goes; whoever it names, or may mean, among `people` neither reads nor handles it."""
    kind = Kind(draft.kind)
    group_id = None if draft.group in ("", SKIP) else UUID(draft.group)
    about = named_in(draft.about, people, group_id)
    named = about | named_in(draft.story, people, group_id)
    if kind is Kind.ADULT:
        about = named
    roles = {role for person in people if person.id in about for role, _ in person.roles}
    subjects = about if len(about) <= FEW else frozenset()
    severity = Severity.ACUTE if is_distress(f"{draft.about}\n{draft.story}") else SEVERITIES[kind]
    way = route(
        school_id=school_id,
        categories=CATEGORIES[kind],
        severity=severity,
        group_id=group_id,
        subjects=subjects,
        targets=named - subjects,
        people=people,
        wanted=frozenset({Role(draft.recipient)}),
        subject_roles=frozenset(roles | ({Role.STAFF} if kind is Kind.ADULT else set())),
    )
    return Plan(group_id, subjects, named - subjects, severity, way)


async def file_report(
    tx: Transaction, school: School, ids: Ids, now: datetime, draft: Draft, account: Account
) -> tuple[Plan, str]:
    """Store a report as a case and tell its handlers; return where it went and the receipt code.

    Of an anonymous reporter nothing is stored: `account` is looked at only for a report with a name.
    """
    planned = plan(draft, school.id, await tx.people.staffed(school.id))
    case = Case(
        id=ids.uuid(),
        school_id=school.id,
        number=ids.case_number(),
        group_id=planned.group_id,
        matter=Matter.REPORT,
        severity=planned.severity,
        state=State.OPEN,
        protocol=school.protocol.name,
        protocol_version=school.protocol.version.isoformat(),
        opened_at=now,
        last_flag_at=now,
        audience=planned.way.audience,
        subjects=planned.subjects,
        targets=planned.mentioned,
    )
    await tx.cases.add(case)
    reporter = None
    if draft.name == NAMED:
        reporter = (await tx.people.meet(school.id, account)).id
        await tx.cases.involve(case, reporter, Relation.REPORTER)
    receipt = "-".join(ids.code(4) for _ in range(RECEIPT_PARTS))
    await tx.cases.add_report(case, Report(draft.kind, report_text(draft, school.language), now, reporter), receipt)
    await notices.tell_handlers(tx, school, case, planned.way, await group_name(tx, case))
    return planned, receipt


def report_text(draft: Draft, language: str) -> str:
    """Return what handlers read of a report."""
    if not draft.about:
        return draft.story
    return f"{say(language, 'About: {names}', names=draft.about)}\n\n{draft.story}"


def whole_receipt(typed: str) -> str:
    """Return a receipt code as it was given out, however it was typed: capitals, in blocks of four."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
