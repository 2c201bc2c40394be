"""What the bot needs of its storage: values that go in and out, and one small Protocol per subject.

`bot.storage` implements these on SQLAlchemy; the pipeline, the commands and the schedule see only this file.
All ids are UUIDs, all moments are UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from bot.access import Scope
from bot.cases.case import Case, Person, Relation, State
from bot.cases.transitions import Step
from bot.events import Delivery, Event
from bot.outgoing import Outgoing
from rules.vocabulary import Account, Category, Chat, Flag, Group, IncomingMessage, Line, Role, Severity


class CaseChanged(Exception):
    """Somebody else changed the case since it was read: nothing was stored."""


class ClosedStore(Exception):
    """The database cannot take the change (disk full, locked, unreachable): nothing was stored, nothing is lost."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in the journal: on disk, not yet processed."""

    id: UUID
    school_id: UUID
    source: str
    position: int
    event: Event
    received_at: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a handler sees of one flag: the message, what made it a flag, and the conversation around it."""

    author: str
    text: str
    sent_at: datetime
    category: Category
    severity: Severity
    score: float
    clauses: tuple[str, ...]
    reasons: tuple[str, ...]
    words: tuple[str, ...]
    context: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reported with `/melden`; `reporter` is None for an anonymous report."""

    kind: str
    text: str
    created_at: datetime
    reporter: UUID | None


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One step that was taken in a case; `actor` is None for what the bot did by itself."""

    at: datetime
    actor: UUID | None
    action: str
    state: State
    note: str | None
    not_heard_because: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A message in the outbox. `address` inside `outgoing` may be empty where `person_id` tells whom it is for."""

    id: UUID
    school_id: UUID
    channel: str
    person_id: UUID | None
    case_id: UUID | None
    outgoing: Outgoing
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class SentCopy:
    """A copy of a case's message that stands in somebody's chat."""

    id: UUID
    person_id: UUID | None
    channel: str
    address: str
    message_id: str
    holds_evidence: bool
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach a person: channel (`telegram`, `email`) and the address on it."""

    channel: str
    address: str


class Journal(Protocol):
    """Events on disk between arrival and effect."""

    async def append(self, school_id: UUID, source: str, deliveries: Sequence[Delivery]) -> list[Entry]:
        """Write the deliveries that are not yet here and return them as entries, in order."""
        ...

    async def last_sequence(self, source: str) -> int | None:
        """Return the highest platform sequence number on disk; None when there is none or it is over 6 days old."""
        ...

    async def waiting(self, source: str | None = None) -> list[Entry]:
        """Return the entries (of one source) that were never tried, in order of arrival."""
        ...

    async def due(self, limit: int) -> list[Entry]:
        """Return unchecked entries whose time to try again has come."""
        ...

    async def done(self, ids: Iterable[UUID]) -> None:
        """Delete entries whose effects are stored in this transaction."""
        ...

    async def postpone(self, entry_id: UUID, failed: Sequence[str], retry_at: datetime) -> None:
        """Keep an entry as unchecked, to be tried again at `retry_at`."""
        ...

    async def unchecked(self, school_id: UUID) -> int:
        """Count the entries that wait as unchecked."""
        ...

    async def key_ids(self) -> set[str]:
        """Return the ids of the journal keys that entries are still sealed under."""
        ...


class Cases(Protocol):
    """Cases with their flags, reports, people and history."""

    async def seen(self, school_id: UUID, fingerprints: Iterable[str]) -> set[str]:
        """Return which of the fingerprints already belong to a flag."""
        ...

    async def joinable(self, school_id: UUID, group_id: UUID, matter: str, since: datetime) -> list[Case]:
        """Return cases of this group and matter that are not decided or closed and had a flag since then."""
        ...

    async def add(self, case: Case) -> None:
        """Store a new case with its audience and the people involved."""
        ...

    async def save(self, step: Step, actor: UUID | None, at: datetime) -> None:
        """Store the case after a step and the step itself, and erase what the step asks to.

        Raises `CaseChanged` if the case changed since it was read.
        """
        ...

    async def remark(self, case: Case, action: str, note: str) -> None:
        """Add something to the history of a case that the bot did or found by itself."""
        ...

    async def involve(self, case: Case, person_id: UUID, relation: Relation) -> None:
        """Remember how a person is involved; once however often it is said."""
        ...

    async def add_flag(
        self,
        case: Case,
        fingerprint: str,
        flag: Flag,
        evidence: Evidence,
    ) -> None:
        """Store one flag of a case with its sealed evidence."""
        ...

    async def add_report(self, case: Case, report: Report, receipt: str) -> None:
        """Store what somebody reported, findable by its receipt code."""
        ...

    async def by_number(self, scope: Scope, number: str) -> Case | None:
        """Return the case if the scope may read it, else None: as if it did not exist."""
        ...

    async def by_receipt(self, school_id: UUID, receipt: str) -> Case | None:
        """Return the case that a receipt code belongs to."""
        ...

    async def still_shown(self, school_id: UUID) -> list[Case]:
        """Return closed cases of which a copy with evidence still stands in a chat."""
        ...

    async def listed(self, scope: Scope, states: Iterable[State]) -> list[Case]:
        """Return the cases in these states that the scope may read, most severe first, then oldest first."""
        ...

    async def flags_since(self, school_id: UUID, group_id: UUID, since: datetime) -> dict[str, int]:
        """Return how many flags each case of a group got since then, by case number."""
        ...

    async def evidence(self, case: Case) -> list[Evidence]:
        """Return the evidence of a case, oldest message first."""
        ...

    async def reports(self, case: Case) -> list[Report]:
        """Return the reports of a case, oldest first."""
        ...

    async def history(self, case: Case) -> list[CaseEvent]:
        """Return the steps of a case, oldest first."""
        ...


class Outbox(Protocol):
    """Messages to people: written with their cause, sent afterwards, recorded as copies."""

    async def add(
        self,
        school_id: UUID,
        channel: str,
        outgoing: Outgoing,
        *,
        person_id: UUID | None = None,
        case_id: UUID | None = None,
    ) -> None:
        """Write a message; it is sent after this transaction."""
        ...

    async def due(self, channel: str, limit: int) -> list[Post]:
        """Return messages of a channel whose time has come, in the order in which they were written."""
        ...

    async def sent(self, post: Post, message_id: str) -> None:
        """Take the message out and, where it belongs to a case, record the copy; once however often it is said."""
        ...

    async def postpone(self, post: Post, due_at: datetime) -> None:
        """Try the message again at `due_at`."""
        ...

    async def drop(self, post: Post) -> None:
        """Take a message out that another one replaces."""
        ...

    async def readdress(self, post: Post, address: str) -> None:
        """Send a message to the new address of its chat."""
        ...

    async def give_up(self, post: Post, error: str) -> None:
        """Keep the message as undeliverable, to be counted and shown; of one to nobody known, only that it was."""
        ...

    async def withdraw_evidence(self, case: Case) -> None:
        """Take messages with evidence of a case out that were not sent yet."""
        ...

    async def undeliverable(self, school_id: UUID) -> int:
        """Count the messages that could not be delivered."""
        ...

    async def copies(self, case: Case) -> list[SentCopy]:
        """Return the copies of a case's messages that were not redacted yet."""
        ...

    async def redacted(self, copy: SentCopy) -> None:
        """Remember that the redaction of a copy is on its way."""
        ...


class People(Protocol):
    """Who is who at a school, and which chat is which group."""

    async def person(self, person_id: UUID) -> Person | None:
        """Return a person with roles."""
        ...

    async def staffed(self, school_id: UUID) -> list[Person]:
        """Return everybody with a role that can handle cases."""
        ...

    async def by_key(self, school_id: UUID, key: str) -> Person | None:
        """Return the person that `school.toml` calls `key`."""
        ...

    async def by_account(self, school_id: UUID, account: Account) -> Person | None:
        """Return the person a platform account is linked to."""
        ...

    async def meet(self, school_id: UUID, account: Account) -> Person:
        """Return the person behind an account, made now if nobody knew them: only for people in a case."""
        ...

    async def contacts(self, person_id: UUID) -> list[Contact]:
        """Return the ways to reach a person, best first."""
        ...

    async def set_reachable(self, school_id: UUID, account: Account, reachable: bool) -> None:
        """Remember whether private messages reach a linked account."""
        ...

    async def groups(self, school_id: UUID) -> list[Group]:
        """Return the groups of a school."""
        ...

    async def group_of(self, chat: Chat) -> Group | None:
        """Return the group a chat is linked to."""
        ...

    async def chats(self, school_id: UUID) -> list[Chat]:
        """Return the chats that are linked to groups of a school."""
        ...

    async def groups_of(self, chats: Iterable[Chat]) -> dict[Chat, Group]:
        """Return the linked groups of these chats; chats that are not linked, or paused, are left out."""
        ...

    async def roles_of(self, school_id: UUID, accounts: Iterable[Account]) -> dict[str, frozenset[Role]]:
        """Return the roles of linked accounts, by `platform:id`; unlinked accounts are left out."""
        ...

    async def link_chat(self, group: Group, chat: Chat) -> None:
        """Link a chat to a group, in place of an earlier link of that chat."""
        ...

    async def unlink_chat(self, chat: Chat) -> None:
        """Forget which group a chat was."""
        ...

    async def move_chat(self, chat: Chat, new_id: str) -> None:
        """Keep the link of a chat that got another id."""
        ...

    async def link_account(self, person: Person, account: Account) -> None:
        """Link a platform account to a person who can now be written to."""
        ...

    async def add_code(
        self, school_id: UUID, code: str, expires_at: datetime, *, group_id: UUID | None, person_id: UUID | None
    ) -> None:
        """Store a one-time link code for a group or a person."""
        ...

    async def use_code(self, school_id: UUID, code: str) -> tuple[UUID | None, UUID | None] | None:
        """Use up a code and return (group id, person id); None when it is unknown, used or expired."""
        ...


class Counters(Protocol):
    """Counts for the weekly summary, per day and group; and the marks that hold no text."""

    async def add(self, counts: Mapping[tuple[UUID, UUID, date, str], int]) -> None:
        """Add to counters; the key is (school, group, day, name)."""
        ...

    async def totals(self, school_id: UUID, first: date, last: date) -> dict[str, int]:
        """Return name -> count over the days first..last, both included."""
        ...

    async def mark(self, last: Iterable[tuple[UUID, IncomingMessage]]) -> None:
        """Remember the last processed messages, one per chat, each with its school."""
        ...


class Concerns(Protocol):
    """Who heard of which concern by a notice of its own, and who reads of it in the next digest."""

    async def told(self, person_id: UUID, since: datetime) -> int:
        """Count the notices of concerns that somebody got one by one since then."""
        ...

    async def add(self, person: Person, case: Case, *, held: bool) -> None:
        """Remember that somebody is told of a case now, or (`held`) in the next digest."""
        ...

    async def held(self, school_id: UUID) -> dict[UUID, set[UUID]]:
        """Return who waits for the digest, by case, oldest case first; only cases that nobody handles at present."""
        ...

    async def release(self, school_id: UUID, case_ids: Iterable[UUID]) -> None:
        """Forget that these cases wait for the digest: it is written in this transaction."""
        ...

    async def forget_before(self, school_id: UUID, moment: datetime) -> None:
        """Forget notices from before `moment`, but none of an undecided case that still waits for the digest."""
        ...


class Dialogs(Protocol):
    """Where somebody is in a conversation with the bot."""

    async def get(self, school_id: UUID, account: Account) -> dict[str, str] | None:
        """Return the state of the dialog; None when there is none."""
        ...

    async def put(self, school_id: UUID, account: Account, state: Mapping[str, str]) -> None:
        """Store the state of the dialog."""
        ...

    async def end(self, school_id: UUID, account: Account) -> None:
        """Forget the dialog."""
        ...


class AuditLog(Protocol):
    """Who read and decided what, chained by hash per school."""

    async def record(self, school_id: UUID, actor: UUID, action: str, subject: str) -> None:
        """Add one read or decision to the chain."""
        ...

    async def first_broken(self, school_id: UUID) -> int | None:
        """Return the position of the first row that does not fit the chain; None when it is whole."""
        ...


class Transaction(Protocol):
    """One transaction over all stores: everything in it is stored, or nothing is."""

    @property
    def journal(self) -> Journal:
        """Events waiting for their effects."""
        ...

    @property
    def cases(self) -> Cases:
        """Cases and what belongs to them."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Messages to people."""
        ...

    @property
    def people(self) -> People:
        """Who is who."""
        ...

    @property
    def counters(self) -> Counters:
        """Counts and marks."""
        ...

    @property
    def concerns(self) -> Concerns:
        """Notices of concerns."""
        ...

    @property
    def dialogs(self) -> Dialogs:
        """Half-finished conversations."""
        ...

    @property
    def audit(self) -> AuditLog:
        """The audit chain."""
        ...


class Store(Protocol):
    """The door to storage."""

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that only reads."""
        ...

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that is committed to disk at its end, or rolled back by an error."""
        ...
