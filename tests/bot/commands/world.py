"""A school with people, chats and cases, in which tests press buttons and type; everything goes the real way."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bot import notices
from bot.access import scope_for
from bot.cases.case import Case, Matter, Person, State
from bot.cases.routing import route
from bot.clock import Ids
from bot.commands.chat import ChatDesk
from bot.commands.review import Review
from bot.delivery import Delivery
from bot.events import ButtonPressed, Event, GroupCommand, PrivateText
from bot.events import Delivery as Delivered
from bot.keyring import KeyRing
from bot.school import School
from bot.storage.database import Database
from bot.storage.store import SqlStore
from bot.stores import Evidence
from rules.protocols import load_protocol
from rules.vocabulary import Account, Category, Chat, Flag, Group, GroupKind, Line, Role, Severity
from tests.bot.commands.telegram import Shown, TelegramTwin
from tests.conftest import FixedClock

GOLDEN = Path(__file__).parent / "golden"

CLASS = Chat("telegram", "-1002")
STAFF = {
    "anna": ("Anna de Vries", Role.MENTOR),
    "bram": ("Bram Bakker", Role.MENTOR),
    "vera": ("Vera Visser", Role.TRUSTED_PERSON),
    "dirk": ("Dirk Meijer", Role.LEADERSHIP),
    "bea": ("Bea Mulder", Role.BOARD),
    "ict": ("Igor Post", Role.ADMINISTRATOR),
}
"""The people of the school: their name and their one role; mentors are those of 2B."""


@dataclass
class World:
    """One school and its Telegram."""

    database: Database
    keyring: KeyRing
    store: SqlStore
    school: School
    ids: Ids
    clock: FixedClock
    groups: dict[str, Group]
    people: dict[str, Person]
    telegram: TelegramTwin = field(default_factory=TelegramTwin)
    said: list[str] = field(default_factory=list)
    """What was pressed, typed and answered, for golden files."""

    def __post_init__(self) -> None:
        schools = {self.school.id: self.school}
        self.review = Review(schools, self.clock)
        self.desk = ChatDesk(schools, self.review, self.ids, self.clock)
        self.delivery = Delivery(self.store, {"telegram": self.telegram}, self.clock)

    def account(self, who: str, language: str | None = "nl") -> Account:
        """Return somebody's Telegram account; whoever is no member of staff has their own name for an id."""
        return Account("telegram", f"tg-{who}", STAFF[who][0] if who in STAFF else who.title(), language)

    async def happens(self, event: Event) -> None:
        """Let an event happen as the pipeline does: journal, reaction and answer; then send what is due."""
        async with self.store.write() as tx:
            [entry] = await tx.journal.append(self.school.id, "telegram:1", [Delivered(event)])
        async with self.store.write() as tx:
            await self.desk.react(tx, entry)
            await tx.journal.done([entry.id])
        await self.send()

    async def send(self) -> None:
        """Send everything that stands in the outbox for Telegram."""
        while await self.delivery.send_due("telegram"):
            pass

    async def types(self, who: str, text: str, language: str | None = "nl") -> Shown:
        """Let somebody type in their private chat, and return the last answer."""
        return await self._does(who, f"> {text}", PrivateText(self.account(who, language), text, self.clock()))

    async def presses(self, who: str, label: str, language: str | None = "nl") -> Shown:
        """Let somebody press the newest button with this label, and return the last answer."""
        message = next(shown for shown in reversed(self.chat(who)) if label in shown.buttons)
        return await self.presses_data(who, message.buttons[label], language, f"[{label}]", message.id)

    async def presses_data(
        self, who: str, data: str, language: str | None = "nl", label: str = "", message_id: str = "1"
    ) -> Shown:
        """Let somebody press a button that says `data`, wherever they have it from."""
        event = ButtonPressed(self.account(who, language), data, message_id, "callback", self.clock())
        return await self._does(who, f"> {label or data}", event)

    async def types_in_group(
        self, who: str, command: str, argument: str = "", language: str = "nl", chat: Chat = CLASS
    ) -> None:
        """Let somebody type a command in a group."""
        await self.happens(GroupCommand(chat, self.account(who, language), command, argument, "77", self.clock()))

    async def _does(self, who: str, shown: str, event: Event) -> Shown:
        before = len(self.chat(who))
        await self.happens(event)
        answers = self.chat(who)[before:]
        assert answers, "everybody gets an answer"
        self.said += [shown, *(as_read(answer) for answer in answers)]
        return answers[-1]

    def chat(self, who: str) -> list[Shown]:
        """Return the messages in somebody's private chat."""
        return self.telegram.chats[f"tg-{who}"]

    async def links(self, *who: str) -> None:
        """Link members of staff to their accounts, so that they can be written to."""
        async with self.store.write() as tx:
            for one in who:
                await tx.people.link_account(self.people[one], self.account(one))

    async def flagged(
        self,
        author: str = "finn",
        texts: Sequence[str] = ("jij bent echt een vieze loser",),
        categories: Sequence[Category] = (Category.INSULT,),
    ) -> Case:
        """Let the pipeline's work be done: flagged messages of somebody became a case, and its handlers were told."""
        found = [evidence(author, text, self.clock, category) for text in texts for category in categories]
        now, group = self.clock(), self.groups["2B"]
        async with self.store.write() as tx:
            subject = await tx.people.meet(self.school.id, self.account(author))
            people = await tx.people.staffed(self.school.id)
            way = route(
                school_id=self.school.id,
                categories=frozenset(one.category for one in found),
                severity=max(one.severity for one in found),
                group_id=UUID(group.id),
                subjects=frozenset({subject.id}),
                targets=frozenset(),
                people=people,
                wanted=frozenset({Role.MENTOR}),
            )
            case = Case(
                id=self.ids.uuid(),
                school_id=self.school.id,
                number=self.ids.case_number(),
                group_id=UUID(group.id),
                matter=Matter.CONDUCT,
                severity=Severity.SERIOUS,
                state=State.OPEN,
                protocol=self.school.protocol.name,
                protocol_version=self.school.protocol.version.isoformat(),
                opened_at=now,
                last_flag_at=now,
                audience=way.audience,
                subjects=frozenset({subject.id}),
            )
            await tx.cases.add(case)
            for one in found:
                flag = Flag(one.category, one.severity, one.score, one.clauses, ())
                await tx.cases.add_flag(case, f"{case.number}:{one.category}:{one.text}", flag, one)
            await notices.tell_handlers(tx, self.school, case, way, group.name, [one.category for one in found])
        await self.send()
        return case

    async def column(self, column: str) -> list[Any]:
        """Return a column of the database, as `table.column`, in the order of the keys."""
        table, _, name = column.partition(".")
        async with self.database.engine.connect() as connection:
            rows = await connection.exec_driver_sql(f"SELECT {name} FROM {table} ORDER BY id")  # noqa: S608
            return [row[0] for row in rows]

    async def now(self, case: Case) -> Case:
        """Return the case as it is stored now, read as somebody who may read it."""
        async with self.store.read() as tx:
            for person in self.people.values():
                found = await tx.cases.by_number(scope_for(person), case.number)
                if found is not None:
                    return found
        raise AssertionError(f"nobody can read {case.number}")


def evidence(author: str, text: str, clock: FixedClock, category: Category) -> Evidence:
    """Return what is kept of one flagged message."""
    return Evidence(
        author=author.title(),
        text=text,
        sent_at=clock(),
        category=category,
        severity=Severity.SERIOUS,
        score=0.93,
        clauses=("A.10",),
        reasons=("Scheldwoord tegen iemand.",),
        words=("vieze loser",),
        context=(Line("1", "Sara", "wie heeft mijn tas?"), Line("2", "Finn", "haha zoek zelf")),
    )


async def make_world(database: Database, keyring: KeyRing, ids: Ids, clock: FixedClock, language: str) -> World:
    """Return a school with groups and staff, none of them linked yet."""
    store = SqlStore(database, keyring, ids, clock)
    async with store.write() as tx:
        school_id, _ = await tx.schools.put("dalton", "Daltonschool", "check")
        groups = {
            "2B": await tx.people.put_group(school_id, "2B", GroupKind.CLASS),
            "Ouders": await tx.people.put_group(school_id, "2B", GroupKind.PARENTS),
        }
        people = {}
        for key, (name, role) in STAFF.items():
            about = UUID(groups["2B"].id) if role is Role.MENTOR else None
            people[key] = await tx.people.put(school_id, key, name, frozenset({(role, about)}), language)
    protocol = load_protocol("willem-van-oranje-2026")
    school = School(school_id, "dalton", "Daltonschool", protocol, language, ZoneInfo("Europe/Amsterdam"))
    return World(database, keyring, store, school, ids, clock, groups, people)


def as_read(shown: Shown) -> str:
    """Return a message as its reader sees it: text, and buttons below."""
    return "\n".join([shown.text, *(f"[{label}]" for label in shown.buttons)])


def check_golden(name: str, said: Sequence[str]) -> None:
    """Compare what people read with what was agreed; after a change that is meant: KLASVEILIG_WRITE_GOLDEN=1 pytest."""
    text = "\n\n".join(said) + "\n"
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("KLASVEILIG_WRITE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), f"{name}: run KLASVEILIG_WRITE_GOLDEN=1 pytest, and read the diff"
