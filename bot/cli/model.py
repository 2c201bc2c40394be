"""Commands for the models that judge: train and measure them, bring Detoxify here, and set how soon models flag."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from bot.cli.common import settings_of
from bot.cli.learning import corpus, evaluate, train
from bot.cli.thresholds import recalibrate, thresholds
from bot.texts import category_name, language_of, say, say_number
from models import embedded
from models.detoxify import combining, exporting, fetching
from models.detoxify.exported import load
from models.detoxify.files import Place, require_unchanged, sha256_of

MEASURED_ON = 1000
"""How many messages of the corpus the agreement is measured on."""

EXISTING = click.Path(path_type=Path, exists=True)


@click.group()
def model() -> None:
    """Bring, export and fit the models that judge."""


def folder_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--folder DIR`: needed where there is no school.toml."""
    return click.option(
        "--folder",
        type=click.Path(path_type=Path, file_okay=False),
        help="Where Detoxify's files lie; [detoxify] folder.",
    )(function)


def place_and_language(context: click.Context, folder: Path | None) -> tuple[Place, str]:
    """Return where Detoxify's files lie, and the language to speak: those of the school, or those that were given."""
    if folder is not None:
        return Place(folder.resolve()), language_of(None)
    settings = settings_of(context)
    return Place(settings.detoxify.folder), settings.school.language


@model.command()
@folder_option
@click.option("--from", "mirror", metavar="URL", help="Another address at which files of the same names lie.")
@click.pass_context
def fetch(context: click.Context, folder: Path | None, mirror: str | None) -> None:
    """Download Detoxify's weights (1.1 GB) and verify them; goes on where it was cut."""
    place, language = place_and_language(context, folder)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
        for source in fetching.SOURCES if mirror is None else fetching.mirrored(mirror):
            fetching.fetch(place, source, partial(_show, bars, bars.add_task(source.name, total=None)))
    click.echo(say(language, "All files are in {folder} and verified.", folder=place.folder))
    click.echo(say(language, "Next: klasveilig model export"))


def _show(bars: Progress, bar: TaskID, n: int, total: int) -> None:
    bars.update(bar, completed=n, total=total)


@model.command()
@folder_option
@click.option("--checkpoint", type=EXISTING, help="Weights of your own, in place of the fetched ones.")
@click.option("--huggingface-config-path", "base", type=EXISTING, help="Folder with XLM-R's configuration for them.")
@click.option("--sha256", metavar="HEX", help="SHA-256 that your own weights must have.")
@click.option("--threads", type=click.IntRange(0), default=0, show_default=True, help="Processors used; 0 is all.")
@click.pass_context
def export(
    context: click.Context,
    folder: Path | None,
    checkpoint: Path | None,
    base: Path | None,
    sha256: str | None,
    threads: int,
) -> None:
    """Export Detoxify to a faster form, and measure whether that says the same."""
    if (checkpoint is None) != (base is None):
        raise click.UsageError("Give --checkpoint and --huggingface-config-path together, or neither.")
    place, language = place_and_language(context, folder)
    if checkpoint is None or base is None:
        fetching.require_fetched(place)
        checkpoint, base, trusted = place.checkpoint, place.base, True
    else:
        trusted = sha256 is not None
        if trusted:
            require_unchanged(checkpoint, sha256)
    texts = exporting.corpus_texts(MEASURED_ON)
    click.echo(say(language, "Exporting; this takes some minutes and 8 GB of memory."), err=True)
    made = exporting.export(checkpoint, base, place.exported, texts, trusted=trusted, threads=threads)
    for precision, found in made.agreement.items():
        click.echo(
            say(
                language,
                "{precision}: rank correlation with Detoxify itself {rank}, largest difference {difference}",
                precision=precision,
                rank=f"{found.rank_correlation:.4f}",
                difference=f"{found.largest_difference:.4f}",
            )
        )
    if made.precision == "fp32":
        click.echo(say(language, "int8 differs too much, so fp32 is used: it is slower and takes more memory."))
    click.echo(say(language, "Written to {folder}.", folder=place.exported))
    click.echo(say(language, "Next: klasveilig model combine --labelled FILE"))


@model.command()
@folder_option
@click.option(
    "--labelled", type=EXISTING, required=True, metavar="FILE", help="Messages that the Dutch model never saw."
)
@click.pass_context
def combine(context: click.Context, folder: Path | None, labelled: Path) -> None:
    """Fit how much Detoxify counts beside the Dutch model, on labelled messages."""
    place, language = place_and_language(context, folder)
    lines = combining.read_labelled(labelled)
    combining.require_unseen(labelled, lines, exporting.corpus_texts())
    detoxify = load(place.exported)
    samples = [line.sample for line in lines]
    dutch = embedded.load().score(samples)
    outputs = detoxify.scores([sample.reading.written for sample in samples])
    rule, gains = combining.fit(dutch, outputs, lines)
    for category, gain in gains.items():
        click.echo(
            say(
                language,
                "{category}: log loss {alone} by the Dutch model alone, {combined} with Detoxify",
                category=category_name(language, category),
                alone=f"{gain.alone:.4f}",
                combined=f"{gain.combined:.4f}",
            )
        )
    used = [category_name(language, category) for category, gain in gains.items() if gain.used]
    click.echo(
        say(
            language,
            "Detoxify counts in {n} of 8 categories: {names}.",
            n=say_number(language, len(used)),
            names=", ".join(used) or "-",
        )
    )
    combining.save(place, rule, gains, detoxify.sha256, sha256_of(embedded.WEIGHTS_FILE))
    click.echo(say(language, "Written to {path}.", path=place.rule))
    click.echo(say(language, "Put enabled = true under [detoxify] in school.toml to use it."))


for command in (thresholds, recalibrate, train, evaluate, corpus):
    model.add_command(command)
