"""What whoever installs the bot meets: init, migrate, doctor, code and the errors that say what to do."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main

ANSWERS = """CSG De Proef
13
2B
Marleen de Vries
m.devries@proef.example
y

Orhan Yılmaz

Peter Bakker
p.bakker@proef.example
n
n
"""


def klasveilig(folder: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["--config", str(folder / "school.toml"), *arguments], input=typed)


@pytest.fixture
def school(tmp_path: Path) -> Path:
    """A folder in which `init` was answered."""
    result = klasveilig(tmp_path, "init", typed=ANSWERS)
    assert result.exit_code == 0, result.output
    return tmp_path


def test_init_asks_a_few_questions_and_makes_settings_keys_and_database(school: Path) -> None:
    assert 'name = "CSG De Proef"' in (school / "school.toml").read_text()
    assert (school / "var" / "klasveilig.db").exists()
    keys = school / "var" / "keys" / "keys.json"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.parent.stat().st_mode) == 0o700


def test_init_says_what_the_platforms_ask_of_the_pupils_age(tmp_path: Path) -> None:
    young = klasveilig(tmp_path, "init", typed=ANSWERS)
    assert "16 years" in young.output
    assert "chat exports" in young.output
    (tmp_path / "b").mkdir()
    old = klasveilig(tmp_path / "b", "init", typed=ANSWERS.replace("13", "16", 1))
    assert "old enough" in old.output


def test_init_proposes_a_shadow_month_and_doctor_says_that_it_runs(tmp_path: Path) -> None:
    made = klasveilig(tmp_path, "init", typed=ANSWERS.removesuffix("n\n") + "\n\n")
    assert made.exit_code == 0, made.output
    assert "go their normal way from the first day" in made.output
    until = datetime.now(UTC).date() + timedelta(days=31)
    assert f'[shadow]\nuntil = {until}\nshown_to = "peter-bakker"' in (tmp_path / "school.toml").read_text()
    said = klasveilig(tmp_path, "doctor").output
    assert "proefmaand, tot en met" in said
    assert "Peter Bakker ziet de signaleringen" in said


def test_doctor_says_that_the_shadow_month_is_over(school: Path) -> None:
    with (school / "school.toml").open("a") as file:
        file.write('[shadow]\nuntil = 2026-01-15\nshown_to = "peter-bakker"\n')
    assert "De proefmaand eindigde op donderdag 15 januari 2026" in klasveilig(school, "doctor").output


def test_doctor_says_how_many_notices_come_one_by_one(school: Path) -> None:
    assert "hooguit 10 losse berichten per week" in klasveilig(school, "doctor").output


def test_init_overwrites_nothing(school: Path) -> None:
    before = (school / "school.toml").read_bytes()
    result = klasveilig(school, "init", typed=ANSWERS)
    assert result.exit_code == 2
    assert "exists already" in result.output
    assert (school / "school.toml").read_bytes() == before


def test_doctor_names_who_cannot_be_reached_and_what_is_off(school: Path) -> None:
    result = klasveilig(school, "doctor")
    assert result.exit_code == 1
    assert "Orhan Yılmaz" in result.output
    assert "Marleen de Vries" not in result.output
    assert "Telegram" in result.output


def test_a_key_file_that_others_can_read_stops_everything_with_the_remedy(school: Path) -> None:
    (school / "var" / "keys" / "keys.json").chmod(0o644)
    result = klasveilig(school, "code", "--group", "2B")
    assert result.exit_code == 2
    assert "chmod" in result.output


def test_without_keys_nothing_starts(school: Path) -> None:
    (school / "var" / "keys" / "keys.json").unlink()
    result = klasveilig(school, "code", "--group", "2B")
    assert result.exit_code == 2
    assert "keys.json" in result.output


def test_keys_of_another_database_are_refused(school: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    assert klasveilig(other, "init", typed=ANSWERS).exit_code == 0
    assert klasveilig(school, "code", "--group", "2B").exit_code == 0
    (other / "var" / "keys" / "keys.json").replace(school / "var" / "keys" / "keys.json")
    result = klasveilig(school, "code", "--group", "2B")
    assert result.exit_code == 2
    assert "database" in result.output


def test_a_code_is_made_for_a_known_group_or_person_only(school: Path) -> None:
    made = klasveilig(school, "code", "--group", "2B")
    assert made.exit_code == 0
    assert made.output.startswith("/koppel ")
    assert klasveilig(school, "code", "--person", "orhan-ylmaz").exit_code == 0
    unknown = klasveilig(school, "code", "--group", "3C")
    assert unknown.exit_code == 2
    assert "2B" in unknown.output


def test_settings_that_cannot_be_read_name_file_and_remedy(tmp_path: Path) -> None:
    result = klasveilig(tmp_path, "cases", "--as", "x")
    assert result.exit_code == 2
    assert os.fspath(tmp_path / "school.toml") in result.output


def test_migrate_can_be_repeated(school: Path) -> None:
    for _ in range(2):
        assert klasveilig(school, "migrate").exit_code == 0
