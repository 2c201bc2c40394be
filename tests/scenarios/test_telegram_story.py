"""What a class, its mentor and the bot live through on Telegram, by real HTTP and with the real program."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from tests.platforms.bot_api import BotApi
from tests.scenarios.running import running
from tests.scenarios.story import button, class_chat, flags, next_notice, number_of, press, write

INSULT = "Noor je bent een vieze sukkel"
ASKED = "Wat gebeurde er volgens jou?"
SAID = "Sam zegt dat het een grapje was"
REASON = "Het was gemeen en hij weet dat"


async def test_from_an_insult_in_the_group_to_a_closed_case(tmp_path: Path, telegram: BotApi) -> None:
    world = telegram.world
    async with running(tmp_path, telegram) as bot:
        chat, anna, sam, _ = class_chat(telegram)
        await bot.until(lambda: len(world.written_in(chat)) == 1)
        world.post(chat, anna, (await bot.cli("code", "--group", "2B")).strip())
        await bot.until(lambda: len(world.written_in(chat)) == 2)
        introduction = world.written_in(chat)[-1].text
        assert all(part in introduction for part in ("Klasveilig", "Testcollege", "2B", "/melden"))

        mies = world.person("Mies")
        world.private(mies, "/start")
        await bot.says(mies, "/melden")
        world.private(mies, (await bot.cli("code", "--person", "mies")).strip())
        await bot.says(mies, "Mies de Boer")

        world.post(chat, anna, "wie heeft het huiswerk?")
        world.post(chat, sam, INSULT)
        notice = await next_notice(bot, mies)
        number = number_of(notice)
        assert number in notice.text
        assert not any(word in notice.text for word in ("sukkel", "Sam", "Noor"))

        taken = await press(bot, mies, notice, button(notice, "take"), number, "Mies de Boer")
        shown = await press(bot, mies, taken, button(taken, "show"), INSULT)
        assert all(part in shown.text for part in (number, "Sam", "wie heeft het huiswerk?", "A.10"))
        assert shown.content["has_protected_content"]

        ways = await press(bot, mies, shown, f"hear:{number}", "Sam")
        await press(bot, mies, ways, f"hear:{number}:talk", number)
        asked = await write(bot, mies, ASKED, number)
        await press(bot, mies, asked, f"heard:{number}", number)
        heard = await write(bot, mies, SAID, number)
        await press(bot, mies, heard, f"founded:{number}", number)
        decided = await write(bot, mies, REASON, number)
        assert INSULT in shown.text
        await press(bot, mies, decided, f"close:{number}", number)

        await bot.until(lambda: not any(INSULT in message.text for message in world.inbox(mies)))
        assert shown.edited_at is not None
        assert not shown.buttons
        case = await bot.cli("case", "show", number, "--as", "mies")
        assert all(part in case for part in (number, INSULT, "Sam", "A.10", ASKED, SAID, REASON, "Mies de Boer"))
        refusal = await bot.cli("case", "show", number, "--as", "vera", exit_code=2)
        assert number not in refusal
        assert len(world.written_in(chat)) == 2
        assert world.inbox(sam) == []
        assert bot.mails() == []


async def test_edits_moves_blocks_floods_and_cuts_lose_nothing(tmp_path: Path, telegram: BotApi) -> None:
    world = telegram.world
    async with running(tmp_path, telegram) as bot:
        chat, anna, sam, noor = class_chat(telegram)
        mies = world.person("Mies")
        await bot.link_group("2B", chat, anna)
        await bot.link_person("mies", mies)

        harmless = world.post(chat, anna, "tot morgen")
        world.edit(harmless, "Noor je bent een sukkel 1")
        first = await next_notice(bot, mies)

        moved = world.upgrade(chat, anna)
        world.post(moved, sam, "Noor je bent een sukkel 2")
        second = await next_notice(bot, mies, first)

        telegram.answer_with(429, method="sendMessage", retry_after=1)
        telegram.drop_connections(2, "getUpdates")
        world.post(moved, noor, "Sam je bent een sukkel 3")
        third = await next_notice(bot, mies, first, second)
        assert telegram.called("sendMessage")[-2]["text"] == telegram.called("sendMessage")[-1]["text"]

        telegram.drop_connections(1, "sendMessage")
        eva = world.person("Eva")
        world.join(moved, eva)
        world.post(moved, eva, "Sam je bent een sukkel 4")
        fourth = await next_notice(bot, mies, first, second, third)

        world.block(mies)
        finn = world.person("Finn")
        world.join(moved, finn)
        world.post(moved, finn, "Sam je bent een sukkel 5")
        (mail,) = await bot.until_mails(1)
        assert mail["To"] == "mies@school.example"
        assert "sukkel" not in mail.as_string()
        assert re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", mail["Subject"])

        assert len({number_of(notice) for notice in (first, second, third, fourth)}) == 4
        assert sorted(await flags(bot)) == [
            f"{whom} je bent een sukkel {n}" for n, whom in enumerate(("Noor", "Noor", "Sam", "Sam", "Sam"), start=1)
        ]
        assert len(world.written_in(chat)) + len(world.written_in(moved)) == 2


async def test_by_webhook_what_is_delivered_twice_is_flagged_once(tmp_path: Path, telegram: BotApi) -> None:
    world = telegram.world
    address = "https://bot.school.example/telegram"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world.updates.behind[address] = f"http://127.0.0.1:{port}/telegram"
    settings = f'mode = "webhook"\nwebhook_url = "{address}"\nlisten = "127.0.0.1:{port}"'
    async with running(tmp_path, telegram, telegram_settings=settings) as bot:
        chat, anna, sam, noor = class_chat(telegram)
        mies = world.person("Mies")
        await bot.link_group("2B", chat, anna)
        await bot.link_person("mies", mies)
        world.updates.lose_answers = 3
        world.post(chat, sam, "Noor je bent een sukkel 1")
        first = await next_notice(bot, mies)
        await bot.kill()
        world.post(chat, noor, "Sam je bent een sukkel 2")
        world.updates.lose_answers = 1
        await bot.start()
        await next_notice(bot, mies, first)
        await press(bot, mies, first, button(first, "take"), number_of(first))
        assert sorted(await flags(bot)) == ["Noor je bent een sukkel 1", "Sam je bent een sukkel 2"]
        assert telegram.called("getUpdates") == []


async def test_a_pupil_reports_in_private_and_the_trusted_person_gets_it(tmp_path: Path, telegram: BotApi) -> None:
    world = telegram.world
    async with running(tmp_path, telegram) as bot:
        chat, anna, _, noor = class_chat(telegram)
        mies, vera = world.person("Mies"), world.person("Vera")
        world.promote_bot(chat, anna, "delete_messages")
        await bot.link_group("2B", chat, anna)
        await bot.link_person("mies", mies)
        await bot.link_person("vera", vera)

        await write(bot, noor, "/start", "/melden")
        typed = world.post(chat, noor, "/melden ze pesten mij")
        begun = await bot.says(noor, "/melden", after=world.inbox(noor)[0])
        await bot.until(lambda: typed.id not in chat.messages)

        question = await press(bot, noor, begun, "melden")
        question = await press(bot, noor, question, "melden:kind:bullied")
        question = await press(bot, noor, question, "melden:about:skip")
        question = await write(bot, noor, "Elke dag na gym sluiten ze mij op in het kleedhok.")
        question = await press(bot, noor, question, "melden:recipient:trusted_person")
        question = await press(bot, noor, question, "melden:name:anonymous", "kleedhok", "Vera Smit")
        receipt = await press(bot, noor, question, "melden:check:send", "Vera Smit")
        (code,) = [data["callback_data"].partition(":")[2] for data in receipt.buttons]
        assert code in receipt.text

        notice = await next_notice(bot, vera)
        number = number_of(notice)
        assert "kleedhok" not in notice.text
        await press(bot, vera, notice, button(notice, "show"), "kleedhok")
        case = await bot.cli("case", "show", number, "--as", "vera")
        assert "kleedhok" in case
        assert "Noor" not in case
        assert number not in await bot.cli("cases", "--as", "mies")
        await press(bot, vera, notice, button(notice, "take"), number)
        standing = await write(bot, noor, f"/status {code}")
        assert "Vera" not in standing.text
        assert len(world.inbox(mies)) == 1
        assert len(world.written_in(chat)) == 2
