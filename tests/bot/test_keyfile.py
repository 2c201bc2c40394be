"""Keys on disk and from the environment: private, whole or not at all, and shared by several processes."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.keyfile import ENVIRONMENT_NAME, EnvironmentKeyRing, FileKeyRing, open_keys
from bot.keyring import (
    JOURNAL_KEY_GRACE,
    KeyRingError,
    KeysFixed,
    KeysMissing,
    KeysUnreadable,
    KeysUnsafe,
    KeyUnknown,
    Purpose,
)
from tests.conftest import FixedClock

ABOUT = "journal:1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keys.json"


@pytest.fixture
def ring(path: Path, clock: FixedClock) -> FileKeyRing:
    return FileKeyRing.create(path, clock)


def test_new_keys_are_for_nobody_else(ring: FileKeyRing, path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.json"]


def test_keys_are_the_same_after_a_restart(ring: FileKeyRing, path: Path, clock: FixedClock) -> None:
    sealed = ring.seal(Purpose.CASE, b"sukkel", ABOUT)
    ring.rotate(Purpose.CASE)
    again = FileKeyRing(path, clock)
    assert again.open(sealed, ABOUT) == b"sukkel"
    assert again.check_value() == ring.check_value()
    assert [again.key_ids(purpose) for purpose in Purpose] == [ring.key_ids(purpose) for purpose in Purpose]


def test_a_change_leaves_a_private_file_and_nothing_beside_it(ring: FileKeyRing, path: Path) -> None:
    (path.parent / "keys.json.new").write_text("left by a crash")
    (path.parent / "keys.json.new").chmod(0o644)
    ring.rotate(Purpose.CASE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.json"]


def test_keys_that_are_there_are_never_made_anew(ring: FileKeyRing, path: Path, clock: FixedClock) -> None:
    before = path.read_bytes()
    with pytest.raises(KeysFixed, match="already"):
        FileKeyRing.create(path, clock)
    assert path.read_bytes() == before


def test_a_missing_file_is_told_with_what_to_do(path: Path, clock: FixedClock) -> None:
    with pytest.raises(KeysMissing, match=r"There is no key file .*keys\.json\. Put it back from its backup"):
        FileKeyRing(path, clock)
    assert not path.exists()


def test_a_folder_that_cannot_be_made_or_is_gone_is_told(ring: FileKeyRing, path: Path, clock: FixedClock) -> None:
    with pytest.raises(KeysMissing, match=r"keys\.json/deeper cannot be opened: Not a directory\."):
        FileKeyRing.create(path / "deeper" / "keys.json", clock)
    path.unlink()
    path.parent.rmdir()
    with pytest.raises(KeysUnreadable, match=r"keys cannot be opened: No such file or directory\."):
        ring.rotate(Purpose.CASE)
    with pytest.raises(KeysMissing):
        FileKeyRing(path, clock)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_file_that_others_can_read_is_refused(ring: FileKeyRing, path: Path, clock: FixedClock, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(KeysUnsafe, match=f"Type: chmod 600 {path}"):
        FileKeyRing(path, clock)


def test_a_folder_that_others_can_enter_is_refused(ring: FileKeyRing, path: Path, clock: FixedClock) -> None:
    path.parent.chmod(0o755)
    with pytest.raises(KeysUnsafe, match=f"Type: chmod 700 {path.parent}"):
        FileKeyRing(path, clock)
    path.unlink()
    with pytest.raises(KeysUnsafe):
        FileKeyRing.create(path, clock)
    assert not path.exists()


def changed(text: str, **changes: Any) -> str:
    """Return the key file with fields of its second key changed."""
    data = json.loads(text)
    data["keys"][1].update(changes)
    return json.dumps(data)


def without_key(text: str, index: int) -> str:
    data = json.loads(text)
    del data["keys"][index]
    return json.dumps(data)


def with_key_twice(text: str, index: int) -> str:
    data = json.loads(text)
    data["keys"].append(data["keys"][index])
    return json.dumps(data)


BROKEN: dict[str, tuple[Callable[[str], str], str]] = {
    "empty": (lambda text: "", "line 1"),
    "cut short": (lambda text: text[: len(text) // 2], r"line \d+: these are no keys, or they were cut short"),
    "binary": (lambda text: "\udcff\x00", "line 1"),
    "a list": (lambda text: "[]", "no keys of this version"),
    "of a later version": (lambda text: text.replace('"format": 1', '"format": 2'), "no keys of this version"),
    "without keys": (lambda text: '{"format": 1}', "no keys of this version"),
    "no object as key": (lambda text: '{"format": 1, "keys": [7]}', "key 1 is damaged"),
    "no base64": (lambda text: changed(text, secret="?"), "key 2 is damaged"),
    "short key": (lambda text: changed(text, secret="AAAA"), "key 2 is damaged"),
    "mistyped key": (lambda text: changed(text, secret=base64.b64encode(bytes(32)).decode()), "key 2 is damaged"),
    "unknown purpose": (lambda text: changed(text, purpose="fun"), "key 2 is damaged"),
    "other purpose": (lambda text: changed(text, purpose="journal"), "key 2 is damaged"),
    "no moment": (lambda text: changed(text, made_at="yesterday"), "key 2 is damaged"),
    "no time zone": (lambda text: changed(text, made_at="2026-11-20T13:00:00"), "key 2 is damaged"),
    "key missing": (lambda text: without_key(text, 2), "missing or stands there twice"),
    "key twice": (lambda text: with_key_twice(text, 0), "missing or stands there twice"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_damaged_file_is_told_and_left_as_it_is(ring: FileKeyRing, path: Path, clock: FixedClock, name: str) -> None:
    secrets = [entry["secret"] for entry in json.loads(path.read_text())["keys"]]
    breaking, problem = BROKEN[name]
    path.write_text(breaking(path.read_text()), errors="surrogateescape")
    damaged = path.read_bytes()
    for attempt in (lambda: FileKeyRing(path, clock), lambda: ring.rotate(Purpose.CASE)):
        with pytest.raises(KeysUnreadable, match=problem) as error:
            attempt()
        assert str(path) in str(error.value)
        assert not [secret for secret in secrets if secret in repr(everything_in(error.value))]
        assert path.read_bytes() == damaged
    with pytest.raises((KeysUnreadable, KeysMissing), match=ENVIRONMENT_NAME):
        EnvironmentKeyRing(damaged.decode(errors="replace"), clock)


def everything_in(error: BaseException | None) -> list[Any]:
    """Return what a crash report could show of an error and those behind it."""
    return [] if error is None else [error.args, vars(error), *everything_in(error.__context__)]


def test_a_folder_that_cannot_be_written_keeps_the_old_keys(
    ring: FileKeyRing, path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    before, key_ids = path.read_bytes(), ring.key_ids(Purpose.CASE)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeysFixed, match="No space left on device"):
        ring.rotate(Purpose.CASE)
    assert path.read_bytes() == before
    assert ring.key_ids(Purpose.CASE) == key_ids
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.json"]


def test_a_change_is_on_disk_before_it_is_used(ring: FileKeyRing, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    names = {}
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        names.update({entry.stat().st_ino: entry.name for entry in (path.parent, *path.parent.iterdir())})
        assert len(ring.key_ids(Purpose.CASE)) == 1
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    ring.rotate(Purpose.CASE)
    assert [names[inode] for inode in synced] == ["keys.json", "keys"]
    assert synced[0] == path.stat().st_ino


def test_two_processes_share_one_file(ring: FileKeyRing, path: Path, clock: FixedClock) -> None:
    other = FileKeyRing(path, clock)
    here, there = ring.rotate(Purpose.CASE), other.rotate(Purpose.CASE)
    assert FileKeyRing(path, clock).key_ids(Purpose.CASE)[1:] == (here, there)
    sealed = other.seal(Purpose.CASE, b"by the other process", ABOUT)
    assert ring.open(sealed, ABOUT) == b"by the other process"


def test_a_journal_key_that_another_process_renewed_is_taken_over(
    ring: FileKeyRing, path: Path, clock: FixedClock
) -> None:
    other = FileKeyRing(path, clock)
    clock.now += timedelta(days=1, seconds=1)
    ring.renew_journal_key(set())
    other.renew_journal_key(set())
    assert other.key_ids(Purpose.JOURNAL) == ring.key_ids(Purpose.JOURNAL)
    assert len(ring.key_ids(Purpose.JOURNAL)) == 2


def test_a_process_that_only_seals_takes_up_the_new_journal_key_before_the_old_one_is_destroyed(
    ring: FileKeyRing, path: Path, clock: FixedClock
) -> None:
    other = FileKeyRing(path, clock)
    clock.forward(days=1, seconds=1)
    ring.renew_journal_key(set())
    clock.now += JOURNAL_KEY_GRACE
    sealed = other.seal(Purpose.JOURNAL, b"just arrived", ABOUT)
    clock.forward(seconds=1)
    assert len(ring.renew_journal_key(set())) == 1
    assert FileKeyRing(path, clock).open(sealed, ABOUT) == b"just arrived"


def test_many_who_rotate_at_once_lose_no_key(ring: FileKeyRing, path: Path, clock: FixedClock) -> None:
    made: list[str] = []
    rings = [FileKeyRing(path, clock) for _ in range(4)]
    threads = [threading.Thread(target=lambda ring=one: made.append(ring.rotate(Purpose.CASE))) for one in rings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(FileKeyRing(path, clock).key_ids(Purpose.CASE)[1:]) == sorted(made)
    assert len(made) == 4


def test_keys_from_the_environment_go_before_the_file_and_stay_as_they_are(
    ring: FileKeyRing, path: Path, clock: FixedClock
) -> None:
    value = path.read_text()
    sealed = ring.seal(Purpose.JOURNAL, b"x", ABOUT)
    ring.rotate(Purpose.JOURNAL)
    fixed = open_keys(path, value, clock)
    assert not fixed.can_rotate
    assert fixed.open(sealed, ABOUT) == b"x"
    with pytest.raises(KeysFixed, match=f"The keys come from {ENVIRONMENT_NAME}"):
        fixed.rotate(Purpose.JOURNAL)
    with pytest.raises(KeysFixed, match=ENVIRONMENT_NAME):
        fixed.destroy(fixed.key_ids(Purpose.CASE)[0])
    clock.forward(days=3)
    assert fixed.renew_journal_key(set()) == ()
    assert len(fixed.key_ids(Purpose.JOURNAL)) == 1
    with pytest.raises(KeyUnknown):
        fixed.open(ring.seal(Purpose.JOURNAL, b"y", ABOUT), ABOUT)


def test_an_empty_environment_value_is_an_error_and_no_value_means_the_file(
    ring: FileKeyRing, path: Path, clock: FixedClock
) -> None:
    assert open_keys(path, None, clock).check_value() == ring.check_value()
    with pytest.raises(KeysMissing, match=f"{ENVIRONMENT_NAME} is empty"):
        open_keys(path, "  ", clock)


def test_every_error_has_a_text_for_people(path: Path, clock: FixedClock) -> None:
    with pytest.raises(KeyRingError) as error:
        FileKeyRing(path, clock)
    assert str(error.value) == str(error.value.text)
