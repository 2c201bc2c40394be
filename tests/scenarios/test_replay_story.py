"""An ICT person plays a chat export, and the mentor handles what it brings: the command line from end to end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from tests.bot.cli.test_setup import ANSWERS

ANDROID = """18-11-2026 10:01 - Noor: wie heeft de antwoorden van wiskunde
18-11-2026 10:02 - Sam: wat ben jij een sukkel zeg, noor
18-11-2026 10:02 - Lotte: doe normaal
"""
IPHONE = """[18-11-2026 10:01:07] Noor 🌸: wie heeft de antwoorden van wiskunde
[18-11-2026 10:02:11] Sam de B.: wat ben jij een sukkel zeg, noor
[18-11-2026 10:02:40] Jij: doe normaal
[19-11-2026 08:15:02] Noor 🌸: hebben we vandaag gym
"""


@pytest.fixture
def school(tmp_path: Path) -> Path:
    assert CliRunner().invoke(main, ["--config", str(tmp_path / "school.toml"), "init"], input=ANSWERS).exit_code == 0
    return tmp_path


def klasveilig(school: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(school / "school.toml"), *arguments])


def exported(school: Path, text: str) -> str:
    file = school / "chat.txt"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_replayed_insult_becomes_one_case_that_the_mentor_handles(school: Path) -> None:
    played = klasveilig(school, "replay", exported(school, ANDROID), "--group", "2B")
    assert played.exit_code == 0, played.output
    assert "sukkel" not in played.output
    number = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", played.output)[0]

    assert number in klasveilig(school, "cases", "--as", "marleen-de-vries").output
    shown = klasveilig(school, "case", "show", number, "--as", "marleen-de-vries").output
    assert "wat ben jij een sukkel" in shown
    assert "A.10" in shown
    for arguments in (
        ("take", number),
        ("heard", number, "--said", "Hij biedt zijn excuses aan"),
        ("decide", number, "founded", "--reason", "Besproken met Sam"),
        ("close", number),
    ):
        done = klasveilig(school, "case", *arguments, "--as", "marleen-de-vries")
        assert done.exit_code == 0, done.output


def test_the_same_chat_from_another_phone_a_day_later_makes_no_second_flag(school: Path) -> None:
    klasveilig(school, "replay", exported(school, ANDROID), "--group", "2B")
    again = klasveilig(school, "replay", exported(school, ANDROID), "--group", "2B")
    other_phone = klasveilig(school, "replay", exported(school, IPHONE), "--group", "2B")
    assert "Geen nieuwe signaleringen." in again.output
    assert "Geen nieuwe signaleringen." in other_phone.output
    assert (
        len(re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", klasveilig(school, "cases", "--as", "marleen-de-vries").output)) == 1
    )


def test_who_may_not_read_a_case_is_told_the_same_as_of_one_that_does_not_exist(school: Path) -> None:
    played = klasveilig(school, "replay", exported(school, ANDROID), "--group", "2B").output
    number = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", played)[0]
    real = klasveilig(school, "case", "show", number, "--as", "peter-bakker")
    invented = klasveilig(school, "case", "show", "2222-2222", "--as", "peter-bakker")
    assert (
        (real.exit_code, real.output) == (invented.exit_code, invented.output) == (2, "Deze zaak is niet te vinden.\n")
    )


@pytest.mark.parametrize(
    ("content", "problem"), [("", "leeg"), ("gewoon een brief\nzonder chat\n", "chat.txt"), ('{"a": 1}', "chat.txt")]
)
def test_a_file_that_is_no_export_is_one_clear_error_and_nothing_is_written(
    school: Path, content: str, problem: str
) -> None:
    played = klasveilig(school, "replay", exported(school, content), "--group", "2B")
    assert played.exit_code == 2
    assert problem in played.output
    assert klasveilig(school, "cases", "--as", "marleen-de-vries").output == "Geen zaken.\n"


def test_a_group_that_is_not_there_is_named_with_those_that_are(school: Path) -> None:
    played = klasveilig(school, "replay", exported(school, ANDROID), "--group", "3C")
    assert played.exit_code == 2
    assert "2B (class), Ouders 2B (parents)" in played.output
