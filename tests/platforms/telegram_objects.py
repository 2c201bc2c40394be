"""People, chats and messages as Telegram's servers know them, and how the Bot API shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(eq=False)
class User:
    """A person or a bot."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "nl"
    is_bot: bool = False

    def shown(self) -> Json:
        """Return the Bot API's `User`."""
        person = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.last_name:
            person["last_name"] = self.last_name
        if self.username:
            person["username"] = self.username
        return person if self.is_bot else {**person, "language_code": self.language_code}


@dataclass(eq=False)
class Chat:
    """A private chat, group, supergroup or channel; `members` maps ids to their status."""

    id: int
    type: str
    title: str = ""
    person: User | None = None
    members: dict[int, str] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    rights: dict[int, set[str]] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    moved_to: Chat | None = None
    last_message_id: int = 0

    def shown(self) -> Json:
        """Return the Bot API's `Chat`."""
        chat: Json = {"id": self.id, "type": self.type}
        if self.person:
            return {**chat, **{name: value for name, value in self.person.shown().items() if name.endswith("name")}}
        group = {"all_members_are_administrators": False} if self.type == "group" else {}
        return {**chat, "title": self.title, **group}

    def has(self, user: User) -> bool:
        """Tell whether the user is in the chat."""
        return self.members.get(user.id) in {"creator", "administrator", "member"}

    def member(self, user: User) -> Json:
        """Return the Bot API's `ChatMember` of the user."""
        status = self.members.get(user.id, "left")
        shown: Json = {"user": user.shown(), "status": status}
        if status == "kicked":
            return {**shown, "until_date": 0}
        if status == "creator":
            return {**shown, "is_anonymous": False}
        if status != "administrator":
            return shown
        rights = {f"can_{right}": right in self.rights.get(user.id, set()) for right in RIGHTS}
        return {**shown, "can_be_edited": False, "is_anonymous": False, **rights}


RIGHTS = (
    *("manage_chat", "delete_messages", "manage_video_chats", "restrict_members", "promote_members"),
    *("change_info", "invite_users", "post_stories", "edit_stories", "delete_stories", "pin_messages"),
)
"""An administrator's rights, without their `can_`."""


@dataclass(eq=False)
class Message:
    """A message; `content` holds its other fields as the Bot API names them."""

    chat: Chat
    id: int
    sender: User
    date: datetime
    content: Json
    reply_to: Message | None = None
    edited_at: datetime | None = None

    @property
    def text(self) -> str:
        text: str = self.content.get("text", "")
        return text

    @property
    def buttons(self) -> list[Json]:
        """Return the inline buttons, row after row."""
        return [button for row in self.content.get("reply_markup", {}).get("inline_keyboard", ()) for button in row]

    def shown(self) -> Json:
        """Return the Bot API's `Message`."""
        message = {
            "message_id": self.id,
            "from": self.sender.shown(),
            "chat": self.chat.shown(),
            "date": int(self.date.timestamp()),
            **self.content,
        }
        if self.edited_at:
            message["edit_date"] = int(self.edited_at.timestamp())
        if self.reply_to:
            message["reply_to_message"] = {
                name: value for name, value in self.reply_to.shown().items() if name != "reply_to_message"
            }
        return message
