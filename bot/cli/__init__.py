"""The command `klasveilig`: help in English, output in the school's language."""

from __future__ import annotations

import click

from bot.cli import cases, demo, feed, model, setup
from bot.cli.common import DEFAULT_CONFIG, Command


@click.group(cls=Command)
@click.option(
    "--config",
    type=click.Path(dir_okay=False),
    default=DEFAULT_CONFIG,
    envvar="KLASVEILIG_CONFIG",
    show_default=True,
    help="The school's settings.",
)
@click.version_option(package_name="klasveilig")
@click.pass_context
def main(context: click.Context, config: str) -> None:
    """Klasveilig: child safety in the class chats of Dutch schools, by the school's own protocol."""
    context.obj = config


for command in (
    setup.init,
    setup.migrate,
    setup.doctor,
    setup.code,
    setup.run,
    feed.replay,
    feed.check,
    cases.list_cases,
    cases.case,
    model.model,
    demo.demo,
):
    main.add_command(command)
