"""Reads `school.toml` and its secrets, and says of everything that does not fit where it stands and what to do."""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from dotenv.parser import parse_stream

from bot.settings import PREFIX, GroupTable, PersonTable, SchoolFile, Secrets, Settings, combined
from rules.tomlfile import Problem, TomlError, load, validated
from rules.vocabulary import Role

HANDLERS_NEEDED: Final = (Role.LEADERSHIP, Role.TRUSTED_PERSON)
"""Roles without which some cases would have nobody: those about a mentor, and those that a pupil confides."""

NOT_SECRETS: Final = (f"{PREFIX}CONFIG", f"{PREFIX}TEST_")
"""Beginnings of variables that are ours and no secrets: where `school.toml` is, and servers for the tests."""

Where = tuple[str | int, ...]
"""A place in the file: names of tables and keys, and the position of one among `[[…]]` or in a list."""

Misfit = tuple[Where, str, str]
"""A place in the file, what is wrong there, and what to do."""

ROLES: Final = tuple(role for role in Role if role not in (Role.MENTOR, Role.UNKNOWN))
"""The roles that a person is given in the file; mentors are named by their groups."""


def load_settings(path: Path) -> Settings:
    """Return the settings of the `school.toml` at `path`; raises `TomlError` with every problem that it has."""
    document = load(path)
    file = validated(document, SchoolFile)
    folder = path.absolute().parent
    secrets = _secrets(folder / ".env")
    found = [*misfits(file, folder), *_lacking_secrets(file, secrets)]
    if found:
        raise TomlError(path, [Problem(document.line_of(where), what, remedy) for where, what, remedy in found])
    return combined(file, path, secrets)


def misfits(file: SchoolFile, folder: Path) -> Iterator[Misfit]:
    """Yield what does not fit together in a school file that lies in `folder`."""
    yield from _school(file, folder)
    for index, group in enumerate(file.group):
        yield from _group(("group", index), group, file)
    for index, person in enumerate(file.person):
        yield from _person(("person", index), person, file)
    for role in HANDLERS_NEEDED:
        if not any(role in person.roles for person in file.person):
            yield (
                ("person",),
                f"nobody is {role}",
                f'give somebody roles = ["{role}"]: some cases can go to no one else',
            )
    yield from _connections(file)


def _school(file: SchoolFile, folder: Path) -> Iterator[Misfit]:
    name, zone = file.school.protocol, file.school.timezone
    if name not in bundled_protocols() and not (folder / name).is_file():
        remedy = f"use one of {_listed(bundled_protocols())}, or the path of a file of your own"
        yield ("school", "protocol"), f"there is no protocol {name!r}{_meant(name, bundled_protocols())}", remedy
    if zone not in available_timezones():
        yield (
            ("school", "timezone"),
            f"there is no time zone {zone!r}{_meant(zone, available_timezones())}",
            "leave it out for Europe/Amsterdam",
        )


def bundled_protocols() -> list[str]:
    """Return the names of the protocols that come with Klasveilig."""
    return sorted(
        file.name.removesuffix(".toml") for file in files("rules.protocols").iterdir() if file.name.endswith(".toml")
    )


def _group(where: Where, group: GroupTable, file: SchoolFile) -> Iterator[Misfit]:
    keys = [person.key for person in file.person]
    earlier = file.group[: int(where[1])]
    if group.name in [other.name for other in earlier]:
        remedy = "give each a name of its own, like '2B' and 'Parents of 2B'"
        yield (*where, "name"), f"there are two groups {group.name!r}", remedy
    for other in earlier:
        if group.link and group.link == other.link:
            remedy = "a chat belongs to one group: take the link out of the other"
            yield (*where, "link"), f"{group.name!r} has the same link as {other.name!r}", remedy
    if not group.mentors:
        remedy = 'name who handles what happens in it: mentors = ["key of a person"]'
        yield where, f"group {group.name!r} has no mentor", remedy
    for index, key in enumerate(group.mentors):
        if key not in keys:
            remedy = f'add a [[person]] with key = "{key}"'
            yield (*where, "mentors", index), f"mentor {key!r} of {group.name!r} is nobody{_meant(key, keys)}", remedy


def _person(where: Where, person: PersonTable, file: SchoolFile) -> Iterator[Misfit]:
    names = [group.name for group in file.group]
    if person.key in [other.key for other in file.person[: int(where[1])]]:
        yield (*where, "key"), f"there are two people with key {person.key!r}", "give each a key of their own"
    if not person.roles and not any(person.key in group.mentors for group in file.group):
        remedy = f"give them roles (one of {_listed(ROLES)}), or name them as mentor of a group"
        yield where, f"{person.key!r} has no role", remedy
    for index, role in enumerate(person.roles):
        if role is Role.MENTOR:
            remedy = f'write mentors = ["{person.key}"] at each of their groups instead'
            yield (*where, "roles", index), "a mentor is named by the group", remedy
        elif role not in ROLES:
            yield (*where, "roles", index), f"{role} is no role to give", f"use one of {_listed(ROLES)}"
    for index, name in enumerate(person.groups):
        if name not in names:
            remedy = f"use the name of a [[group]]: {_listed(names) or 'there is none yet'}"
            yield (*where, "groups", index), f"there is no group {name!r}{_meant(name, names)}", remedy


def _connections(file: SchoolFile) -> Iterator[Misfit]:
    if file.telegram.enabled and file.telegram.mode == "webhook" and file.telegram.webhook_url is None:
        remedy = 'add webhook_url = "https://…", or use mode = "polling"'
        yield ("telegram", "mode"), "a webhook needs the address at which Telegram reaches us", remedy
    if file.mail and (file.mail.host is None) == (file.mail.folder is None):
        remedy = 'write host = "…" for a mail server, or folder = "…" to write mail to files'
        yield ("mail",), "mail needs either a host or a folder", remedy
    if urlsplit(file.storage.url).password is not None:
        remedy = f"take it out and put the whole address into {PREFIX}DATABASE_URL (environment or .env)"
        yield ("storage", "url"), "a password does not belong in this file", remedy


def _lacking_secrets(file: SchoolFile, secrets: Secrets) -> Iterator[Misfit]:
    if file.telegram.enabled and secrets.telegram_token is None:
        remedy = f"put the token that BotFather gave into {PREFIX}TELEGRAM_TOKEN (environment or .env)"
        yield ("telegram", "enabled"), "Telegram is on, but there is no token", remedy
    if file.mail and file.mail.user and secrets.smtp_password is None:
        remedy = f"put it into {PREFIX}SMTP_PASSWORD (environment or .env)"
        yield ("mail", "user"), f"there is no password for {file.mail.user!r}", remedy


def _secrets(path: Path) -> Secrets:
    """Return the secrets; raises `TomlError` for a variable of ours that does not exist: it is a misspelt one."""
    in_file = dict(_variables(path))
    known = [PREFIX + name.upper() for name in Secrets.model_fields]
    for name in sorted(in_file.keys() | os.environ.keys()):
        if name.startswith(PREFIX) and name not in known and not name.startswith(NOT_SECRETS):
            where, line = (path, in_file[name]) if name in in_file else (Path("environment"), None)
            what = f"{name} is no variable of Klasveilig{_meant(name, known)}"
            raise TomlError(where, [Problem(line, what, f"use one of {_listed(known)}")])
    return Secrets(_env_file=path)


def _variables(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the names in a `.env` file with their line numbers; nothing when there is no file."""
    if path.exists():
        with path.open(encoding="utf-8") as file:
            for binding in parse_stream(file):
                if binding.key:
                    yield binding.key, binding.original.line


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _meant(name: str, known: Collection[str]) -> str:
    """Return a question after a name that nobody has, when one that somebody has is very like it."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
