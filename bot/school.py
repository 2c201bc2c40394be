"""A school as the running bot knows it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from rules.protocols import Protocol


@dataclass(frozen=True, slots=True)
class School:
    """One school: what people call it, the protocol in force, and the language and time zone of its people."""

    id: UUID
    slug: str
    name: str
    protocol: Protocol
    language: str
    timezone: ZoneInfo
