"""From raw updates to the journal: the same for polling and for the webhook, so that both keep the same promise."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from bot.adapters.telegram.connection import TelegramBot
from bot.adapters.telegram.contents import UNREAD
from bot.adapters.telegram.translate import Profile, translate
from bot.adapters.telegram.wire import ALLOWED_UPDATES, Update, User
from bot.clock import Clock
from bot.events import Delivery, Event

_log = logging.getLogger(__name__)

_ESSENTIALS: Final = {
    *("message_id", "date", "edit_date", "chat", "from", "sender_chat", "text", "caption"),
    *("id", "data", "message"),
    *("old_chat_member", "new_chat_member"),
}
"""The fields of an update's content that carry what happened; a message stripped to them is still that message."""


class Intake(Protocol):
    """Where events go: the journal."""

    async def accept(self, source: str, deliveries: Sequence[Delivery]) -> None:
        """Return when the deliveries are on disk; raises when they could not be written."""
        ...

    async def last_sequence(self, source: str) -> int | None:
        """Return the highest update_id on disk; None when there is none or it is older than 6 days."""
        ...


async def fetch_profile(bot: TelegramBot, commands: frozenset[str]) -> Profile:
    """Ask Telegram who the bot is; raises `telegram.error.TelegramError` when it does not answer."""
    me = User.model_validate(await bot.call("getMe"))
    return Profile(me.id, me.username, commands)


class Inbound:
    """Translates updates and hands them in; `counts` says how many came, and what could not be read.

    `received` counts updates; `unknown` those of a kind that was not asked for; `damaged` those that could be read
    only in part, and were handed in as far as they could; `unreadable` those of which nothing could be made.
    """

    def __init__(self, profile: Profile, intake: Intake, clock: Clock, counts: Counter[str]) -> None:
        self._profile = profile
        self._intake = intake
        self._clock = clock
        self._counts = counts

    async def take(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Return when all that the updates say is on disk; raises what `Intake.accept` raises."""
        deliveries = [delivery for raw in updates for delivery in self._read(raw)]
        if deliveries:
            await self._intake.accept(self._profile.source, deliveries)

    def _read(self, raw: Mapping[str, Any]) -> list[Delivery]:
        self._counts["received"] += 1
        if raw.keys().isdisjoint(ALLOWED_UPDATES):
            self._counts["unknown"] += 1
            return []
        return _numbered(raw["update_id"], self._events(raw))

    def _events(self, raw: Mapping[str, Any]) -> list[Event]:
        """Translate; when that fails, translate the bare essentials: no update may hide those that come after it.

        The log gets the number of the update and the kind of error, never the error itself: it quotes people's texts.
        """
        try:
            return self._translated(raw)
        except Exception as error:  # noqa: BLE001 # whatever is odd about one update must not stop the others
            _log.warning("update %s could be read only in part: %s", raw["update_id"], type(error).__name__)
        try:
            events = self._translated(_essentials(raw))
        except Exception as error:  # noqa: BLE001 # as above
            _log.error("update %s could not be read: %s", raw["update_id"], type(error).__name__)
            self._counts["unreadable"] += 1
            return []
        self._counts["damaged"] += 1
        return events

    def _translated(self, raw: Mapping[str, Any]) -> list[Event]:
        return translate(Update.model_validate(raw), self._profile, self._clock())


def _essentials(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the update with the bare essentials, and a mark by which a message shows that something was left out."""
    return {
        kind: {UNREAD: True, **{name: value for name, value in content.items() if name in _ESSENTIALS}}
        if isinstance(content, dict)
        else content
        for kind, content in raw.items()
    }


def _numbered(update_id: int, events: Sequence[Event]) -> list[Delivery]:
    """Give each event the number of its update: the journal takes them together, once."""
    return [Delivery(event, update_id) for event in events]
