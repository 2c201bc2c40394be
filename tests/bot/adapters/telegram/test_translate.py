"""What people do on Telegram arrives as our events: over HTTP, from the server to the journal."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.adapters.telegram.connection import TelegramBot
from bot.adapters.telegram.sender import TelegramSender
from bot.events import (
    ButtonPressed,
    ChatMoved,
    GroupCommand,
    MembershipChanged,
    MessagePosted,
    PrivateText,
    ReachabilityChanged,
)
from bot.outgoing import Button, Outgoing
from rules.vocabulary import Account, Attachment, AttachmentKind, Chat, IncomingMessage
from tests.bot.adapters.telegram.conftest import MemoryJournal
from tests.conftest import FixedClock
from tests.platforms.bot_api import BotApi

pytestmark = pytest.mark.usefixtures("polling")


def only_message(journal: MemoryJournal) -> IncomingMessage:
    (posted,) = journal.of(MessagePosted)
    return posted.message


async def test_a_text_in_a_group_is_a_message_with_its_author_and_its_moment(
    telegram: BotApi, journal: MemoryJournal, clock: FixedClock
) -> None:
    anna = telegram.world.person("Anna", "de Wit", language="en-GB")
    group = telegram.world.group("2B", anna)
    posted = telegram.world.post(group, anna, "hoi allemaal")
    await journal.until_count(2)
    assert only_message(journal) == IncomingMessage(
        chat=Chat("telegram", str(group.id)),
        identity=f"{posted.id}:0",
        author=Account("telegram", str(anna.id), "Anna de Wit", "en"),
        text="hoi allemaal",
        sent_at=clock.now,
        message_id=str(posted.id),
    )
    assert journal.sources == {f"telegram:{telegram.world.bot.id}"}


async def test_an_edit_is_the_same_message_with_another_identity(
    telegram: BotApi, journal: MemoryJournal, clock: FixedClock
) -> None:
    anna = telegram.world.person("Anna")
    posted = telegram.world.post(telegram.world.group("2B", anna), anna, "hoi")
    sent_at = clock.now
    clock.forward(seconds=40)
    telegram.world.edit(posted, "hoi sukkel")
    await journal.until_count(3)
    first, edited = (event.message for event in journal.of(MessagePosted))
    assert (edited.message_id, edited.text) == (first.message_id, "hoi sukkel")
    assert edited.identity == f"{posted.id}:{int(clock.now.timestamp())}"
    assert (edited.sent_at, edited.edited_at) == (sent_at, clock.now)


async def test_a_reply_says_to_which_message(telegram: BotApi, journal: MemoryJournal) -> None:
    anna, bo = telegram.world.person("Anna"), telegram.world.person("Bo")
    group = telegram.world.group("2B", anna, bo)
    first = telegram.world.post(group, anna, "hoi")
    telegram.world.post(group, bo, "doei", reply_to=first)
    await journal.until_count(3)
    assert [event.message.reply_to for event in journal.of(MessagePosted)] == [None, str(first.id)]


async def test_a_forwarded_text_is_a_message_of_whoever_forwards_it(telegram: BotApi, journal: MemoryJournal) -> None:
    anna = telegram.world.person("Anna")
    origin = {"type": "hidden_user", "sender_user_name": "Iemand", "date": 1_700_000_000}
    telegram.world.post(telegram.world.group("2B", anna), anna, "moet je lezen", forward_origin=origin)
    await journal.until_count(2)
    assert (only_message(journal).author.name, only_message(journal).text) == ("Anna", "moet je lezen")


async def test_a_photo_comes_in_its_largest_size_with_its_caption(telegram: BotApi, journal: MemoryJournal) -> None:
    anna = telegram.world.person("Anna")
    posted = telegram.world.photo(telegram.world.group("2B", anna), anna, "kijk dit", b"x" * 50)
    await journal.until_count(2)
    message = only_message(journal)
    assert message.text == "kijk dit"
    assert message.attachments == (Attachment(AttachmentKind.PHOTO, posted.content["photo"][-1]["file_id"], None, 50),)


async def test_a_document_comes_with_its_name_and_size(telegram: BotApi, journal: MemoryJournal) -> None:
    anna = telegram.world.person("Anna")
    telegram.world.document(telegram.world.group("2B", anna), anna, "toets.pdf", b"%PDF-1.7")
    await journal.until_count(2)
    (attachment,) = only_message(journal).attachments
    assert (attachment.kind, attachment.name, attachment.size) == (AttachmentKind.DOCUMENT, "toets.pdf", 8)


FILE = {"file_id": "F", "file_unique_id": "U", "duration": 3, "width": 9, "height": 9}


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        ({"video": FILE}, AttachmentKind.VIDEO, ""),
        ({"video_note": FILE}, AttachmentKind.VIDEO, ""),
        ({"animation": FILE, "document": FILE}, AttachmentKind.VIDEO, ""),
        ({"voice": FILE}, AttachmentKind.AUDIO, ""),
        ({"audio": FILE, "caption": "luister"}, AttachmentKind.AUDIO, "luister"),
        ({"sticker": {**FILE, "type": "regular"}}, AttachmentKind.STICKER, ""),
        ({"contact": {"phone_number": "0612345678", "first_name": "X"}}, AttachmentKind.CONTACT, ""),
        ({"location": {"latitude": 52.1, "longitude": 5.1}}, AttachmentKind.LOCATION, ""),
        (
            {"poll": {"id": "1", "question": "Wie is het lelijkst?", "options": [{"text": "Bo"}, {"text": "Cas"}]}},
            AttachmentKind.POLL,
            "Wie is het lelijkst?\nBo\nCas",
        ),
        ({"story": {"id": 1}}, AttachmentKind.MEDIA, ""),
        ({"paid_media": {"star_count": 1}, "caption": "koop"}, AttachmentKind.MEDIA, "koop"),
        ({"hologram": {"of": "a later Bot API"}}, AttachmentKind.MEDIA, ""),
    ],
)
async def test_anything_else_that_is_sent_is_an_attachment_of_its_kind(
    telegram: BotApi, journal: MemoryJournal, content: dict[str, object], kind: AttachmentKind, text: str
) -> None:
    anna = telegram.world.person("Anna")
    telegram.world.send(telegram.world.group("2B", anna), anna, **content)
    await journal.until_count(2)
    message = only_message(journal)
    assert [attachment.kind for attachment in message.attachments] == [kind]
    assert message.text == text


async def test_names_given_to_group_and_topic_are_messages_too(telegram: BotApi, journal: MemoryJournal) -> None:
    """An insult can stand in a title."""
    anna = telegram.world.person("Anna")
    group = telegram.world.supergroup("2B", anna)
    telegram.world.rename(group, anna, "2B zonder Bo")
    telegram.world.send(group, anna, forum_topic_created={"name": "haat", "icon_color": 1})
    telegram.world.send(group, anna, checklist={"title": "Wie niet?", "tasks": [{"id": 1, "text": "Bo"}]})
    await journal.until_count(4)
    assert [event.message.text for event in journal.of(MessagePosted)] == ["2B zonder Bo", "haat", "Wie niet?\nBo"]


async def test_announcements_in_which_nobody_says_anything_are_left_out(
    telegram: BotApi, journal: MemoryJournal
) -> None:
    anna = telegram.world.person("Anna")
    group = telegram.world.group("2B", anna)
    silent: list[dict[str, Any]] = [
        {"delete_chat_photo": True},
        {"video_chat_started": {}},
        {"dice": {"emoji": "🎲", "value": 3}},
    ]
    for announcement in silent:
        telegram.world.send(group, anna, **announcement)
    telegram.world.post(group, anna, "klaar")
    await journal.until_count(2)
    assert only_message(journal).text == "klaar"


async def test_an_anonymous_administrator_and_a_channel_write_as_a_chat(
    telegram: BotApi, journal: MemoryJournal
) -> None:
    anna = telegram.world.person("Anna")
    group, channel = telegram.world.supergroup("2B", anna), telegram.world.channel("School")
    telegram.world.as_chat(group, group, "van de beheerder")
    telegram.world.as_chat(group, channel, "als kanaal")
    telegram.world.channel_post(group, channel, "uit het kanaal")
    await journal.until_count(4)
    authors = [event.message.author for event in journal.of(MessagePosted)]
    assert authors == [
        Account("telegram", str(group.id), "2B"),
        Account("telegram", str(channel.id), "School"),
        Account("telegram", str(channel.id), "School"),
    ]


async def test_what_bots_write_is_left_out(telegram: BotApi, bot: TelegramBot, journal: MemoryJournal) -> None:
    anna, quiz = telegram.world.person("Anna"), telegram.world.person("Quiz", is_bot=True)
    group = telegram.world.group("2B", anna)
    telegram.world.join(group, quiz, by=anna)
    await TelegramSender(bot).deliver(Outgoing(str(group.id), text="ik ben een bot"))
    telegram.world.updates.put("message", telegram.world.add_message(group, quiz, {"text": "quiz!"}).shown())
    telegram.world.post(group, anna, "klaar")
    await journal.until(lambda: bool(journal.of(MessagePosted)))
    assert only_message(journal).text == "klaar"
    assert [event.is_bot_itself for event in journal.of(MembershipChanged)] == [True]


@pytest.mark.parametrize(
    ("text", "command", "argument"),
    [
        ("/koppel AB12", "koppel", "AB12"),
        ("/Koppel@Klasveilig_Test_Bot  AB12 ", "koppel", "AB12"),
        ("/melden", "melden", ""),
        ("/melden\nhij slaat mij\nelke dag", "melden", "hij slaat mij\nelke dag"),
    ],
)
async def test_its_own_commands_in_a_group_are_commands(
    telegram: BotApi, journal: MemoryJournal, clock: FixedClock, text: str, command: str, argument: str
) -> None:
    anna = telegram.world.person("Anna")
    group = telegram.world.group("2B", anna)
    posted = telegram.world.post(group, anna, text)
    await journal.until_count(2)
    account = Account("telegram", str(anna.id), "Anna", "nl")
    assert journal.events[1:] == [
        GroupCommand(Chat("telegram", str(group.id)), account, command, argument, str(posted.id), clock.now)
    ]


@pytest.mark.parametrize("text", ["/koppel@andere_bot AB12", "/jij bent een sukkel", "ik deed /melden", "/"])
async def test_any_other_text_with_a_slash_is_an_ordinary_message(
    telegram: BotApi, journal: MemoryJournal, text: str
) -> None:
    """Or anybody could hide an insult behind a slash."""
    anna = telegram.world.person("Anna")
    telegram.world.post(telegram.world.group("2B", anna), anna, text)
    await journal.until_count(2)
    assert only_message(journal).text == text


async def test_a_command_under_a_photo_does_not_hide_the_photo(telegram: BotApi, journal: MemoryJournal) -> None:
    anna = telegram.world.person("Anna")
    telegram.world.photo(telegram.world.group("2B", anna), anna, "/melden")
    await journal.until_count(3)
    assert [attachment.kind for attachment in only_message(journal).attachments] == [AttachmentKind.PHOTO]
    assert only_message(journal).text == ""
    assert [event.command for event in journal.of(GroupCommand)] == ["melden"]


async def test_whoever_comes_and_goes_is_told_by_service_message_or_by_update(
    telegram: BotApi, journal: MemoryJournal, clock: FixedClock
) -> None:
    """An administrator bot is told of a join twice, with equal values: the journal's reader sees the same fact."""
    anna, bo = telegram.world.person("Anna"), telegram.world.person("Bo")
    group = telegram.world.group("2B", anna)
    telegram.world.join(group, bo, by=anna)
    telegram.world.promote_bot(group, anna)
    telegram.world.leave(group, bo)
    chat, who = Chat("telegram", str(group.id)), Account("telegram", str(bo.id), "Bo", "nl")
    came, went = (MembershipChanged(chat, who, joined, clock.now) for joined in (True, False))
    await journal.until_count(4)
    assert journal.events[1:] == [came, went, went]


async def test_what_somebody_may_do_in_a_chat_is_no_coming_or_going(
    telegram: BotApi, journal: MemoryJournal, clock: FixedClock
) -> None:
    anna, bo = telegram.world.person("Anna"), telegram.world.person("Bo")
    group = telegram.world.supergroup("2B", anna, bo)

    def change(old: dict[str, Any], new: dict[str, Any]) -> None:
        members = {"old_chat_member": {"user": bo.shown(), **old}, "new_chat_member": {"user": bo.shown(), **new}}
        update = {"chat": group.shown(), "from": anna.shown(), "date": int(clock.now.timestamp()), **members}
        telegram.world.updates.put("chat_member", update)

    change({"status": "member"}, {"status": "administrator"})
    change({"status": "administrator"}, {"status": "restricted", "is_member": True})
    change({"status": "restricted", "is_member": True}, {"status": "restricted", "is_member": False})
    change({"status": "left"}, {"status": "kicked"})
    telegram.world.post(group, anna, "klaar")
    await journal.until(lambda: bool(journal.of(MessagePosted)))
    assert [(event.account.name, event.joined) for event in journal.of(MembershipChanged)[1:]] == [("Bo", False)]


async def test_several_who_come_at_once_share_one_sequence_number(telegram: BotApi, journal: MemoryJournal) -> None:
    """The journal takes what it is given at once whole, and nothing under that number later."""
    anna, bo, cas = (telegram.world.person(name) for name in ("Anna", "Bo", "Cas"))
    group = telegram.world.group("2B", anna)
    telegram.world.send(group, anna, new_chat_members=[bo.shown(), cas.shown()])
    await journal.until_count(3)
    assert [event.account.name for event in journal.of(MembershipChanged)[1:]] == ["Bo", "Cas"]
    assert {delivery.sequence for delivery in journal.deliveries[1:]} == {telegram.world.updates.next_id - 1}


async def test_it_is_told_when_it_comes_into_a_group_and_when_it_is_put_out(
    telegram: BotApi, journal: MemoryJournal
) -> None:
    anna = telegram.world.person("Anna")
    group = telegram.world.supergroup("2B", anna)
    telegram.world.promote_bot(group, anna)
    telegram.world.remove_bot(group, anna)
    await journal.until_count(2)
    changes = journal.of(MembershipChanged)
    assert [(change.joined, change.is_bot_itself) for change in changes] == [(True, True), (False, True)]
    assert {change.account.id for change in changes} == {str(telegram.world.bot.id)}


async def test_a_group_that_becomes_a_supergroup_moves_once(telegram: BotApi, journal: MemoryJournal) -> None:
    anna = telegram.world.person("Anna")
    old = telegram.world.group("2B", anna)
    new = telegram.world.upgrade(old, anna)
    telegram.world.post(new, anna, "zijn we er nog?")
    await journal.until_count(3)
    assert journal.of(ChatMoved) == [ChatMoved(Chat("telegram", str(old.id)), str(new.id))]
    assert only_message(journal).chat.id == str(new.id)


async def test_private_texts_come_with_their_slash_and_deep_link(
    telegram: BotApi, journal: MemoryJournal, clock: FixedClock
) -> None:
    anna = telegram.world.person("Anna")
    for text in ("/start k7q4m2", "er is iets"):
        telegram.world.private(anna, text)
    await journal.until_count(2)
    account = Account("telegram", str(anna.id), "Anna", "nl")
    assert journal.events == [
        PrivateText(account, "/start k7q4m2", clock.now),
        PrivateText(account, "er is iets", clock.now),
    ]


async def test_a_private_photo_gives_an_empty_text_and_an_edit_gives_nothing(
    telegram: BotApi, journal: MemoryJournal
) -> None:
    anna = telegram.world.person("Anna")
    text = telegram.world.private(anna, "eerst")
    telegram.world.edit(text, "toch anders")
    telegram.world.photo(telegram.world.private_chat(anna), anna)
    telegram.world.private(anna, "klaar")
    await journal.until_count(3)
    assert [event.text for event in journal.of(PrivateText)] == ["eerst", "", "klaar"]


async def test_a_press_on_a_button_tells_who_what_and_under_which_copy(
    telegram: BotApi, bot: TelegramBot, journal: MemoryJournal, clock: FixedClock
) -> None:
    mentor = telegram.world.person("Mo")
    telegram.world.private(mentor, "/start")
    buttons = ((Button("Tonen", "show:7"), Button("Oppakken", "take:7")),)
    copy = await TelegramSender(bot).deliver(Outgoing(str(mentor.id), text="Nieuwe zaak", buttons=buttons))
    clock.forward(minutes=3)
    press = telegram.world.press(mentor, telegram.world.inbox(mentor)[0], "Oppakken")
    await journal.until_count(2)
    account = Account("telegram", str(mentor.id), "Mo", "nl")
    assert journal.of(ButtonPressed) == [ButtonPressed(account, "take:7", copy, press, clock.now)]


async def test_blocking_and_unblocking_changes_who_can_be_reached(telegram: BotApi, journal: MemoryJournal) -> None:
    anna = telegram.world.person("Anna")
    telegram.world.private(anna, "/start")
    telegram.world.block(anna)
    telegram.world.unblock(anna)
    await journal.until_count(3)
    account = Account("telegram", str(anna.id), "Anna", "nl")
    assert journal.of(ReachabilityChanged) == [ReachabilityChanged(account, False), ReachabilityChanged(account, True)]


async def test_half_a_character_is_replaced_so_that_the_journal_can_write_it(
    telegram: BotApi, journal: MemoryJournal
) -> None:
    anna = telegram.world.person("Anna")
    telegram.world.post(telegram.world.group("2B", anna), anna, "kapot \ud83d hier, heel \ud83d\ude00 daar")
    await journal.until_count(2)
    assert only_message(journal).text == "kapot \N{REPLACEMENT CHARACTER} hier, heel 😀 daar"


async def test_messages_of_a_second_apart_keep_their_order(
    telegram: BotApi, journal: MemoryJournal, clock: FixedClock
) -> None:
    anna = telegram.world.person("Anna")
    group = telegram.world.group("2B", anna)
    for number in range(250):
        clock.now += timedelta(seconds=1)
        telegram.world.post(group, anna, str(number))
        await asyncio.sleep(0)
    await journal.until_count(251)
    assert [event.message.text for event in journal.of(MessagePosted)] == [str(number) for number in range(250)]
