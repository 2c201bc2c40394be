"""Exports in JSON, of Telegram Desktop and DiscordChatExporter, in what their golden files do not show."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.replay import Export, json_stream
from tests.bot.adapters.replay.golden import FOLDER, read

TELEGRAM: dict[str, Any] = {"id": 1, "type": "message", "date": "2025-10-25T21:15:10", "from": "Sem", "text": "hoi"}
DISCORD: dict[str, Any] = {
    "id": "1",
    "timestamp": "2025-10-25T21:15:10+02:00",
    "content": "@Noor hoi",
    "author": {"id": "7", "name": "sem"},
    "mentions": [{"name": "noor_b", "nickname": "Noor"}],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "result.json"


def telegram(path: Path, *entries: object) -> Export:
    path.write_text(json.dumps({"name": "Klas 4H", "type": "private_group", "messages": entries}), encoding="utf-8")
    return read(path)


def discord(path: Path, *entries: object) -> Export:
    path.write_text(json.dumps({"guild": None, "channel": {"name": "4h"}, "messages": entries}), encoding="utf-8")
    return read(path)


def identities(export: Export) -> list[str]:
    return [message.identity for message in export.messages]


@pytest.mark.parametrize("chunk", [1, 7, 100])
@pytest.mark.parametrize("name", ["telegram.json", "discord.json"])
def test_an_export_reads_the_same_in_pieces_of_any_size(monkeypatch: pytest.MonkeyPatch, chunk: int, name: str) -> None:
    whole = read(FOLDER / name)
    monkeypatch.setattr(json_stream, "CHUNK", chunk)
    assert read(FOLDER / name) == whole


def test_an_edited_message_has_another_identity_and_keeps_its_id(path: Path) -> None:
    before, after = (telegram(path, {**TELEGRAM, "text": text}).messages[0] for text in ("hoi", "hoi sukkel"))
    assert before.identity != after.identity
    assert before.message_id == after.message_id == "1"


def test_a_new_name_or_nickname_keeps_the_identity(path: Path) -> None:
    renamed = {**DISCORD, "content": "@Nora hoi", "mentions": [{"name": "noor_b", "nickname": "Nora"}]}
    renamed["author"] = {"id": "7", "name": "sem", "nickname": "Semmie"}
    assert identities(discord(path, DISCORD)) == identities(discord(path, renamed))
    assert identities(telegram(path, TELEGRAM)) == identities(telegram(path, {**TELEGRAM, "from": "Semmie"}))


def test_a_chat_without_messages_is_an_export(path: Path) -> None:
    assert (telegram(path).title, telegram(path).messages, telegram(path).lines) == ("Klas 4H", (), 0)


def test_times_without_a_zone_are_those_of_the_given_zone(path: Path) -> None:
    assert telegram(path, TELEGRAM).messages[0].sent_at == datetime(2025, 10, 25, 19, 15, 10, tzinfo=UTC)


def test_a_message_that_holds_neither_text_nor_a_known_thing_is_media(path: Path) -> None:
    game = telegram(path, {**TELEGRAM, "text": "", "game_title": "Snake"}).messages[0]
    assert [one.kind.value for one in game.attachments] == ["media"]
    assert telegram(path, {**TELEGRAM, "text": "", "contact_information": {"first_name": "Oma"}}).without_text == 1


def test_somebody_without_a_visible_name_is_known_by_the_id(path: Path) -> None:
    entry = {**TELEGRAM, "from": "\u200e", "from_id": "user5"}
    assert telegram(path, entry, {**entry, "id": 2, "from_id": None}).messages[0].author.id == "user5"
    assert telegram(path, {**entry, "from_id": None}).messages[0].author.id == "?"


def test_entries_with_impossible_times_or_lengths_are_unreadable(path: Path) -> None:
    export = telegram(
        path,
        TELEGRAM,
        {**TELEGRAM, "date": "0001-01-01T00:00:00"},
        {**TELEGRAM, "date_unixtime": "99999999999999999999"},
        {**TELEGRAM, "text": "a" * 65_537},
    )
    assert (len(export.messages), len(export.unreadable)) == (1, 3)
    export = discord(path, DISCORD, {**DISCORD, "timestamp": "9999-12-31T23:59:59-01:00"})
    assert (len(export.messages), len(export.unreadable)) == (1, 1)


def test_a_byte_order_mark_and_keys_in_another_order_do_no_harm(path: Path) -> None:
    content = {"id": 4, "messages": [TELEGRAM], "name": "Klas 4H", "type": "private_group"}
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(content, indent=1).encode())
    assert (read(path).title, len(read(path).messages)) == ("Klas 4H", 1)
