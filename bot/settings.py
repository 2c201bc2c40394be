"""What a school sets: `school.toml`, and the secrets of the environment or of a `.env` file beside it.

A secret never stands in `school.toml`, and never shows in a text, a log or an error. The models below say what can
be set; `bot.school_file` reads it and says what does not fit.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from rules.tomlfile import Misfit
from rules.vocabulary import Chat, GroupKind, Role

PREFIX: Final = "KLASVEILIG_"
"""What the names of all environment variables begin with."""

SQLITE: Final = "sqlite+aiosqlite"
DRIVERS: Final = {"sqlite": SQLITE, "postgresql": "postgresql+psycopg"}

CONCERNS_PER_WEEK: Final = 10
"""Two for each school day: what a mentor can look at beside their lessons (our choice, for the school to change)."""

Language = Literal["nl", "en"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _written(pattern: str, remedy: str) -> AfterValidator:
    """Return a validator for a text that must match `pattern` as a whole; `remedy` says in words what it asks."""

    def check(value: str) -> str:
        if re.fullmatch(pattern, value) is None:
            raise Misfit("this value does not fit", remedy)  # not shown: it may be a misplaced secret
        return value

    return AfterValidator(check)


Name = Annotated[str, _written(r".{1,100}", "write a name of 1 to 100 characters")]
Key = Annotated[str, _written(r"[a-z0-9-]{1,40}", "use small letters, digits and hyphens, 40 at most")]
MailAddress = Annotated[str, _written(r"[^@\s]+@[^@\s]+", "write an e-mail address")]
WebAddress = Annotated[str, _written(r"https?://\S+", "write an address that starts with https://")]
SafeWebAddress = Annotated[str, _written(r"https://\S+", "write an address that starts with https://")]
HostAndPort = Annotated[str, _written(r"[^\s:]+:[0-9]{1,5}", "write host and port, like 127.0.0.1:8443")]
ChatLink = Annotated[
    str, _written(r"(telegram|discord):-?[0-9]+", "write platform and number, like telegram:-1001234567890")
]


class Table(BaseModel):
    """One table of `school.toml`: an unknown key is an error, since it is a misspelt one."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


class SchoolTable(Table):
    """`[school]`: who we are and the protocol that we work by."""

    name: Name
    slug: Key
    """A short name that never changes, even if the school's name does: finds its data again."""
    protocol: str = "willem-van-oranje-2026"
    """The name of a protocol that comes with Klasveilig, or the path of a protocol file of the school's own."""
    language: Language = "nl"
    timezone: str = "Europe/Amsterdam"
    youngest_pupil: int = Field(ge=4, le=20)
    """Age in years of the youngest pupils in the groups: Telegram and Discord ask for 16 in the Netherlands."""


class GroupTable(Table):
    """`[[group]]`: a class, a parents' chat or a staff member's chat with pupils."""

    name: Name
    kind: GroupKind
    mentors: tuple[str, ...] = ()
    """Keys of the people who handle what happens in this group."""
    link: ChatLink | None = None
    """The chat on its platform, where its id is known (`telegram:-100…`); otherwise it is linked with a code."""

    @property
    def chat(self) -> Chat | None:
        """The chat that `link` names."""
        return Chat(*self.link.split(":", 1)) if self.link else None


class PersonTable(Table):
    """`[[person]]`: somebody who works for the school or looks after a group. Pupils and parents do not stand here."""

    key: Key
    """A short name that never changes: finds the person again when their name does."""
    name: Name
    roles: tuple[Role, ...] = ()
    """What they are at school; mentors are named by their groups instead."""
    groups: tuple[str, ...] = ()
    """Names of the groups that their roles are about; all groups when there are none."""
    email: MailAddress | None = None
    language: Language | None = None
    """The language they read; the school's own when it is left out."""


class TelegramTable(Table):
    """`[telegram]`: the live connection to Telegram."""

    enabled: bool = False
    base_url: WebAddress = "https://api.telegram.org"
    """The Bot API server."""
    mode: Literal["polling", "webhook"] = "polling"
    """`polling` asks Telegram for messages and works everywhere; `webhook` lets Telegram call us."""
    webhook_url: SafeWebAddress | None = None
    """Where Telegram reaches us, over https."""
    listen: HostAndPort = "127.0.0.1:8443"
    """Host and port on which we wait for those calls, behind the school's web server."""


class MailTable(Table):
    """`[mail]`: the school's mail server, or a folder that mail is written to where nothing may be sent."""

    host: Name | None = None
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`starttls` for port 587, `tls` for port 465, `none` for a mail server on the same machine only."""
    user: str | None = None
    """Who we log in as; the password is KLASVEILIG_SMTP_PASSWORD."""
    sender: MailAddress = Field(alias="from")
    folder: Path | None = None


def _with_driver(url: str) -> str:
    """Return `url` with the driver that Klasveilig brings; raises `Misfit` for another kind of database."""
    scheme = url.partition("://")[0]
    for known, driver in DRIVERS.items():
        if scheme in (known, driver):
            return driver + url[len(scheme) :]
    # Without the address, which may hold a password.
    raise Misfit("this kind of database is not known here", "start it with sqlite:/// or postgresql://")


def _with_full_path(url: str, folder: Path) -> str:
    """Return the address of a SQLite file with its full path, seen from `folder`; any other address as it is."""
    scheme, _, place = url.partition(":///")
    return f"{scheme}:///{(folder / place).resolve()}" if scheme == SQLITE else url


class StorageTable(Table):
    """`[storage]`: where cases are kept, and, apart from them, their keys. Paths start at the folder of this file."""

    url: Annotated[str, AfterValidator(_with_driver)] = Field(
        default="sqlite:///var/klasveilig.db", validate_default=True
    )
    """SQLite file or PostgreSQL server; one with a password goes into KLASVEILIG_DATABASE_URL."""
    keys: Path = Path("var/keys/keys.json")
    """The key file, in a folder that only the bot can read."""

    def seen_from(self, folder: Path) -> StorageTable:
        """Return the same places with full paths, so that they do not depend on where a command is typed."""
        return StorageTable(url=_with_full_path(self.url, folder), keys=(folder / self.keys).resolve())


class NoticesTable(Table):
    """`[notices]`: how many notices of concerns somebody gets one by one before the rest comes together."""

    concerns_per_week: int = Field(default=CONCERNS_PER_WEEK, ge=0, le=1000)


class ShadowTable(Table):
    """`[shadow]`: the month in which a school starts. Flags are shown to one person, and nobody else is told."""

    until: date
    """The last day of it."""
    shown_to: str
    """The key of the person who sees the flags; they stay with them when it is over."""


class SummaryTable(Table):
    """`[summary]`: when the safety summary of the past week goes to leadership, on the school's own clock."""

    weekday: Weekday = "monday"
    hour: int = Field(default=8, ge=0, le=23)


class DetoxifyTable(Table):
    """`[detoxify]`: a second model beside the Dutch one, for schools that fetched it. Paths as in `[storage]`."""

    enabled: bool = False
    """Whether it is used; when it cannot be, nothing starts."""
    folder: Path = Path("var/detoxify")
    """Where its files lie; `klasveilig model fetch` brings them there."""


class SchoolFile(Table):
    """The whole of `school.toml`."""

    school: SchoolTable
    group: tuple[GroupTable, ...] = ()
    person: tuple[PersonTable, ...] = ()
    telegram: TelegramTable = TelegramTable()
    mail: MailTable | None = None
    storage: StorageTable = StorageTable()
    summary: SummaryTable = SummaryTable()
    detoxify: DetoxifyTable = DetoxifyTable()
    notices: NoticesTable = NoticesTable()
    shadow: ShadowTable | None = None


class Secrets(BaseSettings):
    """What must not be read by others: `KLASVEILIG_…` in the environment, or else in `.env`. Empty is absent."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    telegram_token: SecretStr | None = None
    """The token that BotFather gave."""
    smtp_password: SecretStr | None = None
    """The password of `mail.user`."""
    keys: SecretStr | None = None
    """The content of a key file, where keys come from the environment."""
    database_url: SecretStr | None = None
    """Takes the place of `storage.url`, where that needs a password."""

    @property
    def keys_value(self) -> str | None:
        """The keys in the clear, for the key ring only."""
        return self.keys.get_secret_value() if self.keys else None


class Settings(SchoolFile):
    """All that a school set, with full paths, and its secrets."""

    path: Path
    """The `school.toml` that it came from."""
    secrets: Secrets

    @property
    def detoxify_folder(self) -> Path | None:
        """Where Detoxify lies that judges with the Dutch model; None when that judges alone."""
        return self.detoxify.folder if self.detoxify.enabled else None

    @property
    def storage_url(self) -> str:
        """The database's address, password included: for the database only. Raises `Misfit` for an unknown kind."""
        secret = self.secrets.database_url
        if secret is None:
            return self.storage.url
        return _with_full_path(_with_driver(secret.get_secret_value()), self.path.absolute().parent)


def combined(file: SchoolFile, path: Path, secrets: Secrets) -> Settings:
    """Return the settings of a school file at `path` and its secrets."""
    folder = path.absolute().parent
    values: dict[str, Any] = dict(file)
    values |= {"storage": file.storage.seen_from(folder), "path": path, "secrets": secrets}
    values["detoxify"] = file.detoxify.model_copy(update={"folder": (folder / file.detoxify.folder).resolve()})
    if file.school.protocol.endswith(".toml"):
        values["school"] = file.school.model_copy(update={"protocol": str(folder / file.school.protocol)})
    if file.mail and file.mail.folder:
        values["mail"] = file.mail.model_copy(update={"folder": (folder / file.mail.folder).resolve()})
    return Settings.model_validate(values)
