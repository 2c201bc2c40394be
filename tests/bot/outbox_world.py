"""A school with somebody to write to, and senders that fail when told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

from bot import notices
from bot.cases.case import Case, Person
from bot.delivery import Delivery
from bot.outgoing import Outgoing
from bot.storage.store import SqlStore
from rules.vocabulary import Account
from tests.bot.worlds import a_case
from tests.conftest import FixedClock


class FakeSender:
    """Remembers what it was asked to do; `failures` are raised first, one per try, each for its address ('' any)."""

    def __init__(self) -> None:
        self.tries: list[Outgoing] = []
        self.done: list[Outgoing] = []
        self.failures: list[tuple[str, Exception]] = []
        self.after: Callable[[], None] = lambda: None
        self.sent = asyncio.Event()

    def fail(self, *errors: Exception, address: str = "") -> None:
        self.failures += [(address, error) for error in errors]

    async def deliver(self, outgoing: Outgoing) -> str:
        self.tries.append(outgoing)
        for failure in self.failures:
            if failure[0] in ("", outgoing.address):
                self.failures.remove(failure)
                raise failure[1]
        self.done.append(outgoing)
        self.after()
        self.sent.set()
        return str(len(self.done))

    @property
    def texts(self) -> list[str]:
        return [outgoing.text for outgoing in self.done]


class World:
    """A school with somebody to write to, its outbox, and senders that fail when told to."""

    def __init__(self, store: SqlStore, clock: FixedClock, school: UUID, mentor: Person) -> None:
        self.store = store
        self.clock = clock
        self.school = school
        self.mentor = mentor
        self.telegram, self.email = FakeSender(), FakeSender()
        self.delivery = Delivery(store, {"telegram": self.telegram, "email": self.email}, clock)

    async def write(self, *outgoings: Outgoing, channel: str = "telegram") -> None:
        async with self.store.write() as tx:
            for outgoing in outgoings:
                await tx.outbox.add(self.school, channel, outgoing)

    async def tell(self, *texts: str, case: Case | None = None) -> None:
        async with self.store.write() as tx:
            for text in texts:
                await notices.tell(tx, self.mentor, Outgoing("", text=text, subject="Zaak"), case)

    async def link(self, channel: str, address: str) -> None:
        async with self.store.write() as tx:
            await tx.people.link_account(self.mentor, Account(channel, address))

    async def send(self, channel: str = "telegram") -> None:
        while await self.delivery.send_due(channel):
            pass

    async def undeliverable(self) -> int:
        async with self.store.read() as tx:
            return await tx.outbox.undeliverable(self.school)

    async def add_case(self) -> Case:
        case = a_case(school_id=self.school, group_id=None, subjects=frozenset())
        async with self.store.write() as tx:
            await tx.cases.add(case)
        return case


def numbered(address: str, *numbers: int) -> Sequence[Outgoing]:
    return [Outgoing(address, text=f"{address} {number}") for number in numbers]
