"""A school as the running bot knows it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.cases.shadow import Shadow
from bot.settings import CONCERNS_PER_WEEK
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
    concerns_per_week: int = CONCERNS_PER_WEEK
    """Notices of concerns that each handler gets one by one; what exceeds it goes into a digest."""
    shadow: Shadow | None = None
    """The school's shadow month, also when it is over; None where there was none."""
