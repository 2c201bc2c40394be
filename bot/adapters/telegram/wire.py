"""The parts of the Bot API's objects that this bot reads, named as in its documentation.

The library has classes for all of them, but those refuse an object that lacks any field that their version
requires. These ask only for what we need, so that a server of another age can still be read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _whole(text: object) -> object:
    """Return `text` with half characters (lone surrogates) replaced: they could not be written to the journal."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(text, str) else text


Text = Annotated[str, BeforeValidator(_whole)]


class _Object(BaseModel):
    model_config = ConfigDict(frozen=True)


class User(_Object):
    """A person or a bot; the two `can_` fields come with `getMe` only."""

    id: int
    is_bot: bool = False
    first_name: Text = ""
    last_name: Text = ""
    username: str = ""
    language_code: str | None = None
    can_join_groups: bool = True
    can_read_all_group_messages: bool = False


class Chat(_Object):
    """A private chat, group, supergroup or channel, as `type` says."""

    id: int
    type: str
    title: Text = ""


class File(_Object):
    """Any kind of file in a message: one size of a photo, a video, a document and so on."""

    file_id: str
    file_name: Text | None = None
    file_size: int | None = None


class Named(_Object):
    """A forum topic that got a name, or had it changed."""

    name: Text = ""


class Option(_Object):
    """A choice of a poll, or a task of a checklist."""

    text: Text


class Poll(_Object):
    """A question with choices."""

    question: Text
    options: tuple[Option, ...] = ()


class Checklist(_Object):
    """A title with tasks."""

    title: Text
    tasks: tuple[Option, ...] = ()


class Thing(_Object):
    """Content of which only the presence counts: a contact, a place."""


class Reference(_Object):
    """A message that is only pointed at; the Bot API may call it inaccessible."""

    message_id: int


class Message(_Object):
    """A message. Fields that are not listed are kept in `model_extra`, so that unknown content is noticed."""

    model_config = ConfigDict(frozen=True, extra="allow")

    message_id: int
    date: datetime
    chat: Chat
    sender: User | None = Field(None, alias="from")
    sender_chat: Chat | None = None
    edit_date: datetime | None = None
    reply_to_message: Reference | None = None
    text: Text = ""
    caption: Text = ""

    photo: tuple[File, ...] = ()
    animation: File | None = None
    video: File | None = None
    video_note: File | None = None
    live_photo: File | None = None
    audio: File | None = None
    voice: File | None = None
    document: File | None = None
    sticker: File | None = None
    contact: Thing | None = None
    venue: Thing | None = None
    location: Thing | None = None
    poll: Poll | None = None
    checklist: Checklist | None = None

    new_chat_members: tuple[User, ...] = ()
    left_chat_member: User | None = None
    new_chat_title: Text = ""
    new_chat_photo: tuple[File, ...] = ()
    forum_topic_created: Named | None = None
    forum_topic_edited: Named | None = None
    migrate_to_chat_id: int | None = None
    migrate_from_chat_id: int | None = None


class CallbackQuery(_Object):
    """A press on a button; without `message` it was under an inline message, which this bot never makes."""

    id: str
    sender: User = Field(alias="from")
    message: Reference | None = None
    data: Text | None = None


class ChatMember(_Object):
    """What somebody is in a chat: creator, administrator, member, restricted, left or kicked."""

    status: str
    user: User
    is_member: bool = False
    can_delete_messages: bool = False

    @property
    def present(self) -> bool:
        """Whether they are in the chat; somebody restricted can be in it or not."""
        return self.status in {"creator", "administrator", "member"} or (self.status == "restricted" and self.is_member)


class ChatMemberUpdated(_Object):
    """A change of what somebody is in a chat; `sender` made the change."""

    chat: Chat
    sender: User = Field(alias="from")
    date: datetime
    old_chat_member: ChatMember | None = None
    new_chat_member: ChatMember


class Update(_Object):
    """One update; at most one of the other fields is set."""

    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: ChatMemberUpdated | None = None
    chat_member: ChatMemberUpdated | None = None


ALLOWED_UPDATES = tuple(name for name in Update.model_fields if name != "update_id")
"""The kinds of updates to ask for: exactly those that can be read here."""


class WebhookInfo(_Object):
    """Where Telegram delivers, and how that goes; an empty `url` means that it waits to be polled."""

    url: str = ""
    pending_update_count: int = 0
    last_error_message: str = ""
