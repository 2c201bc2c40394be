"""Saying things on Telegram: `bot.outgoing.Sender`, and the answer to a press on a button.

Texts are plain, without markup and link previews. One that is too long goes out as several messages, and their ids
together, with commas, are the id of the copy: so every part can be redacted or deleted later.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.adapters.telegram.patience import seconds_of
from bot.adapters.telegram.split import LIMIT, length, split
from bot.outgoing import Moved, Outgoing, Refused, SendError, TryLater, Unreachable

_log = logging.getLogger(__name__)

_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
_REDACTED: Final = "…"
"""What stays of the earlier messages of a long copy: unlike deleting, replacing is possible at any age."""
_ANSWER_LIMIT: Final = 200
"""Characters in the answer to a press (Bot API, answerCallbackQuery)."""
_NOBODY_THERE: Final = ("chat not found", "user not found", "peer_id_invalid")


class TelegramSender:
    """Delivers to Telegram chats; `Outgoing.address` is the chat id."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def deliver(self, outgoing: Outgoing) -> str:
        """Do it and return the id of the copy: a message id, or several with commas for a text over 4096 characters.

        Deleting what is already gone, and replacing a text by itself, count as done: they are what is left to see
        of an earlier try whose answer was lost. Raises `SendError` or a subclass.
        """
        with _failures_named():
            if outgoing.verb == "send":
                return await self._send(outgoing)
            ids = _ids(outgoing.message_id)
            if outgoing.verb == "edit":
                await self._edit(outgoing, ids)
            else:
                for message_id in ids:
                    await self._delete(outgoing.address, message_id)
            return outgoing.message_id

    async def answer(self, callback_id: str, text: str = "") -> None:
        """Tell whoever pressed a button that it arrived, with a short text if given; a failure is only logged.

        After a minute or so Telegram no longer takes an answer, and nothing depends on it.
        """
        try:
            await self._bot.answer_callback_query(callback_id, text=split(text, _ANSWER_LIMIT)[0] if text else None)
        except TelegramError as error:
            _log.info("a press on a button was not answered: %s", type(error).__name__)

    async def _send(self, outgoing: Outgoing) -> str:
        pieces = split(outgoing.text)
        if not pieces:
            raise Refused("there is no text to send")
        sent: list[int] = []
        try:
            for number, piece in enumerate(pieces, start=1):
                message = await self._bot.send_message(
                    outgoing.address,
                    piece,
                    reply_markup=_keyboard(outgoing) if number == len(pieces) else None,
                    link_preview_options=_NO_PREVIEW,
                    protect_content=outgoing.holds_evidence,
                )
                sent.append(message.message_id)
        except TelegramError:
            await self._take_back(outgoing.address, sent)
            raise
        return ",".join(map(str, sent))

    async def _take_back(self, address: str, sent: list[int]) -> None:
        """Delete the first parts of a copy that did not go out whole, since nobody will know their ids."""
        for message_id in sent:
            try:
                await self._delete(address, message_id)
            except TelegramError as error:
                _log.warning("part %s of a half-sent message was not taken back: %s", message_id, type(error).__name__)

    async def _edit(self, outgoing: Outgoing, ids: list[int]) -> None:
        if length(outgoing.text) > LIMIT:
            raise Refused(f"the new text is longer than the {LIMIT} characters that fit in one message")
        await self._replace(outgoing.address, ids[-1], outgoing.text, _keyboard(outgoing))
        for message_id in ids[:-1]:
            await self._replace(outgoing.address, message_id, _REDACTED, None)

    async def _replace(self, address: str, message_id: int, text: str, keyboard: InlineKeyboardMarkup | None) -> None:
        try:
            await self._bot.edit_message_text(
                text,
                chat_id=address,
                message_id=message_id,
                reply_markup=keyboard,
                link_preview_options=_NO_PREVIEW,
            )
        except BadRequest as error:
            if "message is not modified" not in str(error).lower():
                raise

    async def _delete(self, address: str, message_id: int) -> None:
        try:
            await self._bot.delete_message(address, message_id)
        except BadRequest as error:
            if "message to delete not found" not in str(error).lower():
                raise


def _ids(message_id: str) -> list[int]:
    try:
        return [int(part) for part in message_id.split(",")]
    except ValueError:
        raise Refused(f"{message_id!r} is no id of a Telegram message") from None


def _keyboard(outgoing: Outgoing) -> InlineKeyboardMarkup | None:
    if not outgoing.buttons:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.label, callback_data=button.data) for button in row] for row in outgoing.buttons]
    )


@contextmanager
def _failures_named() -> Iterator[None]:
    """Turn the library's errors into those of `bot.outgoing`."""
    try:
        yield
    except TelegramError as error:
        raise _named(error) from None


def _named(error: TelegramError) -> SendError:
    match error:
        case RetryAfter():
            return TryLater(seconds_of(error))
        case ChatMigrated():
            return Moved(str(error.new_chat_id))
        case Forbidden():
            return Unreachable(str(error))
        case BadRequest() if any(sign in str(error).lower() for sign in _NOBODY_THERE):
            return Unreachable(str(error))
        case BadRequest() if "message can't be deleted" in str(error).lower():
            return Refused(
                "Telegram does not let the bot delete this message: it is older than 48 hours, "
                "or the bot has no right to delete messages in this chat"
            )
        case BadRequest():
            return Refused(str(error))
        case InvalidToken():
            return SendError("Telegram does not accept the bot's token")
        case _:
            return SendError(f"Telegram did not answer ({type(error).__name__})")
