"""Reads `school.toml` and its secrets, and says of everything that does not fit where it stands and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from dotenv.parser import parse_stream

from bot.settings import PREFIX, GroupTable, PersonTable, SchoolFile, Secrets, Settings, combined
from rules.tomlfile import Document, Problem, TomlError, did_you_mean, load, validate
from rules.vocabulary import Phrase, Role, phrase

HANDLERS_NEEDED: Final = (Role.LEADERSHIP, Role.TRUSTED_PERSON)
"""Roles without which some cases would have nobody: those about a mentor, and those that a pupil confides."""

ROLES: Final = tuple(role for role in Role if role not in (Role.MENTOR, Role.UNKNOWN))
"""The roles that a person is given in the file; mentors are named by their groups."""

Where = tuple[str | int, ...]
"""A place in the file: names of tables and keys, and the position of one among `[[…]]` or in a list."""

Misfit = tuple[Where, Phrase, Phrase]
"""A place in the file, what is wrong there, and what to do."""


def load_settings(path: Path) -> Settings:
    """Return the settings of the `school.toml` at `path`; raises `TomlError` with every problem that it has."""
    document = load(path)
    file = validate(SchoolFile, document)
    folder = path.absolute().parent
    _raise_any(document, misfits(file, folder))
    return combined(file, path, _secrets(folder / ".env"))


def require_secrets(settings: Settings) -> None:
    """Raise `TomlError` for each secret that the settings need and that is not there: call before anything starts."""
    _raise_any(load(settings.path), _lacking_secrets(settings))


def _raise_any(document: Document, found: Iterable[Misfit]) -> None:
    problems = [Problem(document.line_of(where), problem, remedy) for where, problem, remedy in found]
    if problems:
        raise TomlError(document.file, problems)


def misfits(file: SchoolFile, folder: Path) -> Iterator[Misfit]:
    """Yield what does not fit together in a school file that lies in `folder`."""
    yield from _school(file, folder)
    for index, group in enumerate(file.group):
        yield from _group(index, group, file)
    for index, person in enumerate(file.person):
        yield from _person(index, person, file)
    for role in HANDLERS_NEEDED:
        if not any(role in person.roles for person in file.person):
            problem = phrase("Nobody is {role}: some cases can go to no one else.", role=role)
            yield ("person",), problem, phrase('Give somebody roles = ["{role}"].', role=role)
    yield from _connections(file)


def bundled_protocols() -> list[str]:
    """Return the names of the protocols that come with Klasveilig."""
    names = (file.name for file in files("rules").joinpath("protocols").iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def _school(file: SchoolFile, folder: Path) -> Iterator[Misfit]:
    protocol, zone = file.school.protocol, file.school.timezone
    if protocol not in bundled_protocols() and not (folder / protocol).is_file():
        problem = phrase("There is no protocol '{name}', and no file of that name.", name=protocol)
        yield ("school", "protocol"), problem, did_you_mean(protocol, bundled_protocols())
    if zone not in available_timezones():
        remedy = phrase("Use a name like Europe/Amsterdam.")
        yield ("school", "timezone"), phrase("There is no time zone '{name}'.", name=zone), remedy


def _group(index: int, group: GroupTable, file: SchoolFile) -> Iterator[Misfit]:
    where = ("group", index)
    keys = [person.key for person in file.person]
    if group.name in [earlier.name for earlier in file.group[:index]]:
        remedy = phrase("Give each a name of its own, like '2B' and 'Parents of 2B'.")
        yield (*where, "name"), phrase("There are two groups '{group}'.", group=group.name), remedy
    for earlier in file.group[:index]:
        if group.link and group.link == earlier.link:
            problem = phrase("'{group}' has the same link as '{other}'.", group=group.name, other=earlier.name)
            yield (*where, "link"), problem, phrase("A chat belongs to one group: take the link out of the other.")
    if not group.mentors:
        problem = phrase("The group '{group}' has no mentor.", group=group.name)
        yield where, problem, phrase('Name who handles what happens in it: mentors = ["key of a person"].')
    for position, key in enumerate(group.mentors):
        if key not in keys:
            problem = phrase("The mentor '{key}' of '{group}' is nobody.", key=key, group=group.name)
            remedy = did_you_mean(key, keys) if keys else phrase("Add a [[person]] with this key.")
            yield (*where, "mentors", position), problem, remedy


def _person(index: int, person: PersonTable, file: SchoolFile) -> Iterator[Misfit]:
    where = ("person", index)
    names = [group.name for group in file.group]
    if person.key in [earlier.key for earlier in file.person[:index]]:
        problem = phrase("There are two people with the key '{key}'.", key=person.key)
        yield (*where, "key"), problem, phrase("Give each a key of their own.")
    if not person.roles and not any(person.key in group.mentors for group in file.group):
        remedy = phrase(
            "Give them roles, or name them in the mentors of a group. Roles: {roles}.", roles=", ".join(ROLES)
        )
        yield where, phrase("'{key}' has no role.", key=person.key), remedy
    for position, role in enumerate(person.roles):
        if role is Role.MENTOR:
            remedy = phrase('Write mentors = ["{key}"] at each of their groups instead.', key=person.key)
            yield (*where, "roles", position), phrase("A mentor is named by the group."), remedy
        elif role not in ROLES:
            problem = phrase("'{role}' is no role to give.", role=role)
            yield (*where, "roles", position), problem, phrase("Use one of: {names}.", names=", ".join(ROLES))
    for position, name in enumerate(person.groups):
        if name not in names:
            problem = phrase("There is no group '{group}'.", group=name)
            yield (*where, "groups", position), problem, did_you_mean(name, names)


def _connections(file: SchoolFile) -> Iterator[Misfit]:
    if file.telegram.enabled and file.telegram.mode == "webhook" and file.telegram.webhook_url is None:
        problem = phrase("A webhook needs the address at which Telegram reaches you.")
        yield ("telegram", "mode"), problem, phrase('Add webhook_url = "https://...", or use mode = "polling".')
    if file.mail and (file.mail.host is None) == (file.mail.folder is None):
        problem = phrase("Mail needs either a host or a folder.")
        yield ("mail",), problem, phrase('Write host = "..." for a mail server, or folder = "..." for files.')
    if urlsplit(file.storage.url).password is not None:
        remedy = phrase("Take it out, and put the whole address into {name} in .env.", name=f"{PREFIX}DATABASE_URL")
        yield ("storage", "url"), phrase("A password does not belong in this file."), remedy


def _lacking_secrets(settings: Settings) -> Iterator[Misfit]:
    mail, secrets = settings.mail, settings.secrets
    if settings.telegram.enabled and secrets.telegram_token is None:
        remedy = phrase("Put the token that BotFather gave into {name} in .env.", name=f"{PREFIX}TELEGRAM_TOKEN")
        yield ("telegram", "enabled"), phrase("Telegram is on, but there is no token."), remedy
    if mail and mail.user and secrets.smtp_password is None:
        remedy = phrase("Put it into {name} in .env.", name=f"{PREFIX}SMTP_PASSWORD")
        yield ("mail", "user"), phrase("There is no password for '{user}'.", user=mail.user), remedy


def _secrets(path: Path) -> Secrets:
    """Return the secrets; raises `TomlError` for a name of ours in `.env` that means nothing: it is a misspelt one."""
    known = [PREFIX + name.upper() for name in Secrets.model_fields]
    unknown = [
        Problem(line, phrase("{key} is not known here.", key=name), did_you_mean(name, known))
        for name, line in _variables(path)
        if name.startswith(PREFIX) and name not in known
    ]
    if unknown:
        raise TomlError(str(path), unknown)
    return Secrets(_env_file=path)


def _variables(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the names in a `.env` file with their line numbers; nothing when there is no file."""
    if path.exists():
        with path.open(encoding="utf-8") as file:
            for binding in parse_stream(file):
                if binding.key:
                    yield binding.key, binding.original.line
