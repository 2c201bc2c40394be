"""Handling cases in a private chat: what the buttons under a case do, and what they ask for in words.

A button says `verb:number`, sometimes with `:option`. A step that needs words opens a dialog; the next text is the
answer. A button that no longer fits is answered with what stands in the way and where the case stands now.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.access import scope_for
from bot.cases.case import Case, Decision, Person, State
from bot.cases.transitions import Action, IllegalStep
from bot.commands.private_chat import Choice, PrivateChat
from bot.commands.review import (
    CaseView,
    How,
    NoSuchCase,
    Review,
    further_roles,
    list_cases,
    show,
    unreachable,
    why_not,
)
from bot.commands.review_choices import before_founded, step_choices
from bot.commands.showing import full_text, list_line, summary
from bot.commands.wording import ROLES
from bot.stores import CaseChanged
from rules.vocabulary import Phrase, Role, phrase

DIALOG: Final = "review"
LISTED: Final = 20
"""Cases named in a list in a chat, the most severe."""

SOMEBODY_ELSE: Final = phrase("Somebody else changed this case a moment ago, so I did nothing. This is how it stands.")
NOTHING_CHANGED: Final = phrase("Fine, I have changed nothing.")
CLOSED: Final = phrase("The case is closed. I remove what I showed of it in chats.")
NO_CASES: Final = phrase("There are no open cases for you.")

PROMPTS: Final[Mapping[str, Phrase]] = {
    "hear_talk": phrase("What are you going to ask? I keep it with the case."),
    "hear_message": phrase("Write your message to {names}. I show it to you before I bring it."),
    "heard": phrase("Write down what the other side said, or that they did not want to say anything."),
    "unheard": phrase("Why could the other side not be heard?"),
    "unknown": phrase(
        "I do not know who the other side is. Did you hear them? Then write what they said. Else write why not."
    ),
    "founded": phrase("Write why you decide 'founded'."),
    "unfounded": phrase("Write why you decide 'unfounded'."),
    "undetermined": phrase("Write why it cannot be determined."),
    "out_of_scope": phrase(
        "Write why this is not about school. Then I close the case and delete what was kept, your reason as well."
    ),
    "escalate": phrase("Write why you pass the case on to: {role}."),
    "note": phrase("Write your note."),
    "close": phrase("Write why you close the case without a decision."),
    "reopen": phrase("Write why you reopen the case."),
}
"""What is asked for in words, by the step of the dialog."""

NEEDS: Final[Mapping[str, Action]] = {
    "hear": Action.START_HEARING,
    "heard": Action.RECORD_HEARING,
    "founded": Action.DECIDE,
    "unheard": Action.DECIDE,
    "unfounded": Action.DECIDE,
    "undetermined": Action.DECIDE,
    "out_of_scope": Action.DECIDE,
    "escalate": Action.ESCALATE,
    "note": Action.NOTE,
    "close": Action.CLOSE,
    "reopen": Action.REOPEN,
}
"""The step that a button begins."""


@dataclass(frozen=True, slots=True)
class ReviewChat:
    """What handlers press and type in their private chat; `actor` is whose chat it is."""

    review: Review

    async def list_open(self, chat: PrivateChat, actor: Person) -> None:
        """Show the cases that are not closed, each with a button."""
        cases = await list_cases(chat.tx, actor, frozenset(State) - {State.CLOSED})
        if not cases:
            await chat.answer(NO_CASES)
            return
        lines = [list_line(case, chat.language) for case in cases[:LISTED]]
        if len(cases) > LISTED:
            lines.append(chat.text(phrase("… and {n} more", n=str(len(cases) - LISTED))))
        rows = [[(phrase("Show {number}", number=case.number), f"show:{case.number}")] for case in cases[:LISTED]]
        await chat.answer("\n".join(lines), choices=rows)

    async def pressed(self, chat: PrivateChat, actor: Person, data: str) -> None:
        """Do what a button says, once; explain kindly when it no longer fits."""
        verb, _, rest = data.partition(":")
        number, _, option = rest.partition(":")
        await self._explained(chat, actor, number, self._press(chat, actor, verb, number, option))

    async def typed(self, chat: PrivateChat, actor: Person, dialog: Mapping[str, str], text: str) -> None:
        """Take the words that a step asked for; an empty text leaves the question open."""
        if not text.strip():
            await chat.answer(phrase("I can only read text. Please type your answer."))
            return
        await chat.tx.dialogs.end(chat.school.id, chat.account)
        await self._explained(chat, actor, dialog["number"], self._do(chat, actor, dialog, text))

    async def _explained(self, chat: PrivateChat, actor: Person, number: str, work: Awaitable[None]) -> None:
        """Await the work; what cannot be done is explained, with where the case stands."""
        try:
            await work
        except NoSuchCase as error:
            await chat.answer(error.text)
        except IllegalStep as error:
            await self._stand(chat, actor, number, error.text)
        except CaseChanged:
            await self._stand(chat, actor, number, SOMEBODY_ELSE)

    async def _press(self, chat: PrivateChat, actor: Person, verb: str, number: str, option: str) -> None:
        match verb:
            case "cancel":
                await self._cancel(chat, number)
            case "show":
                await self._show(chat, actor, number)
            case "take":
                await self.review.take(chat.tx, actor, number)
                await self._stand(chat, actor, number, phrase("You handle this case now."))
            case "release":
                await self.review.release(chat.tx, actor, number)
                await self._stand(chat, actor, number, phrase("You have given this case back."))
            case "send":
                await self._send(chat, actor, number)
            case _ if verb in NEEDS:
                await self._begin(chat, actor, verb, number, option)
            case _:
                await chat.welcome()

    async def _cancel(self, chat: PrivateChat, number: str) -> None:
        """Forget what was asked for in a case; another dialog that was begun meanwhile goes on."""
        dialog = await chat.tx.dialogs.get(chat.school.id, chat.account) or {}
        if dialog.get("number") == number:
            await chat.tx.dialogs.end(chat.school.id, chat.account)
        await chat.answer(NOTHING_CHANGED)

    async def _begin(self, chat: PrivateChat, actor: Person, verb: str, number: str, option: str) -> None:
        """Begin a step: do it where it needs no words, else ask for them."""
        view = await show(chat.tx, actor, number)
        refusal = why_not(scope_for(actor), view.case, _needed(verb, view.case))
        if refusal is not None:
            await self._stand(chat, actor, number, refusal)
        elif verb == "close" and view.case.decision is not None:
            await self.review.close(chat.tx, actor, number)
            await self._stand(chat, actor, number, CLOSED)
        elif verb == "hear" and not option:
            await self._begin_hearing(chat, view)
        elif verb == "hear":
            await self._ask(chat, f"hear_{option}", view, names=_subjects(view))
        elif verb == "founded" and view.case.heard_at is None and not view.case.subjects:
            await self._ask(chat, "unknown", view)
        elif verb == "founded" and view.case.heard_at is None:
            await chat.answer(
                phrase("Before you decide 'founded', the other side is heard. Was that done?"),
                choices=before_founded(view),
                case=view.case,
            )
        elif verb == "escalate":
            await self._begin_escalating(chat, actor, view, option)
        else:
            await self._ask(chat, verb, view)

    async def _begin_hearing(self, chat: PrivateChat, view: CaseView) -> None:
        """Offer the ways to hear the other side; a message only where it reaches everybody."""
        number = view.case.number
        rows: list[Sequence[Choice]] = [
            [(phrase("I talk with them at school"), f"hear:{number}:talk")],
            [(phrase("I have talked with them"), f"heard:{number}")],
        ]
        people = [await chat.tx.people.person(person_id) for person_id in view.case.subjects]
        out_of_reach = await unreachable(chat.tx, [person for person in people if person is not None])
        question = [phrase("How do you hear the other side?")]
        if out_of_reach:
            names = ", ".join(sorted(person.name for person in out_of_reach))
            question.append(phrase("I cannot write to {names}, so talk with them yourself.", names=names))
        else:
            rows.append([(phrase("Bring my message to them"), f"hear:{number}:message")])
        await chat.answer(*question, choices=[*rows, [(phrase("Cancel"), f"cancel:{number}")]], case=view.case)

    async def _begin_escalating(self, chat: PrivateChat, actor: Person, view: CaseView, option: str) -> None:
        roles = await further_roles(chat.tx, actor, view.case.number)
        if option in roles:
            await self._ask(chat, "escalate", view, role=chat.text(ROLES[Role(option)]), to=option)
        elif roles:
            rows = [[(ROLES[role], f"escalate:{view.case.number}:{role}")] for role in roles]
            await chat.answer(phrase("To whom do you pass the case on?"), choices=rows, case=view.case)
        else:
            await chat.answer(phrase("There is nobody left at your school to pass this case on to."))

    async def _ask(self, chat: PrivateChat, step: str, view: CaseView, **values: str) -> None:
        """Ask for words, and remember what for."""
        if step not in PROMPTS:
            await chat.welcome()
            return
        number = view.case.number
        await chat.tx.dialogs.put(
            chat.school.id, chat.account, {"dialog": DIALOG, "step": step, "number": number, **values}
        )
        prompt = PROMPTS[step]
        await chat.answer(
            phrase("Case {number}", number=number),
            phrase(prompt.text, **values),
            choices=[[(phrase("Cancel"), f"cancel:{number}")]],
            case=view.case,
        )

    async def _do(self, chat: PrivateChat, actor: Person, dialog: Mapping[str, str], text: str) -> None:
        """Take the step that the words were asked for."""
        tx, number, step = chat.tx, dialog["number"], dialog["step"]
        match step:
            case "hear_message" | "hear_send":
                await self._preview(chat, actor, number, text)
                return
            case "unheard" | "unknown":
                await self._ask(chat, "founded", await show(tx, actor, number), not_heard_because=text)
                return
            case "hear_talk":
                await self.review.start_hearing(tx, actor, number, text, How.TALK)
                done = phrase("I have noted it. Did you talk? Then write down what the other side said.")
            case "heard":
                await self.review.record_hearing(tx, actor, number, text)
                done = phrase("I have kept what the other side said.")
            case "escalate":
                await self.review.escalate(tx, actor, number, Role(dialog["to"]), text)
                done = phrase("The case is passed on, and they have been told.")
            case "note":
                await self.review.note(tx, actor, number, text)
                done = phrase("Your note is kept with the case.")
            case "close":
                await self.review.close(tx, actor, number, text)
                done = CLOSED
            case "reopen":
                await self.review.reopen(tx, actor, number, text)
                done = phrase("The case is open again. Take it to handle it.")
            case _:
                unheard = dialog.get("not_heard_because")
                await self.review.decide(tx, actor, number, Decision(step), text, unheard)
                done = phrase("Your decision is recorded.")
        await self._stand(chat, actor, number, done)

    async def _preview(self, chat: PrivateChat, actor: Person, number: str, text: str) -> None:
        """Show a message to the other side before it goes out."""
        view = await show(chat.tx, actor, number)
        await chat.tx.dialogs.put(
            chat.school.id,
            chat.account,
            {"dialog": DIALOG, "step": "hear_send", "number": number, "message": text},
        )
        await chat.answer(
            phrase("This goes to {names}, with your name:", names=_subjects(view)),
            text,
            phrase("Do you want to change it? Then type it anew."),
            choices=[[(phrase("Send"), f"send:{number}"), (phrase("Cancel"), f"cancel:{number}")]],
            case=view.case,
        )

    async def _send(self, chat: PrivateChat, actor: Person, number: str) -> None:
        """Bring the previewed message to the other side."""
        dialog = await chat.tx.dialogs.get(chat.school.id, chat.account) or {}
        if (dialog.get("step"), dialog.get("number")) != ("hear_send", number):
            await self._stand(chat, actor, number, phrase("That message was sent already, or cancelled."))
            return
        await chat.tx.dialogs.end(chat.school.id, chat.account)
        await self.review.start_hearing(chat.tx, actor, number, dialog["message"], How.MESSAGE)
        await self._stand(
            chat, actor, number, phrase("I bring your message. Write down here what the other side says.")
        )

    async def _show(self, chat: PrivateChat, actor: Person, number: str) -> None:
        """Show everything of a case: a copy that is taken back when the case closes."""
        view = await show(chat.tx, actor, number)
        text = full_text(view, chat.school, chat.language)
        closed = view.case.state is State.CLOSED
        await chat.answer(
            text, choices=step_choices(view), case=None if closed else view.case, holds_evidence=not closed
        )

    async def _stand(self, chat: PrivateChat, actor: Person, number: str, first: Phrase) -> None:
        """Say something and where the case stands now, with the steps that are possible."""
        try:
            view = await show(chat.tx, actor, number)
        except NoSuchCase:
            await chat.answer(first)
            return
        closed = view.case.state is State.CLOSED
        await chat.answer(
            first,
            summary(view, chat.language),
            choices=[[(phrase("Show"), f"show:{number}")], *step_choices(view)],
            case=None if closed else view.case,
        )


def _needed(verb: str, case: Case) -> Action:
    """Return the step that a button needs; a talk that was held is written down without asking for it first."""
    if verb == "heard" and case.state is State.TAKEN:
        return Action.START_HEARING
    return NEEDS[verb]


def _subjects(view: CaseView) -> str:
    return ", ".join(sorted(view.names[person_id] for person_id in view.case.subjects if person_id in view.names))
