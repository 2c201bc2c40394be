"""Whole exports of every form, read as they should be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bot.adapters.replay.golden import DEMO, EXPORTS, FOLDER, as_json, expected_path, read


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.name)
def test_an_export_reads_as_its_golden_file_says(path: Path) -> None:
    assert as_json(read(path)) == json.loads(expected_path(path).read_text(encoding="utf-8"))


def test_one_chat_exported_by_four_phones_has_the_same_identities() -> None:
    identities = [
        [message.identity for message in read(path).messages] for path in EXPORTS if path.name.startswith("whatsapp")
    ]
    assert len(identities) == 4
    assert identities[0] == identities[1] == identities[2] == identities[3]
    assert len(set(identities[0])) == len(identities[0])


def test_every_line_of_an_export_is_accounted_for() -> None:
    for path in (*EXPORTS, DEMO / "klas-2b.txt", DEMO / "ouderapp-2b.txt"):
        export = read(path)
        assert export.lines == (
            len(export.messages)
            + export.continuation_lines
            + export.system_lines
            + export.deleted
            + len(export.unreadable)
        )
        if path.suffix == ".txt":
            assert export.lines == path.read_bytes().count(b"\n")


def test_no_golden_file_is_left_over() -> None:
    expected = {expected_path(path) for path in EXPORTS}
    assert expected == set(FOLDER.glob("*.expected.json"))


def test_the_demo_exports_read_without_a_loss() -> None:
    pupils, parents = (read(DEMO / name) for name in ("klas-2b.txt", "ouderapp-2b.txt"))
    assert (pupils.form, pupils.title) == ("WhatsApp Android", "Klas 2B 🎒")
    assert (parents.form, parents.title) == ("WhatsApp iOS", "Ouders 2B")
    assert len(pupils.messages) > 140
    assert len(parents.messages) > 45
    assert not pupils.unreadable + parents.unreadable
    assert not pupils.notes + parents.notes
