"""What WhatsApp puts in a chat itself, what only looks like it, and lines that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.replay import Export
from rules.vocabulary import Attachment, AttachmentKind
from tests.bot.adapters.replay.golden import read

LRM = "\u200e"


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    return tmp_path / "chat.txt"


def android(path: Path, *bodies: str) -> Export:
    """Read an Android export with these lines behind `25-10-2025 21:15 - `; Sem says hello before."""
    lines = ("Sem: hoi", *bodies)
    path.write_text("".join(f"25-10-2025 21:15 - {body}\n" for body in lines), encoding="utf-8")
    return read(path)


def iphone(path: Path, *bodies: str) -> Export:
    """Read an iOS export of a group called Klas 2C with these lines behind `[25-10-2025 21:15:00] `."""
    lines = (f"Klas 2C: {LRM}Berichten en gesprekken zijn end-to-end versleuteld.", "Sem: hoi", *bodies)
    path.write_text("".join(f"[25-10-2025 21:15:00] {body}\n" for body in lines), encoding="utf-8")
    return read(path)


def reasons(export: Export) -> list[tuple[int, str]]:
    return [(one.line, one.reason.text.format(**dict(one.reason.values))) for one in export.unreadable]


@pytest.mark.parametrize(
    "notice",
    [
        "Je beveiligingscode met Sem is gewijzigd. Tik voor meer informatie.",
        "Sem heeft Noor toegevoegd",
        "+31 6 00000012 is gewijzigd in +31 6 00000034",
        "Noor heeft de groepsafbeelding gewijzigd",
        'Noor heeft de groepsnaam gewijzigd van "2C: oud" in "2C: nieuw"',
        'Sem created group "Let op: 2C"',
        "You changed the group name from “2C: oud” to “2C: nieuw”",
        "Sem left",
    ],
)
def test_a_notice_on_android_is_no_message(chat: Path, notice: str) -> None:
    export = android(chat, notice)
    assert (len(export.messages), export.system_lines, export.unreadable) == (1, 1, ())


@pytest.mark.parametrize(
    "notice",
    [
        f"Klas 2C: {LRM}Noor heeft Sem verwijderd",
        f"Noor: {LRM}Noor heeft deze groep gemaakt",
        f"Noor: {LRM}Je hebt Sem toegevoegd",
        f"Noor: {LRM}Noor changed the group name to “2C: nieuw”",
        f"Noor: {LRM}Noor changed this group's icon",
        f"~\u202fNoor: {LRM}~\u202fNoor joined using this group's invite link",
        f"Noor: {LRM}Noor left",
        f"Noor: {LRM}Missed video call",
        f"Noor: {LRM}Your security code with Noor changed. Tap to learn more.",
        f"{LRM}Noor heeft de groep verlaten",
    ],
)
def test_a_notice_on_an_iphone_is_no_message(chat: Path, notice: str) -> None:
    export = iphone(chat, notice)
    assert (len(export.messages), export.system_lines, export.unreadable) == (1, 2, ())


@pytest.mark.parametrize(
    "text",
    [
        "Noor heeft Sem toegevoegd",
        "dit bericht is verwijderd door die sukkel",
        "<Noor weggelaten>",
        "afbeelding weggelaten want je bent lelijk",
        "POLL:",
        "je bent zo dom (bestand bijgevoegd)",
        "locatie: https://example.org/?q=1,2",
        "ik schreef <This message was edited> haha",
        f"{LRM}jij sukkel",
        f"{LRM}Sem is een sukkel",
        f"{LRM}Sem left\nen jij bent een sukkel",
        "kijk <attached: sukkel.jpg>",
    ],
)
def test_text_that_resembles_a_notice_or_a_mark_stays_text(chat: Path, text: str) -> None:
    for export in (android(chat, f"Sem: {text}"), iphone(chat, f"Sem: {text}")):
        assert [message.text for message in export.messages] == ["hoi", text.removeprefix(LRM)]


@pytest.mark.parametrize(
    ("body", "text", "attachment"),
    [
        ("<Media weggelaten>", "", Attachment(AttachmentKind.MEDIA)),
        (f"{LRM}GIF weggelaten", "", Attachment(AttachmentKind.VIDEO)),
        ("audio omitted", "", Attachment(AttachmentKind.AUDIO)),
        (f"{LRM}Contact card omitted", "", Attachment(AttachmentKind.CONTACT)),
        (f"kijk {LRM}sticker omitted", "kijk", Attachment(AttachmentKind.STICKER)),
        (
            "PTT-20251231-WA0001.opus (bestand bijgevoegd)",
            "",
            Attachment(AttachmentKind.AUDIO, name="PTT-20251231-WA0001.opus"),
        ),
        (
            f"{LRM}<bijgevoegd: 00000012-GIF-2025-12-31-23-59-58.mp4>",
            "",
            Attachment(AttachmentKind.VIDEO, name="00000012-GIF-2025-12-31-23-59-58.mp4"),
        ),
        (
            f"verslag.docx • {LRM}120 kB {LRM}document weggelaten",
            "",
            Attachment(AttachmentKind.DOCUMENT, name="verslag.docx"),
        ),
        (
            "verslag.docx (file attached)\nzie blz. 2",
            "zie blz. 2",
            Attachment(AttachmentKind.DOCUMENT, name="verslag.docx"),
        ),
        ("Live locatie gedeeld".replace("Live l", "Livel"), "", Attachment(AttachmentKind.LOCATION)),
        ("", "", Attachment(AttachmentKind.MEDIA)),
    ],
)
def test_what_stands_with_a_message_is_told_by_its_mark(
    chat: Path, body: str, text: str, attachment: Attachment
) -> None:
    message = android(chat, f"Noor: {body}").messages[1]
    assert (message.text, message.attachments) == (text, (attachment,))


def test_deleted_messages_are_counted(chat: Path) -> None:
    marks = (
        "Dit bericht is verwijderd",
        "Je hebt dit bericht verwijderd.",
        "This message was deleted",
        "You deleted this message",
    )
    export = iphone(chat, *(f"Sem: {LRM}{mark}" for mark in marks))
    assert (len(export.messages), export.deleted) == (1, 4)


def test_a_name_with_a_colon_is_whole_once_it_has_been_seen_three_times(chat: Path) -> None:
    lines = [f"Tom: de echte: hoi {number}" for number in range(3)]
    export = android(chat, *lines, "Noor: let op: toets", "Noor: ja")
    assert [message.author.name for message in export.messages[1:]] == ["Tom: de echte"] * 3 + ["Noor"] * 2
    assert export.messages[4].text == "let op: toets"
    assert android(chat, *lines[:2]).messages[1].author.name == "Tom"


def test_a_mentioned_name_is_part_of_the_text_but_not_of_the_identity(chat: Path) -> None:
    texts = ("@\u2068Noor Bakker\u2069 kom", "@\u2068~Noor\u2069  KOM", "@31600000012 kom")
    messages = [android(chat, f"Sem: {text}").messages[1] for text in texts]
    assert [message.text for message in messages] == ["@Noor Bakker kom", "@~Noor  KOM", "@31600000012 kom"]
    assert len({message.identity for message in messages}) == 1


def test_equal_messages_in_one_minute_have_identities_of_their_own(chat: Path) -> None:
    identities = [message.identity for message in android(chat, "Noor: hoi", "Sem: HOI", "Sem: doei").messages]
    assert len(set(identities)) == 4


def test_text_before_the_first_message_is_unreadable(chat: Path) -> None:
    chat.write_text("doorgestuurd door Noor\n\n25-10-2025 21:15 - Sem: hoi\n", encoding="utf-8")
    export = read(chat)
    assert reasons(export) == [(1, "This text stands before the first message.")]
    assert (export.lines, export.system_lines, len(export.messages)) == (3, 1, 1)


def test_lines_of_another_phone_are_unreadable_and_not_added_to_a_message(chat: Path) -> None:
    chat.write_text(
        "25-10-2025 21:15 - Sem: hoi\n[25-10-2025 21:16:01] Noor: ik ook\nechwel\n25-10-2025 21:17 - Sem: oke\n",
        encoding="utf-8",
    )
    export = read(chat)
    assert [message.text for message in export.messages] == ["hoi", "oke"]
    assert reasons(export) == [
        (2, "This line was written by another kind of phone. Give each export in a file of its own."),
        (3, "This text belongs to line 2, which could not be read."),
    ]


@pytest.mark.parametrize(
    "stamp",
    [
        "25-13-2025 21:15",
        "32-10-2025 21:15",
        "25-10-2025 24:15",
        "25-10-1999 21:15",
        "25-10-2025 13:15 PM",
        "25-10-2025 21:15 uur",
    ],
)
def test_a_date_or_time_that_does_not_exist_is_unreadable(chat: Path, stamp: str) -> None:
    chat.write_text(f"25-10-2025 21:15 - Sem: hoi\n{stamp} - Noor: hoi\n", encoding="utf-8")
    assert reasons(read(chat)) == [(2, "This line begins like a message, but its date or time cannot be read.")]


def test_text_below_a_notice_is_unreadable(chat: Path) -> None:
    export = android(chat, "Sem heeft Noor toegevoegd\nwie schreef dit")
    assert reasons(export) == [(3, "It is not clear who wrote this text.")]
    export = android(chat, "N" * 201 + ": hoi")
    assert reasons(export) == [(2, "It is not clear who wrote this text.")]


def test_a_message_longer_than_apps_allow_is_unreadable(chat: Path) -> None:
    export = android(chat, f"Sem: {'a' * 65_536}", f"Sem: {'a' * 65_537}", "Sem: b\n" + "\n" * 70_000)
    assert [len(message.text) for message in export.messages] == [3, 65_536]
    assert reasons(export) == [(line, "This message is longer than any chat app allows.") for line in (3, 4)]


def test_a_message_without_a_visible_name_is_still_read(chat: Path) -> None:
    export = iphone(chat, f"~\u202f{LRM}: jij daar", "Noor:")
    assert [(message.author.id, message.text) for message in export.messages[1:]] == [("?", "jij daar"), ("noor", "")]


def test_a_group_in_which_nobody_wrote_is_an_export(chat: Path) -> None:
    chat.write_text('25-10-2025 21:15 - Sem heeft de groep "Klas 2C" gemaakt\n', encoding="utf-8")
    export = read(chat)
    assert (export.title, export.messages, export.system_lines) == ("Klas 2C", (), 1)


def test_the_author_and_the_time_are_those_of_the_phone(chat: Path) -> None:
    message = iphone(chat, "~\u202fNoor  DE Vries: hoi").messages[1]
    assert (message.author.platform, message.author.id, message.author.name) == (
        "replay",
        "noor de vries",
        "Noor DE Vries",
    )
    assert message.sent_at == datetime(2025, 10, 25, 19, 15, tzinfo=UTC)
    assert message.message_id == ""
