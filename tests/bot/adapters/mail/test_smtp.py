"""What mail servers refuse, and what that means for the outbox; encryption and login."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.adapters.mail.sender import EmailSender, Security
from bot.outgoing import Outgoing, Refused, SendError, TryLater, Unreachable
from tests.conftest import FixedClock
from tests.platforms.mail_server import MailServer, mail_server

TO = "m.visser@school.example"
SUMMARY = Outgoing(TO, subject="Weekoverzicht", text="Rustige week.")


def sender(server: MailServer, clock: FixedClock, security: Security = "none", **login: object) -> EmailSender:
    return EmailSender("127.0.0.1", server.port, "veilig@school.example", clock, security=security, **login)  # type: ignore[arg-type] # what a test varies


@pytest.mark.parametrize(
    ("reply", "error", "says"),
    [
        (f"550 5.1.1 <{TO}>: no such user", Unreachable, "the mail server answered 550 5.1.1"),
        (f"550 <{TO}> unknown", Unreachable, "the mail server answered 550"),
        (f"450 4.2.0 <{TO}>: greylisted", TryLater, "try again after 300 s"),
    ],
)
async def test_a_refused_receiver_is_gone_or_asks_to_wait_and_no_error_holds_the_address(
    clock: FixedClock, reply: str, error: type[SendError], says: str
) -> None:
    async with mail_server() as server:
        server.refuses = {TO: reply}
        with pytest.raises(SendError) as caught:
            await sender(server, clock).deliver(SUMMARY)
    assert type(caught.value) is error
    assert str(caught.value) == says
    assert caught.value.__cause__ is None
    assert server.mails == []


@pytest.mark.parametrize(
    ("reply", "error"),
    [("554 5.7.1 looks like spam", Refused), ("452 4.3.1 no space left", TryLater)],
)
async def test_a_refused_mail_is_for_a_human_unless_the_server_asks_to_wait(
    clock: FixedClock, reply: str, error: type[SendError]
) -> None:
    async with mail_server() as server:
        server.data_reply = reply
        with pytest.raises(SendError) as caught:
            await sender(server, clock).deliver(SUMMARY)
    assert type(caught.value) is error


async def test_a_server_that_is_not_there_is_tried_again(clock: FixedClock) -> None:
    async with mail_server() as server:
        away = sender(server, clock)
    with pytest.raises(SendError, match="cannot be used") as caught:
        await away.deliver(SUMMARY)
    assert type(caught.value) is SendError


async def test_a_mail_goes_encrypted_and_logged_in(clock: FixedClock, certificate: Certificate) -> None:
    async with mail_server(certificate.server) as server:
        server.login = ("veilig", "geheim")
        known = sender(server, clock, "starttls", user="veilig", password="geheim", tls_context=certificate.client)
        await known.deliver(SUMMARY)
        assert server.receivers == [TO]


async def test_a_server_that_encrypts_from_the_start_is_understood(clock: FixedClock, certificate: Certificate) -> None:
    async with mail_server(certificate.server, implicit=True) as server:
        await sender(server, clock, "tls", tls_context=certificate.client).deliver(SUMMARY)
        assert server.receivers == [TO]


async def test_nothing_is_said_in_the_clear_to_a_server_without_encryption(clock: FixedClock) -> None:
    async with mail_server() as server:
        with pytest.raises(SendError, match="STARTTLS"):
            await sender(server, clock, "starttls", user="veilig", password="geheim").deliver(SUMMARY)
        assert server.mails == []


async def test_nothing_is_sent_to_a_server_that_cannot_prove_who_it_is(
    clock: FixedClock, certificate: Certificate
) -> None:
    async with mail_server(certificate.server) as server:
        with pytest.raises(SendError, match="certificate"):
            await sender(server, clock, "starttls").deliver(SUMMARY)
        assert server.mails == []


async def test_a_wrong_password_is_tried_again_since_nothing_is_wrong_with_the_mail(
    clock: FixedClock, certificate: Certificate
) -> None:
    async with mail_server(certificate.server) as server:
        server.login = ("veilig", "geheim")
        wrong = sender(server, clock, "starttls", user="veilig", password="fout", tls_context=certificate.client)
        with pytest.raises(SendError, match="answered 535") as caught:
            await wrong.deliver(SUMMARY)
        assert type(caught.value) is SendError
        assert "fout" not in str(caught.value)
        assert server.mails == []


class Certificate:
    """A certificate of our own making for 127.0.0.1: what the server shows, and a client that trusts it."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
            .sign(key, hashes.SHA256())
        )
        pem = folder / "mail.pem"
        pem.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.load_cert_chain(pem)
        self.client = ssl.create_default_context(cafile=str(pem))


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return Certificate(tmp_path)
