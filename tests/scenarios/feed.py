"""A lively class and its mentor, who do things at random and remember what they did."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from tests.platforms.bot_api import BotApi
from tests.platforms.telegram_objects import Chat, Message, User

PUPILS = 400
"""So many that most insults open a case of their own, and some join an earlier one."""


@dataclass
class Feed:
    """What was done, and so what must be found afterwards.

    `messages` counts posts and edits, `insults` holds the text of each message that must be flagged, `taken` the
    numbers of the cases that the mentor took and `notes` what she wrote with which case. `answers` counts what she
    must hear back about each case, `asked` are those who must hear back once.
    """

    telegram: BotApi
    chat: Chat
    mentor: User
    rng: random.Random
    messages: int = 0
    insults: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    notes: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    presses: int = 0
    asked: list[User] = field(default_factory=list)
    _editable: list[Message] = field(default_factory=list)
    _before: int = 0

    def __post_init__(self) -> None:
        self._before = self.sent()
        self._pupils = [self.telegram.world.person(f"Leerling {number}") for number in range(PUPILS)]
        for pupil in self._pupils:
            self.chat.members[pupil.id], self.chat.users[pupil.id] = "member", pupil

    def act(self) -> None:
        """Do one thing."""
        weights = {self.chat_on: 6, self.insult: 4, self.edit: 3, self.take: 3, self.note: 2, self.ask: 1}
        self.rng.choices(list(weights), list(weights.values()))[0]()

    def chat_on(self) -> None:
        """A harmless message."""
        self.messages += 1
        text = f"wie heeft het huiswerk van wiskunde {self.messages}"
        self._editable.append(self.telegram.world.post(self.chat, self.rng.choice(self._pupils), text))

    def insult(self) -> None:
        """A message that must be flagged."""
        self.telegram.world.post(self.chat, self.rng.choice(self._pupils), self._insult())

    def _insult(self) -> str:
        self.messages += 1
        self.insults.append(f"Noor je bent een sukkel {self.messages}")
        return self.insults[-1]

    def edit(self) -> None:
        """A harmless message becomes an insult, or stays harmless."""
        if self._editable:
            message = self._editable.pop(self.rng.randrange(len(self._editable)))
            if self.rng.random() < 0.5:
                self.telegram.world.edit(message, self._insult())
            else:
                self.messages += 1
                self.telegram.world.edit(message, f"laat maar, ik heb het gevonden {self.messages}")

    def take(self) -> None:
        """The mentor takes a case of which she has a notice, sometimes with two taps."""
        notices = self.notices()
        if notices:
            number, copies = self.rng.choice(sorted(notices.items()))
            for _ in range(self.rng.choice([1, 1, 2])):
                self._press(self.rng.choice(copies), f"take:{number}")
            self.taken.add(number)

    def note(self) -> None:
        """The mentor writes a note with a case that she took: a button, and then a text."""
        answers = [
            (message, shown["callback_data"])
            for message in self.telegram.world.inbox(self.mentor)
            for shown in message.buttons
            if shown.get("callback_data", "").startswith("note:")
        ]
        if answers:
            message, data = self.rng.choice(answers)
            self._press(message, data)
            note = f"notitie {len(self.notes)}"
            self.notes[note] = data.removeprefix("note:")
            self.telegram.world.private(self.mentor, note)
            self.answers[self.notes[note]] += 1

    def ask(self) -> None:
        """Somebody asks the bot in private what it can do."""
        self.asked.append(self.telegram.world.person("Vrager"))
        self.telegram.world.private(self.asked[-1], "/help")

    def _press(self, message: Message, data: str) -> None:
        self.telegram.world.press(self.mentor, message, data)
        self.presses += 1
        self.answers[data.partition(":")[2]] += 1

    def notices(self) -> dict[str, list[Message]]:
        """Return the copies of each case's notice that arrived, by case number."""
        found: dict[str, list[Message]] = {}
        for message in self.telegram.world.inbox(self.mentor):
            for shown in message.buttons:
                if shown["callback_data"].startswith("take:"):
                    found.setdefault(shown["callback_data"].removeprefix("take:"), []).append(message)
        return found

    def missing(self) -> list[str]:
        """Return what the bot owes somebody: notices are looked at apart."""
        inbox = self.telegram.world.inbox(self.mentor)
        heard = Counter({number: sum(number in message.text for message in inbox) for number in self.answers})
        heard.subtract({number: len(copies) for number, copies in self.notices().items()})
        owed = [number for number, count in self.answers.items() if heard[number] < count]
        return owed + [person.first_name for person in self.asked if not self.telegram.world.inbox(person)]

    def duplicates(self, cases: int) -> int:
        """Return how many messages the bot sent more often than once, where there are so many cases."""
        return self.sent() - self.answers.total() - len(self.asked) - cases

    def sent(self) -> int:
        """Return how many messages the bot has sent to people and groups since all this began."""
        sent = sum(len(self.telegram.world.written_in(chat)) for chat in self.telegram.world.chats.values())
        return sent - self._before
