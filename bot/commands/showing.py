"""A case as a handler reads it in a chat: plain text, what is new first, what was done last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from uuid import UUID

from bot.cases.case import Case, State
from bot.commands.review import CaseView
from bot.commands.wording import decision_name, kind_name, state_name, step_name
from bot.school import School
from bot.stores import CaseEvent, Evidence, Report
from bot.texts import category_name, say, say_moment, severity_name

CONTEXT_LINES = 8
"""Messages shown of the conversation before a flagged one."""
CONTEXT_LENGTH = 200
"""Characters shown of each of them."""
MESSAGES = 10
"""Flagged messages shown in a chat, the latest ones: more is for a larger screen."""


def summary(view: CaseView, language: str) -> str:
    """Return where a case stands, in one or two lines, without anything that was written."""
    case = view.case
    parts = [say(language, "Case {number}", number=case.number), severity_name(language, case.severity)]
    if view.group:
        parts.append(view.group)
    return f"{' · '.join(parts)}\n{_standing(view, language)}"


def list_line(case: Case, language: str) -> str:
    """Return a case on one line of a list."""
    return f"{case.number} · {severity_name(language, case.severity)} · {state_name(language, case.state)}"


def _standing(view: CaseView, language: str) -> str:
    case = view.case
    if case.decision is not None:
        return say(
            language,
            "Where it stands: {state}, {decision} ({name})",
            state=state_name(language, case.state),
            decision=decision_name(language, case.decision),
            name=_name(view, case.decided_by),
        )
    if case.taken_by is not None:
        state = state_name(language, case.state)
        return say(language, "Where it stands: {state} ({name})", state=state, name=_name(view, case.taken_by))
    return say(language, "Where it stands: {state}", state=state_name(language, case.state))


def full_text(view: CaseView, school: School, language: str) -> str:
    """Return everything that a handler sees of a case; of a closed one nothing that was written (design, section 5)."""
    blocks = [summary(view, language)]
    if view.case.state is State.CLOSED:
        blocks.append(say(language, "The case is closed: what was written is no longer shown in a chat."))
    else:
        if people := sorted(_name(view, person_id) for person_id in view.case.subjects):
            blocks.append(say(language, "About: {names}", names=", ".join(people)))
        blocks += _evidence_blocks(view.evidence, school, language)
        blocks += [_report_block(view, report, school, language) for report in view.reports]
    blocks.append(_history_block(view, school, language))
    return "\n\n".join(blocks)


def _evidence_blocks(evidence: Sequence[Evidence], school: School, language: str) -> Iterator[str]:
    """Yield one block per flagged message, whatever the number of its flags."""
    by_message = [
        list(flags) for _, flags in groupby(evidence, key=lambda flag: (flag.sent_at, flag.author, flag.text))
    ]
    if len(by_message) > MESSAGES:
        left_out = len(by_message) - MESSAGES
        yield say(language, "Earlier flagged messages that are not shown here: {n}.", n=left_out)
    for flags in by_message[-MESSAGES:]:
        yield "\n".join(_evidence_lines(flags, school, language))


def _evidence_lines(flags: Sequence[Evidence], school: School, language: str) -> Iterator[str]:
    first = flags[0]
    moment = say_moment(language, first.sent_at, school.timezone.key)
    yield say(language, "{name} wrote ({moment}):", name=first.author, moment=moment)
    yield f"“{first.text}”"
    for flag in flags:
        yield say(
            language,
            "→ {what}, {severity} (certainty {percent}%)",
            what=category_name(language, flag.category),
            severity=severity_name(language, flag.severity).lower(),
            percent=round(flag.score * 100),
        )
        yield from (f"   {reason}" for reason in flag.reasons)
    if words := list(dict.fromkeys(word for flag in flags for word in flag.words)):
        yield say(language, "Words that made it so: {words}", words=", ".join(f"“{word}”" for word in words))
    for number in dict.fromkeys(number for flag in flags for number in flag.clauses):
        yield _article(number, school, language)
    if first.context:
        yield say(language, "What was said before:")
        yield from (f"   {line.author}: {_short(line.text)}" for line in first.context[-CONTEXT_LINES:])


def _article(number: str, school: School, language: str) -> str:
    """Return an article in our own words; of an earlier protocol, whose words are gone, the number alone."""
    article = school.protocol.articles.get(number)
    if article is None:
        return say(language, "Article {number}", number=number)
    text = article.en if language == "en" else article.nl
    return say(language, "Article {number}: {text}", number=number, text=text)


def _report_block(view: CaseView, report: Report, school: School, language: str) -> str:
    moment = say_moment(language, report.created_at, school.timezone.key)
    kind = kind_name(language, report.kind)
    if report.reporter is None:
        head = say(language, "Anonymous report ({moment}): {kind}", moment=moment, kind=kind)
    else:
        name = _name(view, report.reporter)
        head = say(language, "Report by {name} ({moment}): {kind}", name=name, moment=moment, kind=kind)
    return f"{head}\n{report.text}"


def _history_block(view: CaseView, school: School, language: str) -> str:
    return "\n".join(
        [say(language, "What was done:"), *(_event(view, event, school, language) for event in view.history)]
    )


def _event(view: CaseView, event: CaseEvent, school: School, language: str) -> str:
    who = _name(view, event.actor) if event.actor else "Klasveilig"
    line = f"{say_moment(language, event.at, school.timezone.key)} · {who} {step_name(language, event.action)}"
    if view.case.state is State.CLOSED:
        return line
    notes = [event.note] if event.note else []
    if event.not_heard_because:
        notes.append(say(language, "Not heard, because: {reason}", reason=event.not_heard_because))
    return "\n   ".join([line, *notes])


def _name(view: CaseView, person_id: UUID | None) -> str:
    return view.names.get(person_id, "?") if person_id else "?"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= CONTEXT_LENGTH else f"{line[:CONTEXT_LENGTH]}…"
