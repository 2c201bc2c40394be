"""The Bot API server for its own tests, which speak to it by plain HTTP, without the library."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import httpx
import pytest

from tests.conftest import FixedClock
from tests.platforms.bot_api import BotApi

Call = Callable[..., Coroutine[Any, Any, Any]]


@pytest.fixture
async def telegram(clock: FixedClock) -> AsyncIterator[BotApi]:
    async with BotApi(clock) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture
def call(telegram: BotApi, http: httpx.AsyncClient) -> Call:
    """Calls a method and returns the whole answer."""

    async def do(method: str, **parameters: Any) -> Any:
        return (await http.post(f"{telegram.url}/bot{telegram.token}/{method}", json=parameters)).json()

    return do


def refusal(code: int, description: str, **parameters: Any) -> dict[str, Any]:
    answer = {"ok": False, "error_code": code, "description": description}
    return {**answer, "parameters": parameters} if parameters else answer
