"""What cannot be read is refused as a whole, with the file, the problem and the remedy in words for people."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.adapters.replay import ExportError, archive
from tests.bot.adapters.replay.golden import FOLDER, read

CHAT_TEXT = (FOLDER / "whatsapp-ios-us.txt").read_bytes()
ANDROID_TEXT = (FOLDER / "whatsapp-android-nl.txt").read_bytes()


def zipped(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write a zip and return its path."""
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def refusal(path: Path) -> str:
    """Return the sentence with which an export is refused, and see that it names the file and keeps no other."""
    before = sorted(path.parent.rglob("*"))
    with pytest.raises(ExportError) as caught:
        read(path)
    assert sorted(path.parent.rglob("*")) == before
    assert str(caught.value).startswith(f"{path}: ")
    assert caught.value.remedy.text
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf \r\n\n", "The file is empty."),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", "This is not a chat export that can be read."),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "The file was saved as Latin-1 (Windows-1252)"),
        (b"Beste ouders,\n\nmorgen is er geen les.\n", "This is not a chat export that can be read."),
        ("[31-12-2025 下午11:59:58] Sem: hoi\n".encode(), "from a phone set to Dutch or English"),
        (ANDROID_TEXT.decode().encode("utf-16"), "The file was saved as UTF-16 instead of UTF-8."),
        (ANDROID_TEXT.decode().encode("utf-16-le"), "The file was saved as UTF-16 instead of UTF-8."),
        (ANDROID_TEXT.decode().encode("utf-16-be"), "The file was saved as UTF-16 instead of UTF-8."),
        (
            "31-12-2025 23:59 - Zoë: hé\n".encode("latin-1"),
            "saved as Latin-1 (Windows-1252) instead of UTF-8; see line 1.",
        ),
        (b"31-12-2025 23:59 - Sem: hoi\n31-12-2025 23:59 - Sem: \x81\x8d\n", "The file is not UTF-8 text; see line 2."),
        (b"<!DOCTYPE html>\n<html><head>", "This is a web page. Export the chat again and choose JSON"),
        (
            b'{"name": "Klas 2C", "type": "private_group", "messages": [{"id": 1',
            "breaks off or is damaged; see line 1.",
        ),
        (b'{"name": "Klas 2C",\n "type": oeps}', "breaks off or is damaged; see line 2."),
        (b'{"name": "Klas\x81"}', "The file is not UTF-8 text; see line 1."),
        (b'{"recept": "appeltaart"}', "This is not a chat export that can be read."),
        (b'{"type": "x", "messages": [1, 2]}', "This is not a chat export that can be read."),
        (b'{"type": "x", "messages": [{}]} en nog iets', "breaks off or is damaged; see line 1."),
        (
            json.dumps({"about": "", "contacts": {}, "chats": {"list": []}}).encode(),
            "the export of a whole Telegram account.",
        ),
        (b'{"a":' * 100_000, "breaks off or is damaged; see line 1."),
        (b'{"a":' + b"9" * 5_000 + b"}", "breaks off or is damaged; see line 1."),
    ],
)
def test_a_file_of_another_kind_is_refused_with_its_remedy(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "chat"
    path.write_bytes(content)
    assert problem in refusal(path)


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    assert "This file does not exist." in refusal(tmp_path / "weg.txt")
    (tmp_path / "ChatExport").mkdir()
    assert "This is a folder. Give the file of the chat inside it" in refusal(tmp_path / "ChatExport")
    os.mkfifo(tmp_path / "pipe")
    assert "This is not an ordinary file." in refusal(tmp_path / "pipe")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Run without the rights of root, which may read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_without_the_right_to_read_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_bytes(ANDROID_TEXT)
    path.chmod(0)
    with as_nobody(), pytest.raises(ExportError, match=r"chat\.txt: You may not read this file\. Ask its owner"):
        read(path)


def test_an_iphone_zip_reads_with_the_sizes_of_its_files(tmp_path: Path) -> None:
    photo = "00000014-PHOTO-2025-10-26-12-01-07.jpg"
    path = zipped(
        tmp_path / "WhatsApp Chat - Klas 2C (3).zip",
        {"_chat.txt": CHAT_TEXT, photo: b"x" * 1234, "__MACOSX/._chat.txt": b"\0", "notities.txt": b"iets"},
    )
    export = read(path)
    assert export.title == "Klas 2C"
    assert {one.name: one.size for message in export.messages for one in message.attachments}[photo] == 1234
    alone = read(FOLDER / "whatsapp-ios-us.txt")
    assert [message.identity for message in export.messages] == [message.identity for message in alone.messages]


@pytest.mark.parametrize(
    ("name", "member", "title"),
    [
        ("export.zip", "WhatsApp-chat met Klas 2B.txt", "Klas 2B"),
        ("export.zip", "map/WhatsApp Chat with Klas: 2B.txt", "Klas: 2B"),
        ("WhatsApp-chat met Ouders.zip", "chat.txt", "Ouders"),
        ("export.zip", "chat.txt", "Klas 2C"),
    ],
)
def test_a_chat_in_a_zip_is_found_and_has_its_title(tmp_path: Path, name: str, member: str, title: str) -> None:
    export = read(zipped(tmp_path / name, {member: ANDROID_TEXT}))
    assert (export.form, export.title) == ("WhatsApp Android", title)


def test_a_json_export_may_stand_in_a_zip(tmp_path: Path) -> None:
    content = (FOLDER / "telegram.json").read_bytes()
    assert read(zipped(tmp_path / "t.zip", {"ChatExport/result.json": content})).form == "Telegram Desktop"


@pytest.mark.parametrize("kept", [30, 200, -1, -30])
def test_a_truncated_zip_is_refused(tmp_path: Path, kept: int) -> None:
    path = zipped(tmp_path / "chat.zip", {"_chat.txt": CHAT_TEXT})
    path.write_bytes(path.read_bytes()[:kept])
    assert "The zip is cut off or damaged. Export the chat again" in refusal(path)


def test_a_zip_with_changed_bytes_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "chat.zip", {"_chat.txt": CHAT_TEXT}, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[500] ^= 1
    path.write_bytes(content)
    assert "The zip is cut off or damaged." in refusal(path)


@pytest.mark.parametrize("name", ["../chat.txt", "a/../../b.jpg", "/etc/chat.txt", "C:/chat.txt", "..\\chat.txt"])
def test_a_zip_with_a_path_that_leaves_it_is_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "chat.zip", {"_chat.txt": CHAT_TEXT, name: b"x"})
    assert "A file in the zip wants to be outside the zip" in refusal(path)


def test_a_zip_with_a_link_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "chat.zip", {"_chat.txt": CHAT_TEXT})
    with zipfile.ZipFile(path, "a") as file:
        link = zipfile.ZipInfo("foto.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    assert "A file in the zip wants to be outside the zip" in refusal(path)


def test_a_zip_that_swells_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "chat.zip", {"_chat.txt": CHAT_TEXT + b"A" * (3 << 20)})
    assert "The zip holds too much: at most 20000 files and 4 GB unpacked, and no file 200 times" in refusal(path)


@pytest.mark.parametrize(("limit", "value"), [("MAX_MEMBERS", 2), ("MAX_TOTAL", 5_000), ("MAX_DIRECTORY", 100)])
def test_a_zip_past_a_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    path = zipped(tmp_path / "chat.zip", {"_chat.txt": CHAT_TEXT, "a.jpg": b"a" * 3_000, "b.jpg": b"b" * 3_000})
    assert read(path).messages
    monkeypatch.setattr(archive, limit, value)
    assert "The zip holds too much" in refusal(path)


def test_a_zip_with_the_table_of_contents_for_giants_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "chat.zip", {"_chat.txt": CHAT_TEXT})
    content = path.read_bytes()
    locator = b"PK\x06\x07" + bytes(16)
    path.write_bytes(content[:-22] + locator + content[-22:])
    assert "The zip holds too much" in refusal(path)


def test_a_chat_larger_than_any_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_CHAT", 1_000)
    assert "The chat is larger than 0 MB. Export a shorter period" in refusal(
        zipped(tmp_path / "chat.zip", {"_chat.txt": CHAT_TEXT})
    )
    (tmp_path / "chat.txt").write_bytes(CHAT_TEXT)
    assert "The chat is larger than 0 MB." in refusal(tmp_path / "chat.txt")


def test_a_zip_with_a_password_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "chat.zip", {"_chat.txt": CHAT_TEXT})
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "The zip is locked with a password. Unpack it with the password" in refusal(path)


def test_a_zip_packed_in_an_unusual_way_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "chat.zip", {"_chat.txt": CHAT_TEXT}, zipfile.ZIP_LZMA)
    assert "The zip is packed in an unusual way. Unpack it" in refusal(path)


def test_a_zip_without_one_clear_chat_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "brief.docx", {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    assert "There is no chat in this zip. Give a zip that WhatsApp made" in refusal(path)
    path = zipped(tmp_path / "twee.zip", {"a.txt": ANDROID_TEXT, "b.txt": ANDROID_TEXT})
    assert "There are 2 files in this zip that could be the chat. Unpack it and give one" in refusal(path)
    assert "There is no chat in this zip." in refusal(zipped(tmp_path / "leeg.zip", {}))


def test_a_zip_with_an_empty_chat_is_refused(tmp_path: Path) -> None:
    assert "The file is empty." in refusal(zipped(tmp_path / "chat.zip", {"_chat.txt": b""}))
