"""Plays the messages of a chat export through the pipeline, as if they came in one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from bot.clock import Clock
from bot.events import Delivery, MessagePosted
from bot.pipeline import BATCH, Pipeline
from bot.stores import Store
from rules.vocabulary import Chat, Group, IncomingMessage


@dataclass(frozen=True, slots=True)
class Played:
    """What came of an export: messages played, and new flags per case number."""

    messages: int
    flags: dict[str, int]


def chat_of(group: Group) -> Chat:
    """Return the chat that exports of a group are played in."""
    return Chat("replay", group.id)


async def play(
    pipeline: Pipeline, store: Store, clock: Clock, group: Group, messages: Sequence[IncomingMessage]
) -> Played:
    """Play messages of a group, oldest first, and return what is new; messages that were played before add nothing."""
    started = clock()
    async with store.write() as tx:
        await tx.people.link_chat(group, chat_of(group))
    source = f"replay:{group.id}"
    await pipeline.recover(source)
    for chunk in chunks(messages):
        await pipeline.accept(UUID(group.school_id), source, [Delivery(MessagePosted(message)) for message in chunk])
        await pipeline.drain()
    async with store.read() as tx:
        flags = await tx.cases.flags_since(UUID(group.school_id), UUID(group.id), started)
    return Played(len(messages), flags)


def chunks(messages: Sequence[IncomingMessage]) -> Iterator[Sequence[IncomingMessage]]:
    """Yield the messages in batches of the pipeline's size."""
    for start in range(0, len(messages), BATCH):
        yield messages[start : start + BATCH]
