"""Reads `school.toml` and its secrets, and says of everything that does not fit where it stands and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from dotenv.parser import parse_stream

from bot.access import MAY, OF_A_GROUP, Permission
from bot.settings import PREFIX, GroupTable, PersonTable, SchoolFile, Secrets, Settings, combined
from rules.protocols import protocol_names
from rules.tomlfile import Document, Misfit, Problem, TomlError, load, meant, validated
from rules.tomlfile.lines import Where
from rules.vocabulary import Role

HANDLERS_NEEDED: Final = (Role.LEADERSHIP, Role.TRUSTED_PERSON)
"""Roles without which some cases would have nobody: those about a mentor, and those that a pupil confides."""

ROLES: Final = tuple(role for role in Role if role not in (Role.MENTOR, Role.UNKNOWN))
"""The roles that a person is given in the file; mentors are named by their groups."""

READERS: Final = tuple(role for role in ROLES if Permission.READ in MAY[role] and role not in OF_A_GROUP)
"""Roles that read cases of all groups: who has one can be shown the flags of the shadow month."""

Flaw = tuple[Where, str, str]
"""A place in the file, what is wrong there, and what to do."""


def load_settings(path: Path) -> Settings:
    """Return the settings of the `school.toml` at `path`; raises `TomlError` with every problem that it has."""
    document = load(path)
    file = validated(document, SchoolFile)
    folder = path.absolute().parent
    _raise_any(document, flaws(file, folder))
    settings = combined(file, path, _secrets(folder / ".env"))
    try:
        settings.storage_url  # noqa: B018 # asked for now, so that a wrong one is said before anything starts
    except Misfit as misfit:
        problem = Problem(None, f"{PREFIX}DATABASE_URL: {misfit.problem}", misfit.remedy)
        raise TomlError(folder / ".env", [problem]) from None
    return settings


def require_secrets(settings: Settings) -> None:
    """Raise `TomlError` for each secret that the settings need and that is not there: call before anything starts."""
    _raise_any(load(settings.path), _lacking_secrets(settings))


def _raise_any(document: Document, found: Iterable[Flaw]) -> None:
    problems = [Problem(document.line_of(where), problem, remedy) for where, problem, remedy in found]
    if problems:
        raise TomlError(document.path, problems)


def flaws(file: SchoolFile, folder: Path) -> Iterator[Flaw]:
    """Yield what does not fit together in a school file that lies in `folder`."""
    yield from _school(file, folder)
    for index, group in enumerate(file.group):
        yield from _group(index, group, file)
    for index, person in enumerate(file.person):
        yield from _person(index, person, file)
    for role in HANDLERS_NEEDED:
        if not any(role in person.roles for person in file.person):
            problem = f"nobody is {role}, and some cases can go to no one else"
            yield ("person",), problem, f'give somebody roles = ["{role}"]'
    yield from _shadow(file)
    yield from _connections(file)


def _school(file: SchoolFile, folder: Path) -> Iterator[Flaw]:
    protocol, zone = file.school.protocol, file.school.timezone
    if protocol not in protocol_names() and not (protocol.endswith(".toml") and (folder / protocol).is_file()):
        problem = f"there is no protocol {protocol!r}, and no .toml file of that name"
        yield ("school", "protocol"), problem, meant(protocol, protocol_names())
    if zone not in available_timezones():
        yield ("school", "timezone"), f"there is no time zone {zone!r}", "write one like Europe/Amsterdam"


def _group(index: int, group: GroupTable, file: SchoolFile) -> Iterator[Flaw]:
    where = ("group", index)
    keys = [person.key for person in file.person]
    if group.name in [earlier.name for earlier in file.group[:index]]:
        remedy = "give each a name of its own, like '2B' and 'Parents of 2B'"
        yield (*where, "name"), f"there are two groups {group.name!r}", remedy
    for earlier in file.group[:index]:
        if group.link and group.link == earlier.link:
            problem = f"{group.name!r} has the same link as {earlier.name!r}"
            yield (*where, "link"), problem, "a chat belongs to one group: take the link out of the other"
    if not group.mentors:
        remedy = 'name who handles what happens in it: mentors = ["key of a person"]'
        yield where, f"group {group.name!r} has no mentor", remedy
    for position, key in enumerate(group.mentors):
        if key not in keys:
            remedy = meant(key, keys) if keys else f'add a [[person]] with key = "{key}"'
            yield (*where, "mentors", position), f"mentor {key!r} of {group.name!r} is nobody", remedy


def _person(index: int, person: PersonTable, file: SchoolFile) -> Iterator[Flaw]:
    where = ("person", index)
    names = [group.name for group in file.group]
    if person.key in [earlier.key for earlier in file.person[:index]]:
        problem = f"there are two people with key {person.key!r}"
        yield (*where, "key"), problem, "give each a key of their own"
    if not person.roles and not any(person.key in group.mentors for group in file.group):
        remedy = f"name them in the mentors of a group, or give them roles: {', '.join(ROLES)}"
        yield where, f"{person.key!r} has no role", remedy
    for position, role in enumerate(person.roles):
        if role is Role.MENTOR:
            remedy = f'write mentors = ["{person.key}"] at each of their groups instead'
            yield (*where, "roles", position), "a mentor is named by the group", remedy
        elif role not in ROLES:
            yield (*where, "roles", position), f"{role} is no role to give", f"use one of {', '.join(ROLES)}"
    for position, name in enumerate(person.groups):
        if name not in names:
            yield (*where, "groups", position), f"there is no group {name!r}", meant(name, names)


def _shadow(file: SchoolFile) -> Iterator[Flaw]:
    if file.shadow is None:
        return
    where, key = ("shadow", "shown_to"), file.shadow.shown_to
    person = next((person for person in file.person if person.key == key), None)
    if person is None:
        yield where, f"nobody has the key {key!r}", meant(key, [person.key for person in file.person])
    elif person.groups or not any(role in READERS for role in person.roles):
        remedy = f"name somebody who is, without groups, one of {', '.join(READERS)}"
        yield where, f"{key!r} may not read cases of the whole school", remedy


def _connections(file: SchoolFile) -> Iterator[Flaw]:
    if file.telegram.enabled and file.telegram.mode == "webhook" and file.telegram.webhook_url is None:
        problem = "a webhook needs the address at which Telegram reaches you"
        yield ("telegram", "mode"), problem, 'add webhook_url = "https://…", or use mode = "polling"'
    if file.mail and (file.mail.host is None) == (file.mail.folder is None):
        remedy = 'write host = "…" for a mail server, or folder = "…" to have mail written to files'
        yield ("mail",), "mail needs either a host or a folder", remedy
    if urlsplit(file.storage.url).password is not None:
        remedy = f"take it out, and put the whole address into {PREFIX}DATABASE_URL in .env"
        yield ("storage", "url"), "a password does not belong in this file", remedy


def _lacking_secrets(settings: Settings) -> Iterator[Flaw]:
    mail, secrets = settings.mail, settings.secrets
    if settings.telegram.enabled and secrets.telegram_token is None:
        remedy = f"put the token that BotFather gave into {PREFIX}TELEGRAM_TOKEN in .env"
        yield ("telegram", "enabled"), "Telegram is on, but there is no token", remedy
    if mail and mail.user and secrets.smtp_password is None:
        remedy = f"put it into {PREFIX}SMTP_PASSWORD in .env"
        yield ("mail", "user"), f"there is no password for {mail.user!r}", remedy


def _secrets(path: Path) -> Secrets:
    """Return the secrets; raises `TomlError` for a name of ours in `.env` that means nothing: it is a misspelt one."""
    known = [PREFIX + name.upper() for name in Secrets.model_fields]
    unknown = [
        Problem(line, f"{name!r} is not known here", meant(name, known))
        for name, line in _variables(path)
        if name.startswith(PREFIX) and name not in known
    ]
    if unknown:
        raise TomlError(path, unknown)
    return Secrets(_env_file=path)


def _variables(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the names in a `.env` file with their line numbers; nothing when there is no file."""
    if path.exists():
        with path.open(encoding="utf-8") as file:
            for binding in parse_stream(file):
                if binding.key:
                    yield binding.key, binding.original.line
