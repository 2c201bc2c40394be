"""What all commands share: reading the settings, opening the school, and errors that say what to do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from bot.adapters.replay.result import ExportError
from bot.bootstrap import App, opened
from bot.cases.case import Person
from bot.cases.transitions import IllegalStep
from bot.commands.evaluating import DataError
from bot.commands.review import NoSuchCase
from bot.executor import CpuExecutor
from bot.keyring import KeyRingError
from bot.school_file import load_settings
from bot.settings import Settings
from bot.stores import CaseChanged, ClosedStore
from bot.texts import say, say_phrase
from models.corpus.reading import CorpusError
from models.detoxify.files import DetoxifyError
from models.embedded import ModelError
from models.lexicon import LexiconError
from models.thresholds import ScoresError
from rules.tomlfile import TomlError

DEFAULT_CONFIG: Final = "school.toml"
WRONG_INPUT: Final = 2
"""Exit code for input that the user can put right."""

Result = TypeVar("Result")


class Command(click.Group):
    """Turns errors that a user can put right into one clear message and exit code 2."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command; see the class."""
        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
        logging.captureWarnings(capture=True)
        try:
            return super().invoke(context)
        except (KeyRingError, IllegalStep, NoSuchCase, DetoxifyError) as error:
            problem = say_phrase("nl", error.text)
        except CaseChanged:
            problem = say("nl", "Somebody else changed this case a moment ago. Look at it again.")
        except ExportError as error:
            problem = f"{error.path}: {say_phrase('nl', error.problem)} {say_phrase('nl', error.remedy)}"
        except (TomlError, ClosedStore, ModelError, ScoresError, CorpusError, LexiconError, DataError) as error:
            problem = str(error)
        click.echo(problem, err=True)
        return context.exit(WRONG_INPUT)


def settings_of(context: click.Context) -> Settings:
    """Return the settings that `--config` names; raises `TomlError` with file, line and remedy."""
    return load_settings(Path(context.obj))


def run_async(work: Callable[[], Awaitable[Result]]) -> Result:
    """Run `work` to its end and return its result."""
    return asyncio.run(_awaited(work))


async def _awaited(work: Callable[[], Awaitable[Result]]) -> Result:
    return await work()


@asynccontextmanager
async def app_as(
    settings: Settings, key: str, executor: CpuExecutor | None = None
) -> AsyncIterator[tuple[App, Person]]:
    """Give the opened school and the person of `--as`; raises `UsageError` for a key that is nobody."""
    async with opened(settings, executor=executor) as app:
        async with app.store.read() as tx:
            person = await tx.people.by_key(app.school.id, key)
        if person is None:
            raise click.UsageError(
                f"--as {key}: {settings.path} has no [[person]] with key {key!r}. "
                f"Known: {', '.join(member.key for member in settings.person) or 'nobody'}."
            )
        yield app, person


def as_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--as KEY`: the person in whose name the command is done; every read and decision is recorded for them."""
    return click.option(
        "--as", "key", required=True, metavar="KEY", help="Who you are: the key of a [[person]] in school.toml."
    )(function)
