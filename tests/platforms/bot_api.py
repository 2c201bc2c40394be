"""A Bot API server on loopback: real HTTP, state that people and the bot share, and breakdowns on demand.

It follows the published Bot API. Where that leaves room, this server is strict: no test should pass here that fails
there. It is made for one bot; a second school's bot is a second server.

    async with BotApi(clock) as telegram:
        anna = telegram.world.person("Anna")
        chat = telegram.world.group("2B", anna)
        telegram.world.post(chat, anna, "hoi")     # the bot at telegram.url, with telegram.token, gets an update
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Literal

from bot.clock import Clock, system_clock
from tests.platforms.bot_api_methods import Methods
from tests.platforms.loopback_http import LoopbackServer, Request, Response
from tests.platforms.telegram_objects import Json
from tests.platforms.telegram_updates import ApiError
from tests.platforms.telegram_world import World

TOKEN: Final = "6284913057:AAF0u9vV3xkQ2sJd81TzLrPnW5cYbHgEoXi"  # made up, in the form of a real one


@dataclass
class Held:
    """A request that was carried out and not answered. `carried_out` tells when; `cut` ends it without an answer."""

    carried_out: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def cut(self) -> None:
        """Break the line: the bot will never hear that its request was carried out."""
        self._over.set()

    async def wait(self) -> None:
        self.carried_out.set()
        await self._over.wait()


@dataclass
class _Fault:
    kind: Literal["drop", "error", "cut", "hold"]
    method: str | None
    status: int = 0
    retry_after: int | None = None
    held: Held | None = None
    after: int = 0


class BotApi:
    """The server, running while the block lasts. `calls` lists each request that came: method and parameters."""

    def __init__(
        self,
        clock: Clock = system_clock,
        *,
        token: str = TOKEN,
        privacy_mode: bool = False,
        port: int = 0,
    ) -> None:
        self.token = token
        self.world = World(clock, privacy_mode=privacy_mode)
        self.methods = Methods(self.world)
        self.calls: list[tuple[str, Json]] = []
        self._faults: list[_Fault] = []
        self._server = LoopbackServer(self._answer, port)
        self._called = asyncio.Condition()

    async def __aenter__(self) -> BotApi:
        self._exit = AsyncExitStack()
        self._exit.push_async_callback(self.world.updates.close)
        await self._exit.enter_async_context(self._server)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exit.aclose()

    @property
    def url(self) -> str:
        """Return the server's address; requests go to `{url}/bot{token}/{method}`."""
        return self._server.url

    # --- breakdowns: each strikes the next requests, in the order in which they were ordered

    def drop_connections(self, times: int = 1, method: str | None = None) -> None:
        """Cut the next requests (of a method) before they have any effect."""
        self._faults += [_Fault("drop", method) for _ in range(times)]

    def answer_with(
        self, status: int, times: int = 1, method: str | None = None, *, retry_after: int | None = None, after: int = 0
    ) -> None:
        """Answer the next requests (of a method) with an error, without any effect; let `after` of them pass first."""
        self._faults.append(_Fault("error", method, status, retry_after, after=after))
        self._faults += [_Fault("error", method, status, retry_after) for _ in range(times - 1)]

    def cut_after_accepting(self, times: int = 1, method: str | None = None) -> None:
        """Carry the next requests (of a method) out, and cut the line before the answer."""
        self._faults += [_Fault("cut", method) for _ in range(times)]

    def hold_after_accepting(self, method: str | None = None) -> Held:
        """Carry the next request (of a method) out and keep the bot waiting for the answer until `Held.cut`."""
        held = Held()
        self._faults.append(_Fault("hold", method, held=held))
        return held

    # --- looking

    def called(self, method: str) -> list[Json]:
        """Return the parameters of each request for a method so far."""
        return [parameters for name, parameters in self.calls if name == method]

    async def until(self, condition: Callable[[], bool], within: float = 5.0) -> None:
        """Wait until a condition holds that some request brings about; raises `TimeoutError` after `within` seconds."""
        async with asyncio.timeout(within), self._called:
            await self._called.wait_for(condition)

    # --- HTTP

    async def _answer(self, request: Request) -> Response | None:
        try:
            return await self._respond(request)
        finally:
            async with self._called:
                self._called.notify_all()

    async def _respond(self, request: Request) -> Response | None:
        if request.path.startswith("/file/bot"):
            return self._file(request.path)
        token, _, method = request.path.removeprefix("/bot").partition("/")
        if not request.path.startswith("/bot") or not method or ":" not in token:
            return _failure(ApiError(404, "Not Found"))
        if token != self.token:
            return _failure(ApiError(401, "Unauthorized"))
        parameters = request.parameters()
        self.calls.append((method, parameters))
        async with self._called:
            self._called.notify_all()
        return await self._carried_out(method, parameters)

    async def _carried_out(self, method: str, parameters: Json) -> Response | None:
        fault = self._next_fault(method)
        if fault and fault.kind == "drop":
            return None
        if fault and fault.kind == "error":
            return _failure(_breakdown(fault))
        try:
            response = _success(await self.methods.call(method, parameters))
        except ApiError as error:
            response = _failure(error)
        if fault and fault.held:
            await fault.held.wait()
        return None if fault else response

    def _next_fault(self, method: str) -> _Fault | None:
        for fault in self._faults:
            if fault.method in {None, method}:
                if fault.after:
                    fault.after -= 1
                    return None
                self._faults.remove(fault)
                return fault
        return None

    def _file(self, path: str) -> Response:
        token, _, name = path.removeprefix("/file/bot").partition("/")
        found = [content for file_path, content in self.world.files.values() if file_path == name]
        if token != self.token or not found:
            return _failure(ApiError(404, "Not Found"))
        return Response(200, found[0], {"content-type": "application/octet-stream"})


def _success(result: Any) -> Response:
    return Response(200, json.dumps({"ok": True, "result": result}).encode())


def _failure(error: ApiError) -> Response:
    answer: Json = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        answer["parameters"] = error.parameters
    return Response(error.code, json.dumps(answer).encode())


def _breakdown(fault: _Fault) -> ApiError:
    if fault.retry_after is not None:
        description = f"Too Many Requests: retry after {fault.retry_after}"
        return ApiError(fault.status, description, retry_after=fault.retry_after)
    return ApiError(fault.status, {502: "Bad Gateway", 500: "Internal Server Error"}.get(fault.status, "Error"))
