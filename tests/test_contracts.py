"""The rooms' import contracts (design, section 3): they hold, and a violation of each one is caught by that one."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "rules", "models")

VIOLATIONS = [
    ("rooms", "bot/cases/case.py", "import bot.pipeline"),
    ("rooms", "bot/commands/__init__.py", "import bot.storage.store"),
    ("rooms", "bot/desk/__init__.py", "import bot.storage.store"),
    ("rooms", "bot/storage/__init__.py", "import bot.adapters.telegram"),
    ("rooms", "bot/schedule/__init__.py", "import bot.bootstrap"),
    ("rooms", "bot/keyring.py", "import bot.cases.case"),
    ("rooms", "bot/newroom.py", "'''A module that stands in no layer.'''"),
    ("platforms", "bot/adapters/telegram/__init__.py", "import bot.adapters.replay"),
    ("core", "rules/text/__init__.py", "import bot.clock"),
    ("core", "models/__init__.py", "import bot.clock"),
    ("rules-models", "rules/checks/__init__.py", "import models"),
    ("models-rules", "models/planted.py", "import rules.checks"),
    ("vocabulary", "rules/vocabulary.py", "import rules.checks"),
    ("vocabulary", "rules/text/__init__.py", "import rules.tomlfile"),
    ("telegram", "bot/pipeline.py", "import telegram"),
    ("telegram", "bot/adapters/replay/__init__.py", "import httpx"),
    ("mail", "bot/schedule/__init__.py", "import aiosmtplib"),
    ("sql", "bot/pipeline.py", "from sqlalchemy import select"),
    ("sql", "bot/cli/__init__.py", "import alembic.command"),
    ("scheduler", "bot/pipeline.py", "import apscheduler.schedulers.asyncio"),
    ("web", "bot/adapters/telegram/__init__.py", "import starlette.applications"),
    ("web", "bot/bootstrap.py", "import uvicorn"),
    ("terminal", "bot/commands/__init__.py", "import click"),
    ("terminal", "bot/schedule/__init__.py", "import rich.table"),
    ("ciphers", "bot/storage/__init__.py", "import cryptography.fernet"),
    ("discord", "bot/pipeline.py", "import discord"),
    ("torch", "rules/checks/__init__.py", "import torch"),
    ("torch", "models/__init__.py", "import detoxify"),
    ("torch", "models/detoxify/exported.py", "import onnx"),
    ("scipy", "models/embedded.py", "import scipy.sparse"),
    ("onnxruntime", "models/embedded.py", "import onnxruntime"),
    ("onnxruntime", "bot/detection.py", "import tokenizers"),
    ("offline", "bot/detection.py", "import models.detoxify.fetching"),
    ("offline", "models/detoxify/combining.py", "import models.detoxify.exporting"),
]


def lint(tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Check the contracts of the tree, and return what the command said."""
    program = Path(sys.executable).with_name("lint-imports")
    command: list[str | Path] = [program, "--no-logo", "--cache-dir", tree / "cache", *options]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code whose contracts hold."""
    folder = tmp_path_factory.mktemp("tree")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    checked = lint(folder)
    assert checked.returncode == 0, checked.stdout
    return folder


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS)
def test_a_forbidden_import_is_caught_by_its_contract(tree: Path, contract: str, file: str, line: str) -> None:
    path = tree / file
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
    try:
        caught = lint(tree, "--contract", contract)
        assert caught.returncode == 1, caught.stdout
        assert "0 kept, 1 broken" in caught.stdout
    finally:
        path.unlink() if before is None else path.write_text(before, encoding="utf-8")


def test_every_contract_has_a_planted_violation() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["id"] for contract in settings["tool"]["importlinter"]["contracts"]}
    assert contracts == {contract for contract, _, _ in VIOLATIONS}
