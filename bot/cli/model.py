"""Commands for the models that judge."""

from __future__ import annotations

import click

from bot.cli.thresholds import recalibrate, thresholds


@click.group()
def model() -> None:
    """Look at the models that judge, and set how soon they flag."""


model.add_command(thresholds)
model.add_command(recalibrate)
