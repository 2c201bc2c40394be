"""The web server: takes what platforms deliver by webhook, and says whether the bot is alive."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

Receive = Callable[[bytes, str | None], Awaitable[int]]
"""Takes a webhook's body and secret header, and returns the HTTP status to answer with."""

LARGEST_BODY: Final = 1_000_000
"""Bytes of a delivery that are read at most; a Telegram update is under 100 kB."""


def create_app(receive: Receive) -> Starlette:
    """Return the web application with the Telegram webhook and a health check."""

    async def telegram(request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return Response(status_code=413)
        status = await receive(body, request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        return Response(status_code=status)

    async def alive(request: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/telegram", telegram, methods=["POST"]), Route("/healthz", alive)])


async def serve(listen: str, receive: Receive) -> None:
    """Serve on `host:port` until cancelled."""
    host, _, port = listen.rpartition(":")
    # No access log: addresses of people do not belong in logs (promise 6).
    config = uvicorn.Config(create_app(receive), host=host, port=int(port), access_log=False, log_level="warning")
    server = uvicorn.Server(config)
    await server.serve()
