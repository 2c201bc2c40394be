"""What people do on Telegram while a test looks on, and what of it the bot gets to see."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from bot.clock import Clock
from tests.platforms.telegram_objects import RIGHTS, Chat, Json, Message, User
from tests.platforms.telegram_updates import ApiError, UpdateQueue

ANONYMOUS_ADMIN: Final = User(1_087_968_824, "Group", username="GroupAnonymousBot", is_bot=True)
CHANNEL_AS_USER: Final = User(136_817_688, "Channel", username="Channel_Bot", is_bot=True)
TELEGRAM: Final = User(777_000, "Telegram")
"""The accounts that the Bot API puts in `from` when a chat speaks instead of a person."""


class World:
    """One bot and the people around it. Each method that people are the subject of makes the updates it would make."""

    def __init__(self, clock: Clock, *, privacy_mode: bool = False) -> None:
        self.clock = clock
        self.updates = UpdateQueue(clock)
        self.bot = User(6_284_913_057, "Klasveilig", username="klasveilig_test_bot", is_bot=True)
        self.privacy_mode = privacy_mode
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        """File ids, with the path and the content of the file."""
        self.presses: dict[str, str | None] = {}
        """Ids of presses on buttons, with the text that they were answered with (None: not yet)."""
        self._user_ids = itertools.count(7_018_452_366, 1_009)
        self._group_ids = itertools.count(4_102_668_930, 1_013)
        self._shared_message_ids = itertools.count(1_301)
        self._press_ids = itertools.count(3_912_644_118_825_773_441, 7_919)

    # --- people and groups

    def person(self, first_name: str, last_name: str = "", *, language: str = "nl", is_bot: bool = False) -> User:
        """Return a new account; it has not talked to the bot yet."""
        username = f"{first_name.lower()}_bot" if is_bot else ""
        return User(next(self._user_ids), first_name, last_name, username, language, is_bot)

    def group(self, title: str, *people: User, with_bot: bool = True) -> Chat:
        """Return a new group; the first of the people owns it and adds the bot."""
        chat = self._founded(Chat(-next(self._group_ids), "group", title), people)
        if with_bot:
            self.add_bot(chat, people[0])
        return chat

    def supergroup(self, title: str, *people: User) -> Chat:
        """Return a new supergroup with the bot in it; the first of the people owns it."""
        chat = self._founded(Chat(_supergroup_id(next(self._group_ids)), "supergroup", title), people)
        self.add_bot(chat, people[0])
        return chat

    def add_bot(self, chat: Chat, by: User) -> None:
        self._change(chat, by, self.bot, "member")
        self._service(chat, by, {"new_chat_members": [self.bot.shown()], "new_chat_member": self.bot.shown()})

    def remove_bot(self, chat: Chat, by: User) -> None:
        self._change(chat, by, self.bot, "kicked" if chat.type == "supergroup" else "left")

    def promote_bot(self, chat: Chat, by: User, *rights: str) -> None:
        """Make the bot administrator with the given rights (`delete_messages` …), all of them if none is named."""
        chat.rights[self.bot.id] = set(rights or RIGHTS)
        self._change(chat, by, self.bot, "administrator")

    def join(self, chat: Chat, user: User, by: User | None = None) -> None:
        self._change(chat, by or user, user, "member")
        self._service(chat, by or user, {"new_chat_members": [user.shown()], "new_chat_member": user.shown()})

    def leave(self, chat: Chat, user: User) -> None:
        self._service(chat, user, {"left_chat_member": user.shown()})
        self._change(chat, user, user, "left")

    def upgrade(self, chat: Chat, by: User) -> Chat:
        """Turn a group into a supergroup: a chat with another id, which both chats tell of."""
        new = Chat(_supergroup_id(chat.id), "supergroup", chat.title)
        new.members, new.users, new.rights = dict(chat.members), dict(chat.users), dict(chat.rights)
        self.chats[new.id] = new
        self._service(chat, by, {"migrate_to_chat_id": new.id})
        chat.moved_to = new
        self._service(new, ANONYMOUS_ADMIN, {"migrate_from_chat_id": chat.id, "sender_chat": new.shown()})
        return new

    def rename(self, chat: Chat, by: User, title: str) -> Message:
        chat.title = title
        return self._service(chat, by, {"new_chat_title": title})

    # --- saying things in a group

    def post(self, chat: Chat, user: User, text: str, *, reply_to: Message | None = None, **fields: Any) -> Message:
        """Write in a group; `fields` are further fields of the Bot API's `Message`, such as `forward_origin`."""
        return self._say(chat, user, {**_written(text), **fields}, reply_to)

    def send(self, chat: Chat, user: User, **fields: Any) -> Message:
        """Send something else than text: the fields of the Bot API's `Message`, such as `poll` or `voice`."""
        return self._say(chat, user, fields)

    def photo(self, chat: Chat, user: User, caption: str = "", content: bytes = b"\xff\xd8\xff\xe0 a photo") -> Message:
        sizes = [
            {**self._file(content[:size], "photos", ".jpg"), "width": width, "height": width}
            for size, width in ((4, 90), (len(content), 1280))
        ]
        return self._say(chat, user, {"photo": sizes, **({"caption": caption} if caption else {})})

    def document(self, chat: Chat, user: User, name: str, content: bytes = b"%PDF-", caption: str = "") -> Message:
        document = {**self._file(content, "documents", name), "file_name": name}
        return self._say(chat, user, {"document": document, **({"caption": caption} if caption else {})})

    def as_chat(self, chat: Chat, speaker: Chat, text: str) -> Message:
        """Write as the group itself (an anonymous administrator) or as a channel."""
        account = ANONYMOUS_ADMIN if speaker is chat else CHANNEL_AS_USER
        return self._say(chat, account, {**_written(text), "sender_chat": speaker.shown()})

    def channel_post(self, chat: Chat, channel: Chat, text: str) -> Message:
        """Write in a channel whose posts are forwarded to its linked group."""
        fields = {"sender_chat": channel.shown(), "is_automatic_forward": True}
        return self._say(chat, TELEGRAM, {**_written(text), **fields})

    def channel(self, title: str) -> Chat:
        return Chat(_supergroup_id(next(self._group_ids)), "channel", title)

    def edit(self, message: Message, text: str) -> None:
        """Change a text or caption; the bot hears of it if it could see the message."""
        message.content.update({"caption": text} if "caption" in message.content else _written(text))
        message.edited_at = self.clock()
        if self._sees(message):
            self.updates.put("edited_message", message.shown())

    # --- in private

    def private(self, user: User, text: str = "", **fields: Any) -> Message:
        """Write to the bot; the first message (an app sends /start) lets the bot write back."""
        chat = self.private_chat(user)
        if chat.members.get(self.bot.id) == "kicked":
            self.unblock(user)
        chat.members[self.bot.id] = "member"
        return self._say(chat, user, {**(_written(text) if text else {}), **fields})

    def private_chat(self, user: User) -> Chat:
        return self.chats.setdefault(user.id, Chat(user.id, "private", person=user, users={user.id: user}))

    def block(self, user: User) -> None:
        self._change(self.private_chat(user), user, self.bot, "kicked")

    def unblock(self, user: User) -> None:
        self._change(self.private_chat(user), user, self.bot, "member")

    def press(self, user: User, message: Message, button: str) -> str:
        """Press the button that is labelled so or holds this data, and return the id of the press."""
        found = [shown for shown in message.buttons if button in {shown["text"], shown.get("callback_data")}]
        assert found, f"no button {button!r} among {message.buttons}"
        press_id = str(next(self._press_ids))
        self.presses[press_id] = None
        press = {"id": press_id, "from": user.shown(), "message": message.shown(), "chat_instance": "-48213"}
        self.updates.put("callback_query", {**press, "data": found[0]["callback_data"]})
        return press_id

    # --- looking

    def inbox(self, user: User) -> list[Message]:
        """Return what the bot wrote to somebody in private, as it stands there now."""
        return self.written_in(self.private_chat(user))

    def written_in(self, chat: Chat) -> list[Message]:
        """Return what the bot wrote in a chat, as it stands there now."""
        return [message for message in chat.messages.values() if message.sender is self.bot]

    # --- what the methods of the Bot API do

    def add_message(self, chat: Chat, sender: User, content: Json, reply_to: Message | None = None) -> Message:
        """Put a message in a chat. Supergroups count their own messages, all other chats share one count."""
        if chat.type == "supergroup":
            chat.last_message_id += 1
            number = chat.last_message_id
        else:
            number = next(self._shared_message_ids)
        message = chat.messages[number] = Message(chat, number, sender, self.clock(), content, reply_to)
        return message

    def leave_by_itself(self, chat: Chat) -> None:
        self._change(chat, self.bot, self.bot, "left")

    # --- inside

    def _founded(self, chat: Chat, people: Sequence[User]) -> Chat:
        for person in people:
            chat.members[person.id], chat.users[person.id] = "member", person
        chat.members[people[0].id] = "creator"
        self.chats[chat.id] = chat
        return chat

    def _say(self, chat: Chat, user: User, content: Json, reply_to: Message | None = None) -> Message:
        if chat.moved_to:
            raise ApiError(400, "people cannot write in a group that became a supergroup")
        if user.is_bot and user not in {ANONYMOUS_ADMIN, CHANNEL_AS_USER}:
            return self.add_message(chat, user, content, reply_to)  # bots do not see each other
        message = self.add_message(chat, user, content, reply_to)
        if self._sees(message):
            self.updates.put("message", message.shown())
        return message

    def _service(self, chat: Chat, user: User, content: Json) -> Message:
        message = self.add_message(chat, user, content)
        if chat.has(self.bot):
            self.updates.put("message", message.shown())
        return message

    def _sees(self, message: Message) -> bool:
        """Tell whether the bot gets the message: with privacy mode, unless administrator, only what is meant for it."""
        chat = message.chat
        if chat.type == "private":
            return chat.members.get(self.bot.id) == "member"
        if not chat.has(self.bot):
            return False
        if not self.privacy_mode or chat.members[self.bot.id] == "administrator":
            return True
        return message.text.startswith("/") or (message.reply_to is not None and message.reply_to.sender is self.bot)

    def _change(self, chat: Chat, by: User, user: User, status: str) -> None:
        old = chat.member(user)
        chat.members[user.id], chat.users[user.id] = status, user
        change = {
            "chat": chat.shown(),
            "from": by.shown(),
            "date": int(self.clock().timestamp()),
            "old_chat_member": old,
            "new_chat_member": chat.member(user),
        }
        if user is self.bot:
            self.updates.put("my_chat_member", change)
        elif chat.members.get(self.bot.id) == "administrator":
            self.updates.put("chat_member", change)

    def _file(self, content: bytes, folder: str, suffix: str) -> Json:
        number = len(self.files)
        path = f"{folder}/file_{number}{suffix if suffix.startswith('.') else '_' + suffix}"
        file_id = f"AgACAgQAAx{number:06d}"
        self.files[file_id] = (path, content)
        return {"file_id": file_id, "file_unique_id": f"AQAD{number:06d}", "file_size": len(content)}


def _written(text: str) -> Json:
    """Return text with the entities that Telegram finds in it by itself: commands."""
    commands = [
        {"type": "bot_command", "offset": found.start(), "length": len(found.group())}
        for found in _commands(text)
        if text.isascii()
    ]
    return {"text": text, **({"entities": commands} if commands else {})}


def _commands(text: str) -> Iterator[re.Match[str]]:
    return re.finditer(r"(?<!\S)/[A-Za-z0-9_]{1,32}(@[A-Za-z0-9_]+)?", text)


def _supergroup_id(group_id: int) -> int:
    """Return an id as supergroups and channels have: -100 before the number."""
    return -(1_000_000_000_000 + abs(group_id) // 2)
