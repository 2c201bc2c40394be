"""Sends what stands in the outbox: at least once, at most one copy too many per channel after a crash.

Messages to one address go out in the order in which they were written: one that has to wait holds up those behind it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.outgoing import Moved, Refused, Sender, SendError, TryLater, Unreachable
from bot.stopping import to_the_end
from bot.stores import ClosedStore, Post, Store
from rules.vocabulary import Account, Chat

log = logging.getLogger(__name__)

LIMIT = 20
"""Messages read from the outbox at a time."""
PAUSES = (2, 10, 30, 120, 600, 1800)
"""Seconds before the next try after a failure; the last one repeats until it works."""
STORE_PAUSE = 2.0
"""Seconds before it is tried again to write down that a message was sent."""
IDLE = 15.0
"""Seconds between looks at the outbox when nobody wakes us (another process may have written to it)."""


class Delivery:
    """One task per channel takes messages from the outbox in order and hands them to the channel's sender."""

    def __init__(self, store: Store, senders: Mapping[str, Sender], clock: Clock) -> None:
        self._store = store
        self._senders = senders
        self._clock = clock
        self._wakes = {channel: asyncio.Event() for channel in senders}
        self._held: dict[str, dict[str, datetime]] = {channel: {} for channel in senders}

    def wake(self) -> None:
        """Look at the outbox now: something was written to it."""
        for event in self._wakes.values():
            event.set()

    async def run(self) -> None:
        """Send for ever, each channel on its own, so that a slow one holds up no other."""
        async with asyncio.TaskGroup() as tasks:
            for channel in self._senders:
                tasks.create_task(self._run_channel(channel))

    async def _run_channel(self, channel: str) -> None:
        wake = self._wakes[channel]
        while True:
            wake.clear()
            try:
                while await self.send_due(channel):
                    pass
            except ClosedStore as error:
                log.warning("outbox cannot be read or written, trying again: %s", error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), self._pause(channel))

    def _pause(self, channel: str) -> float:
        """Return the seconds until a message that has to wait may be tried again, `IDLE` at most."""
        now = self._clock()
        return min([IDLE, *((again_at - now).total_seconds() for again_at in self._held[channel].values())])

    async def send_due(self, channel: str) -> int:
        """Send what is due on one channel, one after the other; return how many were tried."""
        now, held = self._clock(), self._held[channel]
        for address in [address for address, again_at in held.items() if again_at <= now]:
            del held[address]
        async with self._store.read() as tx:
            posts = await tx.outbox.due(channel, LIMIT)
        for post in posts:
            await to_the_end(self._send_or_postpone(post, held))
        return len(posts)

    async def _send_or_postpone(self, post: Post, held: dict[str, datetime]) -> None:
        """Send one message, unless an earlier one to its address still waits; what has to wait is postponed."""
        again_at = held.get(post.outgoing.address) or await self._send(post)
        if again_at is not None:
            # Later messages to the same address wait too: a conversation must not arrive out of order.
            held[post.outgoing.address] = again_at
            async with self._store.write() as tx:
                await tx.outbox.postpone(post, again_at)

    async def _send(self, post: Post) -> datetime | None:
        """Send one message and store what came of it; return when to try again if it has to wait."""
        try:
            if not post.outgoing.address:
                raise Unreachable("no address")
            message_id = await self._senders[post.channel].deliver(post.outgoing)
        except Unreachable as error:
            await self._reroute(post, str(error))
        except Moved as error:
            await self._move(post, error.new_address)
        except Refused as error:
            await self._give_up(post, str(error))
        except SendError as error:
            pause = error.seconds if isinstance(error, TryLater) else PAUSES[min(post.attempts, len(PAUSES) - 1)]
            log.warning("not sent post=%s channel=%s, again in %g s: %s", post.id, post.channel, pause, error)
            return self._clock() + timedelta(seconds=pause)
        except Exception as error:  # noqa: BLE001 # one message that breaks the program must not hold up all others
            if post.attempts >= len(PAUSES):
                await self._give_up(post, f"program error: {type(error).__name__}")
                return None
            log.error("not sent post=%s channel=%s: %s", post.id, post.channel, type(error).__name__)
            return self._clock() + timedelta(seconds=PAUSES[post.attempts])
        else:
            await self._record(post, message_id)
        return None

    async def _record(self, post: Post, message_id: str) -> None:
        """Write down that a message was sent, however often it takes: sending it again would be a second copy."""
        while True:
            try:
                async with self._store.write() as tx:
                    await tx.outbox.sent(post, message_id)
                return
            except ClosedStore as error:
                log.warning("sent post=%s cannot be written down yet: %s", post.id, error)
                await asyncio.sleep(STORE_PAUSE)

    async def _give_up(self, post: Post, error: str) -> None:
        """Keep a message that trying again does not help, to be shown to people."""
        log.error("undeliverable post=%s channel=%s: %s", post.id, post.channel, error)
        async with self._store.write() as tx:
            await tx.outbox.give_up(post, error)

    async def _reroute(self, post: Post, error: str) -> None:
        """Find another way to a person whose channel is closed; without one the message is kept as undeliverable."""
        async with self._store.write() as tx:
            if post.person_id is None:
                await tx.outbox.give_up(post, error)
                return
            await tx.people.set_reachable(post.school_id, Account(post.channel, post.outgoing.address), reachable=False)
            others = [c for c in await tx.people.contacts(post.person_id) if c.channel != post.channel]
            if not others and post.outgoing.verb == "send":
                log.warning("undeliverable post=%s: %s", post.id, error)
                await tx.outbox.give_up(post, error)
                return
            if others and post.outgoing.verb == "send":
                await tx.outbox.add(
                    post.school_id,
                    others[0].channel,
                    replace(post.outgoing, address=others[0].address),
                    person_id=post.person_id,
                    case_id=post.case_id,
                )
            await tx.outbox.drop(post)

    async def _move(self, post: Post, new_address: str) -> None:
        """Go on under the new id of a chat that moved."""
        async with self._store.write() as tx:
            await tx.people.move_chat(Chat(post.channel, post.outgoing.address), new_address)
            await tx.outbox.readdress(post, new_address)
