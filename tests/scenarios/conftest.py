"""A Bot API server with the clock of the machine, since the program in its own process has no other."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.platforms.bot_api import BotApi


@pytest.fixture
async def telegram() -> AsyncIterator[BotApi]:
    async with BotApi() as server:
        yield server
