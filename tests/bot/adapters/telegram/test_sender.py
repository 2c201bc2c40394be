"""Sending: what people see in their chat, and which error the outbox gets when it does not arrive."""

from __future__ import annotations

import pytest

from bot.adapters.telegram.connection import TelegramBot, connected
from bot.adapters.telegram.sender import TelegramSender
from bot.outgoing import Button, Moved, Outgoing, Refused, SendError, TryLater, Unreachable
from tests.conftest import FixedClock
from tests.platforms.bot_api import BotApi
from tests.platforms.telegram_objects import User


@pytest.fixture
def sender(bot: TelegramBot) -> TelegramSender:
    return TelegramSender(bot)


@pytest.fixture
def mentor(telegram: BotApi) -> User:
    """Somebody who has started the bot."""
    person = telegram.world.person("Mo")
    telegram.world.private(person, "/start")
    return person


def inbox(telegram: BotApi, person: User) -> list[str]:
    return [message.text for message in telegram.world.inbox(person)]


async def test_sends_plain_text_with_buttons_and_without_previews(
    telegram: BotApi, sender: TelegramSender, mentor: User
) -> None:
    buttons = ((Button("Tonen", "show"),), (Button("Oppakken", "take"), Button("Doorzetten", "pass")))
    copy = await sender.deliver(
        Outgoing(str(mentor.id), text="<b>Nieuwe</b> *zaak* https://example.org", buttons=buttons)
    )
    (message,) = telegram.world.inbox(mentor)
    assert copy == str(message.id)
    assert message.text == "<b>Nieuwe</b> *zaak* https://example.org"
    rows = message.content["reply_markup"]["inline_keyboard"]
    assert [[button["callback_data"] for button in row] for row in rows] == [["show"], ["take", "pass"]]
    sent = telegram.called("sendMessage")[0]
    assert sent["link_preview_options"] == '{"is_disabled": true}'
    assert "parse_mode" not in sent


async def test_evidence_cannot_be_forwarded_from_the_chat(
    telegram: BotApi, sender: TelegramSender, mentor: User
) -> None:
    await sender.deliver(Outgoing(str(mentor.id), text="bewijs", holds_evidence=True))
    assert telegram.world.inbox(mentor)[0].content["has_protected_content"] is True


async def test_an_edit_replaces_text_and_buttons_and_may_come_twice(
    telegram: BotApi, sender: TelegramSender, mentor: User
) -> None:
    buttons = ((Button("Tonen", "show"),),)
    copy = await sender.deliver(Outgoing(str(mentor.id), text="bewijs", buttons=buttons, holds_evidence=True))
    edit = Outgoing(str(mentor.id), "edit", text="afgesloten", message_id=copy)
    assert [await sender.deliver(edit), await sender.deliver(edit)] == [copy, copy]
    (message,) = telegram.world.inbox(mentor)
    assert (message.text, message.buttons) == ("afgesloten", [])


async def test_a_deletion_takes_the_message_away_and_may_come_twice(
    telegram: BotApi, sender: TelegramSender, mentor: User
) -> None:
    copy = await sender.deliver(Outgoing(str(mentor.id), text="weg ermee"))
    deletion = Outgoing(str(mentor.id), "delete", message_id=copy)
    await sender.deliver(deletion)
    await sender.deliver(deletion)
    assert inbox(telegram, mentor) == []


async def test_a_long_text_goes_out_in_parts_that_are_redacted_and_deleted_together(
    telegram: BotApi, sender: TelegramSender, mentor: User, clock: FixedClock
) -> None:
    paragraphs = [f"{number}. " + "Een zin over wat er gebeurd is. " * 60 for number in range(5)]
    buttons = ((Button("Oppakken", "take"),),)
    copy = await sender.deliver(Outgoing(str(mentor.id), text="\n\n".join(paragraphs), buttons=buttons))
    parts = telegram.world.inbox(mentor)
    assert len(parts) == 3
    assert copy == ",".join(str(part.id) for part in parts)
    assert [bool(part.buttons) for part in parts] == [False, False, True]
    assert all(part.text[0].isdigit() for part in parts), "a paragraph was cut"

    clock.forward(days=3)
    await sender.deliver(Outgoing(str(mentor.id), "edit", text="afgesloten", message_id=copy))
    assert inbox(telegram, mentor) == ["…", "…", "afgesloten"]
    with pytest.raises(Refused, match="48 hours"):
        await sender.deliver(Outgoing(str(mentor.id), "delete", message_id=copy))


async def test_a_long_text_that_breaks_off_is_taken_back(
    telegram: BotApi, sender: TelegramSender, mentor: User
) -> None:
    """Or the outbox would send it again whole, and nobody would know of the first part to redact it."""
    telegram.answer_with(429, method="sendMessage", retry_after=3, after=2)
    with pytest.raises(TryLater):
        await sender.deliver(Outgoing(str(mentor.id), text="a" * 10_000))
    assert len(telegram.called("deleteMessage")) == 2
    assert inbox(telegram, mentor) == []


async def test_what_cannot_be_taken_back_does_not_hide_why_it_broke_off(
    telegram: BotApi, sender: TelegramSender, mentor: User, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.drop_connections(1, "deleteMessage")
    telegram.answer_with(429, method="sendMessage", retry_after=3, after=1)
    with pytest.raises(TryLater):
        await sender.deliver(Outgoing(str(mentor.id), text="a" * 5_000))
    assert "was not taken back" in caplog.text


async def test_an_edit_that_is_too_long_is_refused(sender: TelegramSender, mentor: User) -> None:
    copy = await sender.deliver(Outgoing(str(mentor.id), text="kort"))
    with pytest.raises(Refused, match="4096"):
        await sender.deliver(Outgoing(str(mentor.id), "edit", text="a" * 4097, message_id=copy))


@pytest.mark.parametrize("text", ["", "  \n "])
async def test_an_empty_text_is_refused(sender: TelegramSender, mentor: User, text: str) -> None:
    with pytest.raises(Refused):
        await sender.deliver(Outgoing(str(mentor.id), text=text))


@pytest.mark.parametrize("message_id", ["", "x", "1,", "1;2"])
async def test_an_id_of_something_else_is_refused(sender: TelegramSender, message_id: str) -> None:
    with pytest.raises(Refused, match="no id of a Telegram message"):
        await sender.deliver(Outgoing("1", "delete", message_id=message_id))


async def test_whoever_never_started_or_has_blocked_the_bot_is_unreachable(
    telegram: BotApi, sender: TelegramSender, mentor: User
) -> None:
    stranger = telegram.world.person("Bo")
    telegram.world.private_chat(telegram.world.person("Cas"))
    telegram.world.block(mentor)
    cas = str(max(telegram.world.chats))
    for address in (str(mentor.id), str(stranger.id), cas):
        with pytest.raises(Unreachable):
            await sender.deliver(Outgoing(address, text="hoi"))


async def test_a_group_that_put_the_bot_out_is_unreachable(telegram: BotApi, sender: TelegramSender) -> None:
    anna = telegram.world.person("Anna")
    group = telegram.world.supergroup("2B", anna)
    telegram.world.remove_bot(group, anna)
    with pytest.raises(Unreachable, match="kicked"):
        await sender.deliver(Outgoing(str(group.id), text="hoi"))


async def test_a_group_that_became_a_supergroup_says_where_to_send(telegram: BotApi, sender: TelegramSender) -> None:
    anna = telegram.world.person("Anna")
    old = telegram.world.group("2B", anna)
    new = telegram.world.upgrade(old, anna)
    with pytest.raises(Moved) as moved:
        await sender.deliver(Outgoing(str(old.id), text="hoi"))
    assert moved.value.new_address == str(new.id)
    await sender.deliver(Outgoing(moved.value.new_address, text="hoi"))
    assert [message.text for message in telegram.world.written_in(new)] == ["hoi"]


async def test_a_flood_limit_says_how_long_to_wait(telegram: BotApi, sender: TelegramSender, mentor: User) -> None:
    telegram.answer_with(429, method="sendMessage", retry_after=35)
    with pytest.raises(TryLater) as flood:
        await sender.deliver(Outgoing(str(mentor.id), text="hoi"))
    assert flood.value.seconds == 35
    assert inbox(telegram, mentor) == []


@pytest.mark.parametrize("status", [500, 502, 503, 409])
async def test_a_server_in_trouble_is_worth_another_try(
    telegram: BotApi, sender: TelegramSender, mentor: User, status: int
) -> None:
    telegram.answer_with(status, method="sendMessage")
    with pytest.raises(SendError, match="did not answer") as error:
        await sender.deliver(Outgoing(str(mentor.id), text="hoi"))
    assert type(error.value) is SendError


async def test_a_cut_line_is_worth_another_try_even_if_it_arrives_twice(
    telegram: BotApi, sender: TelegramSender, mentor: User
) -> None:
    telegram.drop_connections(1, "sendMessage")
    telegram.cut_after_accepting(1, "sendMessage")
    for _ in range(2):
        with pytest.raises(SendError) as error:
            await sender.deliver(Outgoing(str(mentor.id), text="hoi"))
        assert type(error.value) is SendError
    await sender.deliver(Outgoing(str(mentor.id), text="hoi"))
    assert inbox(telegram, mentor) == ["hoi", "hoi"]


async def test_what_telegram_calls_wrong_is_refused_in_its_words(sender: TelegramSender, mentor: User) -> None:
    too_much = ((Button("Tonen", "x" * 65),),)
    with pytest.raises(Refused, match=r"(?i)button_data_invalid"):
        await sender.deliver(Outgoing(str(mentor.id), text="hoi", buttons=too_much))
    with pytest.raises(Refused, match=r"(?i)message to edit not found"):
        await sender.deliver(Outgoing(str(mentor.id), "edit", text="hoi", message_id="1"))


async def test_a_message_of_somebody_in_a_group_is_removed_only_with_the_right_to(
    telegram: BotApi, sender: TelegramSender
) -> None:
    """`/melden` typed in the group (promise 8)."""
    anna = telegram.world.person("Anna")
    group = telegram.world.supergroup("2B", anna)
    posted = telegram.world.post(group, anna, "/melden")
    deletion = Outgoing(str(group.id), "delete", message_id=str(posted.id))
    with pytest.raises(Refused, match="no right to delete"):
        await sender.deliver(deletion)
    telegram.world.promote_bot(group, anna, "delete_messages")
    await sender.deliver(deletion)
    assert posted.id not in group.messages


async def test_a_token_that_was_revoked_keeps_the_message_for_later(telegram: BotApi, mentor: User) -> None:
    async with connected("6284913057:AArevoked", telegram.url) as bot:
        with pytest.raises(SendError, match="token") as error:
            await TelegramSender(bot).deliver(Outgoing(str(mentor.id), text="hoi"))
    assert type(error.value) is SendError


async def test_a_press_is_answered_with_a_short_text(telegram: BotApi, sender: TelegramSender, mentor: User) -> None:
    await sender.deliver(Outgoing(str(mentor.id), text="zaak", buttons=((Button("Ja", "y"),),)))
    presses = [telegram.world.press(mentor, telegram.world.inbox(mentor)[0], "Ja") for _ in range(2)]
    await sender.answer(presses[0])
    await sender.answer(presses[1], "Je hebt de zaak opgepakt. " * 20)
    assert telegram.world.presses[presses[0]] == ""
    answer = telegram.world.presses[presses[1]]
    assert answer is not None
    assert answer.startswith("Je hebt")
    assert len(answer) <= 200


async def test_a_press_that_is_too_old_to_answer_disturbs_nobody(telegram: BotApi, sender: TelegramSender) -> None:
    await sender.answer("1", "te laat")
    telegram.drop_connections(1, "answerCallbackQuery")
    await sender.answer("1", "te laat")
    assert len(telegram.called("answerCallbackQuery")) == 2
