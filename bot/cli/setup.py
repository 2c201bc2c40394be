"""Commands for whoever installs the bot: init, migrate, doctor, code and run."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path
from uuid import UUID

import click

from bot import bootstrap
from bot.adapters.telegram.patience import CannotReceive
from bot.cli.common import WRONG_INPUT, run_async, settings_of
from bot.cli.doctor import examine
from bot.cli.questions import ask_school
from bot.clock import system_clock
from bot.commands.linking import CODE_TERM, create_code
from bot.executor import InlineExecutor
from bot.keyfile import FileKeyRing
from bot.school_file import require_secrets
from bot.settings import Settings
from bot.storage.database import Database
from bot.texts import say, say_phrase


@click.command()
@click.pass_context
def init(context: click.Context) -> None:
    """Ask a few questions, write school.toml, and make the keys and the database."""
    path = Path(context.obj)
    if path.exists():
        click.echo(f"{path}: exists already. Change it with an editor, or move it away first.", err=True)
        context.exit(WRONG_INPUT)
    text = ask_school(system_clock().date())
    path.write_text(text, encoding="utf-8")
    settings = settings_of(context)
    prepare(settings)
    click.echo(f"\n{path} is written, keys are in {settings.storage.keys}, the database is ready.")
    click.echo("Keep a copy of the keys apart from copies of the database: without them nothing can be read.")
    click.echo("Next: klasveilig doctor")


def prepare(settings: Settings) -> None:
    """Make the keys, where there are none, and bring the database's tables to this version."""
    if settings.secrets.keys is None and not settings.storage.keys.exists():
        FileKeyRing.create(settings.storage.keys, system_clock)

    async def migrated() -> None:
        database = Database(settings.storage_url)
        try:
            await database.migrate()
        finally:
            await database.close()

    run_async(migrated)


@click.command()
@click.pass_context
def migrate(context: click.Context) -> None:
    """Bring the database's tables to this version of the program."""
    settings = settings_of(context)
    prepare(settings)
    click.echo(say(settings.school.language, "The database is up to date."))


@click.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Check settings, keys, database, people and platform, and say what to put right."""
    settings = settings_of(context)
    observations = run_async(lambda: examine(settings))
    signs = {"good": "ok  ", "limit": "let op" if settings.school.language == "nl" else "note", "problem": "FOUT"}
    for observation in observations:
        click.echo(f"{signs[observation.level]:6} {say_phrase(settings.school.language, observation.text)}")
    context.exit(1 if any(observation.level == "problem" for observation in observations) else 0)


@click.command()
@click.option("--group", "group_name", help="Name of the group whose chat is to be linked.")
@click.option("--person", "person_key", help="Key of the person whose account is to be linked.")
@click.pass_context
def code(context: click.Context, group_name: str | None, person_key: str | None) -> None:
    """Make a one-time code: /koppel CODE in the group's chat, or in the person's private chat with the bot."""
    if (group_name is None) == (person_key is None):
        raise click.UsageError("Give either --group NAME or --person KEY.")
    settings = settings_of(context)

    async def work() -> str:
        async with bootstrap.opened(settings, executor=InlineExecutor()) as app, app.store.write() as tx:
            group_id = person_id = None
            if group_name is not None:
                groups = {group.name: group for group in await tx.people.groups(app.school.id)}
                if group_name not in groups:
                    raise click.UsageError(f"No group {group_name!r}. Known: {', '.join(groups) or 'none'}.")
                group_id = UUID(groups[group_name].id)
            if person_key is not None:
                person = await tx.people.by_key(app.school.id, person_key)
                if person is None:
                    known = ", ".join(member.key for member in settings.person)
                    raise click.UsageError(f"No person {person_key!r}. Known: {known or 'nobody'}.")
                person_id = person.id
            return await create_code(tx, app.ids, app.clock(), app.school.id, group_id=group_id, person_id=person_id)

    made = run_async(work)
    click.echo(f"/koppel {made}")
    click.echo(say(settings.school.language, "Works once, for {days} days.", days=CODE_TERM.days), err=True)


@click.command()
@click.pass_context
def run(context: click.Context) -> None:
    """Run the bot until it is stopped (Ctrl-C, or SIGTERM from systemd)."""
    settings = settings_of(context)

    async def work() -> None:
        running = asyncio.ensure_future(bootstrap.run(settings))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, running.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await running

    require_secrets(settings)
    problem = None
    try:
        run_async(work)
    except* CannotReceive as errors:
        # Raised below: before Python 3.11.4 what is raised in here comes out inside a group.
        problem = first_of(errors).problem
    if problem is not None:
        raise click.ClickException(say_phrase(settings.school.language, problem))


def first_of(errors: BaseExceptionGroup[CannotReceive]) -> CannotReceive:
    """Return the first error of a group of them, however deep it lies."""
    first = errors.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first
