"""What the bot can and cannot see and do on Telegram, for `klasveilig doctor`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, TelegramError

from bot.adapters.telegram.connection import TelegramBot
from bot.adapters.telegram.patience import token_refused, webhook_in_the_way
from bot.adapters.telegram.wire import Chat, ChatMember, User, WebhookInfo
from rules.vocabulary import Phrase, phrase

LIMITS: Final = (
    phrase("A Telegram bot sees nothing from before it came into a group, and not when a message is deleted."),
    phrase("A Telegram bot does not see what other bots write."),
    phrase("A Telegram bot cannot delete a message that is older than 48 hours."),
    phrase("A Telegram bot can write only to people who have started it."),
)
"""What no right and no setting changes."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that was looked at: `good`, a `limit` that one may live with, or a `problem` to be solved.

    The text says what to do, where something can be done.
    """

    level: Literal["good", "limit", "problem"]
    text: Phrase


async def examine(bot: TelegramBot, chat_ids: Sequence[str], *, polling: bool) -> list[Observation]:
    """Ask Telegram what the bot may do, in general and in each linked chat; `polling` says how it is to receive."""
    try:
        me = User.model_validate(await bot.call("getMe"))
        info = WebhookInfo.model_validate(await bot.call("getWebhookInfo"))
        found = [*_in_general(me), *_delivery(info, polling=polling)]
        for chat_id in chat_ids:
            found += await _in_chat(bot, me, chat_id)
    except InvalidToken:
        return [Observation("problem", token_refused())]
    except TelegramError as error:
        return [Observation("problem", phrase("Telegram does not answer: {reason}", reason=type(error).__name__))]
    return [*found, *(Observation("limit", limit) for limit in LIMITS)]


def _in_general(me: User) -> list[Observation]:
    found = [Observation("good", phrase("The token belongs to @{username}.", username=me.username))]
    if not me.can_join_groups:
        found.append(
            Observation(
                "problem",
                phrase("The bot may not be added to groups. Send /setjoingroups to @BotFather and choose Enable."),
            )
        )
    if not me.can_read_all_group_messages:
        found.append(
            Observation(
                "problem",
                phrase(
                    "Privacy mode is on: in groups where it is no administrator the bot sees only commands. Send "
                    "/setprivacy to @BotFather, choose Disable, then remove the bot from each group and add it again."
                ),
            )
        )
    return found


def _delivery(info: WebhookInfo, *, polling: bool) -> list[Observation]:
    found = []
    if polling and info.url:
        found.append(Observation("problem", webhook_in_the_way()))
    if not polling and not info.url:
        found.append(Observation("limit", phrase("No webhook is set yet; it is set when the bot starts.")))
    if info.url and info.last_error_message:
        text = phrase("Telegram could not deliver to the webhook: {reason}", reason=info.last_error_message)
        found.append(Observation("problem", text))
    if info.pending_update_count:
        text = phrase("Waiting at Telegram, for 24 hours at most: {count}.", count=str(info.pending_update_count))
        found.append(Observation("limit", text))
    return found


async def _in_chat(bot: TelegramBot, me: User, chat_id: str) -> list[Observation]:
    try:
        chat = Chat.model_validate(await bot.call("getChat", {"chat_id": chat_id}))
        member = ChatMember.model_validate(await bot.call("getChatMember", {"chat_id": chat_id, "user_id": me.id}))
    except ChatMigrated as moved:
        text = phrase("Chat {chat} became {new}. Link it again.", chat=chat_id, new=str(moved.new_chat_id))
        return [Observation("problem", text)]
    except (BadRequest, Forbidden) as error:
        text = phrase("Chat {chat} cannot be seen ({reason}). Add the bot again.", chat=chat_id, reason=str(error))
        return [Observation("problem", text)]
    return _membership(me, chat, member)


def _membership(me: User, chat: Chat, member: ChatMember) -> list[Observation]:
    name = chat.title or str(chat.id)
    if not member.present:
        return [Observation("problem", phrase("The bot is not in {chat} any more. Add it again.", chat=name))]
    if member.status not in {"administrator", "creator"}:
        level: Literal["limit", "problem"] = "limit" if me.can_read_all_group_messages else "problem"
        text = phrase(
            "The bot is no administrator in {chat}: it cannot remove a /melden that somebody types there, and may miss "
            "who joins or leaves. Make it administrator, with the right to delete messages.",
            chat=name,
        )
        return [Observation(level, text)]
    if not member.can_delete_messages:
        text = phrase(
            "The bot may not delete messages in {chat}: it cannot remove a /melden that somebody types there. Give it "
            "that right.",
            chat=name,
        )
        return [Observation("limit", text)]
    return [Observation("good", phrase("The bot sees all messages in {chat} and can delete them.", chat=name))]
