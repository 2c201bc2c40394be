"""What a Telegram message holds: its words and its attachments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.adapters.telegram.wire import File, Message
from rules.vocabulary import Attachment, AttachmentKind

_FILES: Final = (
    ("animation", AttachmentKind.VIDEO),  # before document: an animation comes with both
    ("video", AttachmentKind.VIDEO),
    ("video_note", AttachmentKind.VIDEO),
    ("live_photo", AttachmentKind.PHOTO),
    ("audio", AttachmentKind.AUDIO),
    ("voice", AttachmentKind.AUDIO),
    ("sticker", AttachmentKind.STICKER),
    ("document", AttachmentKind.DOCUMENT),
)
_THINGS: Final = (
    ("contact", AttachmentKind.CONTACT),
    ("venue", AttachmentKind.LOCATION),  # before location: a venue comes with both
    ("location", AttachmentKind.LOCATION),
    ("poll", AttachmentKind.POLL),
)
_SILENT: Final = re.compile(
    r"(super|)group_chat_created|delete_chat_photo|pinned_message|message_auto_delete_timer_changed|boost_added|dice"
    r"|(general_|)forum_topic_\w+|video_chat_\w+|chat_(owner|background)_\w+|proximity_alert_triggered"
    r"|checklist_tasks_done|poll_option_deleted|giveaway_c\w+|\w+_(payment|price_changed|shared)|write_access_allowed"
)
"""Fields of messages in which nobody says anything: announcements of the platform, and dice."""
UNREAD: Final = "unread"
"""Our own mark in a message of which a part could not be read."""
_OTHER_MEDIA: Final = frozenset({"paid_media", "story", "game", UNREAD})
"""Fields that show something, caption or not, which the Bot API does not let us fetch as a file."""


def words_of(message: Message) -> str:
    """Return everything that somebody wrote: text or caption, poll, checklist, or a name given to group or topic."""
    if message.text or message.caption:
        return message.text or message.caption
    if message.poll:
        return "\n".join((message.poll.question, *(option.text for option in message.poll.options)))
    if message.checklist:
        return "\n".join((message.checklist.title, *(task.text for task in message.checklist.tasks)))
    topic = message.forum_topic_created or message.forum_topic_edited
    return topic.name if topic else message.new_chat_title


def attachments_of(message: Message) -> tuple[Attachment, ...]:
    """Return what is attached, a new picture of the group included; kinds that nobody here knows are `MEDIA`."""
    for photo in (message.photo, message.new_chat_photo):
        if photo:
            return (_attachment(AttachmentKind.PHOTO, _largest(photo)),)
    for name, kind in _FILES:
        if file := getattr(message, name):
            return (_attachment(kind, file),)
    for name, kind in _THINGS:
        if getattr(message, name):
            return (Attachment(kind),)
    present = message.model_fields_set
    understood = words_of(message) or any(_SILENT.fullmatch(name) for name in present)
    if understood and _OTHER_MEDIA.isdisjoint(present):
        return ()
    return (Attachment(AttachmentKind.MEDIA),)


def _attachment(kind: AttachmentKind, file: File) -> Attachment:
    return Attachment(kind, file.file_id, file.file_name, file.file_size)


def _largest(sizes: Sequence[File]) -> File:
    return max(reversed(sizes), key=lambda size: size.file_size or 0)  # without sizes the last one: they ascend
