"""The methods of the Bot API, as its documentation describes them (core.telegram.org/bots/api), on a `World`."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

from tests.platforms.telegram_objects import Chat, Json, Message
from tests.platforms.telegram_updates import ApiError, WebhookState
from tests.platforms.telegram_world import World

TEXT_LIMIT: Final = 4096
"""Characters in a message; counted in UTF-16 units, the strictest reading of the documentation."""
DELETABLE_FOR: Final = timedelta(hours=48)


class Methods:
    """Each public method is one of the Bot API, by its own name, from request parameters to `result`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.commands: dict[str, list[Json]] = {}
        """What `setMyCommands` set, by scope and language."""

    async def call(self, name: str, parameters: Json) -> Any:
        """Do the method `name` (in any case, as the Bot API allows); raises `ApiError`."""
        method = self._methods().get(name.lower())
        if method is None:
            raise ApiError(404, "Not Found")
        result = method({key: value for key, value in parameters.items() if value is not None})
        return await result if inspect.isawaitable(result) else result

    def _methods(self) -> dict[str, Callable[[Json], Any | Awaitable[Any]]]:
        return {
            "getme": self.get_me,
            "getupdates": self.get_updates,
            "setwebhook": self.set_webhook,
            "deletewebhook": self.delete_webhook,
            "getwebhookinfo": self.get_webhook_info,
            "sendmessage": self.send_message,
            "editmessagetext": self.edit_message_text,
            "deletemessage": self.delete_message,
            "answercallbackquery": self.answer_callback_query,
            "getchat": self.get_chat,
            "getchatmember": self.get_chat_member,
            "getchatadministrators": self.get_chat_administrators,
            "leavechat": self.leave_chat,
            "setmycommands": self.set_my_commands,
            "getfile": self.get_file,
        }

    def get_me(self, _: Json) -> Json:
        return {
            **self._world.bot.shown(),
            "can_join_groups": True,
            "can_read_all_group_messages": not self._world.privacy_mode,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    async def get_updates(self, parameters: Json) -> list[Json]:
        limit = min(max(_whole(parameters, "limit", 100), 1), 100)
        timeout = min(max(_whole(parameters, "timeout", 0), 0), 50)
        return await self._world.updates.get(_whole(parameters, "offset", 0), limit, timeout, _allowed(parameters))

    async def set_webhook(self, parameters: Json) -> bool:
        url = str(parameters.get("url", ""))
        if not url:
            return await self.delete_webhook(parameters)
        if not url.startswith(("https://", "http://127.0.0.1:")):  # the Bot API wants https; loopback needs none
            raise ApiError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        secret = parameters.get("secret_token")
        if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise ApiError(400, "Bad Request: secret token contains unallowed characters")
        if _true(parameters, "drop_pending_updates"):
            self._world.updates.pending.clear()
        state = WebhookState(url, secret, _whole(parameters, "max_connections", 40))
        await self._world.updates.set_webhook(state, _allowed(parameters))
        return True

    async def delete_webhook(self, parameters: Json) -> bool:
        if _true(parameters, "drop_pending_updates"):
            self._world.updates.pending.clear()
        await self._world.updates.set_webhook(None, None)
        return True

    def get_webhook_info(self, _: Json) -> Json:
        updates, webhook = self._world.updates, self._world.updates.webhook
        info: Json = {
            "url": webhook.url if webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(updates.waiting()),
        }
        if updates.allowed:
            info["allowed_updates"] = list(updates.allowed)
        if webhook:
            info["max_connections"] = webhook.max_connections
            if webhook.last_error:
                info["last_error_date"], info["last_error_message"] = webhook.last_error
        return info

    def send_message(self, parameters: Json) -> Json:
        chat = self._writable(self._chat(parameters))
        content: Json = {"text": _text(parameters)}
        keyboard = _keyboard(parameters)
        if keyboard:
            content["reply_markup"] = keyboard
        if _true(parameters, "protect_content"):
            content["has_protected_content"] = True
        return self._world.add_message(chat, self._world.bot, content).shown()

    def edit_message_text(self, parameters: Json) -> Json:
        message = self._message(parameters, "message to edit not found")
        if message.sender is not self._world.bot:
            raise ApiError(400, "Bad Request: message can't be edited")
        self._writable(message.chat)
        text, keyboard = _text(parameters), _keyboard(parameters)
        if text == message.text and keyboard == message.content.get("reply_markup"):
            raise ApiError(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message",
            )
        message.content.pop("reply_markup", None)
        message.content.update({"text": text, **({"reply_markup": keyboard} if keyboard else {})})
        message.edited_at = self._world.clock()
        return message.shown()

    def delete_message(self, parameters: Json) -> bool:
        message = self._message(parameters, "message to delete not found")
        chat, bot = message.chat, self._world.bot
        allowed = message.sender is bot or chat.type == "private" or "delete_messages" in chat.rights.get(bot.id, ())
        if not allowed or message.date <= self._world.clock() - DELETABLE_FOR:
            raise ApiError(400, "Bad Request: message can't be deleted")
        del chat.messages[message.id]
        return True

    def answer_callback_query(self, parameters: Json) -> bool:
        press_id, text = parameters.get("callback_query_id", ""), str(parameters.get("text", ""))
        if self._world.presses.get(press_id, "") is not None:
            raise ApiError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(text) > 200:
            raise ApiError(400, "Bad Request: MESSAGE_TOO_LONG")
        self._world.presses[press_id] = text
        return True

    def get_chat(self, parameters: Json) -> Json:
        chat = self._present(self._chat(parameters))
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        accepted = dict.fromkeys(gifts, False)
        return {**chat.shown(), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": accepted}

    def get_chat_member(self, parameters: Json) -> Json:
        chat = self._present(self._chat(parameters))
        user_id = _whole(parameters, "user_id", 0)
        user = self._world.bot if user_id == self._world.bot.id else chat.users.get(user_id)
        if user is None:
            raise ApiError(400, "Bad Request: PARTICIPANT_ID_INVALID")
        return chat.member(user)

    def get_chat_administrators(self, parameters: Json) -> list[Json]:
        chat = self._present(self._chat(parameters))
        if chat.type == "private":
            raise ApiError(400, "Bad Request: there are no administrators in the private chat")
        return [
            chat.member(user) for user in chat.users.values() if chat.members[user.id] in {"creator", "administrator"}
        ]

    def leave_chat(self, parameters: Json) -> bool:
        self._world.leave_by_itself(self._present(self._chat(parameters)))
        return True

    def set_my_commands(self, parameters: Json) -> bool:
        scope = _decoded(parameters.get("scope"), {"type": "default"})
        key = f"{scope['type']}:{parameters.get('language_code', '')}"
        self.commands[key] = _decoded(parameters.get("commands"), [])
        return True

    def get_file(self, parameters: Json) -> Json:
        file_id = parameters.get("file_id", "")
        if file_id not in self._world.files:
            raise ApiError(400, "Bad Request: invalid file_id")
        path, content = self._world.files[file_id]
        unique = f"AQAD{file_id[-6:]}"
        return {"file_id": file_id, "file_unique_id": unique, "file_size": len(content), "file_path": path}

    def _chat(self, parameters: Json) -> Chat:
        if "chat_id" not in parameters or parameters["chat_id"] == "":
            raise ApiError(400, "Bad Request: chat_id is empty")
        try:
            chat = self._world.chats.get(int(parameters["chat_id"]))
        except ValueError:
            chat = None
        if chat is None:
            raise ApiError(400, "Bad Request: chat not found")
        if chat.moved_to:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.moved_to.id,
            )
        return chat

    def _present(self, chat: Chat) -> Chat:
        """Return the chat if the bot is in it."""
        status = chat.members.get(self._world.bot.id)
        if chat.type != "private" and not chat.has(self._world.bot):
            what = "kicked from" if status == "kicked" else "not a member of"
            verb = "was" if status == "kicked" else "is"
            raise ApiError(403, f"Forbidden: bot {verb} {what} the {chat.type} chat")
        return chat

    def _writable(self, chat: Chat) -> Chat:
        """Return the chat if the bot may write there: a person must have started it, and not blocked it."""
        status = chat.members.get(self._world.bot.id)
        if chat.type == "private" and status is None:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        if chat.type == "private" and status == "kicked":
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return self._present(chat)

    def _message(self, parameters: Json, not_found: str) -> Message:
        chat = self._present(self._chat(parameters))
        message = chat.messages.get(_whole(parameters, "message_id", 0))
        if message is None:
            raise ApiError(400, f"Bad Request: {not_found}")
        return message


def _whole(parameters: Json, name: str, default: int) -> int:
    try:
        return int(parameters.get(name, default))
    except ValueError:
        raise ApiError(400, f"Bad Request: {name} must be an integer") from None


def _true(parameters: Json, name: str) -> bool:
    return parameters.get(name) in {True, "true", "True", "1"}


def _decoded(value: Any, default: Any) -> Any:
    """Return a parameter that is JSON within a form, or a value already in a JSON body."""
    if value is None:
        return default
    return json.loads(value) if isinstance(value, str) else value


def _allowed(parameters: Json) -> list[str] | None:
    allowed: list[str] | None = _decoded(parameters.get("allowed_updates"), None)
    return allowed


def _text(parameters: Json) -> str:
    text = str(parameters.get("text", "")).strip()
    if not text:
        raise ApiError(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > TEXT_LIMIT:
        raise ApiError(400, "Bad Request: message is too long")
    return text


def _keyboard(parameters: Json) -> Json | None:
    keyboard: Json | None = _decoded(parameters.get("reply_markup"), None)
    for row in (keyboard or {}).get("inline_keyboard", ()):
        for button in row:
            if not button.get("text"):
                raise ApiError(400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed")
            if not 1 <= len(button.get("callback_data", "").encode()) <= 64:
                raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
    return keyboard if keyboard and any(keyboard.get("inline_keyboard", ())) else None
