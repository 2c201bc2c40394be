"""The methods of the Bot API server, and its breakdowns, are as the published Bot API says."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.conftest import FixedClock
from tests.platforms.bot_api import TOKEN, BotApi
from tests.platforms.conftest import Call, refusal


async def test_answers_get_requests_forms_and_json_alike(telegram: BotApi, http: httpx.AsyncClient) -> None:
    url = f"{telegram.url}/bot{TOKEN}/getChat"
    chat = telegram.world.group("2B", telegram.world.person("Anna"))
    answers = [
        await http.get(url, params={"chat_id": chat.id}),
        await http.post(url, data={"chat_id": chat.id}),
        await http.post(url, json={"chat_id": chat.id}),
    ]
    assert [answer.json()["result"]["title"] for answer in answers] == ["2B", "2B", "2B"]


async def test_knows_its_token_and_its_methods_only(telegram: BotApi, http: httpx.AsyncClient, call: Call) -> None:
    wrong = await http.get(f"{telegram.url}/bot123:nobody/getMe")
    malformed = await http.get(f"{telegram.url}/botnonsense/getMe")
    assert (wrong.status_code, wrong.json()) == (401, refusal(401, "Unauthorized"))
    assert malformed.status_code == 404
    assert await call("makeCoffee") == refusal(404, "Not Found")
    assert (await call("getMe"))["result"]["is_bot"] is True


async def test_a_bot_cannot_write_first(telegram: BotApi, call: Call) -> None:
    anna = telegram.world.person("Anna")
    assert await call("sendMessage", chat_id=anna.id, text="hoi") == refusal(400, "Bad Request: chat not found")
    telegram.world.private_chat(anna)
    assert (await call("sendMessage", chat_id=anna.id, text="hoi"))["error_code"] == 403
    telegram.world.private(anna, "/start")
    assert (await call("sendMessage", chat_id=anna.id, text=" hoi "))["result"]["text"] == "hoi"
    telegram.world.block(anna)
    blocked = refusal(403, "Forbidden: bot was blocked by the user")
    assert await call("sendMessage", chat_id=anna.id, text="hoi") == blocked
    telegram.world.private(anna, "/start")
    assert (await call("sendMessage", chat_id=anna.id, text="hoi"))["ok"]


async def test_a_bot_that_was_removed_cannot_write(telegram: BotApi, call: Call) -> None:
    anna = telegram.world.person("Anna")
    group, supergroup = telegram.world.group("2B", anna), telegram.world.supergroup("3C", anna)
    telegram.world.remove_bot(group, anna)
    telegram.world.remove_bot(supergroup, anna)
    answers = [await call("sendMessage", chat_id=chat.id, text="hoi") for chat in (group, supergroup)]
    assert answers == [
        refusal(403, "Forbidden: bot is not a member of the group chat"),
        refusal(403, "Forbidden: bot was kicked from the supergroup chat"),
    ]


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("  ", "Bad Request: message text is empty"),
        ("a" * 4097, "Bad Request: message is too long"),
        ("😀" * 2049, "Bad Request: message is too long"),
    ],
)
async def test_a_text_has_1_to_4096_characters(telegram: BotApi, call: Call, text: str, description: str) -> None:
    chat = telegram.world.group("2B", telegram.world.person("Anna"))
    assert await call("sendMessage", chat_id=chat.id, text=text) == refusal(400, description)
    assert (await call("sendMessage", chat_id=chat.id, text="a" * 4096))["ok"]


async def test_a_button_holds_1_to_64_bytes(telegram: BotApi, call: Call) -> None:
    chat = telegram.world.group("2B", telegram.world.person("Anna"))

    async def send(data: str) -> Any:
        keyboard = {"inline_keyboard": [[{"text": "Ja", "callback_data": data}]]}
        return await call("sendMessage", chat_id=chat.id, text="Zeker?", reply_markup=keyboard)

    assert (await send("é" * 32))["ok"]
    assert await send("é" * 33) == refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    assert await send("") == refusal(400, "Bad Request: BUTTON_DATA_INVALID")


async def test_a_group_that_became_a_supergroup_says_where_it_went(telegram: BotApi, call: Call) -> None:
    anna = telegram.world.person("Anna")
    old = telegram.world.group("2B", anna)
    await call("getUpdates", offset=-1)
    new = telegram.world.upgrade(old, anna)
    assert str(new.id).startswith("-100")
    assert await call("sendMessage", chat_id=old.id, text="hoi") == refusal(
        400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=new.id
    )
    told = [update["message"] for update in (await call("getUpdates"))["result"]][-2:]
    assert (told[0]["chat"]["id"], told[0]["migrate_to_chat_id"]) == (old.id, new.id)
    assert (told[1]["chat"]["id"], told[1]["migrate_from_chat_id"]) == (new.id, old.id)
    assert (await call("sendMessage", chat_id=new.id, text="hoi"))["result"]["message_id"] == 2


async def test_only_its_own_texts_can_be_edited_and_only_into_others(telegram: BotApi, call: Call) -> None:
    anna = telegram.world.person("Anna")
    chat = telegram.world.group("2B", anna)
    theirs = telegram.world.post(chat, anna, "hoi")
    keyboard = {"inline_keyboard": [[{"text": "Ja", "callback_data": "y"}]]}
    mine = (await call("sendMessage", chat_id=chat.id, text="Zeker?", reply_markup=keyboard))["result"]["message_id"]

    async def edit(message_id: int, text: str, **more: Any) -> Any:
        return await call("editMessageText", chat_id=chat.id, message_id=message_id, text=text, **more)

    assert await edit(theirs.id, "x") == refusal(400, "Bad Request: message can't be edited")
    assert await edit(99, "x") == refusal(400, "Bad Request: message to edit not found")
    unchanged = await edit(mine, "Zeker?", reply_markup=keyboard)
    assert unchanged["description"].startswith("Bad Request: message is not modified")
    changed = (await edit(mine, "Zeker?"))["result"]
    assert "reply_markup" not in changed
    assert "edit_date" in changed


async def test_deleting_needs_the_right_and_a_message_younger_than_48_hours(
    telegram: BotApi, call: Call, clock: FixedClock
) -> None:
    anna = telegram.world.person("Anna")
    chat = telegram.world.supergroup("2B", anna)
    theirs = telegram.world.post(chat, anna, "hoi")
    mine = (await call("sendMessage", chat_id=chat.id, text="hallo"))["result"]["message_id"]
    old = (await call("sendMessage", chat_id=chat.id, text="hallo"))["result"]["message_id"]

    async def delete(message_id: int) -> Any:
        return await call("deleteMessage", chat_id=chat.id, message_id=message_id)

    forbidden = refusal(400, "Bad Request: message can't be deleted")
    assert await delete(theirs.id) == forbidden
    telegram.world.promote_bot(chat, anna, "delete_messages")
    assert (await delete(theirs.id))["result"] is True
    assert await delete(theirs.id) == refusal(400, "Bad Request: message to delete not found")
    clock.forward(hours=47)
    assert (await delete(mine))["result"] is True
    clock.forward(hours=1)
    assert await delete(old) == forbidden


async def test_a_press_reaches_the_bot_and_is_answered_once(telegram: BotApi, call: Call) -> None:
    anna = telegram.world.person("Anna")
    telegram.world.private(anna, "/start")
    keyboard = {"inline_keyboard": [[{"text": "Ja", "callback_data": "yes:1"}]]}
    await call("sendMessage", chat_id=anna.id, text="Zeker?", reply_markup=keyboard)
    press = telegram.world.press(anna, telegram.world.inbox(anna)[0], "Ja")
    query = (await call("getUpdates", offset=-1))["result"][0]["callback_query"]
    assert (query["id"], query["data"], query["message"]["text"]) == (press, "yes:1", "Zeker?")
    assert (await call("answerCallbackQuery", callback_query_id=press, text="Goed"))["result"] is True
    assert telegram.world.presses[press] == "Goed"
    again = await call("answerCallbackQuery", callback_query_id=press)
    assert again["description"].startswith("Bad Request: query is too old")


async def test_privacy_mode_hides_what_is_not_meant_for_the_bot(clock: FixedClock, http: httpx.AsyncClient) -> None:
    async with BotApi(clock, privacy_mode=True) as telegram:
        anna = telegram.world.person("Anna")
        chat = telegram.world.group("2B", anna)
        url = f"{telegram.url}/bot{telegram.token}"
        sent = (await http.post(f"{url}/sendMessage", json={"chat_id": chat.id, "text": "hallo"})).json()["result"]
        telegram.world.post(chat, anna, "niet gezien")
        telegram.world.post(chat, anna, "/regels")
        telegram.world.post(chat, anna, "antwoord", reply_to=chat.messages[sent["message_id"]])
        telegram.world.promote_bot(chat, anna)
        telegram.world.post(chat, anna, "gezien")
        updates = (await http.get(f"{url}/getUpdates")).json()["result"]
        texts = [update["message"].get("text") for update in updates if "message" in update]
        assert texts == [None, "/regels", "antwoord", "gezien"]


async def test_bots_do_not_see_each_other(telegram: BotApi, call: Call) -> None:
    anna, other = telegram.world.person("Anna"), telegram.world.person("Quiz", is_bot=True)
    chat = telegram.world.group("2B", anna, other)
    telegram.world.post(chat, other, "quiz!")
    telegram.world.post(chat, anna, "leuk")
    updates = (await call("getUpdates"))["result"]
    assert [update["message"].get("text") for update in updates if "message" in update] == [None, "leuk"]


async def test_files_are_fetched_by_their_path(telegram: BotApi, call: Call, http: httpx.AsyncClient) -> None:
    anna = telegram.world.person("Anna")
    photo = telegram.world.photo(telegram.world.group("2B", anna), anna, "kijk", b"\xff\xd8pixels")
    largest = photo.content["photo"][-1]
    file = (await call("getFile", file_id=largest["file_id"]))["result"]
    content = await http.get(f"{telegram.url}/file/bot{TOKEN}/{file['file_path']}")
    assert content.content == b"\xff\xd8pixels"
    assert await call("getFile", file_id="x") == refusal(400, "Bad Request: invalid file_id")


async def test_members_and_administrators_are_told_while_the_bot_is_there(telegram: BotApi, call: Call) -> None:
    anna, bo = telegram.world.person("Anna"), telegram.world.person("Bo")
    chat = telegram.world.group("2B", anna, bo)
    statuses = [
        (await call("getChatMember", chat_id=chat.id, user_id=user.id))["result"]["status"]
        for user in (anna, bo, telegram.world.bot)
    ]
    assert statuses == ["creator", "member", "member"]
    administrators = (await call("getChatAdministrators", chat_id=chat.id))["result"]
    assert [member["user"]["first_name"] for member in administrators] == ["Anna"]
    assert (await call("leaveChat", chat_id=chat.id))["result"] is True
    assert (await call("getChatMember", chat_id=chat.id, user_id=bo.id))["error_code"] == 403
    left = (await call("getUpdates", offset=-1))["result"][0]["my_chat_member"]
    assert left["new_chat_member"]["status"] == "left"


async def test_commands_are_kept_by_scope_and_language(telegram: BotApi, call: Call) -> None:
    commands = [{"command": "melden", "description": "Iets melden"}]
    scope = {"type": "all_private_chats"}
    assert (await call("setMyCommands", commands=commands, scope=scope, language_code="nl"))["result"] is True
    assert telegram.methods.commands == {"all_private_chats:nl": commands}


async def test_breakdowns_strike_in_the_order_in_which_they_were_ordered(telegram: BotApi, call: Call) -> None:
    chat = telegram.world.group("2B", telegram.world.person("Anna"))
    telegram.drop_connections(1, "sendMessage")
    telegram.answer_with(429, method="sendMessage", retry_after=7)
    telegram.answer_with(502, method="sendMessage")
    telegram.cut_after_accepting(1, "sendMessage")

    with pytest.raises(httpx.TransportError):
        await call("sendMessage", chat_id=chat.id, text="1")
    flood = refusal(429, "Too Many Requests: retry after 7", retry_after=7)
    assert await call("sendMessage", chat_id=chat.id, text="2") == flood
    assert await call("sendMessage", chat_id=chat.id, text="3") == refusal(502, "Bad Gateway")
    with pytest.raises(httpx.TransportError):
        await call("sendMessage", chat_id=chat.id, text="4")
    assert (await call("sendMessage", chat_id=chat.id, text="5"))["ok"]
    assert [message.text for message in telegram.world.written_in(chat)] == ["4", "5"]


async def test_a_held_request_is_carried_out_and_answered_never(telegram: BotApi, call: Call) -> None:
    chat = telegram.world.group("2B", telegram.world.person("Anna"))
    held = telegram.hold_after_accepting("sendMessage")
    sending = asyncio.create_task(call("sendMessage", chat_id=chat.id, text="hoi"))
    await asyncio.wait_for(held.carried_out.wait(), 5)
    assert [message.text for message in telegram.world.written_in(chat)] == ["hoi"]
    assert not sending.done()
    held.cut()
    with pytest.raises(httpx.TransportError):
        await sending
