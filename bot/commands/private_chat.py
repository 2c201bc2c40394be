"""One person's private chat with the bot: who they are, and answering them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.access import Permission, scope_for
from bot.cases.case import Case, Person
from bot.outgoing import Button, Outgoing
from bot.school import School
from bot.stores import Transaction
from bot.texts import say_phrase
from rules.vocabulary import Account, Phrase, phrase

Choice = tuple[Phrase | str, str]
"""A button: what it says, and the data that comes back when it is pressed (64 bytes at most)."""


@dataclass(frozen=True, slots=True)
class PrivateChat:
    """A private chat, inside the transaction of what just happened in it.

    `person` is somebody with a role at school. It is None for everybody else, also for who is known from a case only:
    they are answered as if nobody had ever heard of them (promise 4).
    """

    tx: Transaction
    school: School
    account: Account
    person: Person | None

    @property
    def language(self) -> str:
        """The language in which this person reads."""
        return self.person.language if self.person else self.account.language or self.school.language

    @property
    def handler(self) -> Person | None:
        """The person if they can have cases to handle."""
        return self.person if self.person and scope_for(self.person).giving(Permission.LIST) else None

    def text(self, sentence: Phrase | str) -> str:
        """Return a sentence in this person's language; a name or a story stays as it is."""
        return say_phrase(self.language, sentence) if isinstance(sentence, Phrase) else sentence

    async def answer(
        self,
        *parts: Phrase | str,
        choices: Sequence[Sequence[Choice]] = (),
        case: Case | None = None,
        holds_evidence: bool = False,
    ) -> None:
        """Write an answer to the outbox: paragraphs, and rows of buttons.

        An answer about a case is recorded as a copy of it. It is addressed to this chat and to no person, so that no
        other channel ever gets what somebody asked for here; and nothing leads from an answer to who got it.
        """
        outgoing = Outgoing(
            self.account.id,
            text="\n\n".join(self.text(part) for part in parts),
            buttons=tuple(tuple(Button(self.text(label), data) for label, data in row) for row in choices),
            holds_evidence=holds_evidence,
        )
        await self.tx.outbox.add(
            self.school.id, self.account.platform, outgoing, case_id=case.id if case is not None else None
        )

    async def welcome(self, *first: Phrase) -> None:
        """Say what one can do here: for everybody the same, and more for who handles cases."""
        rows: list[list[Choice]] = [[(phrase("Report something"), "melden")]]
        more: list[Phrase] = []
        if self.handler:
            rows.append([(phrase("My cases"), "cases")])
            more.append(phrase("You handle cases: /zaken shows yours."))
        await self.answer(*first, WELCOME, *more, choices=rows)


WELCOME = phrase(
    "I am Klasveilig, a computer program that helps your school to keep chats safe.\n\n"
    "• /melden: report something, anonymously if you wish. Nobody in your group sees that.\n"
    "• /status with your code: see where your report stands.\n"
    "• /stop: stop with what you are doing.\n\n"
    "In danger? Call 112. Do you want to talk with somebody? Kindertelefoon 0800-0432, "
    "or 113 if you think of suicide."
)
