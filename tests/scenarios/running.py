"""The real program, in a process of its own, against a Bot API server on loopback.

async with running(tmp_path, telegram) as bot:
    await bot.link_group("2B", chat, anna)
    await bot.kill()
    await bot.start()
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Final
from uuid import UUID

from bot.bootstrap import App, opened
from bot.cli.setup import prepare
from bot.commands.linking import create_code
from bot.executor import InlineExecutor
from bot.school_file import load_settings
from tests.platforms.bot_api import BotApi
from tests.platforms.telegram_objects import Chat, Message, User

KLASVEILIG: Final = str(Path(sys.executable).with_name("klasveilig"))
"""The command as it is installed beside the Python that runs the tests."""
PATIENCE: Final = 30.0
"""Seconds that the bot may take for anything, on a machine that does much else."""

SCHOOL_FILE: Final = """
[school]
name = "Testcollege"
slug = "test"
youngest_pupil = 16

[[group]]
name = "2B"
kind = "class"
mentors = ["mies"]

[[person]]
key = "mies"
name = "Mies de Boer"
email = "mies@school.example"

[[person]]
key = "coos"
name = "Coos van Dam"
roles = ["coordinator"]
email = "coos@school.example"

[[person]]
key = "vera"
name = "Vera Smit"
roles = ["trusted_person"]
email = "vera@school.example"

[[person]]
key = "lies"
name = "Lies Bakker"
roles = ["leadership", "administrator"]
email = "lies@school.example"

[notices]
concerns_per_week = 1000

[telegram]
enabled = true
base_url = "{server}"
{telegram}

[mail]
folder = "mail"
from = "bot@school.example"
"""


class Bot:
    """A school in `folder`, with its settings, keys, database and mail; and the process that runs it."""

    def __init__(self, folder: Path, telegram: BotApi, telegram_settings: str = "") -> None:
        self.telegram = telegram
        self.settings = folder / "school.toml"
        self._mail = folder / "mail"
        self._log = folder / "bot.log"
        self._process: asyncio.subprocess.Process | None = None
        self.settings.write_text(SCHOOL_FILE.format(server=telegram.url, telegram=telegram_settings))
        (folder / ".env").write_text(f"KLASVEILIG_TELEGRAM_TOKEN={telegram.token}\n")

    # --- the process

    @property
    def log(self) -> str:
        """Return what all processes so far wrote to standard output and standard error."""
        return self._log.read_text() if self._log.exists() else ""

    @property
    def is_running(self) -> bool:
        """Whether there is a process that was neither killed nor stopped."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """Return the id of the running process."""
        assert self._process is not None
        return self._process.pid

    async def launch(self) -> None:
        """Start `klasveilig run` without waiting for anything."""
        assert self._process is None
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                KLASVEILIG, "--config", str(self.settings), "run", stdout=log, stderr=log, env=_environment()
            )

    async def start(self) -> None:
        """Start `klasveilig run` and wait until it asks Telegram for messages, or has Telegram deliver them."""
        heard = len(self._receiving())
        await self.launch()
        await self.until(lambda: len(self._receiving()) > heard)

    def _receiving(self) -> list[object]:
        return [*self.telegram.called("getUpdates"), *self.telegram.called("setWebhook")]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds that some request to Telegram brings about; fails when the bot ends before."""
        assert self._process is not None
        ended = asyncio.ensure_future(self._process.wait())
        waiting = asyncio.ensure_future(self.telegram.until(condition, PATIENCE))
        try:
            await asyncio.wait({ended, waiting}, return_when=asyncio.FIRST_COMPLETED)
            assert waiting.done(), f"the bot ended with {ended.result()}:\n{self.log}"
            await waiting
        finally:
            for task in (ended, waiting):
                task.cancel()
            await asyncio.gather(ended, waiting, return_exceptions=True)

    async def kill(self) -> None:
        """End the process, if there is one, at once with SIGKILL: nothing in it can react."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()
            self._process = None

    async def stop(self) -> None:
        """End the process with SIGTERM, as systemd does, and see that it ends well."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(self._process.wait(), PATIENCE) == 0, self.log
        self._process = None

    async def cli(self, *arguments: str, exit_code: int = 0) -> str:
        """Run `klasveilig` with arguments beside the running bot, and return what it says; checks its exit code."""
        process = await asyncio.create_subprocess_exec(
            *(KLASVEILIG, "--config", str(self.settings), *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
        )
        output, errors = (said.decode() for said in await process.communicate())
        assert process.returncode == exit_code, f"{arguments}: {output}{errors}"
        return output if exit_code == 0 else errors

    # --- what a school does first

    async def link_group(self, name: str, chat: Chat, by: User) -> None:
        """Link a chat to a group of the school: somebody types its code there, and the bot introduces itself."""
        async with self.opened() as app, app.store.write() as tx:
            group = next(group for group in await tx.people.groups(app.school.id) if group.name == name)
            code = await create_code(tx, app.ids, app.clock(), app.school.id, group_id=UUID(group.id))
        self.telegram.world.post(chat, by, f"/koppel {code}")
        await self.until(lambda: any(name in said.text for said in self.telegram.world.written_in(chat)))

    async def link_person(self, key: str, user: User) -> None:
        """Link a person of the school to an account: they type their code to the bot, which welcomes them."""
        told = len(self.telegram.world.inbox(user))
        async with self.opened() as app, app.store.write() as tx:
            person = await tx.people.by_key(app.school.id, key)
            assert person is not None
            code = await create_code(tx, app.ids, app.clock(), app.school.id, person_id=person.id)
        self.telegram.world.private(user, f"/start {code}")
        await self.until(lambda: len(self.telegram.world.inbox(user)) > told)

    # --- looking

    async def says(self, user: User, *parts: str, after: Message | None = None) -> Message:
        """Wait for a message of the bot to somebody that holds all `parts`, and return it: the last such one.

        With `after` only what came after that message counts.
        """

        def found() -> list[Message]:
            inbox = self.telegram.world.inbox(user)
            later = inbox[inbox.index(after) + 1 :] if after else inbox
            return [message for message in later if all(part in message.text for part in parts)]

        await self.until(lambda: bool(found()))
        return found()[-1]

    def mails(self) -> list[EmailMessage]:
        """Return the e-mails that the bot has written to the folder, oldest first."""
        files = sorted(self._mail.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    async def until_mails(self, count: int) -> list[EmailMessage]:
        """Wait until the bot has written so many e-mails, and return them."""
        async with asyncio.timeout(PATIENCE):
            while len(self.mails()) < count:  # noqa: ASYNC110 # a folder tells nobody that it changed
                await asyncio.sleep(0.05)
        return self.mails()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[App]:
        """Give the school's data, opened beside the running bot with the same keys."""
        async with opened(load_settings(self.settings), executor=InlineExecutor()) as app:
            yield app


@asynccontextmanager
async def running(folder: Path, telegram: BotApi, *, telegram_settings: str = "") -> AsyncIterator[Bot]:
    """Give a school whose bot runs; at the end of the block it is stopped, and must end well.

    `telegram_settings` are further lines of `[telegram]` in school.toml. An error gets the bot's log as a note.
    """
    bot = Bot(folder, telegram, telegram_settings)
    try:
        await asyncio.to_thread(prepare, load_settings(bot.settings))
        await bot.start()
        yield bot
        if bot.is_running:
            await bot.stop()
    except BaseException as error:
        error.add_note(f"The bot's log:\n{bot.log}")
        raise
    finally:
        await bot.kill()


def _environment() -> dict[str, str]:
    """Return an environment without settings of the machine that could reach the bot."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KLASVEILIG_")}
    return {**kept, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PYTHONUNBUFFERED": "1"}
