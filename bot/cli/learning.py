"""Commands about the embedded model: check its corpus, train it, and measure it. For those who build it, in English."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click
import numpy as np

from bot.commands import evaluating
from models import embedded
from models.corpus.checking import CorpusReport, check_corpus, read_second_labels
from models.corpus.reading import MESSAGES, CorpusMessage, read_corpus, sum_of
from models.evaluation import labels_of, table
from models.lexicon import read_lexicon
from models.port import Scores
from models.thresholds import HELD_OUT_FILE, ScoresError, read_held_out, save_held_out
from rules.protocols import load_protocol

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
def corpus() -> None:
    """Check the corpus: counts, doubles, labels, and agreement with a second reader."""
    report = check_corpus(read_corpus(), read_second_labels())
    click.echo(_corpus_tables(report))
    for problem in report.problems:
        click.echo(problem, err=True)
    if report.problems:
        raise click.exceptions.Exit(1)


@click.command()
@click.option(
    "--corpus",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=MESSAGES,
    help="Folder with files of messages (.jsonl), one per writer.",
)
@click.option(
    "--to",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=embedded.WEIGHTS_FILE,
    help="File of weights (.npz).",
)
@click.option(
    "--held-out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=HELD_OUT_FILE,
    help="File of held-out scores (.npz).",
)
def train(folder: Path, path: Path, held_out: Path) -> None:
    """Train the embedded model on the corpus; the same corpus gives the same weights. Takes some minutes."""
    _require_training()
    from models import training

    messages = read_corpus(folder)
    click.echo(f"Training on {len(messages)} messages ...", err=True)
    trained = training.train(messages, read_lexicon())
    about = {"corpus_sha256": sum_of(messages), "messages": len(messages), "buckets": len(trained.weights.buckets)}
    embedded.save(trained.weights, path, about)
    save_held_out(evaluating.held_out(messages, _with_checks(messages, trained.left_out)), held_out)
    click.echo(f"Written: {path} ({path.stat().st_size / 1e6:.1f} MB), {path.with_suffix('.json')}, {held_out}")


@click.command()
@click.option("--protocol", "name", default="willem-van-oranje-2026", show_default=True, help="Protocol name or file.")
@click.option("--ordinary", type=FILE, help="Harmless sentences of ordinary Dutch: JSON Lines with source, text, flag.")
@click.option("--rtplx", type=FILE, help="Dutch prompts of RTP-LX with human scores: its CSV.")
@click.option("--anew", is_flag=True, help="Train the models that leave writers out again; takes ten minutes.")
@click.option("--curve", is_flag=True, help="Draw the learning curve too; takes some minutes.")
def evaluate(name: str, ordinary: Path | None, rtplx: Path | None, *, anew: bool, curve: bool) -> None:
    """Measure model and checks on writers that they did not learn from, and on other data; prints Markdown.

    Scores of writers who were left out come from the file that `train` wrote, unless asked for anew.
    """
    protocol, messages = load_protocol(name), read_corpus()
    click.echo("## The corpus, each writer by a model that never saw them\n")
    click.echo(evaluating.corpus_report(messages, _left_out(messages, anew=anew), protocol))
    if curve:
        click.echo("\n## Learning curve: the model alone, on the writers of one fold\n")
        click.echo(_curve(messages))
    shipped = embedded.load()
    click.echo("\n## Fairness, by the shipped model\n")
    click.echo(evaluating.fairness_report(shipped))
    if ordinary is not None:
        click.echo("\n## Ordinary Dutch, by the shipped model\n")
        click.echo(evaluating.ordinary_report(ordinary, shipped, protocol))
    if rtplx is not None:
        click.echo("\n## RTP-LX, by the shipped model\n")
        click.echo(evaluating.toxic_report(rtplx, shipped, protocol))


def _left_out(messages: list[CorpusMessage], *, anew: bool) -> Scores:
    if anew:
        _require_training()
        from models import training

        return _with_checks(messages, training.cross_validated(messages, read_lexicon()))
    held = read_held_out(HELD_OUT_FILE)
    if held.labels.shape != labels_of(messages).shape or (held.labels != labels_of(messages)).any():
        raise ScoresError(HELD_OUT_FILE, "is of another corpus", "write it anew: klasveilig model train")
    return np.asarray(held.scores, dtype=np.float64)


def _curve(messages: list[CorpusMessage]) -> str:
    _require_training()
    from models import training

    labels = labels_of(messages)
    found = training.curve(messages, read_lexicon())
    return evaluating.curve_report({count: (labels[inside], scores) for count, (inside, scores) in found.items()})


def _require_training() -> None:
    if find_spec("scipy") is None:
        raise click.ClickException("training needs scipy; install it: .venv/bin/pip install '.[train]'")


def _with_checks(messages: list[CorpusMessage], scores: Scores) -> Scores:
    return evaluating.with_checks([message.sample() for message in messages], np.asarray(scores))


def _corpus_tables(report: CorpusReport) -> str:
    counts: list[list[object]] = [
        ["messages", report.messages],
        ["writers", report.writers],
        ["voices", report.voices],
        ["harmful or distress", f"{report.harmful:.1%}"],
        ["hard, of the harmless", f"{report.hard:.1%}"],
        ["with messages before", f"{report.with_context:.1%}"],
        ["doubles", len(report.doubles)],
    ]
    agreement: list[list[object]] = [
        [name, found.messages, f"{found.observed:.3f}", f"{found.kappa:.3f}"]
        for name, found in report.agreement.items()
    ]
    counted = [("labels", report.labels), ("kinds", report.kinds), ("groups", report.groups)]
    parts = [
        table(["corpus", ""], counts),
        *(
            table([name, "messages"], found.most_common())
            for name, found in [*counted, ("registers", report.registers)]
        ),
        table(["second reader", "messages", "agreed", "Cohen's kappa"], agreement),
    ]
    return "\n\n".join(parts)
