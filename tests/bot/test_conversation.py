"""The conversation window: what was said before a message, in memory and for a day at most."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.conversation import CHATS, LINES, Conversations
from rules.vocabulary import Account, Chat, IncomingMessage, Role
from tests.conftest import FixedClock

CLASS = Chat("telegram", "-100")
PARENTS = Chat("telegram", "-200")


@pytest.fixture
def conversations() -> Conversations:
    return Conversations()


class Talk:
    """Says things one after the other, a second apart, and lets a window remember them."""

    def __init__(self, conversations: Conversations, clock: FixedClock) -> None:
        self.conversations = conversations
        self.clock = clock
        self.count = 0

    def message(self, text: str, chat: Chat = CLASS, message_id: str | None = None) -> IncomingMessage:
        self.count += 1
        self.clock.forward(seconds=1)
        message_id = str(self.count) if message_id is None else message_id
        identity = f"{message_id}:{self.count}"
        return IncomingMessage(chat, identity, Account("telegram", "5", "Sam"), text, self.clock(), message_id)

    def say(self, text: str, chat: Chat = CLASS, message_id: str | None = None) -> IncomingMessage:
        message = self.message(text, chat, message_id)
        self.conversations.add(message, Role.PUPIL, self.clock())
        return message

    def before(self, message: IncomingMessage) -> list[str]:
        return [line.text for line in self.conversations.before(message)]


@pytest.fixture
def talk(conversations: Conversations, clock: FixedClock) -> Talk:
    return Talk(conversations, clock)


def test_gives_what_was_said_in_the_same_chat_oldest_first(talk: Talk) -> None:
    talk.say("een")
    talk.say("elders", PARENTS)
    talk.say("twee")
    assert talk.before(talk.message("drie")) == ["een", "twee"]


def test_a_line_says_who_wrote_it_in_which_role_and_when(talk: Talk, conversations: Conversations) -> None:
    said = talk.say("een")
    (line,) = conversations.before(talk.message("twee"))
    assert (line.author_id, line.author, line.role) == ("5", "Sam", Role.PUPIL)
    assert (line.sent_at, line.message_id) == (said.sent_at, said.message_id)


def test_an_edit_takes_the_place_of_what_it_was(talk: Talk) -> None:
    talk.say("een", message_id="1")
    talk.say("twee", message_id="2")
    talk.say("EEN", message_id="1")
    assert talk.before(talk.message("drie")) == ["EEN", "twee"]


def test_a_message_is_not_its_own_context_nor_is_its_earlier_text(talk: Talk) -> None:
    talk.say("een", message_id="1")
    talk.say("twee", message_id="2")
    edited = talk.say("twee!", message_id="2")
    assert talk.before(edited) == ["een"]


def test_a_message_of_an_export_without_ids_is_not_its_own_context_either(talk: Talk) -> None:
    talk.say("een", message_id="")
    again = talk.say("twee", message_id="")
    talk.conversations.add(again, Role.PUPIL, talk.clock())
    assert talk.before(again) == ["een"]
    assert talk.before(talk.message("drie")) == ["een", "twee"]


def test_what_was_said_later_is_no_context_of_a_message_that_is_judged_again(talk: Talk) -> None:
    talk.say("een")
    late = talk.say("twee")
    talk.say("drie")
    assert talk.before(late) == ["een"]


def test_gives_the_last_lines_only(talk: Talk) -> None:
    for number in range(LINES + 5):
        talk.say(str(number))
    assert talk.before(talk.message("nu")) == [str(number) for number in range(5, LINES + 5)]


def test_what_is_over_a_day_old_is_no_context(talk: Talk, clock: FixedClock) -> None:
    talk.say("gisteren")
    clock.forward(hours=23)
    talk.say("vandaag")
    clock.forward(hours=1)
    assert talk.before(talk.message("nu")) == ["vandaag"]


def test_a_chat_that_was_silent_for_a_day_is_forgotten(
    talk: Talk, conversations: Conversations, clock: FixedClock
) -> None:
    asked = talk.say("oud")
    clock.forward(hours=23)
    talk.say("nieuw", PARENTS)
    still = talk.message("kort daarna")
    conversations.forget(clock())
    assert talk.before(still) == ["oud"]
    clock.now = asked.sent_at + timedelta(days=1)
    conversations.forget(clock())
    assert talk.before(still) == []
    assert talk.before(talk.message("nu", PARENTS)) == ["nieuw"]


def test_a_chat_of_old_messages_that_are_played_now_is_kept(
    talk: Talk, conversations: Conversations, clock: FixedClock
) -> None:
    old = talk.message("vorig jaar")
    clock.forward(days=300)
    conversations.add(old, Role.PUPIL, clock())
    conversations.forget(clock())
    reply = IncomingMessage(CLASS, "r", Account("telegram", "6"), "ja", old.sent_at + timedelta(minutes=1), "9")
    assert talk.before(reply) == ["vorig jaar"]


def test_of_too_many_chats_the_one_that_was_silent_longest_goes_first(
    talk: Talk, conversations: Conversations, clock: FixedClock
) -> None:
    chats = [Chat("telegram", str(number)) for number in range(CHATS + 1)]
    for chat in chats:
        talk.say("hoi", chat)
    talk.say("nog eens", chats[0])
    conversations.forget(clock())
    assert talk.before(talk.message("nu", chats[0])) == ["hoi", "nog eens"]
    assert talk.before(talk.message("nu", chats[1])) == []
    assert talk.before(talk.message("nu", chats[2])) == ["hoi"]
