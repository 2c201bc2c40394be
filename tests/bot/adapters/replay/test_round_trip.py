"""Random chats, written as phones write them, read back as they were; and whatever bytes there are, no crash."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.replay import Export, ExportError
from rules.vocabulary import IncomingMessage
from tests.bot.adapters.replay.golden import EXPORTS, read
from tests.bot.adapters.replay.phones import PHONES, Phone, Said, at

# Without these letters nothing can be one of WhatsApp's own phrases, which Hypothesis finds in the code and tries.
LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp"), exclude_characters="eEuUlL")
TEXTS = st.lists(
    st.one_of(st.text(LETTERS, max_size=30), st.sampled_from(["hoi", "ok: ja", "😂😂", "12:30 - later", "مرحبا", ""])),
    min_size=1,
    max_size=4,
).map(lambda lines: "\n".join(lines).strip())


@st.composite
def chats(draw: st.DrawFn) -> list[Said]:
    """A chat over the night in which summer time ends; everybody says hello first, so that names are known."""
    said = [Said(who, at(0), "hoi") for who in range(5)]
    minutes = 0.0
    for who, text, photo, edited, pause in draw(
        st.lists(
            st.tuples(st.integers(0, 4), TEXTS, st.booleans(), st.booleans(), st.integers(0, 7200)),
            max_size=12,
        )
    ):
        minutes += pause / 60
        if text or photo:
            said.append(Said(who, at(minutes), text, photo, edited and bool(text)))
    return said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


def sum_of_lines(export: Export) -> int:
    return (
        len(export.messages) + export.continuation_lines + export.system_lines + export.deleted + len(export.unreadable)
    )


def identities(messages: Sequence[IncomingMessage]) -> list[str]:
    return [message.identity for message in messages]


@pytest.mark.parametrize("phone", PHONES, ids=lambda phone: phone.label)
@given(chat=chats())
@settings(max_examples=40, deadline=None)
def test_a_chat_reads_back_as_it_was_said(phone: Phone, chat: list[Said], folder: Path) -> None:
    path = phone.write(folder / "chat.txt", chat)
    export = read(path)
    assert [message.text for message in export.messages] == [said.text for said in chat]
    assert [bool(message.attachments) for message in export.messages] == [said.photo for said in chat]
    writers = {said.who: message.author.id for said, message in zip(chat, export.messages, strict=True)}
    assert len(set(writers.values())) == 5
    assert [message.author.id for message in export.messages] == [writers[said.who] for said in chat]
    for said, message in zip(chat, export.messages, strict=True):
        when = said.when if phone.is_ios else said.when.replace(second=0, microsecond=0)
        # In the hour that happens twice, the first message of the second round cannot always be told.
        assert message.sent_at - when.replace(microsecond=0) in (timedelta(0), timedelta(hours=-1))
    assert not export.unreadable
    assert not export.notes
    assert export.lines == sum_of_lines(export) == path.read_bytes().count(b"\n")


@given(chat=chats())
@settings(max_examples=40, deadline=None)
def test_all_phones_give_a_message_the_same_identity(chat: list[Said], folder: Path) -> None:
    seen = {tuple(identities(read(phone.write(folder / "chat.txt", chat)).messages)) for phone in PHONES}
    assert len(seen) == 1
    assert len(set(seen.pop())) == len(chat)


@given(chat=chats(), cut=st.integers(0, 12), phones=st.tuples(st.sampled_from(PHONES), st.sampled_from(PHONES)))
@settings(max_examples=60, deadline=None)
def test_a_later_or_shorter_export_brings_no_new_identity(
    chat: list[Said], cut: int, phones: tuple[Phone, Phone], folder: Path
) -> None:
    """A day later there is more at the end; WhatsApp leaves out the oldest when there are too many."""
    whole = identities(read(phones[0].write(folder / "whole.txt", chat)).messages)
    earlier = identities(read(phones[1].write(folder / "earlier.txt", chat[: 5 + cut])).messages)
    assert whole[: len(earlier)] == earlier
    shorter = identities(read(phones[1].write(folder / "shorter.txt", [*chat[:5], *chat[5 + cut :]])).messages)
    assert set(shorter) <= set(whole)


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(data: st.DataObject, folder: Path) -> None:
    beginning = data.draw(
        st.sampled_from(
            [b"", b"PK\x03\x04", b"{", b'{"messages":[', b"\xff\xfe", b"\xef\xbb\xbf", b"31-12-2025 23:59 - "]
        )
    )
    path = folder / "any"
    path.write_bytes(beginning + data.draw(st.binary(max_size=300)))
    check_read_or_refused(path)


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_export_is_read_or_refused(data: st.DataObject, folder: Path) -> None:
    content = bytearray(data.draw(st.sampled_from(EXPORTS)).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(content)))
        end = start + data.draw(st.integers(0, 40))
        content[start:end] = data.draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from(['"', "\\ud800", "[", "{}", "\u200e", "\u2068", ": ", "\n"]).map(str.encode),
            )
        )
    path = folder / "damaged"
    path.write_bytes(content)
    check_read_or_refused(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
# fmt: off
FIELDS = st.sampled_from([
    "id", "type", "date", "date_unixtime", "edited", "edited_unixtime", "from", "from_id", "text", "photo", "file",
    "reply_to_message_id", "photo_file_size", "file_name", "file_size", "media_type", "contact_information", "poll",
    "location_information", "timestamp", "timestampEdited", "content", "author", "attachments", "embeds", "stickers",
    "mentions", "reference",
])
# fmt: on
REAL: dict[str, dict[str, object]] = {
    "telegram": {"id": 1, "type": "message", "date": "2025-10-25T21:15:10", "from": "Sem", "text": "hoi"},
    "discord": {"id": "1", "timestamp": "2025-10-25T21:15:10+02:00", "content": "hoi", "author": {"name": "sem"}},
}


@given(
    form=st.sampled_from(["telegram", "discord"]),
    entries=st.lists(st.dictionaries(FIELDS, JSON, max_size=3) | JSON, max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_any_json_entries_are_messages_or_unreadable(form: str, entries: list[object], folder: Path) -> None:
    real = REAL[form]
    changed = [{**real, **entry} if isinstance(entry, dict) else entry for entry in entries]
    about: dict[str, object] = {"type": "private_group"} if form == "telegram" else {"channel": {"name": "algemeen"}}
    path = folder / "entries.json"
    path.write_text(json.dumps({**about, "messages": [real, *changed]}), encoding="utf-8")
    export = read(path)
    assert sum_of_lines(export) == export.lines == len(entries) + 1


def check_read_or_refused(path: Path) -> None:
    """Read the file; an export must account for every line and hold only what can be stored."""
    try:
        export = read(path)
    except ExportError:
        return
    assert sum_of_lines(export) == export.lines
    for message in export.messages:
        message.text.encode()
        assert message.text or message.attachments
        assert message.author.id
