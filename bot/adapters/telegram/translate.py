"""From what Telegram says to what happened: an `Update` becomes our events. Pure; what to leave out is said here.

Left out on purpose: messages of other bots and of this one, edits in private chats (an answer once given counts),
channels, promotions and demotions, and service messages in which nobody says anything. A press on a button of an
inline message cannot occur, since this bot makes none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.adapters.telegram.contents import attachments_of, words_of
from bot.adapters.telegram.wire import CallbackQuery, Chat, ChatMemberUpdated, Message, Update, User
from bot.events import (
    ButtonPressed,
    ChatMoved,
    Event,
    GroupCommand,
    MembershipChanged,
    MessagePosted,
    PrivateText,
    ReachabilityChanged,
)
from rules.vocabulary import Account, Attachment, IncomingMessage
from rules.vocabulary import Chat as OurChat

PLATFORM: Final = "telegram"
_COMMAND: Final = re.compile(r"/(?P<command>\w{1,32})(?:@(?P<bot>\w+))?(?:\s+(?P<argument>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Profile:
    """Who this bot is, and the commands (lower case, no slash) that it answers to in groups."""

    id: int
    username: str
    commands: frozenset[str]

    @property
    def source(self) -> str:
        """The name under which the journal keeps this bot's deliveries."""
        return f"{PLATFORM}:{self.id}"


def translate(update: Update, profile: Profile, now: datetime) -> list[Event]:
    """Return the events of one update, none where it says nothing to us; `now` (UTC) dates a press on a button."""
    if message := update.message:
        return _private(message) if message.chat.type == "private" else _in_group(message, profile)
    if edited := update.edited_message:
        return _in_group(edited, profile)
    if press := update.callback_query:
        return _pressed(press, now)
    if change := update.my_chat_member:
        return _self_changed(change)
    if change := update.chat_member:
        return _membership(change)
    return []


def _in_group(message: Message, profile: Profile) -> list[Event]:
    if message.chat.type not in {"group", "supergroup"} or message.migrate_from_chat_id:
        return []  # the move itself was told in the old chat
    if message.migrate_to_chat_id:
        return [ChatMoved(_chat(message.chat), str(message.migrate_to_chat_id))]
    if message.new_chat_members or message.left_chat_member:
        return _came_and_went(message)
    author = _author(message)
    if author is None:
        return []
    if found := _own_command(message, profile):
        command = GroupCommand(
            chat=_chat(message.chat),
            account=author,
            command=found["command"].lower(),
            argument=(found["argument"] or "").strip(),
            message_id=str(message.message_id),
            at=message.edit_date or message.date,
        )
        attachments = attachments_of(message)  # a picture does not become harmless by a command as its caption
        return [_posted(message, author, "", attachments), command] if attachments else [command]
    words, attachments = words_of(message), attachments_of(message)
    return [_posted(message, author, words, attachments)] if words or attachments else []


def _posted(message: Message, author: Account, text: str, attachments: tuple[Attachment, ...]) -> MessagePosted:
    edit = int(message.edit_date.timestamp()) if message.edit_date else 0
    return MessagePosted(
        IncomingMessage(
            chat=_chat(message.chat),
            identity=f"{message.message_id}:{edit}",
            author=author,
            text=text,
            sent_at=message.date,
            message_id=str(message.message_id),
            edited_at=message.edit_date,
            reply_to=str(message.reply_to_message.message_id) if message.reply_to_message else None,
            attachments=attachments,
        )
    )


def _own_command(message: Message, profile: Profile) -> re.Match[str] | None:
    """Return the command if it is one of ours; any other is a message, or a slash would hide an insult."""
    found = _COMMAND.fullmatch(message.text or message.caption)
    if not found or found["command"].lower() not in profile.commands:
        return None
    addressed_to = found["bot"]
    return found if addressed_to is None or addressed_to.lower() == profile.username.lower() else None


def _came_and_went(message: Message) -> list[Event]:
    """Return who came or left by a service message; bots are left out, this one is told of itself by another update."""
    chat, at, left = _chat(message.chat), message.date, message.left_chat_member
    came = [MembershipChanged(chat, _account(user), True, at) for user in message.new_chat_members if not user.is_bot]
    return [*came, MembershipChanged(chat, _account(left), False, at)] if left and not left.is_bot else [*came]


def _membership(change: ChatMemberUpdated, *, is_bot_itself: bool = False) -> list[Event]:
    old, new = change.old_chat_member, change.new_chat_member
    if change.chat.type not in {"group", "supergroup"} or (old is not None and old.present == new.present):
        return []
    if new.user.is_bot and not is_bot_itself:
        return []
    return [MembershipChanged(_chat(change.chat), _account(new.user), new.present, change.date, is_bot_itself)]


def _self_changed(change: ChatMemberUpdated) -> list[Event]:
    if change.chat.type == "private":
        return [ReachabilityChanged(_account(change.sender), change.new_chat_member.present)]
    return _membership(change, is_bot_itself=True)


def _private(message: Message) -> list[Event]:
    """Return what a person wrote; a photo or voice message gives an empty text, so that they can be told."""
    if message.sender is None or message.sender.is_bot or not (words_of(message) or attachments_of(message)):
        return []
    return [PrivateText(_account(message.sender), words_of(message), message.date)]


def _pressed(press: CallbackQuery, now: datetime) -> list[Event]:
    if press.message is None or press.data is None:
        return []
    return [ButtonPressed(_account(press.sender), press.data, str(press.message.message_id), press.id, now)]


def _author(message: Message) -> Account | None:
    """Return who wrote: a chat for anonymous administrators and channels, None for a bot."""
    if message.sender_chat:
        return Account(PLATFORM, str(message.sender_chat.id), message.sender_chat.title)
    if message.sender is None or message.sender.is_bot:
        return None
    return _account(message.sender)


def _account(user: User) -> Account:
    language = user.language_code.partition("-")[0] if user.language_code else None
    return Account(PLATFORM, str(user.id), f"{user.first_name} {user.last_name}".strip(), language)


def _chat(chat: Chat) -> OurChat:
    return OurChat(PLATFORM, str(chat.id))
