"""Updates reach the bot as the published Bot API says: by polling with confirmation, or by webhook."""

from __future__ import annotations

import asyncio

import pytest

from tests.conftest import FixedClock
from tests.platforms.bot_api import BotApi
from tests.platforms.conftest import Call, refusal
from tests.platforms.loopback_http import LoopbackServer, Request, Response


async def test_an_update_comes_back_until_a_higher_offset_confirms_it(telegram: BotApi, call: Call) -> None:
    anna = telegram.world.person("Anna")
    chat = telegram.world.group("2B", anna)
    for text in ("een", "twee", "drie"):
        telegram.world.post(chat, anna, text)

    first = (await call("getUpdates"))["result"]
    again = (await call("getUpdates"))["result"]
    assert first == again
    ids = [update["update_id"] for update in first]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    rest = (await call("getUpdates", offset=ids[-2]))["result"]
    assert [update["message"]["text"] for update in rest] == ["twee", "drie"]
    assert (await call("getUpdates", offset=ids[-1] + 1))["result"] == []
    assert (await call("getUpdates"))["result"] == []


async def test_limit_and_negative_offset_choose_from_either_end(telegram: BotApi, call: Call) -> None:
    anna = telegram.world.person("Anna")
    for number in range(5):
        telegram.world.private(anna, str(number))
    assert [u["message"]["text"] for u in (await call("getUpdates", limit=2))["result"]] == ["0", "1"]
    assert [u["message"]["text"] for u in (await call("getUpdates", offset=-2))["result"]] == ["3", "4"]
    assert [u["message"]["text"] for u in (await call("getUpdates"))["result"]] == ["3", "4"]


async def test_a_long_poll_ends_with_the_first_update(telegram: BotApi, call: Call) -> None:
    poll = asyncio.create_task(call("getUpdates", timeout=30))
    await telegram.until(lambda: bool(telegram.called("getUpdates")))
    telegram.world.private(telegram.world.person("Anna"), "hoi")
    assert (await poll)["result"][0]["message"]["text"] == "hoi"


async def test_updates_are_forgotten_after_24_hours(telegram: BotApi, call: Call, clock: FixedClock) -> None:
    telegram.world.private(telegram.world.person("Anna"), "hoi")
    clock.forward(hours=25)
    assert (await call("getUpdates"))["result"] == []


async def test_allowed_updates_stay_in_force_and_leave_out_the_rest(telegram: BotApi, call: Call) -> None:
    anna = telegram.world.person("Anna")
    chat = telegram.world.group("2B", anna)
    telegram.world.promote_bot(chat, anna)
    await call("getUpdates", offset=-1, allowed_updates=["message", "chat_member"])
    message = telegram.world.post(chat, anna, "hoi")
    telegram.world.edit(message, "hallo")
    telegram.world.join(chat, telegram.world.person("Bo"))
    kinds = [list(update)[1] for update in (await call("getUpdates"))["result"]]
    assert kinds[1:] == ["message", "chat_member", "message"]


async def test_chat_member_is_sent_only_to_a_bot_that_is_administrator_and_asks(telegram: BotApi, call: Call) -> None:
    anna, bo = telegram.world.person("Anna"), telegram.world.person("Bo")
    chat = telegram.world.group("2B", anna)
    telegram.world.join(chat, bo)
    telegram.world.promote_bot(chat, anna)
    telegram.world.leave(chat, bo)
    kinds = {list(update)[1] for update in (await call("getUpdates"))["result"]}
    assert kinds == {"message", "my_chat_member"}


async def test_a_second_poll_ends_the_first_with_a_conflict(telegram: BotApi, call: Call) -> None:
    first = asyncio.create_task(call("getUpdates", timeout=30))
    await telegram.until(lambda: len(telegram.called("getUpdates")) == 1)
    assert (await call("getUpdates"))["ok"]
    assert await first == refusal(
        409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )


async def test_polling_conflicts_with_a_webhook(call: Call) -> None:
    await call("setWebhook", url="http://127.0.0.1:9/")
    answer = await call("getUpdates")
    assert answer["error_code"] == 409
    assert "webhook is active" in answer["description"]
    await call("deleteWebhook")
    assert (await call("getUpdates"))["ok"]


class Endpoint:
    """A webhook endpoint that answers with the statuses it is given, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.deliveries: list[Request] = []
        self._came = asyncio.Condition()

    async def answer(self, request: Request) -> Response:
        async with self._came:
            self.deliveries.append(request)
            self._came.notify_all()
        return Response(self.statuses.pop(0) if self.statuses else 200)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(5), self._came:
            await self._came.wait_for(lambda: len(self.deliveries) >= count)


async def test_a_webhook_gets_each_update_with_the_secret_until_it_says_ok(telegram: BotApi, call: Call) -> None:
    endpoint = Endpoint(500, 403)
    async with LoopbackServer(endpoint.answer) as server:
        assert (await call("setWebhook", url=server.url, secret_token="s3cret"))["ok"]
        telegram.world.private(telegram.world.person("Anna"), "hoi")
        await endpoint.until(3)
        assert len({request.body for request in endpoint.deliveries}) == 1
        assert endpoint.deliveries[0].headers["x-telegram-bot-api-secret-token"] == "s3cret"
        info = (await call("getWebhookInfo"))["result"]
        assert info["last_error_message"] == "Wrong response from the webhook: 403 Forbidden"
        await call("deleteWebhook")
    assert (await call("getWebhookInfo"))["result"]["url"] == ""


async def test_an_ok_that_gets_lost_brings_the_update_again(telegram: BotApi, call: Call) -> None:
    endpoint = Endpoint()
    telegram.world.updates.lose_answers = 1
    telegram.world.private(telegram.world.person("Anna"), "hoi")
    async with LoopbackServer(endpoint.answer) as server:
        await call("setWebhook", url=server.url)
        await endpoint.until(2)
        await call("deleteWebhook")
    assert endpoint.deliveries[0].body == endpoint.deliveries[1].body


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"url": "http://example.org/"}, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"),
        (
            {"url": "https://example.org/", "secret_token": "a b"},
            "Bad Request: secret token contains unallowed characters",
        ),
    ],
)
async def test_a_webhook_must_be_https_with_a_plain_secret(
    call: Call, parameters: dict[str, str], description: str
) -> None:
    assert await call("setWebhook", **parameters) == refusal(400, description)
