"""What the bot does when somebody presses a button, types to it, or changes a group: `ChatDesk.react`.

Everything that it answers goes through the outbox, in the transaction that also takes the event out of the journal:
a crash neither loses an effect nor doubles one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from bot import notices
from bot.access import Permission, may_at, scope_for
from bot.clock import Clock, Ids
from bot.commands import reporting, review_chat
from bot.commands.distress import HELP, is_distress
from bot.commands.linking import NOT_LINKED, Attempts, Linking, introduction
from bot.commands.melden import STOPPED, TEXT_ONLY
from bot.commands.private_chat import PrivateChat
from bot.commands.reporting import Reporting
from bot.commands.review import Review
from bot.commands.review_chat import ReviewChat
from bot.events import (
    ButtonPressed,
    ChatMoved,
    GroupCommand,
    MembershipChanged,
    MessagePosted,
    PrivateText,
    ReachabilityChanged,
)
from bot.outgoing import Outgoing
from bot.school import School
from bot.stores import Entry, Transaction
from bot.texts import say, say_phrase
from rules.vocabulary import Account, Chat, phrase

COMMANDS: Final = frozenset({"koppel", "melden"})
"""Commands that are taken up in a group; what else starts with a slash there is a message like any other."""


class ChatDesk:
    """Serves everybody who talks with the bot: reporters, handlers, and who links groups and accounts."""

    def __init__(self, schools: Mapping[UUID, School], review: Review, ids: Ids, clock: Clock) -> None:
        attempts = Attempts(clock)
        self._schools = schools
        self._linking = Linking(ids, clock, attempts)
        self._reporting = Reporting(ids, clock, attempts)
        self._review = ReviewChat(review)

    async def react(self, tx: Transaction, entry: Entry) -> None:
        """Do what an event asks for, inside the given transaction."""
        school = self._schools[entry.school_id]
        match entry.event:
            case ButtonPressed() as event:
                await self._pressed(await self._private_chat(tx, school, event.account), event.data)
            case PrivateText() as event:
                await self._typed(await self._private_chat(tx, school, event.account), event.text.strip())
            case GroupCommand(command="koppel") as event:
                said = await self._linking.link_group(tx, school, event.chat, event.account, event.argument)
                await self._say_in_group(tx, school, event.chat, say_phrase(school.language, said))
            case GroupCommand(command="melden") as event:
                await self._take_out_of_group(tx, school, event)
            case MembershipChanged(is_bot_itself=True) as event:
                await self._came_or_went(tx, school, event)
            case ChatMoved() as event:
                await tx.people.move_chat(event.chat, event.new_id)
            case ReachabilityChanged() as event:
                await tx.people.set_reachable(school.id, event.account, event.reachable)
            case MessagePosted() | GroupCommand() | MembershipChanged():
                pass  # messages go through the pipeline; that a person came or went changes nothing here

    async def _private_chat(self, tx: Transaction, school: School, account: Account) -> PrivateChat:
        person = await tx.people.by_account(school.id, account)
        return PrivateChat(tx, school, account, person if person and person.roles else None)

    async def _pressed(self, chat: PrivateChat, data: str) -> None:
        verb, _, rest = data.partition(":")
        if verb == "melden":
            await self._reporting.pressed(chat, data)
        elif verb == "status":
            await self._reporting.status(chat, rest)
        elif (handler := chat.handler) is None:
            await chat.welcome()
        elif verb == "cases":
            await self._review.list_open(chat, handler)
        else:
            await self._review.pressed(chat, handler, data)

    async def _typed(self, chat: PrivateChat, text: str) -> None:
        """Take a command, or words that belong to whatever this person is in the middle of."""
        command, argument = [*text.split(maxsplit=1), "", ""][:2]
        match command.partition("@")[0].lower():
            case "/melden":
                await self._reporting.begin(chat, argument)
            case "/start" if argument.lower() == "melden":
                await self._reporting.begin(chat)
            case "/start" | "/koppel" if argument:
                await self._linking.link_account(chat, argument)
            case "/koppel":
                await chat.answer(phrase("Type /koppel and behind it the code that you got from your school."))
            case "/status":
                await self._reporting.status(chat, argument)
            case "/stop":
                await self._stop(chat)
            case "/zaken" if handler := chat.handler:
                await self._review.list_open(chat, handler)
            case "/start" | "/help":
                await chat.welcome()
            case _:
                await self._words(chat, text)

    async def _stop(self, chat: PrivateChat) -> None:
        dialog = await chat.tx.dialogs.get(chat.school.id, chat.account) or {}
        await chat.tx.dialogs.end(chat.school.id, chat.account)
        await chat.answer(STOPPED if dialog.get("dialog") == reporting.DIALOG else review_chat.NOTHING_CHANGED)

    async def _words(self, chat: PrivateChat, text: str) -> None:
        dialog = await chat.tx.dialogs.get(chat.school.id, chat.account) or {}
        if dialog.get("dialog") == reporting.DIALOG:
            await self._reporting.typed(chat, dialog, text)
        elif dialog.get("dialog") == review_chat.DIALOG and (handler := chat.handler) is not None:
            await self._review.typed(chat, handler, dialog, text)
        elif is_distress(text):
            await chat.welcome(HELP)
        else:
            await chat.welcome(*[] if text else [TEXT_ONLY])

    async def _take_out_of_group(self, tx: Transaction, school: School, event: GroupCommand) -> None:
        """Remove a `/melden` from a group and go on in private; the group gets no answer (promise 8)."""
        await tx.outbox.add(
            school.id, event.chat.platform, Outgoing(event.chat.id, verb="delete", message_id=event.message_id)
        )
        if is_chat(event.account):
            return
        chat = await self._private_chat(tx, school, event.account)
        await chat.answer(
            phrase(
                "I take your /melden out of the group now. Do you still see it there? Then remove it yourself. "
                "Others may have seen it for a moment: your name, and everything that you typed behind /melden. "
                "I say nothing about it in the group."
            ),
            phrase("Do you want to report something? The group does not see it, and you see first who will read it."),
            choices=[[(phrase("Report something"), "melden")]],
        )

    async def _came_or_went(self, tx: Transaction, school: School, event: MembershipChanged) -> None:
        """Introduce the bot where it comes in; tell those who link groups where it was taken out."""
        group = await tx.people.group_of(event.chat)
        if group is not None and group.school_id != str(school.id):
            return
        if event.joined:
            said = introduction(school, group) if group else NOT_LINKED
            await self._say_in_group(tx, school, event.chat, say_phrase(school.language, said))
            return
        if group is None:
            return
        for person in await tx.people.staffed(school.id):
            if may_at(scope_for(person), Permission.LINK, school.id):
                text = say(
                    person.language,
                    "I was taken out of the group {group}. Nobody looks at its messages any more. "
                    "Was that not meant? Then add me to the group again.",
                    group=group.name,
                )
                subject = say(person.language, "Klasveilig was taken out of {group}", group=group.name)
                await notices.tell(tx, person, Outgoing("", text=text, subject=subject))

    async def _say_in_group(self, tx: Transaction, school: School, chat: Chat, text: str) -> None:
        await tx.outbox.add(school.id, chat.platform, Outgoing(chat.id, text=text))


def is_chat(account: Account) -> bool:
    """Tell whether an 'account' is a chat in whose name somebody writes: an answer to it would be public.

    On Telegram, groups and channels have negative ids (Bot API, 'Chat').
    """
    return account.id.startswith("-")
