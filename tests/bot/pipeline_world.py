"""Two schools with a class each, a pipeline over real storage, and a detector whose answers stand in the messages."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.access import scope_for
from bot.cases.case import Case, Person, State
from bot.clock import Ids
from bot.events import Delivery, Event, MessagePosted
from bot.outgoing import Outgoing
from bot.pipeline import Pipeline
from bot.school import School
from bot.storage.store import SqlStore
from bot.stores import Entry, Evidence, Store, Transaction
from rules.protocols import load_protocol
from rules.vocabulary import (
    Account,
    Category,
    Chat,
    Detection,
    Facts,
    Finding,
    Group,
    GroupKind,
    IncomingMessage,
    Role,
    phrase,
)
from tests.conftest import FixedClock

CLASS_CHAT = Chat("telegram", "-1001")
OTHER_CHAT = Chat("telegram", "-1002")
MARKS = {
    "sukkel": Category.INSULT,
    "pas op": Category.THREAT,
    "niemand wil jou": Category.BULLYING,
    "stuur foto": Category.SEXUAL,
}


@dataclass
class FakeDetector:
    """Finds what `MARKS` says. `failing` names detectors that cannot judge; 'kapot' in a message breaks the program."""

    failing: tuple[str, ...] = ()
    seen: list[tuple[str, Facts]] = field(default_factory=list)

    async def detect(self, items: Sequence[tuple[IncomingMessage, Facts]]) -> list[Detection]:
        self.seen += [(message.text, facts) for message, facts in items]
        return [self._detection(message.text) for message, _ in items]

    def _detection(self, text: str) -> Detection:
        if "kapot" in text:
            raise RuntimeError(f"cannot read {text!r}")
        found = {category: word for word, category in MARKS.items() if word in text}
        findings = [
            Finding("fake", category, 0.9, phrase("Calls somebody names."), (word,)) for category, word in found.items()
        ]
        return Detection(tuple(findings), dict.fromkeys(found, 0.9), self.failing)

    @property
    def texts(self) -> list[str]:
        return [text for text, _ in self.seen]


@dataclass
class World:
    """What a test does and looks at; `wakes` gets an item each time that delivery is woken."""

    store: SqlStore
    clock: FixedClock
    ids: Ids
    school: School
    other: School
    group: Group
    people: dict[str, Person]
    detector: FakeDetector = field(default_factory=FakeDetector)
    reacted: list[Event] = field(default_factory=list)
    fail_reaction: Callable[[Event], None] = lambda event: None
    wakes: asyncio.Queue[None] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self.pipeline = self.new_pipeline()

    def new_pipeline(self, store: Store | None = None) -> Pipeline:
        """Return a pipeline as after a restart; its memory is empty."""
        return Pipeline(
            store or self.store,
            self.detector,
            {self.school.id: self.school, self.other.id: self.other},
            self._react,
            self.ids,
            self.clock,
            fingerprint=lambda value: f"print of {value}",
            wake_delivery=lambda: self.wakes.put_nowait(None),
        )

    async def _react(self, tx: Transaction, entry: Entry) -> None:
        await tx.outbox.add(entry.school_id, "telegram", Outgoing("5", text="gedaan"))
        self.fail_reaction(entry.event)
        self.reacted.append(entry.event)

    def message(
        self, text: str, author: str = "Sam", chat: Chat = CLASS_CHAT, message_id: str | None = None
    ) -> IncomingMessage:
        """Return a message a second after the last; `message_id` of an earlier one makes it an edit."""
        number = next(self._numbers)
        self.clock.forward(seconds=1)
        return IncomingMessage(
            chat,
            f"{message_id or number}:{number if message_id else 0}",
            Account("telegram", str(sum(author.encode())), author),
            text,
            self.clock(),
            message_id or str(number),
        )

    async def accept(self, *events: Event | IncomingMessage, school: School | None = None) -> None:
        """Hand events in, each with a number of its platform."""
        deliveries = [
            Delivery(
                MessagePosted(event) if isinstance(event, IncomingMessage) else event, 10_000 + next(self._numbers)
            )
            for event in events
        ]
        await self.pipeline.accept((school or self.school).id, "telegram:1", deliveries)

    async def say(self, *texts: str, author: str = "Sam", chat: Chat = CLASS_CHAT) -> None:
        """Have somebody write in a chat, and process it."""
        await self.accept(*(self.message(text, author, chat) for text in texts))
        await self.pipeline.drain()

    async def link(self, key: str, account: str) -> None:
        """Link somebody of the school to a Telegram account."""
        async with self.store.write() as tx:
            await tx.people.link_account(self.people[key], Account("telegram", account))

    async def cases(self) -> list[Case]:
        """Return all cases of the school, oldest first, whoever may read them."""
        async with self.store.read() as tx:
            found = {
                case.id: case
                for person in self.people.values()
                for case in await tx.cases.listed(scope_for(person), State)
            }
        return sorted(found.values(), key=lambda case: case.id)

    async def evidence(self) -> list[Evidence]:
        """Return the evidence of all cases, oldest message first."""
        async with self.store.read() as tx:
            return [one for case in await self.cases() for one in await tx.cases.evidence(case)]

    async def history(self, case: Case) -> list[str]:
        """Return what was done in a case."""
        async with self.store.read() as tx:
            return [event.action for event in await tx.cases.history(case)]

    async def notices(self) -> list[str]:
        """Return who was written to, once per message, in the order of writing."""
        names = {person.id: key for key, person in self.people.items()}
        async with self.store.read() as tx:
            posts = [post for channel in ("telegram", "email", "nowhere") for post in await tx.outbox.due(channel, 99)]
        return [names[post.person_id] for post in sorted(posts, key=lambda post: post.id) if post.person_id]

    async def counts(self, school: School | None = None) -> dict[str, int]:
        """Return the counters of a school over all days."""
        first, last = self.clock().date().replace(day=1), self.clock().date().replace(month=12, day=31)
        async with self.store.read() as tx:
            return await tx.counters.totals((school or self.school).id, first, last)

    async def waiting(self) -> list[str]:
        """Return the texts that stand in the journal, never tried."""
        async with self.store.read() as tx:
            entries = await tx.journal.waiting()
        return [entry.event.message.text for entry in entries if isinstance(entry.event, MessagePosted)]

    async def unchecked(self) -> int:
        async with self.store.read() as tx:
            return await tx.journal.unchecked(self.school.id)


async def new_world(store: SqlStore, clock: FixedClock, ids: Ids, schools: Sequence[UUID]) -> World:
    """Return a world: school one has a mentor of class 2B, a coordinator, a trusted person and leadership."""
    protocol = load_protocol("willem-van-oranje-2026")
    amsterdam = ZoneInfo("Europe/Amsterdam")
    one, two = (
        School(school_id, slug, slug.title(), protocol, "nl", amsterdam)
        for school_id, slug in zip(schools, ("een", "twee"), strict=True)
    )
    async with store.write() as tx:
        group = await tx.people.put_group(one.id, "2B", GroupKind.CLASS)
        await tx.people.link_chat(group, CLASS_CHAT)
        other = await tx.people.put_group(two.id, "2B", GroupKind.CLASS)
        await tx.people.link_chat(other, OTHER_CHAT)
        group_id = UUID(group.id)
        people = {
            "mentor": await tx.people.put(one.id, "mentor", "Mies", frozenset({(Role.MENTOR, group_id)}), "nl"),
            "coordinator": await tx.people.put(one.id, "co", "Coos", frozenset({(Role.COORDINATOR, None)}), "nl"),
            "trusted": await tx.people.put(one.id, "vp", "Vera", frozenset({(Role.TRUSTED_PERSON, None)}), "nl"),
            "leader": await tx.people.put(one.id, "leader", "Lies", frozenset({(Role.LEADERSHIP, None)}), "nl"),
        }
    return World(store, clock, ids, one, two, group, people)
