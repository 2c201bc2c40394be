"""A small HTTP/1.1 server on 127.0.0.1 that can also do what servers do when they break: cut the line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import h11


@dataclass(frozen=True)
class Request:
    """One HTTP request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def parameters(self) -> dict[str, Any]:
        """Return query and body (URL-encoded form or JSON) as one mapping, as the Bot API takes them."""
        kind = self.headers.get("content-type", "").partition(";")[0]
        if kind == "application/json":
            return {**self.query, **json.loads(self.body or b"{}")}
        return {**self.query, **dict(parse_qsl(self.body.decode(), keep_blank_values=True))}


@dataclass(frozen=True)
class Response:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


Handler = Callable[[Request], Awaitable[Response | None]]
"""Answers a request; None cuts the connection without an answer. Cancelled when the client goes away."""


class LoopbackServer:
    """Serves `handler` on a free port (or on `port`) of 127.0.0.1 while the block lasts."""

    def __init__(self, handler: Handler, port: int = 0) -> None:
        self._handler = handler
        self._port = port
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> LoopbackServer:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with suppress(ConnectionError, h11.RemoteProtocolError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._connections.discard(task)
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER)
        while True:
            request = await _read(http, reader)
            if request is None:
                return
            response = await _answer_unless_gone(self._handler(request), reader, http)
            if response is None:
                writer.transport.abort()
                return
            length = {"content-length": str(len(response.body))}
            head = h11.Response(
                status_code=response.status,
                headers=list({**response.headers, **length}.items()),
                reason=HTTPStatus(response.status).phrase.encode(),
            )
            writer.write((http.send(head) or b"") + (http.send(h11.Data(response.body)) or b""))
            writer.write(http.send(h11.EndOfMessage()) or b"")
            await writer.drain()
            if http.our_state is h11.MUST_CLOSE:
                return
            http.start_next_cycle()


async def _read(http: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    head: h11.Request | None = None
    body = b""
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert head is not None
            target = urlsplit(head.target.decode())
            headers = {name.decode(): value.decode() for name, value in head.headers}
            query = dict(parse_qsl(target.query, keep_blank_values=True))
            return Request(head.method.decode(), target.path, query, headers, body)
        else:
            return None


async def _answer_unless_gone(
    answer: Awaitable[Response | None], reader: asyncio.StreamReader, http: h11.Connection
) -> Response | None:
    """Wait for the answer; when the client closes the line meanwhile, give the answer up."""
    answering = asyncio.ensure_future(answer)
    more = asyncio.ensure_future(reader.read(65536))
    try:
        await asyncio.wait({answering, more}, return_when=asyncio.FIRST_COMPLETED)
        if more.done() and not answering.done():
            if not more.result():
                return None
            http.receive_data(more.result())
        return await answering
    finally:
        for task in (answering, more):
            task.cancel()
        await asyncio.wait({answering, more})
