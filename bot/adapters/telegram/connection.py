"""The connection to a Bot API server, made so that the token cannot leak.

The library puts the token into every URL, and httpx logs every URL and hangs it on its exceptions. So neither of
them gets the token: they work with a stand-in, which the transport replaces when the bytes go out.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from telegram import Bot
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

OFFICIAL: Final = "https://api.telegram.org"
"""The Bot API server that Telegram runs."""

_STAND_IN: Final = "0:token"
_TOKEN: Final = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")


class TokenMalformed(ValueError):
    """What was given as token cannot be one; the text does not repeat it."""


class TelegramBot(Bot):
    """The library's bot, with one way more: asking for an answer as plain JSON."""

    async def call(
        self, method: str, parameters: Mapping[str, object] | None = None, *, answer_within: float = 20.0
    ) -> Any:
        """Call a method of the Bot API and return its `result` as decoded JSON; waits `answer_within` seconds.

        The library's own `get_updates` reads a batch whole or not at all: one odd update would hide the others.
        Raises `telegram.error.TelegramError` or a subclass.
        """
        return await self._post(method, dict(parameters or {}), read_timeout=answer_within)


class _Transport(httpx.AsyncBaseTransport):
    """Sends requests on with the real token in their path; the request that httpx knows keeps the stand-in."""

    def __init__(self, token: str, inner: httpx.AsyncBaseTransport) -> None:
        self._token = token.encode()
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.replace(f"/bot{_STAND_IN}/".encode(), b"/bot" + self._token + b"/", 1)
        return await self._inner.handle_async_request(
            httpx.Request(
                request.method,
                request.url.copy_with(raw_path=path),
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Request(HTTPXRequest):
    """The library's HTTP, without its habit of logging an answer that it cannot read: it may hold people's texts."""

    __slots__ = ()

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(payload.decode(errors="replace"))
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise TelegramError("the server's answer is no JSON object")
        return answer


@asynccontextmanager
async def connected(token: str, server: str = OFFICIAL) -> AsyncIterator[TelegramBot]:
    """Give a bot that talks to `server` (`https://host[:port]`) until the block ends; by itself it sends nothing.

    Raises `TokenMalformed` for a token of another form than @BotFather gives out.
    """
    if not _TOKEN.fullmatch(token):
        raise TokenMalformed("the Telegram token does not look like 123456789:AAExample; copy it whole from @BotFather")
    os.environ["PTB_TIMEDELTA"] = "true"  # the library's switch for durations as timedelta; without it each 429 warns
    logging.getLogger("telegram").setLevel(logging.WARNING)  # below that it logs the texts that it sends and gets
    server = server.rstrip("/")
    polling, calling = _request(token, server, connections=2), _request(token, server, connections=16)
    try:
        yield TelegramBot(
            _STAND_IN,
            base_url=f"{server}/bot",
            base_file_url=f"{server}/file/bot",
            get_updates_request=polling,
            request=calling,
        )
    finally:
        await asyncio.gather(polling.shutdown(), calling.shutdown())


def _request(token: str, server: str, connections: int) -> HTTPXRequest:
    limits = httpx.Limits(max_connections=connections)
    transport = _Transport(token, httpx.AsyncHTTPTransport(proxy=_proxy(server), limits=limits))
    return _Request(
        connect_timeout=10, read_timeout=20, write_timeout=20, pool_timeout=20, httpx_kwargs={"transport": transport}
    )


def _proxy(server: str) -> str | None:
    """Return the proxy that the environment names for `server`: httpx looks it up only for its own transports."""
    address = urlsplit(server)
    if proxy_bypass(address.netloc):
        return None
    proxies = getproxies()
    return proxies.get(address.scheme) or proxies.get("all")
