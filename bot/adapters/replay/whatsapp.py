"""WhatsApp's exported chats, from Android phones and iPhones, in Dutch and English.

The file is read twice: once to see how this phone writes (form, order of dates, names with a colon in them) and once
for its messages, so that little more than the messages themselves is ever in memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.adapters.replay.archive import ChatFile, text_lines
from bot.adapters.replay.identity import Identities, author, shown
from bot.adapters.replay.result import MAX_TEXT, MAX_UNREADABLE, TOO_LONG, Export, Unreadable, not_an_export
from bot.adapters.replay.times import WallClock
from bot.adapters.replay.whatsapp_headers import (
    HEADER,
    LOOKS_LIKE_HEADER,
    DateOrder,
    DateSurvey,
    local_time,
)
from bot.adapters.replay.whatsapp_marks import content_of
from bot.adapters.replay.whatsapp_notices import is_encryption_notice, is_notice, new_group_name
from bot.clock import Clock
from rules.vocabulary import Chat, IncomingMessage, Phrase, phrase

MAX_NAME: Final = 200
"""Characters in a name, at most (a contact may have a long one)."""
MIN_COLON_NAME: Final = 3
"""Lines that must begin equally before a name is taken to have a colon in it."""

_BEFORE_FIRST: Final = phrase("This text stands before the first message.")
_BAD_HEADER: Final = phrase("This line begins like a message, but its date or time cannot be read.")
_OTHER_FORM: Final = phrase("This line was written by another kind of phone. Give each export in a file of its own.")
_NO_WRITER: Final = phrase("It is not clear who wrote this text.")
_WAITING: Final = phrase("The phone had not received this message yet. Export the chat again later.")


def read_whatsapp(file: ChatFile, *, chat: Chat, timezone: ZoneInfo, clock: Clock) -> Export:
    """Read an export of WhatsApp whose phone stood in `timezone`; raises `ExportError` when it is none."""
    survey = _Survey()
    for line in text_lines(file):
        survey.see(line)
    if not survey.headers:
        raise not_an_export(file.path)
    order, note = survey.dates.order(clock().date())
    reader = _Reader(file, chat, survey, order, timezone)
    for number, line in enumerate(text_lines(file), 1):
        reader.take(number, line)
    return reader.export(note)


@dataclass(slots=True)
class _Survey:
    """How one phone writes, after a look at the whole file; `bracket` is `[` for iPhones and None for Android."""

    bracket: str | None = None
    title: str = ""
    headers: int = 0
    dates: DateSurvey = field(default_factory=DateSurvey)
    _names: dict[str, tuple[str, int]] = field(default_factory=dict)

    def see(self, line: str) -> None:
        """Take one line into account."""
        header = HEADER.match(line)
        if header is None:
            return
        if not self.headers:
            self.bracket = header["bracket"]
        if header["bracket"] != self.bracket:
            return
        self.headers += 1
        self.dates.see(header)
        name, _, text = line[header.end() :].partition(": ")
        if len(name) > MAX_NAME:
            return
        if not self.title and is_encryption_notice(text):
            self.title = shown(name)
        second, colon, _ = text[:MAX_NAME].partition(": ")
        longer = f"{name}: {second}" if colon else ""
        known, count = self._names.get(name, (longer, 0))
        self._names[name] = (longer if known == longer else "", count + 1)

    def names_with_colon(self) -> dict[str, str]:
        """Return, by their part before the first colon, the names of people who never write without the rest of it."""
        return {name: longer for name, (longer, count) in self._names.items() if longer and count >= MIN_COLON_NAME}


@dataclass(slots=True)
class _Record:
    """A message as it stands in the file: its lines, of which `lines` keeps `MAX_TEXT` characters."""

    number: int
    name: str
    sent_at: datetime
    minute: datetime
    lines: list[str] = field(default_factory=list)
    count: int = 0
    size: int = -1

    def add(self, line: str) -> None:
        """Take in one more line."""
        self.count += 1
        self.size += len(line) + 1
        if self.size <= MAX_TEXT:
            self.lines.append(line)


class _Reader:
    """Makes messages of lines; every line is counted once."""

    def __init__(self, file: ChatFile, chat: Chat, survey: _Survey, order: DateOrder, timezone: ZoneInfo) -> None:
        self._file = file
        self._chat = chat
        self._survey = survey
        self._order = order
        self._colon_names = survey.names_with_colon()
        self._clock = WallClock(timezone)
        self._identities = Identities(chat)
        self._record: _Record | None = None
        self._lost_because = _BEFORE_FIRST  # why a line without a header cannot be read
        self._messages: list[IncomingMessage] = []
        self._unreadable: list[Unreadable] = []
        self._group_name = ""
        self._lines = self._continuation_lines = self._system_lines = self._deleted = 0

    def take(self, number: int, line: str) -> None:
        """Take in line `number` of the file."""
        self._lines = number
        header = HEADER.match(line)
        if header is None and not LOOKS_LIKE_HEADER.match(line):
            self._take_rest(number, line)
            return
        self._finish()
        if header is not None and header["bracket"] != self._survey.bracket:
            self._refuse_with_rest(number, _OTHER_FORM)
        elif header is None or (local := local_time(header, self._order)) is None:
            self._refuse_with_rest(number, _BAD_HEADER)
        else:
            self._begin(number, local, line[header.end() :])

    def export(self, note: Phrase | None) -> Export:
        """Return everything that was taken in."""
        self._finish()
        return Export(
            form="WhatsApp Android" if self._survey.bracket is None else "WhatsApp iOS",
            title=self._file.title or self._survey.title or shown(self._group_name),
            messages=tuple(self._messages),
            unreadable=tuple(self._unreadable),
            notes=(note,) if note else (),
            lines=self._lines,
            continuation_lines=self._continuation_lines,
            system_lines=self._system_lines,
            deleted=self._deleted,
        )

    def _begin(self, number: int, local: datetime, words: str) -> None:
        """Begin with what stands behind a header: somebody's name and words, or a line of WhatsApp itself."""
        name, colon, _ = words.partition(": ")
        if not colon and words.endswith(":"):
            name, colon = words[:-1], ":"
        group_name = new_group_name(words)
        self._group_name = group_name or self._group_name
        if group_name or not colon:
            self._system_lines += 1
            self._lost_because = _NO_WRITER
        elif len(name) > MAX_NAME:
            self._refuse_with_rest(number, _NO_WRITER)
        else:
            longer = self._colon_names.get(name, name)
            name = longer if words.startswith(f"{longer}: ") else name
            self._record = _Record(number, name, *self._clock.utc(local))
            self._record.add(words[len(name) + 2 :])

    def _take_rest(self, number: int, line: str) -> None:
        """Take in a line without a header: it goes on with the message above, if there is one."""
        if self._record:
            self._record.add(line)
        elif shown(line):
            self._refuse(number, self._lost_because)
        else:
            self._system_lines += 1

    def _finish(self) -> None:
        """Add the message whose last line has been seen."""
        record, self._record = self._record, None
        if record is None:
            return
        text = "\n".join(record.lines)
        content = content_of(text, self._file.sizes)
        if content.words and not content.attachments and is_notice(record.name, text, self._survey.title):
            self._system_lines += record.count
            return
        self._continuation_lines += record.count - 1
        if record.size > MAX_TEXT or content.waiting:
            self._refuse(record.number, _WAITING if content.waiting else TOO_LONG)
        elif content.deleted:
            self._deleted += 1
        else:
            self._messages.append(
                IncomingMessage(
                    chat=self._chat,
                    identity=self._identities.by_minute(record.minute, content.words),
                    author=author(record.name),
                    text=shown(content.words),
                    sent_at=record.sent_at,
                    attachments=content.attachments,
                )
            )

    def _refuse_with_rest(self, number: int, reason: Phrase) -> None:
        """Count an unreadable line, and those that follow it up to the next message."""
        self._refuse(number, reason)
        self._lost_because = phrase("This text belongs to line {line}, which could not be read.", line=str(number))

    def _refuse(self, number: int, reason: Phrase) -> None:
        """Count an unreadable line; raises `ExportError` when there are more than any export has."""
        self._unreadable.append(Unreadable(number, reason))
        if len(self._unreadable) > MAX_UNREADABLE:
            raise not_an_export(self._file.path)
