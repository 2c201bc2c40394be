"""What a school sets: read whole, or refused with file, line, problem and remedy; secrets are never shown."""

from __future__ import annotations

import logging
import traceback
from datetime import date
from pathlib import Path

import pytest

from bot.school_file import load_settings, require_secrets
from bot.settings import Secrets, Settings
from rules.tomlfile import TomlError
from rules.vocabulary import Chat, GroupKind, Role

GOOD = """\
[school]
name = "CSG De Voorbeelden"
slug = "voorbeelden"
youngest_pupil = 12

[[group]]
name = "2B"
kind = "class"
mentors = ["m-de-vries"]

[[person]]
key = "m-de-vries"
name = "Marleen de Vries"

[[person]]
key = "o-yilmaz"
name = "Orhan Yılmaz"
roles = ["trusted_person", "leadership"]
"""

TOKEN = "123456:this-is-the-token"
PASSWORD = "this-is-the-password"


@pytest.fixture(autouse=True)
def _no_secrets_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Secrets.model_fields:
        monkeypatch.delenv(f"KLASVEILIG_{name.upper()}", raising=False)


def settings_of(folder: Path, text: str = GOOD, env: str = "") -> Settings:
    """Load a school.toml with this text, and a .env beside it where one is given."""
    path = folder / "school.toml"
    path.write_text(text, encoding="utf-8")
    if env:
        (folder / ".env").write_text(env, encoding="utf-8")
    return load_settings(path)


def refusal(folder: Path, text: str, env: str = "") -> list[str]:
    """Return what is said about a school.toml, line by line, without the folder that it lies in."""
    with pytest.raises(TomlError) as refused:
        settings_of(folder, text, env)
    return str(refused.value).replace(f"{folder}/", "").splitlines()


def test_a_short_file_is_enough(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert settings.school.protocol == "willem-van-oranje-2026"
    assert settings.school.language == "nl"
    assert settings.school.timezone == "Europe/Amsterdam"
    assert settings.group[0].kind is GroupKind.CLASS
    assert settings.person[1].roles == (Role.TRUSTED_PERSON, Role.LEADERSHIP)
    assert not settings.telegram.enabled
    assert settings.mail is None
    assert (settings.summary.weekday, settings.summary.hour) == ("monday", 8)
    assert settings.notices.concerns_per_week == 10


def test_paths_start_at_the_folder_of_the_file_whatever_folder_we_are_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    mail = '[mail]\nfrom = "bot@school.example"\nfolder = "mail"\n'
    settings = settings_of(tmp_path, GOOD + mail)
    assert settings.storage_url == f"sqlite+aiosqlite:///{tmp_path}/var/klasveilig.db"
    assert settings.storage.keys == tmp_path / "var/keys/keys.json"
    assert settings.mail is not None
    assert settings.mail.folder == tmp_path / "mail"


def test_a_full_path_stays_as_it_is(tmp_path: Path) -> None:
    storage = '[storage]\nurl = "sqlite:////srv/klasveilig.db"\nkeys = "/srv/keys/keys.json"\n'
    settings = settings_of(tmp_path, GOOD + storage)
    assert settings.storage_url == "sqlite+aiosqlite:////srv/klasveilig.db"
    assert settings.storage.keys == Path("/srv/keys/keys.json")


def test_a_school_can_bring_a_protocol_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").touch()
    text = GOOD.replace("youngest", 'protocol = "ours.toml"\nyoungest')
    assert settings_of(tmp_path, text).school.protocol == str(tmp_path / "ours.toml")


def test_a_shadow_month_has_a_last_day_and_somebody_who_sees_its_flags(tmp_path: Path) -> None:
    shadow = settings_of(tmp_path, GOOD + SHADOW.format(key="o-yilmaz")).shadow
    assert shadow is not None
    assert (shadow.until, shadow.shown_to) == (date(2027, 1, 15), "o-yilmaz")
    assert settings_of(tmp_path).shadow is None


def test_a_link_names_a_chat_on_its_platform(tmp_path: Path) -> None:
    text = GOOD.replace('kind = "class"', 'kind = "class"\nlink = "telegram:-1001"')
    group = settings_of(tmp_path, text).group[0]
    assert group.chat == Chat("telegram", "-1001")


SHADOW = '[shadow]\nuntil = 2027-01-15\nshown_to = "{key}"\n'

REFUSED = [
    pytest.param(
        GOOD + SHADOW.format(key="o-yilmas"),
        ["school.toml, line 21: nobody has the key 'o-yilmas'; did you mean 'o-yilmaz'?"],
        id="shadow month shown to nobody",
    ),
    pytest.param(
        GOOD + SHADOW.format(key="m-de-vries"),
        [
            "school.toml, line 21: 'm-de-vries' may not read cases of the whole school; name somebody who is, "
            "without groups, one of trusted_person, coordinator, leadership, board, supervisory_board"
        ],
        id="shadow month shown to a mentor",
    ),
    pytest.param(
        GOOD.replace('["trusted_person", "leadership"]', '["trusted_person", "leadership"]\ngroups = ["2B"]')
        + SHADOW.format(key="o-yilmaz"),
        [
            "school.toml, line 22: 'o-yilmaz' may not read cases of the whole school; name somebody who is, "
            "without groups, one of trusted_person, coordinator, leadership, board, supervisory_board"
        ],
        id="shadow month shown to somebody of one class",
    ),
    pytest.param(
        GOOD + "[notices]\nconcerns_per_week = -1\n",
        [
            "school.toml, line 20: the value of 'concerns_per_week' does not fit; "
            "it should be greater than or equal to 0"
        ],
        id="less than no notices",
    ),
    pytest.param(
        GOOD.replace("youngest_pupil", "yongest_pupil"),
        [
            "school.toml, line 1: 'youngest_pupil' is missing; add it",
            "school.toml, line 4: 'yongest_pupil' is not known here; did you mean 'youngest_pupil'?",
        ],
        id="unknown key",
    ),
    pytest.param(
        GOOD.replace('kind = "class"', 'kind = "clas"'),
        ["school.toml, line 8: the value of 'kind' does not exist; did you mean 'class'?"],
        id="unknown kind",
    ),
    pytest.param(
        GOOD.replace('mentors = ["m-de-vries"]\n', "").replace('Vries"\n', 'Vries"\nroles = ["staff"]\n'),
        [
            "school.toml, line 6: group '2B' has no mentor; "
            'name who handles what happens in it: mentors = ["key of a person"]'
        ],
        id="missing mentor",
    ),
    pytest.param(
        GOOD.replace('["m-de-vries"]', '["m-de-vreis", "m-de-vries"]'),
        ["school.toml, line 9: mentor 'm-de-vreis' of '2B' is nobody; did you mean 'm-de-vries'?"],
        id="mentor is nobody",
    ),
    pytest.param(
        GOOD + '[[group]]\nname = "2B"\nkind = "parents"\nmentors = ["m-de-vries"]\n',
        ["school.toml, line 20: there are two groups '2B'; give each a name of its own, like '2B' and 'Parents of 2B'"],
        id="two groups with one name",
    ),
    pytest.param(
        GOOD.replace('kind = "class"', 'kind = "class"\nlink = "telegram:-1"')
        + '[[group]]\nname = "2C"\nkind = "class"\nlink = "telegram:-1"\nmentors = ["m-de-vries"]\n',
        [
            "school.toml, line 23: '2C' has the same link as '2B'; "
            "a chat belongs to one group: take the link out of the other"
        ],
        id="two groups with one link",
    ),
    pytest.param(
        GOOD.replace('kind = "class"', 'kind = "class"\nlink = "2B"'),
        ["school.toml, line 9: this value does not fit; write platform and number, like telegram:-1001234567890"],
        id="link is no chat",
    ),
    pytest.param(
        GOOD + '[[person]]\nkey = "o-yilmaz"\nname = "Orhan"\nroles = ["staff"]\n',
        ["school.toml, line 20: there are two people with key 'o-yilmaz'; give each a key of their own"],
        id="two people with one key",
    ),
    pytest.param(
        GOOD + '[[person]]\nkey = "J. Bos"\nname = "Jan Bos"\nroles = ["staff"]\n',
        ["school.toml, line 20: this value does not fit; use small letters, digits and hyphens, 40 at most"],
        id="key is no key",
    ),
    pytest.param(
        GOOD + '[[person]]\nkey = "j-bos"\nname = "Jan Bos"\n',
        [
            "school.toml, line 19: 'j-bos' has no role; name them in the mentors of a group, or give them roles: "
            "pupil, parent, class_parent, staff, trusted_person, coordinator, leadership, board, supervisory_board, "
            "administrator"
        ],
        id="person without role",
    ),
    pytest.param(
        GOOD + '[[person]]\nkey = "j-bos"\nname = "Jan Bos"\nroles = [\n  "staff",\n  "mentor",\n]\n',
        [
            "school.toml, line 24: a mentor is named by the group; "
            'write mentors = ["j-bos"] at each of their groups instead'
        ],
        id="mentor among roles",
    ),
    pytest.param(
        GOOD + '[[person]]\nkey = "j-bos"\nname = "Jan Bos"\nroles = ["class_parent"]\ngroups = ["2b"]\n',
        ["school.toml, line 23: there is no group '2b'; use one of 2B"],
        id="role for a group that is not there",
    ),
    pytest.param(
        GOOD.replace(', "leadership"', ""),
        [
            "school.toml, line 11: nobody is leadership, and some cases can go to no one else; "
            'give somebody roles = ["leadership"]'
        ],
        id="nobody leads",
    ),
    pytest.param(
        GOOD.replace('"trusted_person", ', ""),
        [
            "school.toml, line 11: nobody is trusted_person, and some cases can go to no one else; "
            'give somebody roles = ["trusted_person"]'
        ],
        id="nobody is trusted",
    ),
    pytest.param(
        GOOD.replace("youngest", 'protocol = "willem-van-oranje"\nyoungest'),
        [
            "school.toml, line 4: there is no protocol 'willem-van-oranje', and no .toml file of that name; "
            "did you mean 'willem-van-oranje-2026'?"
        ],
        id="unknown protocol",
    ),
    pytest.param(
        GOOD.replace("youngest", 'timezone = "Amsterdam"\nyoungest'),
        ["school.toml, line 4: there is no time zone 'Amsterdam'; write one like Europe/Amsterdam"],
        id="unknown time zone",
    ),
    pytest.param(
        GOOD + '[telegram]\nenabled = true\nmode = "webhook"\n',
        [
            "school.toml, line 21: a webhook needs the address at which Telegram reaches you; "
            'add webhook_url = "https://…", or use mode = "polling"'
        ],
        id="webhook without address",
    ),
    pytest.param(
        GOOD + '[telegram]\nwebhook_url = "http://school.example/bot"\n',
        ["school.toml, line 20: this value does not fit; write an address that starts with https://"],
        id="webhook that others can read",
    ),
    pytest.param(
        GOOD + '[mail]\nfrom = "bot@school.example"\n',
        [
            "school.toml, line 19: mail needs either a host or a folder; "
            'write host = "…" for a mail server, or folder = "…" to have mail written to files'
        ],
        id="mail to nowhere",
    ),
    pytest.param(
        GOOD + '[storage]\nurl = "mysql://localhost/klasveilig"\n',
        ["school.toml, line 20: this kind of database is not known here; start it with sqlite:/// or postgresql://"],
        id="unknown database",
    ),
    pytest.param(
        GOOD + f'[storage]\nurl = "postgresql://bot:{PASSWORD}@db.example/klasveilig"\n',
        [
            "school.toml, line 20: a password does not belong in this file; "
            "take it out, and put the whole address into KLASVEILIG_DATABASE_URL in .env"
        ],
        id="password in the file",
    ),
    pytest.param(
        GOOD + f'[telegram]\ntoken = "{TOKEN}"\n',
        ["school.toml, line 20: 'token' is not known here; use one of base_url, enabled, listen, mode, webhook_url"],
        id="token in the file",
    ),
    pytest.param(
        GOOD.replace('mentors = ["m-de-vries"]', 'mentors = ["nobody"]').replace('"leadership"', '"board"'),
        [
            "school.toml, line 9: mentor 'nobody' of '2B' is nobody; use one of m-de-vries, o-yilmaz",
            "school.toml, line 11: nobody is leadership, and some cases can go to no one else; "
            'give somebody roles = ["leadership"]',
            "school.toml, line 11: 'm-de-vries' has no role; name them in the mentors of a group, or give them roles: "
            "pupil, parent, class_parent, staff, trusted_person, coordinator, leadership, board, supervisory_board, "
            "administrator",
        ],
        id="several at once",
    ),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_does_not_fit_is_said_with_line_and_remedy(tmp_path: Path, text: str, said: list[str]) -> None:
    assert sorted(refusal(tmp_path, text)) == sorted(said)


def test_a_misspelt_secret_is_named_with_its_line_in_env(tmp_path: Path) -> None:
    said = refusal(tmp_path, GOOD, f"# secrets\nPATH_OF_ANOTHER=1\nKLASVEILIG_TELEGRAM_TOKN={TOKEN}\n")
    assert said == [
        ".env, line 3: 'KLASVEILIG_TELEGRAM_TOKN' is not known here; did you mean 'KLASVEILIG_TELEGRAM_TOKEN'?"
    ]


def test_secrets_come_from_env_and_the_environment_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLASVEILIG_SMTP_PASSWORD", PASSWORD)
    env = f"KLASVEILIG_TELEGRAM_TOKEN={TOKEN}\nKLASVEILIG_SMTP_PASSWORD=another\nKLASVEILIG_KEYS=\n"
    secrets = settings_of(tmp_path, env=env).secrets
    assert secrets.telegram_token is not None
    assert secrets.telegram_token.get_secret_value() == TOKEN
    assert secrets.smtp_password is not None
    assert secrets.smtp_password.get_secret_value() == PASSWORD
    assert secrets.keys_value is None, "empty is absent"


def test_a_database_with_a_password_comes_from_the_environment(tmp_path: Path) -> None:
    env = f"KLASVEILIG_DATABASE_URL=postgresql://bot:{PASSWORD}@db.example/klasveilig\n"
    settings = settings_of(tmp_path, env=env)
    assert settings.storage_url == f"postgresql+psycopg://bot:{PASSWORD}@db.example/klasveilig"


def test_an_unknown_kind_of_database_in_the_environment_is_refused_before_anything_starts(tmp_path: Path) -> None:
    assert refusal(tmp_path, GOOD, f"KLASVEILIG_DATABASE_URL=mysql://bot:{PASSWORD}@db.example\n") == [
        ".env: KLASVEILIG_DATABASE_URL: this kind of database is not known here; "
        "start it with sqlite:/// or postgresql://"
    ]


def test_what_needs_a_secret_says_so_before_anything_starts(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        GOOD + '[telegram]\nenabled = true\n[mail]\nhost = "mail.example"\nuser = "bot"\nfrom = "bot@school.example"\n',
    )
    with pytest.raises(TomlError) as refused:
        require_secrets(settings)
    assert str(refused.value).replace(f"{tmp_path}/", "").splitlines() == [
        "school.toml, line 20: Telegram is on, but there is no token; "
        "put the token that BotFather gave into KLASVEILIG_TELEGRAM_TOKEN in .env",
        "school.toml, line 23: there is no password for 'bot'; put it into KLASVEILIG_SMTP_PASSWORD in .env",
    ]


def test_nothing_more_is_asked_when_every_secret_is_there(tmp_path: Path) -> None:
    env = f"KLASVEILIG_TELEGRAM_TOKEN={TOKEN}\n"
    require_secrets(settings_of(tmp_path, GOOD + "[telegram]\nenabled = true\n", env))


def test_secrets_are_in_no_text_and_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    names = [f"KLASVEILIG_{name.upper()}" for name in Secrets.model_fields]
    settings = settings_of(tmp_path, env="".join(f"{name}=postgresql://bot:{PASSWORD}@db\n" for name in names))
    logging.getLogger("anywhere").warning("settings: %s %r %s", settings, settings, settings.model_dump_json())
    shown = f"{settings!r} {settings} {settings.secrets!r} {settings.model_dump()} {caplog.text}"
    assert "secrets" in shown
    assert PASSWORD not in shown


def test_a_refused_value_is_not_repeated(tmp_path: Path) -> None:
    text = GOOD + f'[storage]\nurl = "mysql://bot:{PASSWORD}@db.example"\n[mail]\nfrom = "{PASSWORD}"\n'
    with pytest.raises(TomlError) as refused:
        settings_of(tmp_path, text)
    assert PASSWORD not in "".join(traceback.format_exception(refused.value))
