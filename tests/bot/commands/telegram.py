"""Telegram's twin for these tests: a sender that keeps every chat as its members see it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from bot.outgoing import Outgoing


@dataclass
class Shown:
    """A message as it stands in a chat now."""

    id: str
    text: str
    buttons: dict[str, str]
    """What each button says, and its data."""


@dataclass
class TelegramTwin:
    """Delivers to chats in memory; `deleted` remembers what was taken away, as (chat, message id)."""

    chats: defaultdict[str, list[Shown]] = field(default_factory=lambda: defaultdict(list))
    deleted: list[tuple[str, str]] = field(default_factory=list)
    last_id: int = 0

    async def deliver(self, outgoing: Outgoing) -> str:
        """Do it and return the id of the message."""
        buttons = {button.label: button.data for row in outgoing.buttons for button in row}
        assert all(len(data.encode()) <= 64 for data in buttons.values()), "Telegram takes 64 bytes"
        chat = self.chats[outgoing.address]
        match outgoing.verb:
            case "send":
                self.last_id += 1
                chat.append(Shown(str(self.last_id), outgoing.text, buttons))
                return str(self.last_id)
            case "edit":
                [message] = [message for message in chat if message.id == outgoing.message_id]
                message.text, message.buttons = outgoing.text, buttons
            case "delete":
                self.deleted.append((outgoing.address, outgoing.message_id))
        return outgoing.message_id
