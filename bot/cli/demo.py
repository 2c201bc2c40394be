"""`klasveilig demo`: two chat exports go through the real pipeline, on a database of their own under `var/demo`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from bot.access import can_read, scope_for
from bot.adapters.replay.export import read_export
from bot.bootstrap import App, mail_sender, opened
from bot.cases.case import Matter, State
from bot.cli.common import run_async
from bot.cli.setup import prepare
from bot.cli.show import case_line
from bot.commands.replaying import chat_of, play
from bot.schedule.clock import readers, write_summary
from bot.school_file import load_settings
from bot.stores import Evidence
from bot.summary import Week
from bot.texts import category_name, say, say_count, say_phrase, severity_name
from rules.vocabulary import IncomingMessage, phrase

FOLDER: Final = Path(__file__).parents[2] / "deploy" / "demo"
VAR: Final = Path(__file__).parents[2] / "var" / "demo"
CHATS: Final = (("2B", "klas-2b.txt"), ("Ouders 2B", "ouderapp-2b.txt"))
AT_A_TIME: Final = 4
"""Messages played between two looks at what is flagged, so that the table grows as the chat does."""
WIDE: Final = 140
"""Columns of output that goes to a file, where there is no terminal to ask."""
HEADINGS: Final = (
    phrase("Group"),
    phrase("Message"),
    phrase("What"),
    phrase("Why"),
    phrase("Article"),
    phrase("How soon"),
    phrase("For whom"),
)


@dataclass
class Shown:
    """The table as far as it is filled."""

    table: Table
    rows: set[tuple[str, str, str]] = field(default_factory=set)


@click.command()
def demo() -> None:
    """Play a class chat and a parents' chat, and show what is flagged, why, under which article and for whom."""
    shutil.rmtree(VAR, ignore_errors=True)
    config = FOLDER / "school.toml"
    settings = load_settings(config)
    prepare(settings)
    program = f"{os.path.relpath(Path(sys.executable).parent / 'klasveilig')} --config {os.path.relpath(config)}"
    mails = os.path.relpath(VAR / "mail")
    console = Console()
    if console.width < WIDE and not console.is_terminal:
        console = Console(width=WIDE)

    async def work() -> None:
        async with opened(settings, senders={"email": mail_sender(settings)}) as app:
            shown = Shown(_new_table(app.school.language))
            with Live(shown.table, console=console, auto_refresh=False, vertical_overflow="visible") as live:
                for name, file in CHATS:
                    await _play(app, name, FOLDER / file, shown, live)
            await _write_summary(app)
            while await app.delivery.send_due("email"):
                pass
            await _tell_end(app, console, program, mails)

    run_async(work)


def _new_table(language: str) -> Table:
    table = Table(show_lines=True)
    for heading in HEADINGS:
        table.add_column(say_phrase(language, heading), overflow="fold")
    return table


async def _play(app: App, name: str, file: Path, shown: Shown, live: Live) -> None:
    async with app.store.read() as tx:
        group = next(group for group in await tx.people.groups(app.school.id) if group.name == name)
    export = read_export(file, chat=chat_of(group), timezone=app.school.timezone)
    for start in range(0, len(export.messages), AT_A_TIME):
        messages: Sequence[IncomingMessage] = export.messages[start : start + AT_A_TIME]
        await play(app.pipeline, app.store, app.clock, group, messages)
        await _show_new(app, shown)
        live.refresh()


async def _show_new(app: App, shown: Shown) -> None:
    """Add what is new to the table: read as the people who may read it, so that it shows what they would see."""
    language = app.school.language
    async with app.store.read() as tx:
        people = await tx.people.staffed(app.school.id)
        groups = {group.id: group.name for group in await tx.people.groups(app.school.id)}
        cases = {case.id: case for person in people for case in await tx.cases.listed(scope_for(person), State)}
        for case in sorted(cases.values(), key=lambda case: case.id):
            readers = ", ".join(person.name for person in people if can_read(scope_for(person), case))
            for one in await tx.cases.evidence(case):
                row = (case.number, one.text, one.category)
                if row not in shown.rows:
                    shown.rows.add(row)
                    shown.table.add_row(groups.get(str(case.group_id), ""), *_cells(one, language), readers)


def _cells(one: Evidence, language: str) -> tuple[str, ...]:
    text = escape(one.text)
    for word in one.words:
        text = text.replace(escape(word), f"[bold red]{escape(word)}[/]")
    return (
        f"[bold]{escape(one.author)}[/]: {text}",
        category_name(language, one.category),
        escape("\n".join(one.reasons)),
        ", ".join(one.clauses),
        severity_name(language, one.severity),
    )


async def _write_summary(app: App) -> None:
    """Write the safety summary of this week, which a running bot sends when the week is over."""
    today = app.clock().astimezone(app.school.timezone).date()
    recipients = await readers(app.store, app.school)
    async with app.store.write() as tx:
        await write_summary(tx, app.school, recipients, Week.of(today, app.school.timezone))


async def _tell_end(app: App, console: Console, program: str, mails: str) -> None:
    """Print the open cases of everybody, and the commands to look at one and decide it."""
    language, timezone = app.school.language, app.school.timezone.key
    today = app.clock().astimezone(app.school.timezone).date()
    async with app.store.read() as tx:
        checked = (await tx.counters.totals(app.school.id, today, today)).get("checked", 0)
        handlers = {}
        for member in app.settings.person:
            person = await tx.people.by_key(app.school.id, member.key)
            if person is not None:
                handlers[member.key] = person, await tx.cases.listed(scope_for(person), State)
    console.print(say_count(language, "{n} message checked.", "{n} messages checked.", checked))
    for person, cases in handlers.values():
        console.print(f"\n[bold]{say(language, 'Open cases for {name}', name=escape(person.name))}[/]")
        for case in cases:
            console.print(f"  {case_line(case, timezone, language)}", highlight=False)
        if not cases:
            console.print(f"  {say(language, 'No cases.')}")
    key, number = next(
        (key, case.number) for key, (_, cases) in handlers.items() for case in cases if case.matter is Matter.CONDUCT
    )
    console.print(f"\n[bold]{say(language, 'Now you are the mentor. Look at a case, take it and decide it:')}[/]")
    for command in (
        f"cases --as {key}",
        f"case show {number} --as {key}",
        f"case take {number} --as {key}",
        f"case decide {number} founded --as {key} --reason '...' --not-heard-because '...'",
    ):
        console.print(f"  {program} {command}", highlight=False, soft_wrap=True)
    said = say(language, "The notices to these people and the weekly summary are in {folder}.", folder=mails)
    console.print(said, soft_wrap=True)
