from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from models.detoxify.files import Place


@pytest.fixture
def place(exported: Place, tmp_path: Path) -> Place:
    """A copy of the exported one, to do harm to."""
    shutil.copytree(exported.folder, tmp_path / "detoxify")
    return Place(tmp_path / "detoxify")
