"""What an export should read as, in JSON beside the export; run this module to write those files anew, then read them.

`python -m tests.bot.adapters.replay.golden`
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.adapters.replay import Export, read_export
from rules.vocabulary import Chat, IncomingMessage, Phrase

CHAT = Chat("replay", "klas-2c")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FOLDER = Path(__file__).parent / "golden"
DEMO = Path(__file__).parents[4] / "deploy" / "demo"
EXPORTS = sorted(path for path in FOLDER.iterdir() if not path.name.endswith(".expected.json"))


def now() -> datetime:
    """Return the moment that stands still in these tests."""
    return datetime(2026, 11, 20, 13, 0, tzinfo=UTC)


def read(path: Path) -> Export:
    """Return the export as every test here reads it."""
    return read_export(path, chat=CHAT, timezone=AMSTERDAM, clock=now)


def expected_path(path: Path) -> Path:
    """Return where the expected reading of an export stands."""
    return path.with_suffix(".expected.json")


def as_json(export: Export) -> dict[str, Any]:
    """Return everything in an export as JSON has it."""
    return {
        "form": export.form,
        "title": export.title,
        "lines": export.lines,
        "continuation_lines": export.continuation_lines,
        "system_lines": export.system_lines,
        "deleted": export.deleted,
        "without_text": export.without_text,
        "notes": [_english(note) for note in export.notes],
        "unreadable": [{"line": one.line, "reason": _english(one.reason)} for one in export.unreadable],
        "messages": [_message(message) for message in export.messages],
    }


def _english(phrase: Phrase) -> str:
    return phrase.text.format(**dict(phrase.values))


def _message(message: IncomingMessage) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "sent_at": message.sent_at.isoformat(),
        "author": message.author.name,
        "text": message.text,
        "identity": message.identity,
    }
    if message.message_id:
        fields["message_id"] = message.message_id
    if message.edited_at:
        fields["edited_at"] = message.edited_at.isoformat()
    if message.reply_to:
        fields["reply_to"] = message.reply_to
    if message.attachments:
        fields["attachments"] = [
            {"kind": one.kind.value, "name": one.name, "size": one.size} for one in message.attachments
        ]
    return fields


if __name__ == "__main__":
    for export_path in EXPORTS:
        text = json.dumps(as_json(read(export_path)), ensure_ascii=False, indent=1)
        expected_path(export_path).write_text(text + "\n", encoding="utf-8")
