"""Commands about thresholds: which ones give few false flags, and what people's decisions would change in them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import click

from bot.access import Permission, may_at, scope_for
from bot.bootstrap import App, own_thresholds_of, protocol_of
from bot.calibration import PERIOD, Proposal, proposals, to_toml, with_changes
from bot.cases.case import Person
from bot.cli.common import app_as, as_option, run_async, settings_of
from bot.executor import InlineExecutor
from bot.schedule.summary import shown
from bot.settings import Settings
from bot.texts import category_name, say, say_date, say_number, say_phrase
from models.recalibration import ENOUGH
from models.thresholds import (
    HELD_OUT_FILE,
    LEAST,
    OFFENCES,
    HeldOut,
    Quality,
    Share,
    expected,
    measure,
    read_held_out,
    suggest,
)
from rules.protocols import OwnThresholds, Protocol, load_own_thresholds, load_protocol
from rules.protocols.schema import LOWEST_THRESHOLD
from rules.vocabulary import TEXT_CATEGORIES, Category, GroupKind, Phrase, phrase

KINDS: Final[Mapping[GroupKind, Phrase]] = {
    GroupKind.CLASS: phrase("class chats"),
    GroupKind.PARENTS: phrase("parents' chats"),
    GroupKind.STAFF_CLASS: phrase("chats of staff with pupils"),
}
scores_option = click.option(
    "--scores",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=HELD_OUT_FILE,
    help="Held-out scores; those that come with the model when left out.",
)


@click.command()
@click.option(
    "--false-flags-per-1000",
    "budget",
    type=click.FloatRange(0, 1000),
    required=True,
    help="How many of 1,000 harmless everyday messages may be flagged, all categories together but for distress.",
)
@click.option("--group", "only", type=click.Choice([kind.value for kind in GroupKind]), help="One kind of group only.")
@click.option("--protocol", "name", default="willem-van-oranje-2026", show_default=True, help="Protocol name or file.")
@scores_option
def thresholds(budget: float, only: str | None, name: str, path: Path) -> None:
    """Suggest thresholds that find most within a number of false flags, beside the protocol's own.

    Everything is measured on messages that no training has seen; the table gives 95 % intervals.
    """
    language = "nl"
    protocol, held = load_protocol(name), read_held_out(path)
    kinds = [GroupKind(only)] if only else list(GroupKind)
    chosen: dict[GroupKind, dict[Category, float]] = {}
    for kind in kinds:
        present, of_kind = protocol.thresholds(kind), held.of(kind)
        click.echo(_heading(kind, of_kind, language))
        if of_kind.is_enough:
            chosen[kind] = suggest(of_kind, present, budget, LOWEST_THRESHOLD)
            click.echo(_table(of_kind, present, chosen[kind], language))
            honest = expected(of_kind, present, budget, LOWEST_THRESHOLD)
            click.echo(
                say(
                    language,
                    "To be expected (chosen on one half of the messages, measured on the other): "
                    "{false} false flags per 1,000, {found} % found.",
                    false=_share(honest.false, 1000, 1, language),
                    found=_share(honest.found, 100, 0, language),
                )
                + "\n"
            )
    if chosen:
        click.echo(
            say(
                language,
                "To use these, put them into a protocol file of your own. Together they flag at most {budget} of "
                "1,000 harmless everyday messages:",
                budget=say_number(language, budget),
            )
        )
        click.echo(_protocol_part(protocol, chosen))


def _heading(kind: GroupKind, held: HeldOut, language: str) -> str:
    name = say_phrase(language, KINDS[kind])
    everyday = len(held.ordinary)
    if held.is_enough:
        return say(
            language,
            "{kind}: {everyday} harmless everyday messages, {all} messages in all",
            kind=name.capitalize(),
            everyday=say_number(language, everyday),
            all=say_number(language, len(held.scores)),
        )
    return say(
        language,
        "{kind}: only {everyday} harmless everyday messages; {least} are needed to say anything, so the protocol's "
        "thresholds stay.",
        kind=name.capitalize(),
        everyday=say_number(language, everyday),
        least=LEAST,
    )


def _table(held: HeldOut, present: Mapping[Category, float], new: Mapping[Category, float], language: str) -> str:
    """Return what the present and the new thresholds do, category by category and together."""
    now, then = measure(held, present), measure(held, new)
    half = [say(language, "threshold"), say(language, "false per 1,000"), say(language, "found")]
    rows = [
        ["", say(language, "now") + ":", "", "", say(language, "suggested") + ":", "", ""],
        [say(language, "category"), *half, *half],
    ]
    rows += [
        [
            category_name(language, category),
            *_cells(present[category], now.by_category[category], language),
            *_cells(new[category], then.by_category[category], language),
        ]
        for category in OFFENCES
    ]
    together = [*_cells(None, now.together, language), *_cells(None, then.together, language)]
    rows.append([say(language, "any of these"), *together])
    care = _cells(present[Category.DISTRESS], now.by_category[Category.DISTRESS], language)
    rows.append([say(language, "{category} (not counted)", category=category_name(language, Category.DISTRESS)), *care])
    return _aligned(rows)


def _cells(threshold: float | None, quality: Quality, language: str) -> list[str]:
    return [
        "" if threshold is None else f"{threshold:.2f}",
        _share(quality.false, 1000, 1, language),
        _share(quality.found, 100, 0, language) + (" %" if quality.found.total else ""),
    ]


def _share(share: Share, of: int, digits: int, language: str) -> str:
    """Return a share with its 95 % interval, of 100 or of 1,000."""
    if math.isnan(share.value):
        return "-"
    value, low, high = (say_number(language, round(of * part, digits)) for part in (share.value, *share.interval))
    return f"{value} ({low}–{high})"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as columns of a terminal."""
    widths = [max(len(row[at]) if at < len(row) else 0 for row in rows) for at in range(max(map(len, rows)))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _protocol_part(protocol: Protocol, chosen: Mapping[GroupKind, Mapping[Category, float]]) -> str:
    """Return the thresholds as they stand in a protocol file."""
    lines = []
    for category in TEXT_CATEGORIES:
        values = {kind: chosen.get(kind, protocol.thresholds(kind))[category] for kind in GroupKind}
        inside = ", ".join(f"{kind.value} = {value:.2f}" for kind, value in values.items())
        lines += ["", f"[categories.{category.value}]", f"threshold = {{ {inside} }}"]
    return "\n".join(lines)


@click.command()
@as_option
@click.option("--apply", "apply_", is_flag=True, help="Write the new thresholds; without it they are only shown.")
@scores_option
@click.pass_context
def recalibrate(context: click.Context, key: str, apply_: bool, path: Path) -> None:
    """Show what people's decisions would change in this school's thresholds, and with --apply change it.

    Looks at scores, categories and decisions only. Counts of 1 to 4 are hidden.
    """
    settings = settings_of(context)
    held = read_held_out(path)

    async def work() -> None:
        async with app_as(settings, key, InlineExecutor()) as (app, person):
            if not may_at(scope_for(person), Permission.RECALIBRATE, app.school.id):
                raise click.UsageError(f"--as {key}: thresholds are for leadership to change.")
            today = app.clock().astimezone(app.school.timezone).date()
            own = load_own_thresholds(own_thresholds_of(settings))
            found = await _proposals(app, settings, person, own, held, today)
            _tell(found, person.language)
            changes = [one for one in found if isinstance(one, Proposal) and one.changes]
            if apply_ and changes:
                await _apply(app, settings, person, own, changes, today)

    run_async(work)


async def _proposals(
    app: App, settings: Settings, person: Person, own: OwnThresholds, held: HeldOut, today: date
) -> list[Proposal | tuple[GroupKind, Category]]:
    since = today - PERIOD
    async with app.store.write() as tx:
        flags = await tx.scores.flags(app.school.id, since, app.school.timezone)
        messages = await tx.scores.checked(app.school.id, since)
        await tx.audit.record(app.school.id, person.id, "recalibration", str(app.school.id))
    return proposals(load_protocol(protocol_of(settings)), own, held, flags, messages, today)


def _tell(found: Sequence[Proposal | tuple[GroupKind, Category]], language: str) -> None:
    """Print what would change and why, what stays, and of what too little is known."""
    lines = [_changed(one, language) for one in found if isinstance(one, Proposal) and one.changes]
    lines += [_unchanged(one, language) for one in found if isinstance(one, Proposal) and not one.changes]
    unknown = [_name(*one, language) for one in found if not isinstance(one, Proposal)]
    if unknown:
        lines.append(
            say(
                language,
                "Too little is known (fewer than {n} decided cases, or no held-out messages): {names}.",
                n=ENOUGH,
                names=", ".join(unknown),
            )
        )
    if not any(isinstance(one, Proposal) and one.changes for one in found):
        lines.append(say(language, "Nothing changes."))
    click.echo("\n".join(lines))


def _name(kind: GroupKind, category: Category, language: str) -> str:
    return f"{category_name(language, category)} ({say_phrase(language, KINDS[kind])})"


def _changed(one: Proposal, language: str) -> str:
    lines = [
        f"{_name(one.kind, one.category, language)}: {one.present:.2f} -> {one.new:.2f}",
        "  "
        + say(
            language,
            "Decided since {day}: founded {founded}, unfounded {unfounded}.",
            day=say_date(language, one.since),
            founded=shown(one.founded, language),
            unfounded=shown(one.unfounded, language),
        ),
        "  "
        + say(
            language,
            "False flags per 1,000 messages: now {now}, then {then}, meant {meant}.",
            now=say_number(language, round(one.false_now, 1)),
            then=say_number(language, round(one.false_then, 1)),
            meant=say_number(language, round(one.false_meant, 1)),
        ),
    ]
    if one.new > one.present:
        lost = say(
            language,
            "Of the flags since then, not raised: {lost}; founded among those: {founded}.",
            lost=shown(one.lost, language),
            founded=shown(one.lost_founded, language),
        )
    else:
        lost = say(
            language,
            "More is flagged. How much is not known: what stayed below the threshold was forgotten.",
        )
    return "\n".join([*lines, f"  {lost}"])


def _unchanged(one: Proposal, language: str) -> str:
    return say(
        language,
        "{name}: stays {threshold}, as many false flags as meant.",
        name=_name(one.kind, one.category, language),
        threshold=f"{one.present:.2f}",
    )


async def _apply(
    app: App, settings: Settings, person: Person, own: OwnThresholds, changes: Sequence[Proposal], today: date
) -> None:
    """Record who changes what, and then write the school's own thresholds."""
    # In this order: a change on record that a crash prevented is better than one that nobody stands for.
    async with app.store.write() as tx:
        for one in changes:
            action = f"threshold {one.kind} {one.category} {one.present:.2f} {one.new:.2f}"
            await tx.audit.record(app.school.id, person.id, action, str(app.school.id))
    place = own_thresholds_of(settings)
    written = place.with_suffix(".new")
    written.write_text(to_toml(with_changes(own, changes, today)), encoding="utf-8")
    written.replace(place)
    click.echo(say(person.language, "Written to {path}. Restart the bot to work by it.", path=place))
