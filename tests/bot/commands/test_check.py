from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from bot.commands.check import CHUNK, LONGEST_LINE, run_check
from rules.protocols import load_protocol
from rules.vocabulary import TEXT_CATEGORIES, Phrase

PROTOCOL = load_protocol("willem-van-oranje-2026")


def shout(phrase: Phrase) -> str:
    return phrase.text.upper()


def checked(*lines: str | bytes | dict[str, Any], workers: int = 1) -> tuple[list[dict[str, Any]], int]:
    """Return the answers to these lines, and the exit code."""
    written: list[bytes] = []
    code = run_check(
        (json.dumps(line) if isinstance(line, dict) else line for line in lines),
        written.append,
        PROTOCOL,
        workers=workers,
        say=shout,
    )
    return [json.loads(line) for line in b"".join(written).splitlines()], code


def test_a_harmless_message_has_no_flag() -> None:
    (answer,), code = checked({"id": "m1", "text": "wie heeft het huiswerk van wiskunde"})
    assert code == 0
    assert list(answer) == ["id", "flag", "labels", "scores", "severity", "reasons"]
    assert answer["id"] == "m1"
    assert answer["flag"] is False
    assert answer["labels"] == []
    assert answer["severity"] is None
    assert answer["reasons"] == []
    assert list(answer["scores"]) == [category.value for category in TEXT_CATEGORIES]
    assert all(0 <= score <= 1 for score in answer["scores"].values())


def test_a_harmful_message_is_flagged_with_labels_severity_and_reasons_in_the_language_asked_for() -> None:
    (answer,), code = checked({"id": 7, "text": "jij vieze kankerhoer, ik sla je in elkaar", "group": "class"})
    assert code == 0
    assert answer["id"] == 7
    assert answer["flag"] is True
    assert answer["labels"] == ["threat", "insult"]
    assert answer["severity"] == "serious"
    assert {"ANNOUNCES VIOLENCE AGAINST SOMEBODY.", "CALLS SOMEBODY NAMES."} <= set(answer["reasons"])


def test_distress_is_a_label_and_no_flag() -> None:
    (answer,), _ = checked({"id": "m1", "text": "ik wil niet meer leven"})
    assert answer["labels"] == ["distress"]
    assert answer["flag"] is False
    assert answer["severity"] == "serious"


@pytest.mark.parametrize(
    "context",
    [
        ["Bo: potje fifa straks?", "Sem: ja 1v1"],
        [{"author": "Bo", "text": "potje fifa straks?", "role": "pupil"}],
        ["potje fifa straks?"],
        [{"text": "potje fifa straks?"}],
    ],
)
def test_the_context_counts_in_each_of_its_forms(context: list[Any]) -> None:
    text = "jij gaat eraan"
    (alone, after), code = checked({"id": 1, "text": text}, {"id": 2, "text": text, "context": context})
    assert code == 0
    assert alone["scores"]["threat"] >= 0.9
    assert after["scores"]["threat"] < alone["scores"]["threat"]


def test_author_and_role_may_be_given_and_what_is_not_known_is_ignored() -> None:
    line = {
        "id": 1,
        "text": "hoi",
        "author": "Juf",
        "role": "staff",
        "context": None,
        "labels": ["insult"],
        "voice": "x",
    }
    (answer,), code = checked(line)
    assert code == 0
    assert answer["flag"] is False


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("nonsense", {"line": 2, "error": "this is not JSON in UTF-8"}),
        (b'{"id": 1, "text": "\xff"}', {"line": 2, "error": "this is not JSON in UTF-8"}),
        ("[" * 100_000, {"line": 2, "error": "this is not JSON in UTF-8"}),
        ("[1]", {"line": 2, "error": 'this is not an object {"id": …, "text": …}'}),
        ({"text": "hoi"}, {"line": 2, "error": '"id" must be a text or a whole number'}),
        ({"id": True, "text": "hoi"}, {"line": 2, "error": '"id" must be a text or a whole number'}),
        ({"id": "m2"}, {"id": "m2", "error": '"text" must be a text'}),
        ({"id": "m2", "text": 3}, {"id": "m2", "error": '"text" must be a text'}),
        (
            {"id": "m2", "text": "hoi", "group": "klas"},
            {"id": "m2", "error": '"group" must be one of class, parents, staff_class'},
        ),
        ({"id": "m2", "text": "hoi", "group": ["class"]}, {"id": "m2", "error": '"group" must be a text'}),
        (
            {"id": "m2", "text": "hoi", "context": "Bo: hoi"},
            {"id": "m2", "error": '"context" must be a list of earlier messages'},
        ),
        (
            {"id": "m2", "text": "hoi", "context": [3]},
            {"id": "m2", "error": 'each of "context" must be "name: text", or an object with "author" and "text"'},
        ),
        ({"id": "m2", "text": "hoi", "author": 3}, {"id": "m2", "error": '"author" must be a text'}),
        ("x" * (LONGEST_LINE + 1), {"line": 2, "error": f"the line is longer than {LONGEST_LINE} bytes"}),
    ],
)
def test_a_bad_line_is_answered_with_an_error_and_the_others_are_still_judged(
    line: str | bytes | dict[str, Any], answer: dict[str, Any]
) -> None:
    (first, bad, last), code = checked({"id": "m1", "text": "hoi"}, line, {"id": "m3", "text": "niemand mag jou"})
    assert code == 1
    assert bad == answer
    assert first["id"] == "m1"
    assert last["labels"] == ["bullying"]


def test_a_role_that_does_not_exist_is_a_bad_line() -> None:
    (bad,), code = checked({"id": "m1", "text": "hoi", "role": "king"})
    assert code == 1
    assert bad["error"].startswith('"role" must be one of pupil, parent, ')


def test_a_message_that_a_detector_cannot_judge_is_not_passed_in_silence() -> None:
    (answer,), code = checked({"id": "m1", "text": "niemand mag jou. " + "a " * 40_000})
    assert code == 1
    assert answer["error"] == "not checked by embedded"
    assert answer["labels"] == ["bullying"]


def test_blank_lines_have_no_answer_and_half_characters_do_no_harm() -> None:
    answers, code = checked("", b"\r\n", '{"id": "\\ud83d", "text": "hoi \\ud83d"}', "  ")
    assert code == 0
    assert [answer["id"] for answer in answers] == ["\ud83d"]


def test_no_lines_have_no_answers() -> None:
    assert checked() == ([], 0)


def test_workers_keep_the_order_and_say_the_same_as_one_process() -> None:
    texts = ["hoi", "niemand mag jou", "ik sla je in elkaar", "je bent zo dom", "tot morgen"]
    lines = [{"id": at, "text": f"{texts[at % 5]} {at}"} for at in range(3 * CHUNK + 7)]
    lines[CHUNK] = {"id": CHUNK}
    alone, among = checked(*lines), checked(*lines, workers=2)
    assert alone == among
    assert [answer["id"] for answer in alone[0]] == list(range(len(lines)))
    assert alone[1] == 1


def test_on_an_endless_input_no_more_is_held_than_a_few_chunks() -> None:
    taken = 0
    most_held = 0
    written = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        for taken in range(1, 20 * CHUNK):
            yield json.dumps({"id": taken, "text": "hoi"})

    def write(data: bytes) -> None:
        nonlocal written, most_held
        most_held = max(most_held, taken - written)
        written += data.count(b"\n")

    assert run_check(endless(), write, PROTOCOL, workers=1, say=shout) == 0
    assert written == taken
    assert most_held <= 3 * CHUNK


@pytest.mark.parametrize("workers", [1, 2])
def test_a_line_that_is_typed_gets_its_answer_before_the_next_one_is_there(workers: int) -> None:
    read_end, write_end = os.pipe()
    out_read, out_write = os.pipe()
    codes: list[int] = []

    def work() -> None:
        with os.fdopen(read_end, "rb") as lines, os.fdopen(out_write, "wb") as out:
            codes.append(run_check(lines, out.write, PROTOCOL, workers=workers, say=shout, flush=out.flush))

    thread = threading.Thread(target=work)
    thread.start()
    with os.fdopen(write_end, "wb", buffering=0) as typed, os.fdopen(out_read, "rb") as answers:
        for text in ("hoi", "niemand mag jou"):
            typed.write(json.dumps({"id": text, "text": text}).encode() + b"\n")
            assert json.loads(answers.readline())["id"] == text
        typed.write(b'{"id": "last", "text": "hoi"}')
        typed.close()
        assert json.loads(answers.readline())["id"] == "last"
    thread.join()
    assert codes == [0]


def test_a_stream_in_pieces_gives_the_same_as_its_lines(tmp_path: Any) -> None:
    lines = [json.dumps({"id": at, "text": "é" * at}) for at in range(600)]
    lines.insert(300, "x" * (3 * LONGEST_LINE))
    path = tmp_path / "lines.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    written: list[bytes] = []
    with path.open("rb") as stream:
        assert isinstance(stream, io.BufferedReader)
        code = run_check(stream, written.append, PROTOCOL, workers=1, say=shout)
    answers = [json.loads(line) for line in b"".join(written).splitlines()]
    assert code == 1
    assert answers[300] == {"line": 301, "error": f"the line is longer than {LONGEST_LINE} bytes"}
    assert [answer["id"] for answer in answers if "id" in answer] == list(range(600))
