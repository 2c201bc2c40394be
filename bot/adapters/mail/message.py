"""How a message to a person looks as an e-mail."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from bot.outgoing import Outgoing, Refused, Unreachable

FROM_NAME: Final = "Klasveilig"
POLICY: Final = SMTP.clone(cte_type="7bit")
"""Lines that every mail server takes, also one that knows no 8BITMIME."""


def compose(outgoing: Outgoing, sender: str, now: datetime) -> EmailMessage:
    """Return the e-mail: plain text, and the same as HTML where there is some; buttons have no place in it.

    Raises `Refused` for an edit or deletion, which no e-mail can undergo, and `Unreachable` where the address is none.
    """
    if outgoing.verb != "send":
        raise Refused("an e-mail that was sent cannot be changed or taken back")
    mail = EmailMessage(policy=POLICY)
    mail["From"] = Address(FROM_NAME, addr_spec=sender)
    mail["To"] = _address(outgoing.address)
    mail["Subject"] = " ".join(outgoing.subject.split())
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(outgoing, sender, now)
    mail["Auto-Submitted"] = "auto-generated"  # keeps out-of-office replies away (RFC 3834, 5)
    mail.set_content(outgoing.text)
    if outgoing.html:
        mail.add_alternative(outgoing.html, subtype="html")
    return mail


def _address(text: str) -> Address:
    """Return an ASCII address `name@domain`, the only kind that every mail server takes."""
    if text.isascii():
        try:
            return Address(addr_spec=text)
        except (MessageError, ValueError, IndexError):  # all three come from the standard library's parser
            pass
    raise Unreachable("not an e-mail address")


def message_id(outgoing: Outgoing, sender: str, now: datetime) -> str:
    """Return a Message-ID that is equal for equal content, receiver and UTC day.

    A second copy after a crash bears the same id, so that mail servers can drop it; the same reminder on another day
    does not.
    """
    parts = (outgoing.address, outgoing.subject, outgoing.text, outgoing.html, now.date().isoformat())
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return f"<{digest[:32]}@{sender.rpartition('@')[2]}>"
