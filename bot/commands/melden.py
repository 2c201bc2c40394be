"""The questions of `/melden`, one after the other: a pure state machine, for any channel.

What somebody types is not dropped in silence: words that answer no question are added to the story. It can be
stopped at any point; what was typed is then gone.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

from rules.vocabulary import Phrase, Role, Severity, phrase

ABOUT_LIMIT: Final = 200
"""Characters of an answer to 'about whom'; what is longer is a story, and goes there."""
STORY_LIMIT: Final = 20_000
"""Characters of a story: some ten pages. What comes after is refused, and that is said."""


class Kind(enum.StrEnum):
    """What a report is about."""

    BULLIED = "bullied"
    THREATENED = "threatened"
    IMAGE = "image"
    ADULT = "adult"
    WORRIED = "worried"
    OTHER = "other"


KIND_NAMES: Final[Mapping[Kind, Phrase]] = {
    Kind.BULLIED: phrase("Bullying"),
    Kind.THREATENED: phrase("A threat or blackmail"),
    Kind.IMAGE: phrase("A photo or film that should not be shared"),
    Kind.ADULT: phrase("An adult at school who goes too far"),
    Kind.WORRIED: phrase("Worries about somebody, or about myself"),
    Kind.OTHER: phrase("Something else"),
}

SEVERITIES: Final[Mapping[Kind, Severity]] = {
    kind: Severity.CONCERN if kind is Kind.OTHER else Severity.SERIOUS for kind in Kind
}
"""How soon a human must look at a report of this kind (our choice: whoever takes this step waits no week)."""


class Question(enum.StrEnum):
    """What is asked, in this order."""

    KIND = "kind"
    ABOUT = "about"
    STORY = "story"
    RECIPIENT = "recipient"
    GROUP = "group"
    NAME = "name"
    CHECK = "check"


SKIP: Final = "skip"
ANONYMOUS: Final = "anonymous"
NAMED: Final = "named"
SEND: Final = "send"
AGAIN: Final = "again"
STOP: Final = "stop"

RECIPIENTS: Final = (Role.MENTOR, Role.TRUSTED_PERSON)
"""To whom somebody can send a report."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was answered until now, and the question that is open. An empty string is no answer yet.

    `recipient` is a role, `group` a group's id or `SKIP`, `name` is `NAMED` or `ANONYMOUS`.
    """

    at: Question = Question.KIND
    kind: str = ""
    about: str = ""
    story: str = ""
    recipient: str = ""
    group: str = ""
    name: str = ""

    def stored(self) -> dict[str, str]:
        """Return the draft for the store of dialogs."""
        return {key: str(value) for key, value in asdict(self).items()}

    @classmethod
    def restored(cls, state: Mapping[str, str]) -> Draft:
        """Return the draft that `stored` gave."""
        values = {key: value for key, value in state.items() if key in cls.__dataclass_fields__ and key != "at"}
        return cls(Question(state["at"]), **values)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came in: a text, or the choice that a button stands for with the question it stood under."""

    text: str = ""
    question: Question | None = None
    choice: str = ""


class Next(enum.Enum):
    """What happens after an answer."""

    ASK = "ask"
    SEND = "send"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Reply:
    """What to do now, and what to say first."""

    next: Next
    first: Phrase | None = None


TEXT_ONLY: Final = phrase(
    "I can only read text. Keep photos and voice messages: you can show them later to who helps you. "
    "Do not pass on photos of somebody without clothes, not even to show them."
)
KEPT: Final = phrase("I have added this to your story.")
FULL: Final = phrase("Your story is very long by now. Tell the rest to the person who is going to help you.")
CHOOSE: Final = phrase("Please choose one of the buttons.")
OLD_BUTTON: Final = phrase("That button belongs to an earlier question.")
STOPPED: Final = phrase("I have stopped. What you typed is gone, and nobody at school has seen it.")


def next_step(draft: Draft, answer: Answer, groups: Mapping[str, str]) -> tuple[Draft, Reply]:
    """Return the draft after an answer, and the reply; `groups` gives the name of each group's id."""
    if answer.choice == STOP:
        return Draft(), Reply(Next.STOP, STOPPED)
    if answer.question is None:
        return _typed(draft, answer.text.strip(), groups)
    if answer.question is not draft.at:
        return draft, Reply(Next.ASK, OLD_BUTTON)
    if answer.choice not in choices(draft.at, groups):
        return draft, Reply(Next.ASK, CHOOSE)
    if answer.choice == SEND:
        return draft, Reply(Next.SEND)
    if answer.choice == AGAIN:
        return Draft(), Reply(Next.ASK)
    return _advance(_chosen(draft, answer.choice), groups), Reply(Next.ASK)


def _chosen(draft: Draft, choice: str) -> Draft:
    """Return the draft with the choice as its answer to the open question; a question can be skipped."""
    match draft.at:
        case Question.KIND:
            return replace(draft, kind=choice)
        case Question.RECIPIENT:
            return replace(draft, recipient=choice)
        case Question.GROUP:
            return replace(draft, group=choice)
        case Question.NAME:
            return replace(draft, name=choice)
        case _:
            return draft


def _typed(draft: Draft, text: str, groups: Mapping[str, str]) -> tuple[Draft, Reply]:
    """Take typed words: the answer where words are asked for, else more of the story."""
    if not text:
        return draft, Reply(Next.ASK, TEXT_ONLY)
    if draft.at is Question.ABOUT and len(text) <= ABOUT_LIMIT:
        return _advance(replace(draft, about=text), groups), Reply(Next.ASK)
    if draft.at is Question.GROUP:
        for group_id, name in groups.items():
            if name.casefold() == text.casefold():
                return _advance(replace(draft, group=group_id), groups), Reply(Next.ASK)
    told = replace(draft, story=f"{draft.story}\n{text}".strip())
    if len(told.story) > STORY_LIMIT:
        return draft, Reply(Next.ASK, FULL)
    if draft.at is Question.STORY:
        return _advance(told, groups), Reply(Next.ASK)
    return told, Reply(Next.ASK, KEPT)


def _advance(draft: Draft, groups: Mapping[str, str]) -> Draft:
    """Go to the next question that is still open; a story that was told early is not asked for again."""
    order = list(Question)
    for question in order[order.index(draft.at) + 1 :]:
        if question is Question.STORY and draft.story:
            continue
        if question is Question.GROUP and (draft.recipient != Role.MENTOR or not groups):
            continue
        return replace(draft, at=question)
    return draft


def choices(question: Question, groups: Mapping[str, str]) -> tuple[str, ...]:
    """Return what can be chosen at a question, `STOP` apart, in the order of the buttons."""
    match question:
        case Question.KIND:
            return tuple(Kind)
        case Question.ABOUT:
            return (SKIP,)
        case Question.STORY:
            return ()
        case Question.RECIPIENT:
            return RECIPIENTS
        case Question.GROUP:
            return (*groups, SKIP)
        case Question.NAME:
            return (ANONYMOUS, NAMED)
        case Question.CHECK:
            return (SEND, AGAIN)


QUESTIONS: Final[Mapping[Question, Phrase]] = {
    Question.KIND: phrase("What is it about?"),
    Question.ABOUT: phrase("About whom is it? Type a name, or choose 'I skip this'."),
    Question.STORY: phrase("What happened? Tell it in your own words. When and where was it, and who saw it?"),
    Question.RECIPIENT: phrase(
        "Who may read it?\n\nThe mentor knows your class. The trusted person (vertrouwenspersoon) is there to support "
        "you and takes no decisions about you. Is your report about one of them? Then it goes to somebody else."
    ),
    Question.GROUP: phrase("Which class or group is it about? Then I know which mentor to bring it to."),
    Question.NAME: phrase(
        "With your name, or anonymous?\n\n"
        "Anonymous means: nobody at school sees who you are, and I keep nothing that leads to you. But whoever reads "
        "your story may recognise you by what you tell. Telegram knows that you talk with me. And whoever can look "
        "into your phone sees this chat: remove it afterwards if that is not safe.\n\n"
        "With your name, they can come and talk with you. Your name is then: {name}"
    ),
}
"""What is asked; `{name}` is the reporter's own name. The check at the end needs to know who will read the report."""
