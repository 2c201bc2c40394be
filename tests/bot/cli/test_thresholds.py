"""`model thresholds` suggests thresholds; `model recalibrate` shows what decisions would change before it does."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot.bootstrap import App, opened
from bot.cases.case import Decision
from bot.cli import main
from bot.cli.setup import prepare
from bot.executor import InlineExecutor
from bot.school_file import load_settings
from bot.storage.tables import AuditRow
from models.thresholds import save_held_out
from rules.protocols import load_protocol
from rules.vocabulary import Category, GroupKind, Role
from tests.bot.school_week import World
from tests.models.held_out import made_up

SCHOOL = """
[school]
name = "CSG De Proef"
slug = "proef"
youngest_pupil = 13

[[group]]
name = "2B"
kind = "class"
mentors = ["mentor"]

[[person]]
key = "mentor"
name = "Mies de Boer"

[[person]]
key = "leader"
name = "Lies Bakker"
roles = ["leadership"]

[[person]]
key = "vera"
name = "Vera Smit"
roles = ["trusted_person", "administrator"]
"""


def klasveilig(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(folder / "school.toml"), *arguments])


@pytest.fixture
def held(tmp_path: Path) -> Path:
    path = tmp_path / "held.npz"
    save_held_out(made_up(), path)
    return path


@pytest.fixture
def school(tmp_path: Path) -> Path:
    """A folder with a school in it."""
    (tmp_path / "school.toml").write_text(SCHOOL, encoding="utf-8")
    prepare(load_settings(tmp_path / "school.toml"))
    return tmp_path


def in_school(folder: Path, work: Callable[[App], Awaitable[None]]) -> None:
    """Do something with the opened school."""

    async def opened_work() -> None:
        async with opened(load_settings(folder / "school.toml"), executor=InlineExecutor()) as app:
            await work(app)

    asyncio.run(opened_work())


def decided(folder: Path, *, founded: int, unfounded: int, messages: int = 2000) -> None:
    """Let the school have so many decided cases for insults in 2B, each with one flag, and so many checked messages."""

    async def work(app: App) -> None:
        async with app.store.write() as tx:
            group = UUID((await tx.people.groups(app.school.id))[0].id)
            mentor = await tx.people.by_key(app.school.id, "mentor")
            assert mentor is not None
            world = World(app.school.id, group, {Role.MENTOR: mentor}, app.ids, app.clock)  # type: ignore[arg-type]
            for number in range(founded + unfounded):
                decision = Decision.FOUNDED if number < founded else Decision.UNFOUNDED
                await world.handle(tx, await world.case(tx), taken=0, decided=0, as_=decision)
            today = app.clock().astimezone(app.school.timezone).date()
            await tx.counters.add({(app.school.id, group, today - timedelta(days=1), "checked"): messages})

    in_school(folder, work)


def test_thresholds_shows_what_holds_now_beside_what_is_suggested_with_intervals(tmp_path: Path, held: Path) -> None:
    shown = klasveilig(tmp_path, "model", "thresholds", "--false-flags-per-1000", "5", "--scores", str(held))
    assert shown.exit_code == 0, shown.output
    lines = shown.output.splitlines()
    assert lines[0] == "Klassengroepen: 1.500 gewone onschuldige berichten, 2.020 berichten in totaal"
    half = ["drempel", "onterecht", "per", "1.000", "gevonden"]
    assert lines[2].split() == ["soort", *half, *half]
    insult = next(line for line in lines if line.startswith("belediging"))
    assert insult.split()[1] == "0.70"
    assert insult.count("–") == 4
    assert "zorgsignaal (telt niet mee)" in shown.output
    assert shown.output.count("Te verwachten (gekozen op de ene helft van de berichten") == 2
    assert "maar 0 gewone onschuldige berichten" in shown.output


def test_what_is_suggested_can_be_pasted_into_a_protocol(tmp_path: Path, held: Path) -> None:
    arguments = ("--false-flags-per-1000", "5", "--scores", str(held), "--group", "class")
    output = klasveilig(tmp_path, "model", "thresholds", *arguments).output
    tables = tomllib.loads(output[output.index("[categories") :])["categories"]
    present = load_protocol("willem-van-oranje-2026")
    assert set(tables) == {category.value for category in present.thresholds(GroupKind.CLASS)}
    assert tables["insult"]["threshold"]["class"] < 0.7
    assert tables["insult"]["threshold"]["parents"] == 0.75
    assert "Ouderapps" not in output


def test_without_scores_the_command_says_which_file_is_lacking(tmp_path: Path) -> None:
    missing = tmp_path / "none.npz"
    result = klasveilig(tmp_path, "model", "thresholds", "--false-flags-per-1000", "5", "--scores", str(missing))
    assert (result.exit_code, str(missing) in result.output) == (2, True)


def test_recalibrate_shows_what_would_change_and_changes_nothing(school: Path, held: Path) -> None:
    decided(school, founded=3, unfounded=40)
    shown = klasveilig(school, "model", "recalibrate", "--as", "leader", "--scores", str(held))
    assert shown.exit_code == 0, shown.output
    assert "belediging (klassengroepen): 0.70 -> 0.80" in shown.output
    assert "terecht minder dan 5, onterecht 40" in shown.output
    assert "Van de signaleringen sinds die dag vervallen er: 0. Daarvan terecht: 0." in shown.output
    assert not (school / "thresholds.toml").exists()


def test_recalibrate_with_apply_sets_the_schools_own_threshold_and_puts_it_on_record(school: Path, held: Path) -> None:
    decided(school, founded=3, unfounded=40)
    done = klasveilig(school, "model", "recalibrate", "--as", "leader", "--scores", str(held), "--apply")
    assert done.exit_code == 0, done.output
    written = tomllib.loads((school / "thresholds.toml").read_text(encoding="utf-8"))
    assert written["class"]["insult"]["threshold"] == 0.8
    assert "Eigen drempels in plaats van die van het protocol: 1" in klasveilig(school, "doctor").output

    async def look(app: App) -> None:
        assert app.school.protocol.thresholds(GroupKind.CLASS)[Category.INSULT] == 0.8
        async with app.database.reading() as session:
            actions = list(await session.scalars(select(AuditRow.action).order_by(AuditRow.position)))
        assert actions[-2:] == ["recalibration", "threshold class insult 0.70 0.80"]
        async with app.store.read() as tx:
            assert await tx.audit.first_broken(app.school.id) is None

    in_school(school, look)
    again = klasveilig(school, "model", "recalibrate", "--as", "leader", "--scores", str(held), "--apply")
    assert "Er is te weinig bekend" in again.output


def test_recalibrate_trusts_no_small_numbers(school: Path, held: Path) -> None:
    decided(school, founded=0, unfounded=19)
    shown = klasveilig(school, "model", "recalibrate", "--as", "leader", "--scores", str(held), "--apply")
    assert "Er is te weinig bekend (minder dan 20" in shown.output
    assert "19" not in shown.output
    assert not (school / "thresholds.toml").exists()


@pytest.mark.parametrize("key", ["mentor", "vera"])
def test_only_leadership_recalibrates(school: Path, held: Path, key: str) -> None:
    decided(school, founded=3, unfounded=40)
    refused = klasveilig(school, "model", "recalibrate", "--as", key, "--scores", str(held), "--apply")
    assert refused.exit_code == 2
    assert "for leadership to change" in refused.output
    assert "0.80" not in refused.output
    assert not (school / "thresholds.toml").exists()


def test_thresholds_that_do_not_fit_stop_everything_with_the_remedy(school: Path) -> None:
    (school / "thresholds.toml").write_text("[class.insult]\nthreshold = 2\nsince = 2027-01-01\n", encoding="utf-8")
    result = klasveilig(school, "cases", "--as", "leader")
    assert result.exit_code == 2
    assert "thresholds.toml, line 2" in result.output
