"""`/melden` and `/status` in a private chat: asks the questions of `melden`, files the report, says where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.cases.case import State
from bot.clock import Clock, Ids
from bot.commands import melden
from bot.commands.distress import HELP, is_distress
from bot.commands.filing import Plan, file_report, plan, whole_receipt
from bot.commands.linking import WAIT, Attempts
from bot.commands.melden import ANONYMOUS, STOP, Answer, Draft, Next, Question, Reply
from bot.commands.private_chat import Choice, PrivateChat
from bot.commands.review import unreachable
from bot.commands.wording import ROLES, kind_name, role_name
from bot.texts import say_phrase
from rules.vocabulary import GroupKind, Phrase, Role, Severity, phrase

DIALOG: Final = "melden"
BUTTONS: Final = 50
"""Choices shown as buttons, the last ones: the name of a group that is not among them can be typed."""

BEGIN: Final = phrase(
    "Good that you tell it. I ask a few questions. Nobody at school sees anything until you press Send. "
    "With /stop you end it at any moment."
)
GO_ON: Final = phrase("You had begun a report. We go on where you were.")
NOT_STARTED: Final = phrase("This report was sent already, or it has been stopped.")
NO_WAY_BACK: Final = phrase(
    "I kept nothing that leads to you, so nobody can write back to you. Look for yourself with the code."
)
UNKNOWN_RECEIPT: Final = phrase(
    "I find no report with this code. Did you type it right? A report that was not about school is deleted once "
    "somebody has looked at it."
)

WHEN: Final[Mapping[Severity, Phrase]] = {
    Severity.NOTICE: phrase("They get a message from me now."),
    Severity.CONCERN: phrase("They get a message from me now. The agreement is that they look at it this week."),
    Severity.SERIOUS: phrase(
        "They get a message from me now. The agreement is that they look at it today, or else on the next school day."
    ),
    Severity.ACUTE: phrase(
        "They get a message from me now, and it says that it cannot wait. I cannot see whether somebody is reading it."
    ),
}
"""When somebody reads a report, as honestly as it can be said."""
DO_NOT_WAIT: Final = phrase(
    "Do not wait for them: call 113 or 0800-0113 if you think of dying, and 112 if somebody is in danger."
)

STANDING: Final[Mapping[State, Phrase]] = {
    **dict.fromkeys(
        (State.OPEN, State.ESCALATED, State.REOPENED),
        phrase(
            "Your report has arrived. Nobody has begun with it yet. Can it not wait? Then go to somebody you trust."
        ),
    ),
    **dict.fromkeys((State.TAKEN, State.HEARING), phrase("Somebody at school is working on your report.")),
    **dict.fromkeys(
        (State.DECIDED, State.CLOSED),
        phrase(
            "School is done with your report. What was decided I may not tell here. Do you want to know more, or has "
            "it not stopped? Ask the person you sent it to, or report it again."
        ),
    ),
}
"""What a reporter hears of a case: not who handles it, not what was decided."""

LABELS: Final[Mapping[str, Phrase]] = {
    melden.SKIP: phrase("I skip this"),
    melden.ANONYMOUS: phrase("Anonymous"),
    melden.NAMED: phrase("With my name"),
    melden.SEND: phrase("Send"),
    melden.AGAIN: phrase("Start again"),
    melden.STOP: phrase("Stop"),
    **{str(role): ROLES[role] for role in melden.RECIPIENTS},
    **{str(kind): name for kind, name in melden.KIND_NAMES.items()},
}
"""What the buttons say."""


@dataclass(frozen=True, slots=True)
class Reporting:
    """The reporter's side of a report."""

    ids: Ids
    clock: Clock
    attempts: Attempts

    async def begin(self, chat: PrivateChat, told: str = "") -> None:
        """Begin a report, or go on with the one that was begun; `told` is what was typed behind the command."""
        dialog = await chat.tx.dialogs.get(chat.school.id, chat.account) or {}
        begun = dialog.get("dialog") == DIALOG
        draft = Draft.restored(dialog) if begun else Draft()
        first = GO_ON if begun else BEGIN
        if told:
            await chat.answer(first)
            await self.typed(chat, draft.stored(), told)
        else:
            await self._go_on(chat, draft, Reply(Next.ASK, first))

    async def typed(self, chat: PrivateChat, dialog: Mapping[str, str], text: str) -> None:
        """Take typed words as an answer; words of distress are answered at once, before the next question."""
        if is_distress(text):
            await chat.answer(HELP)
        groups = await self._groups(chat)
        await self._go_on(chat, *melden.next_step(Draft.restored(dialog), Answer(text=text), groups))

    async def pressed(self, chat: PrivateChat, data: str) -> None:
        """Take a button as an answer; `data` is `melden:question:choice`, or `melden` alone to begin."""
        _, _, answer = data.partition(":")
        if not answer:
            await self.begin(chat)
            return
        dialog = await chat.tx.dialogs.get(chat.school.id, chat.account) or {}
        if dialog.get("dialog") != DIALOG:
            await chat.welcome(NOT_STARTED)
            return
        question, _, choice = answer.partition(":")
        known = Question(question) if question in set(Question) else None
        groups = await self._groups(chat)
        await self._go_on(
            chat, *melden.next_step(Draft.restored(dialog), Answer(question=known, choice=choice), groups)
        )

    async def status(self, chat: PrivateChat, receipt: str) -> None:
        """Say where the report with a receipt code stands."""
        if not receipt:
            await chat.answer(phrase("Type /status and behind it the code that you got."))
        elif self.attempts.exhausted(chat.account):
            await chat.answer(WAIT)
        else:
            case = await chat.tx.cases.by_receipt(chat.school.id, whole_receipt(receipt))
            if case is None:
                self.attempts.failed(chat.account)
            await chat.answer(UNKNOWN_RECEIPT if case is None else STANDING[case.state])

    async def _go_on(self, chat: PrivateChat, draft: Draft, reply: Reply) -> None:
        """Do what the reply says: ask the next question, send the report, or stop."""
        if reply.next is Next.ASK:
            await chat.tx.dialogs.put(chat.school.id, chat.account, {"dialog": DIALOG, **draft.stored()})
            await self._ask(chat, draft, reply.first)
            return
        await chat.tx.dialogs.end(chat.school.id, chat.account)
        if reply.next is Next.STOP:
            await chat.answer(*[reply.first] if reply.first else [])
        else:
            await self._send(chat, draft)

    async def _ask(self, chat: PrivateChat, draft: Draft, first: Phrase | None) -> None:
        groups = await self._groups(chat)
        parts: list[Phrase | str] = [first] if first else []
        if draft.at is Question.CHECK:
            parts += await self._check(chat, draft, groups)
        else:
            question = melden.QUESTIONS[draft.at]
            parts.append(phrase(question.text, name=_own_name(chat)))
        rows: list[list[Choice]] = [
            [(LABELS.get(choice) or groups[choice], f"melden:{draft.at}:{choice}")]
            for choice in melden.choices(draft.at, groups)[-BUTTONS:]
        ]
        await chat.answer(*parts, choices=[*rows, [(LABELS[STOP], f"melden:{draft.at}:{STOP}")]])

    async def _check(self, chat: PrivateChat, draft: Draft, groups: Mapping[str, str]) -> list[Phrase | str]:
        """Return the whole report, with who will read it and under which name."""
        planned = plan(draft, chat.school.id, await chat.tx.people.staffed(chat.school.id))
        anonymous = draft.name == ANONYMOUS
        lines = [kind_name(chat.language, draft.kind)]
        if draft.group in groups:
            lines.append(groups[draft.group])
        if draft.about:
            lines.append(chat.text(phrase("About: {names}", names=draft.about)))
        return [
            phrase("This is your report. Is it right?"),
            "\n".join(lines),
            draft.story,
            phrase("Name: anonymous") if anonymous else phrase("Name: {name}", name=_own_name(chat)),
            await self._readers(chat, planned),
            phrase("Is something missing? Type it, and I add it."),
        ]

    async def _send(self, chat: PrivateChat, draft: Draft) -> None:
        planned, receipt = await file_report(chat.tx, chat.school, self.ids, self.clock(), draft, chat.account)
        parts = [phrase("Thank you. Your report has been sent."), await self._readers(chat, planned)]
        if await self._are_told(chat, planned):
            parts.append(WHEN[planned.severity])
        if planned.severity is Severity.ACUTE:
            parts.append(DO_NOT_WAIT)
        parts.append(
            phrase(
                "Your code: {code}\n"
                "Write it down: I show it once. With /status and this code you see where your report stands.",
                code=receipt,
            )
        )
        if draft.name == ANONYMOUS:
            parts.append(NO_WAY_BACK)
        await chat.answer(*parts, choices=[[(phrase("Where does my report stand?"), f"status:{receipt}")]])

    async def _readers(self, chat: PrivateChat, planned: Plan) -> Phrase:
        """Say who reads a report, by name and role, and whether they can be told at all."""
        way = planned.way
        if way.outside is not None:
            return way.outside
        names = ", ".join(
            f"{person.name} ({role_name(chat.language, _role(planned, person.roles))})" for person in way.handlers
        )
        if await self._are_told(chat, planned):
            return phrase("Who reads it: {names}", names=names)
        return phrase(
            "Who reads it: {names}. I cannot send them a message now: they see it when they look at their list. "
            "Can it not wait? Then go to them yourself.",
            names=names,
        )

    async def _are_told(self, chat: PrivateChat, planned: Plan) -> bool:
        """Tell whether a message reaches anybody who handles the report."""
        return len(await unreachable(chat.tx, planned.way.handlers)) < len(planned.way.handlers)

    async def _groups(self, chat: PrivateChat) -> dict[str, str]:
        """Return the names of the school's groups by id; those of parents are called so."""
        return {
            group.id: say_phrase(chat.language, phrase("{name} (parents)", name=group.name))
            if group.kind is GroupKind.PARENTS
            else group.name
            for group in await chat.tx.people.groups(chat.school.id)
        }


def _own_name(chat: PrivateChat) -> str:
    return chat.person.name if chat.person else chat.account.name or "?"


def _role(planned: Plan, roles: frozenset[tuple[Role, object]]) -> Role:
    """Return the role for which somebody reads the report."""
    return next(role for role in ROLES if role in planned.way.audience and any(role is held for held, _ in roles))
