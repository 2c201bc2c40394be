"""The way of a message, from the platform to a human being.

`Pipeline.accept` puts what a platform delivers into the journal; when it returns, nothing can be lost any more.
`Pipeline.process` shows the whole way after that, top to bottom.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import traceback
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from itertools import groupby
from typing import Protocol
from uuid import UUID

from bot import digest, notices
from bot.cases.case import MATTER_OF, Case, Matter, Person, State
from bot.cases.joining import WINDOW, join
from bot.cases.routing import route
from bot.cases.shadow import roles_to_read_by
from bot.clock import Clock, Ids
from bot.conversation import Conversations
from bot.events import Delivery, MessagePosted
from bot.school import School
from bot.stopping import to_the_end
from bot.stores import ClosedStore, Entry, Evidence, Store, Transaction
from bot.texts import say_phrase
from rules.deciding import decide
from rules.vocabulary import AttachmentKind, Chat, Detection, Facts, Flag, IncomingMessage, Role, Severity, Verdict

log = logging.getLogger(__name__)

BATCH = 256
"""Messages that go through together: one call of the detectors, one transaction."""
TOGETHER = 0.015
"""Seconds to wait for more messages before a small batch goes: a busy minute then costs a third of the work."""
BACKLOG = 4 * BATCH
"""Entries that may wait in memory; beyond it `accept` waits, so that a flood fills the journal's disk, not memory."""
RETRY_AFTER = (60, 300, 900, 3600, 4 * 3600, 12 * 3600)
"""Seconds after which an unchecked message is tried again; after the last it is counted and shown as unchecked."""
LOOK_AGAIN = 15.0
"""Seconds between looks for unchecked messages when nothing arrives."""
STORE_PAUSE = 2.0
"""Seconds to wait before trying a store that could not take a change."""

WORDS_SAY_IT = {AttachmentKind.STICKER, AttachmentKind.CONTACT, AttachmentKind.LOCATION, AttachmentKind.POLL}
NOT_LOOKED_AT = frozenset(AttachmentKind) - WORDS_SAY_IT
"""Kinds of attachment that no detector judges yet: they are counted, so that their silence is not taken for safety."""

React = Callable[[Transaction, Entry], Awaitable[None]]
"""Does what an event other than a message asks for (a button, a command), inside the given transaction."""


class Detector(Protocol):
    """Judges messages; a detector that fails is named in `Detection.failed`, never swallowed."""

    async def detect(self, items: Sequence[tuple[IncomingMessage, Facts]]) -> list[Detection]:
        """Return one detection per item, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """A message with all that was found out about it."""

    entry: Entry
    message: IncomingMessage
    facts: Facts
    detection: Detection
    verdict: Verdict


@dataclass(eq=False, slots=True)
class Arrival:
    """Deliveries that somebody waits for to be on disk."""

    school_id: UUID
    source: str
    deliveries: Sequence[Delivery]
    on_disk: bool = False


class Pipeline:
    """Takes deliveries in and brings what matters to people; messages of one chat stay in order."""

    def __init__(
        self,
        store: Store,
        detector: Detector,
        schools: Mapping[UUID, School],
        react: React,
        ids: Ids,
        clock: Clock,
        *,
        fingerprint: Callable[[str], str],
        wake_delivery: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._detector = detector
        self._schools = schools
        self._react = react
        self._ids = ids
        self._clock = clock
        self._fingerprint = fingerprint
        self._wake_delivery = wake_delivery
        self._conversations = Conversations()
        self._waiting: deque[Entry] = deque()
        self._changed = asyncio.Condition()
        self._arrivals: list[Arrival] = []
        self._turn = asyncio.Lock()

    async def accept(self, school_id: UUID, source: str, deliveries: Sequence[Delivery]) -> None:
        """Write deliveries to the journal and return when they are on disk; raises `ClosedStore` when they are not."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._waiting) < BACKLOG)
        arrival = Arrival(school_id, source, deliveries)
        self._arrivals.append(arrival)
        try:
            async with self._turn:
                # Whoever has the turn writes for all who came meanwhile: one wait for the disk serves them together.
                if not arrival.on_disk:
                    await to_the_end(self._write_arrivals([one for one in self._arrivals if not one.on_disk]))
        finally:
            self._arrivals.remove(arrival)

    async def _write_arrivals(self, arrivals: Sequence[Arrival]) -> None:
        async with self._store.write() as tx:
            entries = [
                entry
                for (school_id, source), together in groupby(arrivals, lambda one: (one.school_id, one.source))
                for entry in await tx.journal.append(school_id, source, _without_repeats(together))
            ]
        for arrival in arrivals:
            arrival.on_disk = True
        async with self._changed:
            self._waiting.extend(entries)
            self._changed.notify_all()

    async def process(self, entries: Sequence[Entry]) -> None:
        """Bring messages from the journal to the people who must know: the whole way, top to bottom."""
        messages = [entry for entry in entries if isinstance(entry.event, MessagePosted)]
        known = await self._gather(messages)
        detections = await self._detector.detect([(message, facts) for _, message, facts in known])
        judged = [
            Judged(entry, message, facts, detection, decide(detection, facts, self._schools[entry.school_id].protocol))
            for (entry, message, facts), detection in zip(known, detections, strict=True)
        ]
        async with self._store.write() as tx:
            await self._open_or_join(tx, judged)
            unchecked = await self._keep_unchecked(tx, judged)
            await self._count(tx, judged, unchecked)
            await tx.journal.done([entry.id for entry in entries if entry.id not in unchecked])
        self._wake_delivery()

    async def _gather(self, entries: Sequence[Entry]) -> list[tuple[Entry, IncomingMessage, Facts]]:
        """Return the messages of linked groups with their facts; what was said in other chats is not looked at."""
        messages = [entry.event.message for entry in entries if isinstance(entry.event, MessagePosted)]
        async with self._store.read() as tx:
            groups = await tx.people.groups_of({message.chat for message in messages})
            roles = {
                school_id: await tx.people.roles_of(
                    school_id, {m.author for e, m in zip(entries, messages, strict=True) if e.school_id == school_id}
                )
                for school_id in {entry.school_id for entry in entries}
            }
        now = self._clock()
        self._conversations.forget(now)
        known = []
        for entry, message in zip(entries, messages, strict=True):
            group = groups.get(message.chat)
            if group is None or group.school_id != str(entry.school_id):
                continue
            account = f"{message.author.platform}:{message.author.id}"
            role = main_role(roles[entry.school_id].get(account, frozenset()))
            known.append((entry, message, Facts(group, role, self._conversations.before(message))))
            if entry.attempts == 0:
                self._conversations.add(message, role, now)
        return known

    async def _open_or_join(self, tx: Transaction, judged: Sequence[Judged]) -> None:
        """Put the flags of messages into the cases they belong to, and tell the handlers where something is new."""
        flagged = [(one, flag, self._print(one, flag)) for one in judged for flag in one.verdict.flags]
        for school_id, school in self._schools.items():
            own = [entry for entry in flagged if entry[0].entry.school_id == school_id]
            if not own:
                continue
            seen = await tx.cases.seen(school_id, [fingerprint for _, _, fingerprint in own])
            people = await tx.people.staffed(school_id)
            together: dict[tuple[UUID, Matter], dict[str, tuple[Judged, Flag]]] = {}
            for one, flag, fingerprint in own:
                if fingerprint not in seen:
                    seen.add(fingerprint)
                    matter = MATTER_OF.get(flag.category, Matter.CONTENT)
                    together.setdefault((one.entry.id, matter), {})[fingerprint] = one, flag
            for (_, matter), found in together.items():
                await self._bring(tx, school, matter, found, people)

    def _print(self, one: Judged, flag: Flag) -> str:
        """Return what makes this category of this message unique, unreadable without the key."""
        return self._fingerprint(f"{one.facts.group.id}|{one.message.identity}|{flag.category}")

    async def _bring(
        self,
        tx: Transaction,
        school: School,
        matter: Matter,
        found: Mapping[str, tuple[Judged, Flag]],
        people: Sequence[Person],
    ) -> None:
        """Bring what was found in one message about one matter to the people who must know; by fingerprint."""
        one = next(judged for judged, _ in found.values())
        flags = [flag for _, flag in found.values()]
        author = await tx.people.meet(school.id, one.message.author)
        group_id = UUID(one.facts.group.id)
        now = self._clock()
        severity = max(flag.severity for flag in flags)
        ways = partial(
            route,
            school_id=school.id,
            categories=frozenset(flag.category for flag in flags),
            severity=severity,
            group_id=group_id,
            subjects=frozenset({author.id}),
            targets=frozenset(),
            subject_roles=frozenset(role for role, _ in author.roles) or frozenset({one.facts.author_role}),
        )
        way = ways(people=people, wanted=school.protocol.audience(flags))
        only_for = None
        if reader := self._reader_in_shadow(school, flags, severity, people):
            hidden = ways(people=[reader], wanted=roles_to_read_by(reader))
            if hidden.handlers:
                way, only_for = hidden, reader.id
        candidate = Case(
            id=self._ids.uuid(),
            school_id=school.id,
            number=self._ids.case_number(),
            group_id=group_id,
            matter=matter,
            severity=severity,
            state=State.OPEN,
            protocol=one.verdict.protocol,
            protocol_version=one.verdict.version,
            opened_at=now,
            last_flag_at=one.message.sent_at,
            audience=way.audience,
            subjects=frozenset({author.id}),
            only_for=only_for,
        )
        earlier = await tx.cases.joinable(school.id, group_id, matter, candidate.last_flag_at - WINDOW)
        joined = join(candidate, earlier, people)
        case = joined.case
        if joined.step is None:
            await tx.cases.add(case)
        else:
            await tx.cases.save(joined.step, None, now)
        for fingerprint, (_, flag) in found.items():
            await tx.cases.add_flag(case, fingerprint, flag, evidence_of(one, flag, school.language))
        if joined.notice_due:
            categories = [flag.category for flag in flags]
            clauses = [clause for flag in flags for clause in flag.clauses]
            told = replace(way, handlers=await digest.told_now(tx, school, case, way.handlers, now))
            await notices.tell_handlers(tx, school, case, told, one.facts.group.name, categories, clauses)

    def _reader_in_shadow(
        self, school: School, flags: Iterable[Flag], severity: Severity, people: Iterable[Person]
    ) -> Person | None:
        """Return the one person whom these flags are shown to in the shadow month; None where they go their way."""
        shadow = school.shadow
        today = self._clock().astimezone(school.timezone).date()
        if shadow is None or not shadow.hides((flag.category for flag in flags), severity, today):
            return None
        return next((person for person in people if person.id == shadow.shown_to), None)

    async def _keep_unchecked(self, tx: Transaction, judged: Sequence[Judged]) -> set[UUID]:
        """Keep messages that a detector could not judge, to be tried again; return the ids of their entries."""
        kept = set()
        for one in judged:
            if one.detection.failed and one.entry.attempts < len(RETRY_AFTER):
                retry_at = self._clock() + timedelta(seconds=RETRY_AFTER[one.entry.attempts])
                await tx.journal.postpone(one.entry.id, one.detection.failed, retry_at)
                kept.add(one.entry.id)
                log.warning("unchecked entry=%s by=%s", one.entry.id, ",".join(one.detection.failed))
        return kept

    async def _count(self, tx: Transaction, judged: Sequence[Judged], unchecked: set[UUID]) -> None:
        """Count per day and group, and mark how far each chat was processed."""
        counts: Counter[tuple[UUID, UUID, date, str]] = Counter()
        last: dict[Chat, tuple[UUID, IncomingMessage]] = {}
        for one in judged:
            if one.entry.id in unchecked:
                continue
            name = "unchecked" if one.detection.failed else "checked"
            # The day of processing, like that of the flags: an old export must not vanish into a week that was told.
            day = self._clock().astimezone(self._schools[one.entry.school_id].timezone).date()
            group_id = UUID(one.facts.group.id)
            counts[one.entry.school_id, group_id, day, name] += 1
            if any(attachment.kind in NOT_LOOKED_AT for attachment in one.message.attachments):
                counts[one.entry.school_id, group_id, day, "not_looked_at"] += 1
            last[one.message.chat] = one.entry.school_id, one.message
        await tx.counters.add(counts)
        await tx.counters.mark(last.values())

    async def recover(self, source: str | None = None) -> None:
        """Take up what an earlier run left in the journal (of one source, or of all); call it before `accept`."""
        async with self._store.read() as tx:
            self._waiting.extend(await tx.journal.waiting(source))

    async def run(self) -> None:
        """Process for ever: what arrives, and unchecked messages whose time has come."""
        while True:
            async with self._changed:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait_for(lambda: bool(self._waiting)), LOOK_AGAIN)
            if len(self._waiting) < BATCH:
                await asyncio.sleep(TOGETHER)
            await self.drain()
            try:
                await self._retry()
            except ClosedStore as error:
                log.error("storage cannot be read, looking again later: %s", error)

    async def drain(self) -> None:
        """Process all that waits, in order of arrival."""
        while self._waiting:
            batch = _next_batch(self._waiting)
            await self._handle(batch)
            async with self._changed:
                for _ in batch:
                    self._waiting.popleft()
                self._changed.notify_all()

    async def _retry(self) -> None:
        """Try what was set aside again, when its time has come."""
        async with self._store.read() as tx:
            due = deque(await tx.journal.due(BATCH))
        while due:
            batch = _next_batch(due)
            await self._handle(batch)
            for _ in batch:
                due.popleft()

    async def _handle(self, batch: Sequence[Entry]) -> None:
        """Process a batch, however often it takes."""
        while True:
            try:
                await to_the_end(self._process_or_set_aside(batch))
                return
            except ClosedStore as error:
                # Everything is still in the journal; going on to the next would lose the order of the chat.
                log.error("storage cannot take changes, trying again: %s", error)
                await asyncio.sleep(STORE_PAUSE)

    async def _process_or_set_aside(self, batch: Sequence[Entry]) -> None:
        """Process a batch; what breaks the program is set aside alone, never dropped."""
        try:
            if isinstance(batch[0].event, MessagePosted):
                await self.process(batch)
            else:
                await self._answer(batch[0])
        except ClosedStore:
            raise
        except Exception as error:  # noqa: BLE001 # whatever is odd about one entry must not stop the others
            if len(batch) > 1:
                for entry in batch:
                    await self._handle([entry])
                return
            # Where it broke, without the error's own text: it may quote what people wrote.
            place = "".join(traceback.format_tb(error.__traceback__))
            log.error("set aside entry=%s: %s\n%s", batch[0].id, type(error).__name__, place)
            await self._set_aside(batch[0])

    async def _answer(self, entry: Entry) -> None:
        """Do what a button, a command or a change of members asks for, once."""
        async with self._store.write() as tx:
            await self._react(tx, entry)
            await tx.journal.done([entry.id])
        self._wake_delivery()

    async def _set_aside(self, entry: Entry) -> None:
        """Keep an entry that the program could not process as unchecked; it is counted and tried again."""
        pause = RETRY_AFTER[min(entry.attempts, len(RETRY_AFTER) - 1)]
        async with self._store.write() as tx:
            await tx.journal.postpone(entry.id, ["program"], self._clock() + timedelta(seconds=pause))


def _without_repeats(arrivals: Iterable[Arrival]) -> list[Delivery]:
    """Return the deliveries of all arrivals; what a platform delivered again before the first was on disk, once."""
    deliveries: list[Delivery] = []
    known: set[int | None] = set()
    for arrival in arrivals:
        deliveries += [delivery for delivery in arrival.deliveries if delivery.sequence not in known]
        known |= {delivery.sequence for delivery in arrival.deliveries} - {None}
    return deliveries


def _next_batch(waiting: Iterable[Entry]) -> list[Entry]:
    """Return the next messages that can go together; an event of another kind goes alone."""
    batch: list[Entry] = []
    for entry in waiting:
        is_message = isinstance(entry.event, MessagePosted)
        if len(batch) == BATCH or (batch and not is_message):
            break
        batch.append(entry)
        if not is_message:
            break
    return batch


ROLE_ORDER = (
    Role.MENTOR,
    Role.TRUSTED_PERSON,
    Role.COORDINATOR,
    Role.LEADERSHIP,
    Role.BOARD,
    Role.SUPERVISORY_BOARD,
    Role.STAFF,
    Role.ADMINISTRATOR,
    Role.CLASS_PARENT,
    Role.PARENT,
    Role.PUPIL,
)


def main_role(roles: frozenset[Role]) -> Role:
    """Return the role in which somebody writes: that of staff before that of a parent or pupil."""
    return next((role for role in ROLE_ORDER if role in roles), Role.UNKNOWN)


def evidence_of(one: Judged, flag: Flag, language: str) -> Evidence:
    """Return what a handler may see of a flag, with its reasons in the school's language."""
    return Evidence(
        author=one.message.author.name,
        text=one.message.text,
        sent_at=one.message.sent_at,
        category=flag.category,
        severity=flag.severity,
        score=flag.score,
        clauses=flag.clauses,
        reasons=tuple(dict.fromkeys(say_phrase(language, finding.reason) for finding in flag.findings)),
        words=tuple(dict.fromkeys(word for finding in flag.findings for word in finding.words)),
        context=one.facts.context,
    )
