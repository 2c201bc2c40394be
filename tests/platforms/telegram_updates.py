"""The updates that wait for one bot, and their two ways out: `getUpdates` and the webhook."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import httpx

from bot.clock import Clock

Json = dict[str, Any]

KEPT: Final = timedelta(hours=24)
"""How long the Bot API keeps an update that nobody fetched."""
NOT_BY_DEFAULT: Final = {"chat_member", "message_reaction", "message_reaction_count"}
"""Kinds that must be asked for by name in `allowed_updates`."""


class ApiError(Exception):
    """A refusal, as the Bot API words it."""

    def __init__(self, code: int, description: str, **parameters: object) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


@dataclass
class WebhookState:
    """What `setWebhook` asked for, and how the deliveries go."""

    url: str
    secret_token: str | None = None
    max_connections: int = 40
    last_error: tuple[int, str] | None = None


@dataclass
class UpdateQueue:
    """Updates in the order of their ids. A webhook gets them one at a time, which the Bot API leaves open.

    `retry_after` is the pause in seconds after a failed delivery; `lose_answers` makes that many accepted deliveries
    count as failed, as when the line breaks after the endpoint's 'ok'. `behind` says where the web server at an
    address, which Telegram wants to be https, passes the deliveries on to.
    """

    clock: Clock
    next_id: int = 847_263_511
    allowed: Sequence[str] = ()
    pending: list[tuple[int, datetime, Json]] = field(default_factory=list)
    webhook: WebhookState | None = None
    retry_after: float = 0.02
    lose_answers: int = 0
    behind: dict[str, str] = field(default_factory=dict)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _poller: asyncio.Future[ApiError | None] | None = None
    _delivering: asyncio.Task[None] | None = None

    def put(self, kind: str, content: Json) -> None:
        """Add an update of a kind that the bot asked for; any other is never made, as the Bot API says."""
        if kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT:
            self.pending.append((self.next_id, self.clock(), {"update_id": self.next_id, kind: content}))
            self.next_id += 1
            self._arrived.set()

    def waiting(self) -> list[Json]:
        """Return the updates that are not confirmed and not too old."""
        oldest = self.clock() - KEPT
        self.pending = [entry for entry in self.pending if entry[1] > oldest]
        return [update for _, _, update in self.pending]

    async def get(self, offset: int, limit: int, patience: float, allowed: Sequence[str] | None) -> list[Json]:
        """Answer `getUpdates`: forget what `offset` confirms, then wait up to `patience` seconds for an update."""
        if self.webhook:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self.end_poll(
            ApiError(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        )
        if allowed is not None:
            self.allowed = allowed
        if offset > 0:
            self.pending = [entry for entry in self.pending if entry[0] >= offset]
        elif offset < 0:
            self.pending = self.pending[offset:]
        if not self.waiting() and patience > 0:
            await self._wait(patience)
        return self.waiting()[:limit]

    async def _wait(self, patience: float) -> None:
        self._arrived.clear()
        poller = self._poller = asyncio.get_running_loop().create_future()
        arrived = asyncio.ensure_future(self._arrived.wait())
        try:
            await asyncio.wait({poller, arrived}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if poller.done() and (error := poller.result()):
                raise error
        finally:
            arrived.cancel()
            if self._poller is poller:
                self._poller = None

    def end_poll(self, error: ApiError | None = None) -> None:
        """End the poll that waits: with an error, or as when its time is over."""
        if self._poller and not self._poller.done():
            self._poller.set_result(error)

    async def set_webhook(self, state: WebhookState | None, allowed: Sequence[str] | None) -> None:
        """Deliver to `state.url` from now on, or with None wait to be polled again."""
        await self.close()
        if state:
            self.end_poll(ApiError(409, "Conflict: terminated by setWebhook request"))
        if allowed is not None:
            self.allowed = allowed
        self.webhook = state
        if state:
            self._delivering = asyncio.create_task(self._deliver(state))

    async def close(self) -> None:
        """Stop delivering."""
        if self._delivering:
            self._delivering.cancel()
            await asyncio.gather(self._delivering, return_exceptions=True)
            self._delivering = None

    async def _deliver(self, state: WebhookState) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": state.secret_token} if state.secret_token else {}
        async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
            while True:
                while not (waiting := self.waiting()):
                    self._arrived.clear()
                    await self._arrived.wait()
                problem = await _post(client, self.behind.get(state.url, state.url), waiting[0])
                if not problem and self.lose_answers:
                    self.lose_answers -= 1
                    problem = "Connection reset by peer"
                if problem:
                    state.last_error = (int(self.clock().timestamp()), problem)
                    await asyncio.sleep(self.retry_after)
                else:
                    self.pending = [entry for entry in self.pending if entry[2] is not waiting[0]]


async def _post(client: httpx.AsyncClient, url: str, update: Json) -> str:
    """Deliver one update; return what went wrong, nothing for any 2xx."""
    try:
        answer = await client.post(url, content=json.dumps(update), headers={"content-type": "application/json"})
    except httpx.HTTPError as error:
        return f"Connection failed: {type(error).__name__}"
    return "" if answer.is_success else f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
