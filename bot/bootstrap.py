"""Where everything is built and put together, once: settings in, a running school out."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.adapters.mail.folder import FolderSender
from bot.adapters.mail.sender import EmailSender
from bot.adapters.telegram.connection import TelegramBot, connected
from bot.adapters.telegram.poller import Poller
from bot.adapters.telegram.sender import TelegramSender
from bot.adapters.telegram.webhook import Webhook
from bot.cases.shadow import Shadow
from bot.clock import Clock, Ids, system_clock
from bot.commands.chat import COMMANDS, ChatDesk
from bot.commands.review import Review, redact_copies
from bot.delivery import Delivery
from bot.desk.server import serve
from bot.detection import WorkerDetector, load_classifier, prepare
from bot.events import ButtonPressed
from bot.events import Delivery as Delivered
from bot.executor import CpuExecutor, ProcessExecutor
from bot.keyfile import open_keys
from bot.keyring import KeyRing, require_keys_of_database
from bot.outgoing import Sender
from bot.pipeline import Pipeline
from bot.schedule.clock import DAILY, SchoolClock, Timing, Transaction
from bot.school import School
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.store import SqlStore, SqlTransaction
from bot.stores import ClosedStore
from bot.summary import HOURLY
from rules.protocols import load_own_thresholds, load_protocol
from rules.vocabulary import Account, Role

log = logging.getLogger(__name__)

CLAIMS_KEPT = timedelta(weeks=5)
"""How long it is remembered in which hours the bot ran: the weekly summary needs two weeks."""


@dataclass(frozen=True, slots=True)
class App:
    """A school with everything it runs on."""

    settings: Settings
    clock: Clock
    ids: Ids
    rng: random.Random
    keyring: KeyRing
    database: Database
    store: SqlStore
    school: School
    review: Review
    pipeline: Pipeline
    delivery: Delivery


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    rng: random.Random | None = None,
    executor: CpuExecutor | None = None,
    senders: Mapping[str, Sender] = MappingProxyType({}),
) -> AsyncIterator[App]:
    """Give the school of these settings, ready to work.

    Raises `KeyRingError`, `ClosedStore`, or what `load_classifier` raises, before anything starts.
    Without `executor`, messages are judged in a process of their own; without `senders`, nothing is sent from here:
    the outbox waits for the process that sends.
    """
    rng = rng or random.SystemRandom()
    ids = Ids(clock, rng)
    keyring = open_keys(settings.storage.keys, settings.secrets.keys_value, clock)
    database = Database(settings.storage_url)
    if executor is None:
        load_classifier(settings.detoxify_folder)  # what cannot be used stops the bot now, not its worker later
        executor = ProcessExecutor(partial(prepare, settings.detoxify_folder))
    try:
        await database.check()
        store = SqlStore(database, keyring, ids, clock)
        school = await enrolled(store, settings, keyring)
        schools = {school.id: school}
        delivery = Delivery(store, senders, clock)
        review = Review(schools, clock)
        pipeline = Pipeline(
            store,
            WorkerDetector(executor, detoxify=settings.detoxify_folder),
            schools,
            ChatDesk(schools, review, ids, clock).react,
            ids,
            clock,
            fingerprint=lambda value: keyring.lookup("flag", value),
            wake_delivery=delivery.wake,
        )
        yield App(settings, clock, ids, rng, keyring, database, store, school, review, pipeline, delivery)
    finally:
        executor.close()
        await database.close()


@dataclass(frozen=True, slots=True)
class SchoolIntake:
    """What the Telegram adapter hands its deliveries to: the pipeline, for one school."""

    app: App
    sender: TelegramSender

    async def accept(self, source: str, deliveries: Sequence[Delivered]) -> None:
        """Return when the deliveries are in the journal on disk; raises `ClosedStore` when they are not."""
        try:
            await self.app.pipeline.accept(self.app.school.id, source, deliveries)
        except ClosedStore as error:
            log.error("messages cannot be stored and wait at Telegram: %s", error)
            raise
        for delivery in deliveries:
            if isinstance(delivery.event, ButtonPressed):
                await self.sender.answer(delivery.event.callback_id)

    async def last_sequence(self, source: str) -> int | None:
        """Return the highest sequence number of the source on disk; None when there is none to go by."""
        async with self.app.store.read() as tx:
            return await tx.journal.last_sequence(source)


async def run(settings: Settings, *, clock: Clock = system_clock, rng: random.Random | None = None) -> None:
    """Run the school until cancelled: receive, process, send, and keep time."""
    async with AsyncExitStack() as stack:
        senders: dict[str, Sender] = {}
        bot = None
        token = settings.secrets.telegram_token
        if settings.telegram.enabled and token is not None:
            bot = await stack.enter_async_context(connected(token.get_secret_value(), settings.telegram.base_url))
            senders["telegram"] = TelegramSender(bot)
        if settings.mail is not None:
            senders["email"] = mail_sender(settings, clock)
        app = await stack.enter_async_context(opened(settings, clock=clock, rng=rng, senders=senders))
        await app.pipeline.recover()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(app.pipeline.run())
            tasks.create_task(app.delivery.run())
            tasks.create_task(school_clock(app).run())
            if bot is not None:
                tasks.create_task(receive(app, bot))


async def receive(app: App, bot: TelegramBot) -> None:
    """Receive from Telegram in the way that the settings say."""
    telegram = app.settings.telegram
    intake = SchoolIntake(app, TelegramSender(bot))
    if telegram.mode == "polling":
        await Poller(bot, intake, COMMANDS, clock=app.clock, rng=app.rng).run()
    elif telegram.webhook_url is not None:
        secret = app.keyring.lookup("webhook", telegram.webhook_url)
        webhook = Webhook(bot, intake, COMMANDS, secret, clock=app.clock, rng=app.rng)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(serve(telegram.listen, webhook.receive))
            tasks.create_task(webhook.start(telegram.webhook_url))


def mail_sender(settings: Settings, clock: Clock = system_clock) -> Sender:
    """Return the sender of the school's mail: its mail server, or a folder that mails are written to."""
    mail = settings.mail
    assert mail is not None  # noqa: S101 # the caller looked
    if mail.folder is not None:
        return FolderSender(mail.folder, mail.sender, clock)
    password = settings.secrets.smtp_password
    return EmailSender(
        mail.host or "",
        mail.port,
        mail.sender,
        clock,
        security=mail.security,
        user=mail.user,
        password=password.get_secret_value() if password else None,
    )


def school_clock(app: App) -> SchoolClock:
    """Return the clock of a school: its weekly summary, and its housekeeping each hour."""

    async def housekeeping(tx: Transaction, school: School) -> None:
        destroyed = app.keyring.renew_journal_key(await tx.journal.key_ids())
        if destroyed:
            log.info("destroyed journal keys: %d", len(destroyed))
        for job in (HOURLY, DAILY):
            await tx.jobs.forget_before(school.id, job, app.clock() - CLAIMS_KEPT)
        await tx.concerns.forget_before(school.id, app.clock() - CLAIMS_KEPT)
        for case in await tx.cases.still_shown(school.id):
            await redact_copies(tx, case)

    timing = Timing(app.settings.summary.weekday, app.settings.summary.hour)
    return SchoolClock(app.store, [app.school], timing, housekeeping, app.clock, wake_delivery=app.delivery.wake)


async def enrolled(store: SqlStore, settings: Settings, keyring: KeyRing) -> School:
    """Bring school, groups and staff of the settings into the database, and return the school.

    Raises `KeysOfAnother` when the database was made with other keys.
    """
    protocol = load_protocol(protocol_of(settings)).with_own(load_own_thresholds(own_thresholds_of(settings)))
    async with store.write() as tx:
        school_id, remembered = await tx.schools.put(settings.school.slug, settings.school.name, keyring.check_value())
        require_keys_of_database(keyring, remembered)
        await _enrol_people(tx, settings, school_id)
        shadow = None
        if settings.shadow is not None:
            reader = await tx.people.by_key(school_id, settings.shadow.shown_to)
            shadow = Shadow(settings.shadow.until, reader.id) if reader else None
    return School(
        school_id,
        settings.school.slug,
        settings.school.name,
        protocol,
        settings.school.language,
        ZoneInfo(settings.school.timezone),
        settings.notices.concerns_per_week,
        shadow,
    )


def protocol_of(settings: Settings) -> str | Path:
    """Return the name of a protocol that comes with Klasveilig, or the path of the school's own file."""
    own = settings.path.absolute().parent / settings.school.protocol
    return own if own.suffix == ".toml" else settings.school.protocol


def own_thresholds_of(settings: Settings) -> Path:
    """Return the path of the school's own thresholds, which may not be there."""
    return settings.path.absolute().parent / "thresholds.toml"


async def _enrol_people(tx: SqlTransaction, settings: Settings, school_id: UUID) -> None:
    groups = {group.name: await tx.people.put_group(school_id, group.name, group.kind) for group in settings.group}
    mentored: dict[str, set[UUID]] = {}
    for group in settings.group:
        if group.chat is not None:
            await tx.people.link_chat(groups[group.name], group.chat)
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
