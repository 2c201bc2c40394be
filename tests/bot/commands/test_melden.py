"""The questions of a report, without any chat."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.commands.melden import (
    ABOUT_LIMIT,
    AGAIN,
    ANONYMOUS,
    FULL,
    KEPT,
    NAMED,
    OLD_BUTTON,
    SEND,
    SKIP,
    STOP,
    STORY_LIMIT,
    TEXT_ONLY,
    Answer,
    Draft,
    Kind,
    Next,
    Question,
    Reply,
    choices,
    next_step,
)
from rules.vocabulary import Role

GROUPS = {"g-1": "2B", "g-2": "3A"}


def answered(draft: Draft, *choices_or_words: str) -> tuple[Draft, Reply]:
    """Answer one question after the other: with a button where one fits, else in words."""
    reply = Reply(Next.ASK)
    for given_answer in choices_or_words:
        is_choice = given_answer in choices(draft.at, GROUPS)
        answer = Answer(question=draft.at, choice=given_answer) if is_choice else Answer(text=given_answer)
        draft, reply = next_step(draft, answer, GROUPS)
    return draft, reply


def test_a_report_to_the_mentor_is_seven_answers() -> None:
    answers = (Kind.BULLIED, "Finn", "hij scheldt elke dag", Role.MENTOR, "g-1", ANONYMOUS)
    draft, _ = answered(Draft(), *answers)
    assert draft == Draft(Question.CHECK, Kind.BULLIED, "Finn", "hij scheldt elke dag", Role.MENTOR, "g-1", ANONYMOUS)
    assert next_step(draft, Answer(question=Question.CHECK, choice=SEND), GROUPS) == (draft, Reply(Next.SEND))


def test_the_trusted_person_needs_no_group() -> None:
    draft, _ = answered(Draft(), Kind.ADULT, SKIP, "er is iets gebeurd", Role.TRUSTED_PERSON)
    assert draft.at is Question.NAME


def test_a_school_without_groups_does_not_ask_for_one() -> None:
    at_recipient = Draft(Question.RECIPIENT, Kind.OTHER, "", "iets")
    draft, _ = next_step(at_recipient, Answer(question=Question.RECIPIENT, choice=Role.MENTOR), {})
    assert draft.at is Question.NAME


def test_the_name_of_a_group_can_be_typed() -> None:
    draft, _ = next_step(Draft(Question.GROUP, recipient=Role.MENTOR), Answer(text="2b"), GROUPS)
    assert (draft.group, draft.at) == ("g-1", Question.NAME)


def test_a_story_told_before_it_was_asked_for_is_kept_and_not_asked_again() -> None:
    draft, reply = next_step(Draft(), Answer(text="Finn heeft mijn tas gestolen"), GROUPS)
    assert (draft.at, draft.story, reply.first) == (Question.KIND, "Finn heeft mijn tas gestolen", KEPT)
    draft, _ = answered(draft, Kind.OTHER, SKIP)
    assert draft.at is Question.RECIPIENT


def test_a_long_answer_to_about_whom_is_a_story() -> None:
    long = "x" * (ABOUT_LIMIT + 1)
    draft, reply = next_step(Draft(Question.ABOUT), Answer(text=long), GROUPS)
    assert (draft.at, draft.about, draft.story, reply.first) == (Question.ABOUT, "", long, KEPT)


def test_what_no_longer_fits_in_the_story_is_refused_aloud() -> None:
    full = Draft(Question.CHECK, story="x" * STORY_LIMIT)
    assert next_step(full, Answer(text="meer"), GROUPS) == (full, Reply(Next.ASK, FULL))


def test_a_photo_or_voice_message_gets_an_explanation() -> None:
    draft = Draft(Question.STORY, Kind.IMAGE)
    assert next_step(draft, Answer(text="  "), GROUPS) == (draft, Reply(Next.ASK, TEXT_ONLY))


def test_a_button_of_an_earlier_question_changes_nothing() -> None:
    draft = Draft(Question.STORY, Kind.BULLIED)
    stale = Answer(question=Question.KIND, choice=Kind.OTHER)
    assert next_step(draft, stale, GROUPS) == (draft, Reply(Next.ASK, OLD_BUTTON))


def test_sending_is_possible_at_the_end_only() -> None:
    draft = Draft(Question.NAME, Kind.BULLIED, "", "iets", Role.MENTOR, SKIP)
    assert next_step(draft, Answer(question=Question.CHECK, choice=SEND), GROUPS)[1].next is Next.ASK


def test_starting_again_forgets_everything() -> None:
    draft = Draft(Question.CHECK, Kind.BULLIED, "Finn", "iets", Role.MENTOR, SKIP, NAMED)
    assert next_step(draft, Answer(question=Question.CHECK, choice=AGAIN), GROUPS) == (Draft(), Reply(Next.ASK))


words = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=30)
buttons = st.builds(
    Answer,
    question=st.sampled_from(Question),
    choice=st.sampled_from([*Kind, SKIP, Role.MENTOR, Role.TRUSTED_PERSON, "g-1", "nonsense", ANONYMOUS, NAMED]),
)


@given(st.lists(st.one_of(words.map(lambda text: Answer(text=text)), buttons), max_size=25))
def test_whatever_comes_in_no_word_is_lost_and_a_report_is_complete_before_it_can_be_sent(
    answers: list[Answer],
) -> None:
    draft = Draft()
    for answer in answers:
        before = draft
        draft, reply = next_step(draft, answer, GROUPS)
        assert reply.next is Next.ASK
        text = answer.text.strip()
        told = f"{draft.about}\n{draft.story}\n{GROUPS.get(draft.group, '')}"
        assert text.casefold() in told.casefold()
        assert list(Question).index(draft.at) >= list(Question).index(before.at)
    if draft.at is Question.CHECK:
        assert draft.kind in set(Kind)
        assert draft.story
        assert draft.recipient in {Role.MENTOR, Role.TRUSTED_PERSON}
        assert bool(draft.group) == (draft.recipient == Role.MENTOR)
        assert draft.name in {ANONYMOUS, NAMED}


@given(st.sampled_from(Question))
def test_it_can_be_stopped_at_every_question(question: Question) -> None:
    draft, reply = next_step(Draft(question, story="iets"), Answer(question=Question.KIND, choice=STOP), GROUPS)
    assert (draft, reply.next) == (Draft(), Next.STOP)


@given(st.builds(Draft, st.sampled_from(Question), words, words, words, words, words, words))
def test_a_stored_draft_comes_back_as_it_was(draft: Draft) -> None:
    assert Draft.restored({"dialog": "melden", **draft.stored()}) == draft
