"""Where everything is built and put together, once: settings in, a running school out."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.adapters.email.folder import FolderSender
from bot.adapters.email.sender import EmailSender
from bot.adapters.telegram.bot import TelegramBot
from bot.cases.case import Person
from bot.clock import Clock, Ids, system_clock
from bot.commands.chat import ChatDesk
from bot.delivery import Delivery
from bot.desk.server import serve
from bot.detection import DetectorInWorker, prepare
from bot.events import Delivery as Delivered
from bot.executor import CpuExecutor, InlineExecutor, ProcessExecutor
from bot.keyfile import open_keys
from bot.keyring import KeyRing, require_keys_of_database
from bot.outgoing import Sender
from bot.pipeline import Pipeline
from bot.schedule.clock import SchoolClock
from bot.school import School
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.store import SqlStore, SqlTransaction
from rules.protocols import load_protocol
from rules.vocabulary import Account, Role

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class App:
    """A school with everything it runs on."""

    settings: Settings
    clock: Clock
    ids: Ids
    keyring: KeyRing
    database: Database
    store: SqlStore
    school: School
    pipeline: Pipeline
    delivery: Delivery
    senders: Mapping[str, Sender]


@dataclass(frozen=True, slots=True)
class SchoolIntake:
    """What an adapter hands its deliveries to: the pipeline, for one school."""

    pipeline: Pipeline
    store: SqlStore
    school_id: UUID

    async def accept(self, source: str, deliveries: Sequence[Delivered]) -> None:
        """Return when the deliveries are in the journal on disk; raises `ClosedStore` when they are not."""
        await self.pipeline.accept(self.school_id, source, deliveries)

    async def last_sequence(self, source: str) -> int | None:
        """Return the highest sequence number of the source on disk; None when there is none to go by."""
        async with self.store.read() as tx:
            return await tx.journal.last_sequence(source)


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    rng: random.Random | None = None,
    executor: CpuExecutor | None = None,
) -> AsyncIterator[App]:
    """Give the school of these settings, ready to work; raises `KeyRingError` or `ClosedStore` before anything starts."""
    rng = rng or random.SystemRandom()
    ids = Ids(clock, rng)
    keyring = open_keys(settings.storage.keys, settings.secrets.keys_value, clock)
    database = Database(settings.storage.url)
    executor = executor or ProcessExecutor(prepare)
    try:
        await database.check()
        store = SqlStore(database, keyring, ids, clock)
        school = await enrolled(store, settings, keyring)
        senders = _senders(settings, rng)
        delivery = Delivery(store, senders, clock)
        desk = ChatDesk({school.id: school}, ids, clock)
        pipeline = Pipeline(
            store,
            DetectorInWorker(executor),
            {school.id: school},
            desk.react,
            ids,
            clock,
            fingerprint=lambda value: keyring.lookup("flag", value),
            wake_delivery=delivery.wake,
        )
        yield App(settings, clock, ids, keyring, database, store, school, pipeline, delivery, senders)
    finally:
        executor.close()
        await database.close()


async def enrolled(store: SqlStore, settings: Settings, keyring: KeyRing) -> School:
    """Bring school, groups and staff of the settings into the database, and return the school.

    Raises `KeysOfAnother` when the database was made with other keys.
    """
    protocol = load_protocol(settings.school.protocol)
    async with store.write() as tx:
        school_id, remembered = await tx.schools.put(
            settings.school.slug, settings.school.name, keyring.check_value()
        )
        require_keys_of_database(keyring, remembered)
        await _enrol_people(tx, settings, school_id)
    return School(
        school_id,
        settings.school.slug,
        settings.school.name,
        protocol,
        settings.school.language,
        ZoneInfo(settings.school.timezone),
    )


async def _enrol_people(tx: SqlTransaction, settings: Settings, school_id: UUID) -> None:
    groups = {group.name: await tx.people.put_group(school_id, group.name, group.kind) for group in settings.group}
    mentored: dict[str, set[UUID]] = {}
    for group in settings.group:
        for key in group.mentors:
            mentored.setdefault(key, set()).add(UUID(groups[group.name].id))
    for member in settings.person:
        roles: set[tuple[Role, UUID | None]] = {(Role.MENTOR, group_id) for group_id in mentored.get(member.key, ())}
        for role in member.roles:
            if role is not Role.MENTOR:
                named = [UUID(groups[name].id) for name in member.groups]
                roles |= {(role, group_id) for group_id in named} if named else {(role, None)}
        person = await tx.people.put(
            school_id, member.key, member.name, frozenset(roles), member.language or settings.school.language
        )
        if member.email:
            await tx.people.link_account(person, Account("email", member.email, member.name))
    await tx.people.retire(school_id, {member.key for member in settings.person})
