"""E-mail over SMTP, to the mail server of the school.

What a server says when it refuses may hold the receiver's address, and our errors are logged: they carry its numbers
only (RFC 5321 reply code, RFC 3463 status code).
"""

from __future__ import annotations

import re
import ssl
from typing import Final, Literal

import aiosmtplib

from bot.adapters.mail.message import compose
from bot.clock import Clock
from bot.outgoing import Outgoing, Refused, SendError, TryLater, Unreachable

Security = Literal["starttls", "tls", "none"]
"""`starttls`: encrypted before anything is said, or nothing is sent; `tls`: encrypted from the start (port 465)."""

TIMEOUT: Final = 30.0
"""Seconds to wait for each answer of the server."""
GREYLISTED: Final = 300.0
"""Seconds before the next try where a server says 'not now' (RFC 6647 on greylisting: most let in after 5 minutes)."""


class EmailSender:
    """Hands each e-mail to one SMTP server, in a connection of its own."""

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        clock: Clock,
        *,
        security: Security = "starttls",
        user: str | None = None,
        password: str | None = None,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._sender = sender
        self._clock = clock
        self._security = security
        self._user = user
        self._password = password
        self._tls_context = tls_context

    async def deliver(self, outgoing: Outgoing) -> str:
        """Send it, and return its Message-ID; raises `SendError`, or a subclass, when the server did not take it."""
        mail = compose(outgoing, self._sender, self._clock())
        try:
            async with self._connection() as server:
                await server.send_message(mail, sender=self._sender, recipients=[outgoing.address])
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _meaning(error) from None
        return str(mail["Message-ID"])

    def _connection(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._security == "tls",
            start_tls=self._security == "starttls",
            tls_context=self._tls_context,
            timeout=TIMEOUT,
        )


def _meaning(error: Exception) -> SendError:
    """Return what an error of the library means for the outbox."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if not isinstance(error, aiosmtplib.SMTPResponseException):
        return SendError(f"the mail server cannot be used: {error}")
    answer = f"the mail server answered {_numbers(error)}"
    if 400 <= error.code < 500:
        return TryLater(GREYLISTED)
    if isinstance(error, aiosmtplib.SMTPRecipientRefused):
        return Unreachable(answer)
    if isinstance(error, aiosmtplib.SMTPDataError):
        return Refused(answer)
    # Login or sender refused: once the administrator mends that, everything can still be sent.
    return SendError(answer)


def _numbers(error: aiosmtplib.SMTPResponseException) -> str:
    status = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", error.message)
    return f"{error.code} {status[0]}" if status else str(error.code)
