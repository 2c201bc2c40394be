"""Linking: which chat is which group, and which account is which person, by one-time codes."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from bot.clock import Clock, Ids
from bot.commands.private_chat import PrivateChat
from bot.school import School
from bot.stores import Transaction
from rules.vocabulary import Account, Chat, Group, Phrase, phrase

CODE_LENGTH: Final = 8
"""Letters and digits of a code: 39 bits."""
CODE_TERM: Final = timedelta(days=7)
WRONG_CODES: Final = 5
"""Wrong codes within `WRONG_TERM` after which an account or a chat has to wait."""
WRONG_TERM: Final = timedelta(hours=1)

WRONG: Final = phrase(
    "This code does not work. A code works once, and for a week. Did you type it right? "
    "Then ask the administrator of your school for a new one."
)
WAIT: Final = phrase("Those were too many wrong codes. Please try again in an hour.")
IS_PERSONAL: Final = phrase(
    "This code was meant for one person, and now others have seen it, so it no longer works. "
    "Ask the administrator for a new one, and type it in a private chat with me."
)


async def create_code(
    tx: Transaction,
    ids: Ids,
    now: datetime,
    school_id: UUID,
    *,
    group_id: UUID | None = None,
    person_id: UUID | None = None,
) -> str:
    """Make a one-time code for a group or for a person and return it: the only time that it is readable."""
    code = ids.code(CODE_LENGTH)
    await tx.people.add_code(school_id, code, now + CODE_TERM, group_id=group_id, person_id=person_id)
    return code


def bare(code: str) -> str:
    """Return a code as it was made, however it was typed: without spaces and dashes, in capitals."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


class Attempts:
    """Wrong codes per account or chat, in memory: a limit on guessing that leaves no trace of who guessed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wrong: dict[tuple[str, str], deque[datetime]] = {}

    def exhausted(self, *who: Account | Chat) -> bool:
        """Tell whether one of these has to wait."""
        before = self._clock() - WRONG_TERM
        self._wrong = {key: times for key, times in self._wrong.items() if times[-1] > before}
        return any(
            len([moment for moment in self._wrong.get((one.platform, one.id), ()) if moment > before]) >= WRONG_CODES
            for one in who
        )

    def failed(self, *who: Account | Chat) -> None:
        """Remember a wrong code."""
        for one in who:
            times = self._wrong.setdefault((one.platform, one.id), deque(maxlen=WRONG_CODES))
            times.append(self._clock())


class Linking:
    """Uses codes up."""

    def __init__(self, ids: Ids, clock: Clock, attempts: Attempts) -> None:
        self._ids = ids
        self._clock = clock
        self._attempts = attempts

    async def link_group(self, tx: Transaction, school: School, chat: Chat, by: Account, code: str) -> Phrase:
        """Link a chat to the group of a code that somebody typed in it; return what to say in the chat."""
        if self._attempts.exhausted(chat, by):
            return WAIT
        found = await tx.people.use_code(school.id, bare(code))
        if found is None:
            self._attempts.failed(chat, by)
            return WRONG
        group_id, _ = found
        group = next((group for group in await tx.people.groups(school.id) if group.id == str(group_id)), None)
        if group is None:
            return IS_PERSONAL
        await tx.people.link_chat(group, chat)
        return introduction(school, group)

    async def link_account(self, chat: PrivateChat, code: str) -> None:
        """Link an account to the person of a code, who can be written to from then on."""
        if self._attempts.exhausted(chat.account):
            await chat.answer(WAIT)
            return
        found = await chat.tx.people.use_code(chat.school.id, bare(code))
        if found is None:
            self._attempts.failed(chat.account)
            await chat.answer(WRONG)
            return
        group_id, person_id = found
        if group_id is not None:
            await self._give_group_code_again(chat, group_id)
            return
        person = await chat.tx.people.person(person_id) if person_id else None
        if person is None:
            await chat.answer(WRONG)
            return
        await chat.tx.people.link_account(person, chat.account)
        linked = PrivateChat(chat.tx, chat.school, chat.account, person)
        await linked.welcome(phrase("Hello {name}! From now on I can write to you here.", name=person.name))

    async def _give_group_code_again(self, chat: PrivateChat, group_id: UUID) -> None:
        """A group's code that was typed here is used up now; whoever had one gets another for the right place."""
        code = await create_code(chat.tx, self._ids, self._clock(), chat.school.id, group_id=group_id)
        await chat.answer(
            phrase("This code is for a group. Type this in the group that it is for: /koppel {code}", code=code)
        )


def introduction(school: School, group: Group) -> Phrase:
    """Return what the bot says about itself in a group: what it sees, what it keeps, who reads it, how to report."""
    return phrase(
        "Hello! I am Klasveilig, a computer program of {school}. I read along in this group ({group}).\n\n"
        "• What I look for: messages that break the school's rules, such as bullying, threats and insults.\n"
        "• What I keep: ordinary messages I forget within a day. Does a message perhaps break a rule? Then I keep it, "
        "with what was said around it, until the school is done with it.\n"
        "• Who reads that: only the people at school whose task it is. A person decides, never me, and hears you "
        "first.\n"
        "• I make mistakes, and I do not see everything.\n\n"
        "Did something happen? Do not type it here. Tap my name and send me /melden in a private chat. "
        "You can do that anonymously. In danger? Call 112.",
        school=school.name,
        group=group.name,
    )


NOT_LINKED: Final = phrase(
    "Hello! I am Klasveilig. I am not linked to a group of the school yet, so I look at nothing here. "
    "Whoever has a code from the school types: /koppel CODE"
)
