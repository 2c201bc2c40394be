"""Reading a chat export of whatever form; pure reading, nothing is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.adapters.replay.archive import ChatFile, open_chat
from bot.adapters.replay.discord_export import discord_message
from bot.adapters.replay.identity import Identities, shown
from bot.adapters.replay.json_stream import top_level
from bot.adapters.replay.result import MAX_TEXT, MAX_UNREADABLE, TOO_LONG, Export, Unreadable, not_an_export
from bot.adapters.replay.telegram_export import telegram_message
from bot.adapters.replay.whatsapp import read_whatsapp
from bot.clock import Clock, system_clock
from rules.vocabulary import Chat, IncomingMessage, phrase

_HEAD = 4096
"""Bytes that show what form a file has."""

_ABOUT = frozenset({"name", "type", "guild", "channel"})
"""What a JSON export says of its chat; the first two stand in Telegram's, the others in Discord's."""

_NO_ENTRY = phrase("This entry does not have the form of a message.")


def read_export(path: Path, *, chat: Chat, timezone: ZoneInfo, clock: Clock = system_clock) -> Export:
    """Read the export of one chat: WhatsApp's `.txt` or `.zip`, Telegram's `result.json` or DiscordChatExporter's JSON.

    `chat` becomes the chat of all messages. `timezone` is where the phone was: exports of WhatsApp show its wall
    clock. `clock` only helps to tell day from month. Raises `ExportError` when the file as a whole cannot be read;
    single lines that cannot be read stand in the result.
    """
    with open_chat(path) as file:
        if _is_json(file):
            return _read_json(file, chat, timezone)
        return read_whatsapp(file, chat=chat, timezone=timezone, clock=clock)


def _is_json(file: ChatFile) -> bool:
    """Tell JSON from lines of text by the first bytes; raises `ExportError` for what is neither."""
    with file.open() as opened:
        head = opened.read(_HEAD)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start and len(head) < _HEAD:
        raise file.error(phrase("The file is empty."), phrase("Export the chat again and give the new file."))
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or re.match(rb"(?:[^\0]\0){8}|(?:\0[^\0]){8}", head):
        raise file.error(
            phrase("The file was saved as UTF-16 instead of UTF-8."),
            phrase("Give the file as the app exported it, or open it in an editor and save it as UTF-8."),
        )
    if b"\0" in head:
        raise not_an_export(file.path)
    if re.match(rb"<(?:!doctype )?html", start, re.IGNORECASE):
        raise file.error(
            phrase("This is a web page."), phrase("Export the chat again and choose JSON instead of HTML.")
        )
    return start.startswith(b"{")


def _read_json(file: ChatFile, chat: Chat, timezone: ZoneInfo) -> Export:
    """Read the export of Telegram Desktop or of DiscordChatExporter, told apart by what stands before the messages."""
    about: dict[str, object] = {}
    identities = Identities(chat)
    messages: list[IncomingMessage] = []
    unreadable: list[Unreadable] = []
    system = entries = 0
    for key, line, value in top_level(file, array="messages", stop="chats"):
        if key == "chats":
            raise file.error(
                phrase("This is the export of a whole Telegram account."),
                phrase("Open the one chat in Telegram Desktop and choose 'Export chat history', in the JSON form."),
            )
        if key in _ABOUT:
            about[key] = value
        if key != "messages":
            continue
        entries += 1
        read = discord_message if "channel" in about else telegram_message
        try:
            message = read(value, chat=chat, timezone=timezone, identities=identities)
        except ValueError:
            unreadable.append(Unreadable(line, _NO_ENTRY))
        else:
            if message is None:
                system += 1
            elif len(message.text) > MAX_TEXT:
                unreadable.append(Unreadable(line, TOO_LONG))
            else:
                messages.append(message)
        if len(unreadable) > MAX_UNREADABLE:
            raise not_an_export(file.path)
    is_known = "channel" in about or "type" in about
    if not is_known or len(unreadable) == entries > 0:
        raise not_an_export(file.path)
    return Export(
        form="DiscordChatExporter" if "channel" in about else "Telegram Desktop",
        title=_title(about),
        messages=tuple(messages),
        unreadable=tuple(unreadable),
        notes=(),
        lines=entries,
        continuation_lines=0,
        system_lines=system,
        deleted=0,
    )


def _title(about: Mapping[str, object]) -> str:
    """Return the chat's name: `name` in Telegram's export, that of the channel and its server in Discord's."""
    names = [part.get("name") for key in ("guild", "channel") if isinstance(part := about.get(key), dict)]
    return " / ".join(shown(name) for name in (names or [about.get("name")]) if isinstance(name, str))
