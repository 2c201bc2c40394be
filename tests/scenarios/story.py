"""What people do in a story, in the words of the story: press, write, wait for a notice."""

from __future__ import annotations

from bot.access import scope_for
from bot.cases.case import State
from tests.platforms.bot_api import BotApi
from tests.platforms.telegram_objects import Chat, Message, User
from tests.scenarios.running import Bot


def button(message: Message, verb: str) -> str:
    """Return the data of the button under a message that does `verb`."""
    (data,) = [shown["callback_data"] for shown in message.buttons if shown["callback_data"].startswith(f"{verb}:")]
    return str(data)


def number_of(notice: Message) -> str:
    """Return the number of the case that a notice is about."""
    return button(notice, "take").removeprefix("take:")


async def press(bot: Bot, user: User, message: Message, data: str, *expected: str) -> Message:
    """Press a button and return what the bot answers."""
    last = bot.telegram.world.inbox(user)[-1]
    bot.telegram.world.press(user, message, data)
    return await bot.says(user, *expected, after=last)


async def write(bot: Bot, user: User, text: str, *expected: str) -> Message:
    """Write to the bot and return what it answers."""
    inbox = bot.telegram.world.inbox(user)
    bot.telegram.world.private(user, text)
    return await bot.says(user, *expected, after=inbox[-1] if inbox else None)


async def next_notice(bot: Bot, user: User, *after: Message) -> Message:
    """Wait for a notice of a case that none of the earlier notices is about."""
    known = {number_of(notice) for notice in after}

    def fresh() -> list[Message]:
        return [
            message
            for message in bot.telegram.world.inbox(user)
            if any(shown["callback_data"].startswith("take:") for shown in message.buttons)
            and number_of(message) not in known
        ]

    await bot.until(lambda: bool(fresh()))
    return fresh()[-1]


async def flags(bot: Bot) -> list[str]:
    """Return the texts of the messages that were flagged, one per flag."""
    async with bot.opened() as app, app.store.read() as tx:
        mies = await tx.people.by_key(app.school.id, "mies")
        assert mies is not None
        cases = await tx.cases.listed(scope_for(mies), State)
        return [one.text for case in cases for one in await tx.cases.evidence(case)]


def class_chat(telegram: BotApi) -> tuple[Chat, User, User, User]:
    """Return a chat with Anna, who owns it, Sam and Noor."""
    anna, sam, noor = (telegram.world.person(name) for name in ("Anna", "Sam", "Noor"))
    return telegram.world.group("2B", anna, sam, noor), anna, sam, noor
