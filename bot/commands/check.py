"""`check`: judges messages that come as JSON lines, one line out for each line in, in the same order.

In:  `{"id", "text", "group"?, "context"?, "author"?, "role"?}`; other keys are ignored.
Out: `{"id", "flag", "labels", "scores", "severity", "reasons"}`, or `{"id" or "line", "error"}` for a bad line.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import select
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from bot.detection import judge, prepare
from rules.deciding import decide
from rules.protocols import Protocol
from rules.vocabulary import (
    TEXT_CATEGORIES,
    Account,
    Category,
    Chat,
    Detection,
    Facts,
    Group,
    GroupKind,
    IncomingMessage,
    Line,
    Phrase,
    Role,
    Verdict,
)

CHUNK: Final = 512
"""How many lines go to a worker together when they are all at hand."""

LONGEST_LINE: Final = 1 << 20
"""Longest line that is read, in bytes; a longer one is answered with an error."""

_READ: Final = 1 << 17
"""How many bytes of a stream are read at once."""

_CHAT: Final = Chat("check", "check")
_SOME_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Lines bear no time, and no check asks for it."""

_GROUPS: Final[Mapping[str, Group]] = {kind.value: Group("check", "check", kind) for kind in GroupKind}

_READABLE: Final = json.JSONEncoder(ensure_ascii=False)

Piece = bytes | tuple[Phrase, ...]
"""Part of the output: bytes as they are, or reasons still to be said in a language."""

Answers = tuple[list[Piece], bool]
"""The output for some lines, and whether each of them could be judged."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no message: which (its id, or else its number), and why."""

    mark: Mapping[str, object]
    problem: str


def run_check(
    lines: Iterable[bytes | str],
    write: Callable[[bytes], object],
    protocol: Protocol,
    *,
    workers: int,
    say: Callable[[Phrase], str],
    flush: Callable[[], object] = lambda: None,
) -> int:
    """Judge each of `lines` and `write` its answer; return the exit code: 0, or 1 when one could not be judged.

    A stream is answered as it comes: when no further line is at hand, all answers are written and flushed. Memory
    stays the same however long it runs. Raises `models.embedded.ModelError` before anything is read.
    """
    prepare()
    good = True
    pending: deque[Future[Answers]] = deque()

    def give(at_most: int) -> bool:
        all_good = True
        while len(pending) > at_most:
            pieces, judged = pending.popleft().result()
            write(b"".join(piece if isinstance(piece, bytes) else _json([*map(say, piece)]) for piece in pieces))
            all_good &= judged
        return all_good

    with _executor(workers) as executor:
        number = 1
        for chunk, is_more_at_hand in _chunks(lines):
            pending.append(_submit(executor, number, chunk, protocol))
            number += len(chunk)
            good &= give(at_most=2 * workers if is_more_at_hand else 0)
            if not is_more_at_hand:
                flush()
        good &= give(at_most=0)
    flush()
    return 0 if good else 1


def _executor(workers: int) -> AbstractContextManager[Executor | None]:
    """Return processes that judge, or nothing where this process does it itself."""
    if workers == 1:
        return nullcontext()
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), prepare)


def _submit(
    executor: Executor | None, number: int, chunk: Sequence[bytes | str], protocol: Protocol
) -> Future[Answers]:
    if executor is not None:
        return executor.submit(answer, number, chunk, protocol)
    done: Future[Answers] = Future()
    done.set_result(answer(number, chunk, protocol))
    return done


def _chunks(lines: Iterable[bytes | str]) -> Iterator[tuple[list[bytes | str], bool]]:
    """Yield lines that are at hand together, and whether there is more to read without waiting."""
    if isinstance(lines, io.BufferedReader):
        yield from _chunks_of_stream(lines)
        return
    rest = iter(lines)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk, True


def _chunks_of_stream(stream: io.BufferedReader) -> Iterator[tuple[list[bytes | str], bool]]:
    begun = b""
    while data := stream.read1(_READ):
        *whole, rest = data.split(b"\n")
        if whole:
            whole[0] = begun + whole[0]
            begun = b""
            # `read1` with more than its buffer leaves nothing behind in it, so that `select` tells all.
            yield [*whole], bool(select.select([stream], [], [], 0)[0])
        begun = (begun + rest)[: LONGEST_LINE + 1]
    if begun:
        yield [begun], False


def answer(number: int, lines: Sequence[bytes | str], protocol: Protocol) -> Answers:
    """Return the output for `lines`, of which the first has this `number`; blank lines have none."""
    parsed = [parsed_line(line, at) for at, line in enumerate(lines, number) if line.strip()]
    items = [one[1:] for one in parsed if not isinstance(one, BadLine)]
    detections = iter(judge(items))
    pieces: list[Piece] = []
    good = True
    for one in parsed:
        if isinstance(one, BadLine):
            pieces.append(_json({**one.mark, "error": one.problem}) + b"\n")
            good = False
            continue
        mark, _, facts = one
        detection = next(detections)
        pieces += _answer_to(mark, detection, decide(detection, facts, protocol))
        good &= not detection.failed
    return _merged(pieces), good


def _answer_to(mark: int | str, detection: Detection, verdict: Verdict) -> list[Piece]:
    """Return the line for one message; a detector that failed is named in it, beside what the others say."""
    unchecked = {"error": f"not checked by {', '.join(detection.failed)}"} if detection.failed else {}
    head = {
        "id": mark,
        **unchecked,
        "flag": any(flag.category is not Category.DISTRESS for flag in verdict.flags),
        "labels": [flag.category for flag in verdict.flags],
        "scores": {category: round(detection.scores.get(category, 0.0), 4) for category in TEXT_CATEGORIES},
        "severity": verdict.severity.word if verdict.severity else None,
    }
    opened = _json(head)[:-1] + b', "reasons": '
    reasons = tuple(dict.fromkeys(finding.reason for flag in verdict.flags for finding in flag.findings))
    return [opened, reasons, b"}\n"] if reasons else [opened + b"[]}\n"]


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces with neighbouring bytes joined: fewer to send from one process to another."""
    merged: list[Piece] = []
    run: list[bytes] = []
    for piece in pieces:
        if isinstance(piece, bytes):
            run.append(piece)
        else:
            merged += [b"".join(run), piece]
            run = []
    return [*merged, b"".join(run)]


def _json(value: object) -> bytes:
    """Return `value` as JSON in UTF-8; escaped where it holds half a surrogate pair, which UTF-8 cannot."""
    try:
        return _READABLE.encode(value).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def parsed_line(line: bytes | str, number: int) -> tuple[int | str, IncomingMessage, Facts] | BadLine:
    """Return the id, message and facts of a line, or what is wrong with it."""
    mark: dict[str, object] = {"line": number}
    if len(line) > LONGEST_LINE:
        return BadLine(mark, f"the line is longer than {LONGEST_LINE} bytes")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return BadLine(mark, "this is not JSON in UTF-8")
    if not isinstance(value, dict):
        return BadLine(mark, 'this is not an object {"id": …, "text": …}')
    identity = value.get("id")
    if not isinstance(identity, int | str) or isinstance(identity, bool):
        return BadLine(mark, '"id" must be a text or a whole number')
    try:
        return identity, *_message_of(value, str(identity))
    except ValueError as error:
        return BadLine({"id": identity}, str(error))


def _message_of(value: dict[str, Any], identity: str) -> tuple[IncomingMessage, Facts]:
    text = value.get("text")
    if not isinstance(text, str):
        raise ValueError('"text" must be a text')
    author = _text(value, "author")
    context = value.get("context") or []
    if not isinstance(context, list):
        raise ValueError('"context" must be a list of earlier messages')
    group = _GROUPS.get(_text(value, "group") or GroupKind.CLASS)
    if group is None:
        raise ValueError(f'"group" must be one of {", ".join(GroupKind)}')
    message = IncomingMessage(_CHAT, identity, Account("check", author, author), text, _SOME_TIME)
    return message, Facts(group, _role(value), tuple(map(_line_of, context)))


def _line_of(value: object) -> Line:
    """Return an earlier message: `"name: text"`, or an object with author, text and perhaps role."""
    if isinstance(value, str):
        author, colon, text = value.partition(": ")
        return Line(author, author, text) if colon else Line("", "", value)
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise ValueError('each of "context" must be "name: text", or an object with "author" and "text"')
    author = _text(value, "author")
    return Line(author, author, value["text"], _role(value))


def _text(value: dict[str, Any], key: str) -> str:
    text = value.get(key) or ""
    if not isinstance(text, str):
        raise ValueError(f'"{key}" must be a text')
    return text


def _role(value: dict[str, Any]) -> Role:
    word = _text(value, "role")
    try:
        return Role(word) if word else Role.UNKNOWN
    except ValueError:
        raise ValueError(f'"role" must be one of {", ".join(Role)}') from None
