"""The messages of one channel as DiscordChatExporter writes them in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from bot.adapters.replay.identity import Identities, author, shown
from bot.adapters.replay.media import kind_of_file
from bot.adapters.replay.times import moment
from rules.vocabulary import Attachment, AttachmentKind, Chat, IncomingMessage

_SYSTEM: Final = (
    "RecipientAdd",
    "RecipientRemove",
    "Call",
    "ChannelNameChange",
    "ChannelIconChange",
    "ChannelPinnedMessage",
    "GuildMemberJoin",
    "ThreadCreated",
    *map(str, (8, 9, 10, 11, 12, 14, 15, 16, 17)),  # boosts, followed channels, discovery
)
"""The types that nobody wrote; any other, also one that is not known yet, is read as a message."""

MAX_MENTIONS: Final = 100
"""Mentions that are looked at in one message (Discord allows 100)."""


class _Part(BaseModel):
    """Any part of an entry; the exporter writes `camelCase`."""

    model_config = ConfigDict(alias_generator=to_camel)


class _User(_Part):
    id: str | int = ""
    name: str = ""
    nickname: str | None = None


class _File(_Part):
    file_name: str
    file_size_bytes: int | None = None


class _Sticker(_Part):
    name: str | None = None


class _Embed(_Part):
    title: str | None = None
    description: str | None = None


class _Reference(_Part):
    message_id: str | None = None


class _Entry(_Part):
    """A message; `nickname` came in later versions."""

    id: str | int
    type: str = "Default"
    timestamp: datetime
    timestamp_edited: datetime | None = None
    content: str
    author: _User
    attachments: list[_File] = []
    embeds: list[_Embed] = []
    stickers: list[_Sticker] = []
    mentions: list[_User] = []
    reference: _Reference | None = None


def discord_message(value: object, *, chat: Chat, timezone: ZoneInfo, identities: Identities) -> IncomingMessage | None:
    """Return the message in one entry, None for what Discord tells by itself; raises `ValueError` for neither."""
    if isinstance(value, dict) and value.get("type") in _SYSTEM:
        return None
    entry = _Entry.model_validate(value)
    attachments = (
        *(
            Attachment(kind_of_file(file.file_name), name=file.file_name, size=file.file_size_bytes)
            for file in entry.attachments
        ),
        *(Attachment(AttachmentKind.STICKER, name=sticker.name) for sticker in entry.stickers),
    )
    text = shown(entry.content) or shown(_embedded(entry.embeds))
    if not text and not attachments:
        attachments = (Attachment(AttachmentKind.MEDIA),)
    message_id = str(entry.id)
    return IncomingMessage(
        chat=chat,
        identity=identities.by_id(message_id, _without_mentions(text, entry.mentions)),
        author=author(entry.author.nickname, entry.author.name, str(entry.author.id)),
        text=text,
        sent_at=moment(entry.timestamp, timezone),
        message_id=message_id,
        edited_at=moment(entry.timestamp_edited, timezone) if entry.timestamp_edited else None,
        reply_to=entry.reference.message_id if entry.reference else None,
        attachments=attachments,
    )


def _embedded(embeds: list[_Embed]) -> str:
    """Return the text of the cards in a message that has no text of its own, as bots send it."""
    return "\n".join(part for embed in embeds for part in (embed.title, embed.description) if part)


def _without_mentions(text: str, mentions: list[_User]) -> str:
    """Return `text` with the mentioned names away: in the next export they may have other nicknames."""
    for user in mentions[:MAX_MENTIONS]:
        for name in filter(None, (user.nickname, user.name)):
            text = text.replace(f"@{name}", "@")
    return text
