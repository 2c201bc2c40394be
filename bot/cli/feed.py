"""Commands that read messages: a chat export (`replay`) and JSON lines (`check`)."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.adapters.replay.export import read_export
from bot.adapters.replay.result import Export
from bot.bootstrap import opened
from bot.cli.common import run_async, settings_of
from bot.commands.check import run_check
from bot.commands.replaying import Played, chat_of, play
from bot.settings import Settings
from bot.texts import say, say_count, say_phrase
from rules.protocols import load_protocol
from rules.vocabulary import Group, GroupKind

SHOWN_UNREADABLE = 20
"""Unreadable lines that are named one by one; the rest is counted."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--group", "name", required=True, help="Name of the group in school.toml.")
@click.option("--kind", type=click.Choice([kind.value for kind in GroupKind]), default="class", show_default=True)
@click.pass_context
def replay(context: click.Context, file: Path, name: str, kind: str) -> None:
    """Play a chat export: WhatsApp (.txt, .zip), Telegram Desktop (result.json) or DiscordChatExporter (.json).

    Shows counts and case numbers, never what children wrote.
    """
    settings = settings_of(context)

    async def work() -> tuple[Export, Played]:
        async with opened(settings) as app:
            async with app.store.read() as tx:
                group = wanted_group(settings, await tx.people.groups(app.school.id), name, GroupKind(kind))
            export = read_export(file, chat=chat_of(group), timezone=app.school.timezone)
            return export, await play(app.pipeline, app.store, app.clock, group, export.messages)

    tell_played(*run_async(work), language=settings.school.language)


def wanted_group(settings: Settings, groups: list[Group], name: str, kind: GroupKind) -> Group:
    """Return the group of this name and kind; raises `UsageError` that names those that exist."""
    for group in groups:
        if (group.name, group.kind) == (name, kind):
            return group
    known = ", ".join(f"{group.name} ({group.kind})" for group in groups) or "none"
    raise click.UsageError(
        f"{settings.path} has no group '{name}' of kind '{kind}'. Known: {known}. "
        "Choose one of them, or add a [[group]] with its mentors."
    )


def tell_played(export: Export, played: Played, language: str) -> None:
    """Print what was read and what was flagged: counts and case numbers only."""
    click.echo(
        say(
            language,
            "{form}: {messages} messages ({media} without text), {system} system lines, {deleted} deleted, "
            "{unreadable} unreadable lines.",
            form=export.form,
            messages=played.messages,
            media=export.without_text,
            system=export.system_lines,
            deleted=export.deleted,
            unreadable=len(export.unreadable),
        )
    )
    for note in export.notes:
        click.echo(say_phrase(language, note), err=True)
    for lost in export.unreadable[:SHOWN_UNREADABLE]:
        click.echo(
            say(language, "  line {line}: {reason}", line=lost.line, reason=say_phrase(language, lost.reason)), err=True
        )
    if len(export.unreadable) > SHOWN_UNREADABLE:
        more = len(export.unreadable) - SHOWN_UNREADABLE
        click.echo(say_count(language, "  and {n} more line", "  and {n} more lines", more), err=True)
    total = sum(played.flags.values())
    if not total:
        click.echo(say(language, "No new flags."))
        return
    click.echo(say_count(language, "{n} new flag in these cases:", "{n} new flags in these cases:", total))
    for number, flags in played.flags.items():
        click.echo(f"  {number}  {say_count(language, '{n} flag', '{n} flags', flags)}")


@click.command()
@click.option("--protocol", default="willem-van-oranje-2026", show_default=True, help="Protocol name or file.")
@click.option("--language", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes that judge.")
@click.pass_context
def check(context: click.Context, protocol: str, language: str, workers: int) -> None:
    """Judge JSON lines from standard input: one line of JSON out for each line in, in the same order."""
    context.exit(
        run_check(
            sys.stdin.buffer,
            sys.stdout.buffer.write,
            load_protocol(protocol),
            workers=workers,
            say=lambda phrase: say_phrase(language, phrase),
            flush=sys.stdout.buffer.flush,
        )
    )
