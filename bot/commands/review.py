"""What people do with cases: the same operations for the chat, the command line and the desk.

Each operation asks `bot.access` for the right to it, lets `bot.cases.transitions` take the step, and writes the step,
the audit row and every message that follows from it in the one transaction that it is given. A case that the actor
may not read does not exist for them: `NoSuchCase`, whatever the reason (promise 4).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from bot import notices
from bot.access import Permission, Scope, may, scope_for
from bot.cases import transitions
from bot.cases.case import Case, Decision, Person, State
from bot.cases.routing import LADDER, Route
from bot.cases.transitions import TABLE, Action, IllegalStep, Incomplete, Step
from bot.clock import Clock
from bot.outgoing import Outgoing
from bot.school import School
from bot.stores import CaseEvent, Evidence, Report, Transaction
from bot.texts import say
from rules.vocabulary import Account, Phrase, Role, phrase

NOT_REDACTABLE: Final = frozenset({"email"})
"""Channels on which a sent message cannot be changed; therefore no evidence goes there."""


NOT_ALLOWED: Final = phrase("Your role does not give you the right to do this. Pass the case on to somebody who may.")


class NoSuchCase(Exception):
    """There is no such case for this person: it does not exist, or they may not read it. Both are the same."""

    text = phrase("This case cannot be found.")

    def __init__(self) -> None:
        super().__init__(str(self.text))


class NotAllowed(IllegalStep):
    """The person may read the case, but their role gives no right to this step."""


class How(enum.StrEnum):
    """How the other side is heard: asked by a message that the bot brings, or in a talk at school."""

    MESSAGE = "message"
    TALK = "talk"


@dataclass(frozen=True, slots=True)
class CaseView:
    """All that a handler sees of a case.

    `group` is the name of its group ('' without one), `names` gives the name of every person in it, and `possible`
    the steps that this handler can take now.
    """

    case: Case
    group: str
    evidence: tuple[Evidence, ...]
    reports: tuple[Report, ...]
    history: tuple[CaseEvent, ...]
    names: Mapping[UUID, str]
    possible: frozenset[Action]


async def list_cases(tx: Transaction, actor: Person, states: Iterable[State]) -> list[Case]:
    """Return the cases in these states that the actor may read, most severe first, then oldest first."""
    cases = await tx.cases.listed(scope_for(actor), states)
    await tx.audit.record(actor.school_id, actor.id, "list", str(actor.school_id))
    return cases


async def show(tx: Transaction, actor: Person, number: str) -> CaseView:
    """Return a case with everything in it; raises `NoSuchCase`."""
    case = await _find(tx, actor, number, Permission.READ)
    await tx.audit.record(actor.school_id, actor.id, "read", str(case.id))
    reports, history = await tx.cases.reports(case), await tx.cases.history(case)
    people = {*case.subjects, *case.targets, case.taken_by, case.decided_by}
    people |= {event.actor for event in history} | {report.reporter for report in reports}
    return CaseView(
        case=case,
        group=await group_name(tx, case),
        evidence=tuple(await tx.cases.evidence(case)),
        reports=tuple(reports),
        history=tuple(history),
        names={person.id: person.name for person in await _persons(tx, people)},
        possible=possible_steps(scope_for(actor), case),
    )


def why_not(scope: Scope, case: Case, action: Action) -> Phrase | None:
    """Return why somebody with this scope cannot take a step now; None when they can, as far as the case tells."""
    rule = TABLE[action]
    if not may(scope, rule.permission, case):
        return NOT_ALLOWED
    if case.state not in rule.starts or case.decision is Decision.OUT_OF_SCOPE:
        return rule.otherwise
    if case.taken_by not in (None, scope.person_id) and action is not Action.NOTE:
        return phrase("A colleague is handling this case.")
    if action is Action.START_HEARING and not case.subjects:
        return phrase("It is not known whom this case is about, so nobody can be heard.")
    return None


def possible_steps(scope: Scope, case: Case) -> frozenset[Action]:
    """Return the steps that somebody with this scope can take now."""
    return frozenset(action for action in Action if why_not(scope, case, action) is None)


async def further_roles(tx: Transaction, actor: Person, number: str) -> list[Role]:
    """Return the roles that the case can still be brought to, nearest to the class first; raises `NoSuchCase`."""
    case = await _find(tx, actor, number, Permission.ESCALATE)
    people = await tx.people.staffed(case.school_id)
    return [role for role in LADDER if role not in case.audience and _newcomers(case, role, people)]


async def group_name(tx: Transaction, case: Case) -> str:
    """Return the name of a case's group; '' when it is about no group."""
    groups = await tx.people.groups(case.school_id) if case.group_id else []
    return next((group.name for group in groups if group.id == str(case.group_id)), "")


@dataclass(frozen=True, slots=True)
class Review:
    """The steps in cases. Each returns the case after it.

    Each raises `NoSuchCase`, `transitions.IllegalStep` with a text for the actor, or `stores.CaseChanged` when
    somebody else acted at the same moment; then nothing was written.
    """

    schools: Mapping[UUID, School]
    clock: Clock

    async def take(self, tx: Transaction, actor: Person, number: str) -> Case:
        """Claim a case: from now on the actor handles it, and nobody else."""
        case = await _find(tx, actor, number, Permission.TAKE)
        return await self._save(tx, actor, transitions.take(case, actor.id, self.clock()))

    async def release(self, tx: Transaction, actor: Person, number: str, reason: str | None = None) -> Case:
        """Give a case back, for somebody else to take."""
        case = await _find(tx, actor, number, Permission.TAKE)
        return await self._save(tx, actor, transitions.release(case, actor.id, reason))

    async def start_hearing(self, tx: Transaction, actor: Person, number: str, message: str, how: How) -> Case:
        """Ask everybody whom the case is about for their side, in the handler's own words.

        By `How.MESSAGE` the bot brings the words to them, and only to those; raises `Incomplete` when one of them
        cannot be reached, since who is asked late hears it from the others.
        """
        case = await _find(tx, actor, number, Permission.HEAR)
        step = transitions.start_hearing(case, actor.id, case.subjects, message)
        asked = await _persons(tx, step.asked)
        if how is How.MESSAGE and await unreachable(tx, asked):
            raise Incomplete(phrase("I cannot write to everybody whom this case is about. Talk with them at school."))
        case = await self._save(tx, actor, step)
        if how is How.MESSAGE:
            for person in asked:
                # No case id: what a handler sent to somebody is theirs, and stays when the case closes.
                await notices.tell(tx, person, self._question(actor, person, message))
        return case

    def _question(self, actor: Person, person: Person, message: str) -> Outgoing:
        text = say(
            person.language,
            "{name} of {school} wants to hear your side and writes:\n\n{message}\n\n"
            "Please answer {name} yourself: nobody reads what you write to me.",
            name=actor.name,
            school=self.schools[actor.school_id].name,
            message=message.strip(),
        )
        return Outgoing("", text=text, subject=say(person.language, "A message from {name}", name=actor.name))

    async def record_hearing(self, tx: Transaction, actor: Person, number: str, said: str) -> Case:
        """Write down what the other side said; a talk that was held without asking for it here is begun as well."""
        case = await _find(tx, actor, number, Permission.HEAR)
        if case.state is State.TAKEN:
            asked = say(actor.language, "Asked in a talk at school.")
            step = transitions.start_hearing(case, actor.id, case.subjects, asked)
            transitions.record_hearing(step.case, actor.id, self.clock(), said)  # refuse before anything is written
            case = await self._save(tx, actor, step)
        return await self._save(tx, actor, transitions.record_hearing(case, actor.id, self.clock(), said))

    async def decide(
        self,
        tx: Transaction,
        actor: Person,
        number: str,
        decision: Decision,
        reason: str,
        not_heard_because: str | None = None,
    ) -> Case:
        """Decide, with a reason; 'founded' needs a hearing or why there was none; 'out of scope' erases and closes."""
        case = await _find(tx, actor, number, Permission.DECIDE)
        step = transitions.decide(case, actor.id, self.clock(), decision, reason, not_heard_because)
        case = await self._save(tx, actor, step)
        if case.state is State.CLOSED:
            await redact_copies(tx, case)
        return case

    async def escalate(self, tx: Transaction, actor: Person, number: str, to: Role, reason: str) -> Case:
        """Bring a case to a further role and tell the people in it; raises `Incomplete` where there is nobody."""
        case = await _find(tx, actor, number, Permission.ESCALATE)
        step = transitions.escalate(case, actor.id, to, reason)
        newcomers = _newcomers(case, to, await tx.people.staffed(case.school_id))
        if not newcomers:
            raise Incomplete(phrase("Nobody at your school can handle this case in that role. Choose another one."))
        case = await self._save(tx, actor, step)
        evidence = await tx.cases.evidence(case)
        await notices.tell_handlers(
            tx,
            self.schools[case.school_id],
            case,
            Route(case.audience, newcomers, None),
            await group_name(tx, case),
            [one.category for one in evidence],
            [clause for one in evidence for clause in one.clauses],
        )
        return case

    async def note(self, tx: Transaction, actor: Person, number: str, text: str) -> Case:
        """Write something with the case."""
        case = await _find(tx, actor, number, Permission.NOTE)
        return await self._save(tx, actor, transitions.note(case, actor.id, text))

    async def close(self, tx: Transaction, actor: Person, number: str, reason: str | None = None) -> Case:
        """Close a case and take back what was shown of it in chats."""
        case = await _find(tx, actor, number, Permission.CLOSE)
        case = await self._save(tx, actor, transitions.close(case, actor.id, self.clock(), reason))
        await redact_copies(tx, case)
        return case

    async def reopen(self, tx: Transaction, actor: Person, number: str, reason: str) -> Case:
        """Look at a decided or closed case again."""
        case = await _find(tx, actor, number, Permission.REOPEN)
        return await self._save(tx, actor, transitions.reopen(case, actor.id, reason))

    async def _save(self, tx: Transaction, actor: Person, step: Step) -> Case:
        """Store a step first, so that `CaseChanged` leaves nothing half-done; then record it."""
        await tx.cases.save(step, actor.id, self.clock())
        await tx.audit.record(actor.school_id, actor.id, step.action, str(step.case.id))
        return step.case


async def redact_copies(tx: Transaction, case: Case) -> None:
    """Take back every copy of a closed case that stands in a chat: evidence and buttons make way for one sentence.

    A message with evidence that was not sent yet is taken back; one on its way at this moment is redacted by the next
    hour's housekeeping, which calls this again.
    """
    await tx.outbox.withdraw_evidence(case)
    for copy in await tx.outbox.copies(case):
        if copy.channel in NOT_REDACTABLE:
            continue
        reader = await tx.people.by_account(case.school_id, Account(copy.channel, copy.address))
        text = say(
            reader.language if reader else None,
            "Case {number} is closed. What stood here has been removed.",
            number=case.number,
        )
        await tx.outbox.add(
            case.school_id,
            copy.channel,
            Outgoing(copy.address, verb="edit", message_id=copy.message_id, text=text),
            person_id=copy.person_id,
            case_id=case.id,
        )
        await tx.outbox.redacted(copy)


async def unreachable(tx: Transaction, people: Iterable[Person]) -> list[Person]:
    """Return those of the people to whom no private message can be brought (promise 9)."""
    return [person for person in people if not await tx.people.contacts(person.id)]


async def _find(tx: Transaction, actor: Person, number: str, permission: Permission) -> Case:
    """Return a case on which the actor has a permission; raises `NoSuchCase` or `NotAllowed`."""
    scope = scope_for(actor)
    case = await tx.cases.by_number(scope, number)
    if case is None:
        raise NoSuchCase
    if not may(scope, permission, case):
        raise NotAllowed(NOT_ALLOWED)
    return case


async def _persons(tx: Transaction, ids: Iterable[UUID | None]) -> list[Person]:
    found = [await tx.people.person(person_id) for person_id in ids if person_id is not None]
    return [person for person in found if person is not None]


def _newcomers(case: Case, role: Role, people: Sequence[Person]) -> tuple[Person, ...]:
    """Return who could take the case if it were brought to `role`, and cannot now."""
    case = replace(case, only_for=None)  # passing a case on ends that it is shown to one person only
    wider = replace(case, audience=case.audience | {role})
    scopes = [(person, scope_for(person)) for person in people]
    return tuple(
        person
        for person, scope in scopes
        if may(scope, Permission.TAKE, wider) and not may(scope, Permission.TAKE, case)
    )
