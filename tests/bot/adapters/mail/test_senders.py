"""What every way of sending e-mail does alike: over SMTP to a real server on loopback, and into a folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Literal

import pytest

from bot.adapters.mail.folder import FolderSender
from bot.adapters.mail.sender import EmailSender
from bot.outgoing import Button, Outgoing, Refused, Sender, SendError, Unreachable
from tests.conftest import FixedClock
from tests.platforms.mail_server import mail_server

FROM = "veilig@school.example"
SUMMARY = Outgoing(
    address="m.visser@school.example",
    subject="Weekoverzicht – week 47",
    text="Er is één bericht niet gecontroleerd.\n" + "Eén lange regel. " * 100,
    html="<p>Er is één bericht niet gecontroleerd.</p>",
)


@dataclass(frozen=True)
class Channel:
    """A way of sending, and what came out of it."""

    sender: Sender
    received: Callable[[], list[EmailMessage]]


@pytest.fixture(params=["smtp", "folder"])
async def channel(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Channel]:
    if request.param == "folder":
        folder = tmp_path / "var" / "mail"
        yield Channel(FolderSender(folder, FROM, clock), lambda: read(folder))
    else:
        async with mail_server() as server:
            sender = EmailSender("127.0.0.1", server.port, FROM, clock, security="none")
            yield Channel(sender, lambda: server.mails)


def read(folder: Path) -> list[EmailMessage]:
    found = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(folder.glob("*.eml"))]
    return [mail for mail in found if isinstance(mail, EmailMessage)]


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


async def test_a_mail_arrives_as_text_and_html_with_the_headers_of_an_automatic_mail(channel: Channel) -> None:
    message_id = await channel.sender.deliver(SUMMARY)
    (mail,) = channel.received()
    assert mail["To"] == "m.visser@school.example"
    assert mail["From"] == "Klasveilig <veilig@school.example>"
    assert mail["Subject"] == "Weekoverzicht – week 47"
    assert mail["Date"] == "Fri, 20 Nov 2026 13:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == message_id
    assert mail.get_content_type() == "multipart/alternative"
    assert body(mail, "plain") == SUMMARY.text + "\n"
    assert body(mail, "html") == SUMMARY.html + "\n"


async def test_a_mail_holds_no_byte_and_no_line_that_old_mail_servers_cannot_carry(channel: Channel) -> None:
    await channel.sender.deliver(SUMMARY)
    (mail,) = channel.received()
    raw = mail.as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) <= 998  # RFC 5321, 4.5.3.1.6


async def test_a_message_without_html_is_a_plain_mail_in_which_buttons_have_no_place(channel: Channel) -> None:
    notice = Outgoing(SUMMARY.address, subject="Zaak", text="Er is een zaak.", buttons=((Button("Neem", "take:1"),),))
    await channel.sender.deliver(notice)
    (mail,) = channel.received()
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().strip() == "Er is een zaak."


async def test_a_repeated_mail_bears_the_same_id_and_any_other_mail_another(
    channel: Channel, clock: FixedClock
) -> None:
    first = await channel.sender.deliver(SUMMARY)
    clock.forward(minutes=5)
    assert await channel.sender.deliver(SUMMARY) == first
    others = [
        await channel.sender.deliver(other)
        for other in (
            replace(SUMMARY, address="b@school.example"),
            replace(SUMMARY, subject="x"),
            replace(SUMMARY, text="x"),
            replace(SUMMARY, html="<p>x</p>"),
        )
    ]
    clock.forward(days=1)
    others.append(await channel.sender.deliver(SUMMARY))
    assert len({first, *others}) == 6


async def test_a_line_break_in_a_subject_makes_no_header(channel: Channel) -> None:
    await channel.sender.deliver(replace(SUMMARY, subject="Week 47\r\nBcc: z@elders.example"))
    (mail,) = channel.received()
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Week 47 Bcc: z@elders.example"


@pytest.mark.parametrize(
    "address", ["", "m.visser", "m visser@school.example", "<a@b>", "a@", "a@b\nBcc: c@d", "a@b, c@d", "é@b.nl"]
)
async def test_what_is_no_address_cannot_be_reached_and_the_error_does_not_repeat_it(
    channel: Channel, address: str
) -> None:
    with pytest.raises(Unreachable) as caught:
        await channel.sender.deliver(replace(SUMMARY, address=address))
    assert str(caught.value) == "not an e-mail address"
    assert channel.received() == []


@pytest.mark.parametrize("verb", ["edit", "delete"])
async def test_a_sent_mail_cannot_be_changed_and_that_is_said(
    channel: Channel, verb: Literal["edit", "delete"]
) -> None:
    with pytest.raises(Refused, match="cannot be changed or taken back"):
        await channel.sender.deliver(replace(SUMMARY, verb=verb, message_id="<1@school.example>"))
    assert channel.received() == []


async def test_a_repeated_mail_is_one_file(tmp_path: Path, clock: FixedClock) -> None:
    sender = FolderSender(tmp_path / "mail", FROM, clock)
    await sender.deliver(SUMMARY)
    await sender.deliver(SUMMARY)
    assert len(list((tmp_path / "mail").iterdir())) == 1


async def test_a_folder_that_cannot_be_written_to_is_trouble_to_try_again(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "mail").write_text("a file, not a folder")
    with pytest.raises(SendError, match="File exists"):
        await FolderSender(tmp_path / "mail", FROM, clock).deliver(SUMMARY)
