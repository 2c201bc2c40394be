"""A case as text on a terminal."""

from __future__ import annotations

from bot.cases.case import Case
from bot.commands.review import CaseView
from bot.commands.wording import decision_name, state_name
from bot.school import School
from bot.stores import Evidence
from bot.texts import category_name, say, say_moment, severity_name


def case_line(case: Case, timezone: str, language: str) -> str:
    """Return a case on one line: number, severity, state, and since when."""
    parts = [
        case.number,
        severity_name(language, case.severity),
        state_name(language, case.state),
        say_moment(language, case.opened_at, timezone),
    ]
    if case.decision is not None:
        parts.append(decision_name(language, case.decision))
    return "  ".join(parts)


def case_text(view: CaseView, school: School, language: str) -> str:
    """Return a case with its evidence, its reports and its history."""
    timezone = school.timezone.key
    lines = [case_line(view.case, timezone, language)]
    if view.group:
        lines.append(say(language, "Group: {name}", name=view.group))
    people = [view.names[person] for person in view.case.subjects if person in view.names]
    if people:
        lines.append(say(language, "About: {names}", names=", ".join(sorted(people))))
    for one in view.evidence:
        lines += ["", *_evidence(one, school, timezone, language)]
    for report in view.reports:
        who = view.names.get(report.reporter, "") if report.reporter else say(language, "anonymous")
        moment = say_moment(language, report.created_at, timezone)
        lines += ["", say(language, "Report of {moment} ({who}):", moment=moment, who=who), _indented(report.text)]
    lines += ["", say(language, "History:")]
    for event in view.history:
        actor = view.names.get(event.actor, "") if event.actor else "Klasveilig"
        moment = say_moment(language, event.at, timezone)
        lines.append(f"  {moment}  {actor}: {state_name(language, event.state)}")
        lines += [_indented(text) for text in (event.note, event.not_heard_because) if text]
    return "\n".join(lines)


def _evidence(one: Evidence, school: School, timezone: str, language: str) -> list[str]:
    lines = [f"  {line.author}: {line.text}" for line in one.context[-5:]]
    lines.append(f"> {one.author}: {one.text}   ({say_moment(language, one.sent_at, timezone)})")
    lines.append(f"  {category_name(language, one.category)}, {severity_name(language, one.severity).lower()}")
    lines += [f"  {reason}" for reason in one.reasons]
    for number in one.clauses:
        clause = school.protocol.clause(number)
        lines.append(f"  {number}: {clause.nl if language == 'nl' else clause.en}")
    return lines


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
