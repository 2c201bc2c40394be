"""The messages of one chat as Telegram Desktop exports it: `result.json`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from bot.adapters.replay.identity import Identities, author, shown
from bot.adapters.replay.media import kind_of_file
from bot.adapters.replay.times import YEARS, moment
from rules.vocabulary import Attachment, AttachmentKind, Chat, IncomingMessage

_KINDS: Final = {
    "sticker": AttachmentKind.STICKER,
    "video_file": AttachmentKind.VIDEO,
    "video_message": AttachmentKind.VIDEO,
    "animation": AttachmentKind.VIDEO,
    "voice_message": AttachmentKind.AUDIO,
    "audio_file": AttachmentKind.AUDIO,
}


class _Piece(BaseModel):
    """A part of a text with a form of its own, such as a link or a mention."""

    text: str


_Text = str | list[str | _Piece]


class _Answer(BaseModel):
    text: _Text


class _Poll(BaseModel):
    question: _Text
    answers: list[_Answer] = []


class _Location(BaseModel):
    latitude: float
    longitude: float


class _Entry(BaseModel):
    """A message; Telegram leaves out what a message does not have, and older versions the times in seconds."""

    id: int
    date: datetime
    date_unixtime: int | None = Field(default=None, ge=0, lt=1 << 32)
    edited: datetime | None = None
    edited_unixtime: int | None = Field(default=None, ge=0, lt=1 << 32)
    sender: str | None = Field(default=None, alias="from")
    from_id: str | int | None = None
    text: _Text = ""
    reply_to_message_id: int | None = None
    photo: str | None = None
    photo_file_size: int | None = None
    file: str | None = None
    file_name: str | None = None
    file_size: int | None = None
    media_type: str | None = None
    contact_information: object = None
    location_information: _Location | None = None
    poll: _Poll | None = None


def telegram_message(
    value: object, *, chat: Chat, timezone: ZoneInfo, identities: Identities
) -> IncomingMessage | None:
    """Return the message in one entry, None for what Telegram tells by itself; raises `ValueError` for neither."""
    if isinstance(value, dict) and value.get("type") == "service":
        return None
    entry = _Entry.model_validate(value)
    text = _plain(entry.text)
    if entry.poll:
        text = "\n".join(
            filter(None, [text, _plain(entry.poll.question), *(_plain(a.text) for a in entry.poll.answers)])
        )
    text = shown(text)
    attachments = _attachments(entry)
    if not text and not attachments:
        attachments = (Attachment(AttachmentKind.MEDIA),)
    # Old versions gave a message that nobody edited an edit in 1970.
    edited = entry.edited if entry.edited and entry.edited.year in YEARS else None
    return IncomingMessage(
        chat=chat,
        identity=identities.by_id(str(entry.id), text),
        author=author(entry.sender, str(entry.from_id or "")),
        text=text,
        sent_at=_utc(entry.date, entry.date_unixtime, timezone),
        message_id=str(entry.id),
        edited_at=_utc(edited, entry.edited_unixtime, timezone) if edited else None,
        reply_to=str(entry.reply_to_message_id) if entry.reply_to_message_id else None,
        attachments=attachments,
    )


def _plain(text: _Text) -> str:
    """Return a text without its forms."""
    pieces = [text] if isinstance(text, str) else text
    return "".join(piece if isinstance(piece, str) else piece.text for piece in pieces)


def _utc(local: datetime, seconds: int | None, timezone: ZoneInfo) -> datetime:
    """Return the moment, from the seconds since 1970 if there are any."""
    return moment(local if seconds is None else datetime.fromtimestamp(seconds, UTC), timezone)


def _attachments(entry: _Entry) -> tuple[Attachment, ...]:
    """Return what is attached, at most one thing; a file that was not exported has no name but its own."""
    if entry.photo is not None:
        return (Attachment(AttachmentKind.PHOTO, name=_name(entry.photo), size=entry.photo_file_size),)
    if entry.file is not None or entry.media_type:
        name = entry.file_name or _name(entry.file or "")
        kind = _KINDS.get(entry.media_type or "") or kind_of_file(name or "")
        return (Attachment(kind, name=name, size=entry.file_size),)
    if entry.contact_information:
        return (Attachment(AttachmentKind.CONTACT),)
    if place := entry.location_information:
        return (Attachment(AttachmentKind.LOCATION, name=f"{place.latitude},{place.longitude}"),)
    return (Attachment(AttachmentKind.POLL),) if entry.poll else ()


def _name(path: str) -> str | None:
    """Return the name of an exported file; None where its place says `(File not included. …)`."""
    return None if path.startswith("(") else PurePosixPath(path).name or None
