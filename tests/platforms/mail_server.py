"""A real SMTP server on 127.0.0.1 (aiosmtpd) that keeps what it accepts, and refuses what a test tells it to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailServer:
    """What the server accepted, and what it answers instead of accepting.

    `refuses` maps a receiver to the reply to RCPT, `data_reply` is the reply after the mail itself; `login` is the
    user and password that it wants.
    """

    port: int = 0
    login: tuple[str, str] | None = None
    refuses: Mapping[str, str] = field(default_factory=dict)
    data_reply: str = "250 2.0.0 kept"
    mails: list[EmailMessage] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse a receiver."""
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail, unless it must be refused."""
        if self.data_reply.startswith("250"):
            assert isinstance(envelope.content, bytes)
            mail = message_from_bytes(envelope.content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.receivers += envelope.rcpt_tos
        return self.data_reply

    def check(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        """Compare a login with the wanted one."""
        wanted = tuple(part.encode() for part in self.login or ())
        given = (data.login, data.password) if isinstance(data, LoginPassword) else ()
        return AuthResult(success=given == wanted, handled=False)


@asynccontextmanager
async def mail_server(tls: ssl.SSLContext | None = None, *, implicit: bool = False) -> AsyncIterator[MailServer]:
    """Run a server on a free port; `tls` offers STARTTLS, or, when `implicit`, encrypts from the start."""
    kept = MailServer()

    def session() -> SMTP:
        return SMTP(
            kept,
            hostname="mail.test",
            tls_context=None if implicit else tls,
            authenticator=kept.check,
            auth_required=kept.login is not None,
            auth_require_tls=not implicit,
            loop=asyncio.get_running_loop(),
        )

    listener = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0, ssl=tls if implicit else None)
    kept.port = listener.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        listener.close()
        await listener.wait_closed()
