"""Contract of every key ring: in memory, in a file, from the environment."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.keyfile import EnvironmentKeyRing, FileKeyRing
from bot.keyring import (
    JOURNAL_KEY_GRACE,
    JOURNAL_KEY_LIFE,
    KeyRing,
    KeysFixed,
    KeysOfAnother,
    KeyUnknown,
    MemoryKeyRing,
    Purpose,
    SealBroken,
    key_id_of,
    require_keys_of_database,
)
from tests.conftest import FixedClock

ABOUT = "flags.evidence:0190b3c4"

Reopen = Callable[[], KeyRing]


@pytest.fixture(params=["memory", "file", "environment"])
def ring(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> KeyRing:
    if request.param == "memory":
        return MemoryKeyRing(clock)
    ring = FileKeyRing.create(tmp_path / "keys" / "keys.json", clock)
    if request.param == "environment":
        return EnvironmentKeyRing((tmp_path / "keys" / "keys.json").read_text(), clock)
    return ring


@pytest.fixture(params=["memory", "file"])
def rotating(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> KeyRing:
    if request.param == "memory":
        return MemoryKeyRing(clock)
    return FileKeyRing.create(tmp_path / "keys" / "keys.json", clock)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_what_was_sealed_opens_again(ring: KeyRing, purpose: Purpose) -> None:
    sealed = ring.seal(purpose, "je bent 🐷".encode(), ABOUT)
    assert ring.open(sealed, ABOUT) == "je bent 🐷".encode()
    assert key_id_of(sealed) == ring.key_ids(purpose)[-1]


def test_the_same_text_never_gives_the_same_ciphertext(ring: KeyRing) -> None:
    assert len({ring.seal(Purpose.CASE, b"sukkel", ABOUT) for _ in range(100)}) == 100


def test_a_ciphertext_opens_only_for_what_it_is_about(ring: KeyRing) -> None:
    sealed = ring.seal(Purpose.CASE, b"sukkel", ABOUT)
    with pytest.raises(SealBroken):
        ring.open(sealed, "flags.evidence:another school")


def test_a_ciphertext_of_another_ring_names_a_key_that_is_not_here(ring: KeyRing, clock: FixedClock) -> None:
    sealed = MemoryKeyRing(clock).seal(Purpose.CASE, b"sukkel", ABOUT)
    with pytest.raises(KeyUnknown, match=f"Key {key_id_of(sealed)} is not in the key ring"):
        ring.open(sealed, ABOUT)


def test_a_lookup_is_equal_for_equal_input_within_its_kind_only(ring: KeyRing) -> None:
    assert ring.lookup("account", "telegram:1") == ring.lookup("account", "telegram:1")
    assert ring.lookup("account", "telegram:1") != ring.lookup("account", "telegram:2")
    assert ring.lookup("account", "telegram:1") != ring.lookup("dialog", "telegram:1")
    assert re.fullmatch("[0-9a-f]{64}", ring.lookup("account", "half a pair: \ud83d"))


@pytest.mark.parametrize("kind", ["", "with\0zero"])
def test_a_kind_that_could_be_mistaken_for_another_is_refused(ring: KeyRing, kind: str) -> None:
    with pytest.raises(ValueError, match="no kind of lookup"):
        ring.lookup(kind, "x")


def test_the_check_value_tells_the_keys_of_another_database(ring: KeyRing, clock: FixedClock) -> None:
    require_keys_of_database(ring, ring.check_value())
    with pytest.raises(KeysOfAnother, match="do not belong to this database"):
        require_keys_of_database(ring, MemoryKeyRing(clock).check_value())


def test_nothing_that_can_be_printed_holds_key_material(
    ring: KeyRing, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert isinstance(ring, MemoryKeyRing)
    sealed = ring.seal(Purpose.CASE, b"sukkel", ABOUT)
    with pytest.raises(SealBroken) as broken:
        ring.open(sealed, "other")
    printed = f"{ring!r} {ring} {vars(ring)!r} {broken.value!r} {caplog.text}".replace(repr(ring._pseudonym), "")
    for key in ring._keys:
        for form in (key.secret.hex(), repr(key.secret)[2:-1], repr(key.secret)):
            assert form not in printed


def test_after_rotation_old_and_new_ciphertexts_open_and_nothing_is_looked_up_otherwise(rotating: KeyRing) -> None:
    old, looked_up, check = (
        rotating.seal(Purpose.CASE, b"old", ABOUT),
        rotating.lookup("a", "b"),
        rotating.check_value(),
    )
    key_id = rotating.rotate(Purpose.CASE)
    new = rotating.seal(Purpose.CASE, b"new", ABOUT)
    assert key_id == key_id_of(new) == rotating.key_ids(Purpose.CASE)[-1] != key_id_of(old)
    assert (rotating.open(old, ABOUT), rotating.open(new, ABOUT)) == (b"old", b"new")
    assert (rotating.lookup("a", "b"), rotating.check_value()) == (looked_up, check)


def test_the_key_of_pseudonyms_cannot_be_rotated(rotating: KeyRing) -> None:
    with pytest.raises(KeysFixed, match="pseudonyms"):
        rotating.rotate(Purpose.PSEUDONYM)


def test_a_destroyed_key_opens_nothing_any_more(rotating: KeyRing) -> None:
    sealed = rotating.seal(Purpose.CASE, b"old", ABOUT)
    rotating.rotate(Purpose.CASE)
    rotating.destroy(key_id_of(sealed))
    assert key_id_of(sealed) not in rotating.key_ids(Purpose.CASE)
    with pytest.raises(KeyUnknown):
        rotating.open(sealed, ABOUT)
    with pytest.raises(KeyUnknown):
        rotating.destroy(key_id_of(sealed))


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_key_in_use_cannot_be_destroyed(rotating: KeyRing, purpose: Purpose) -> None:
    with pytest.raises(KeysFixed, match="in use"):
        rotating.destroy(rotating.key_ids(purpose)[-1])


def test_a_journal_key_is_replaced_after_a_day_and_destroyed_when_nothing_needs_it(
    rotating: KeyRing, clock: FixedClock
) -> None:
    first = rotating.key_ids(Purpose.JOURNAL)[-1]
    clock.now += JOURNAL_KEY_LIFE
    assert rotating.renew_journal_key(set()) == ()
    assert rotating.key_ids(Purpose.JOURNAL) == (first,)

    clock.now += timedelta(seconds=1)
    assert rotating.renew_journal_key(set()) == ()
    assert rotating.key_ids(Purpose.JOURNAL)[0] == first
    assert len(rotating.key_ids(Purpose.JOURNAL)) == 2

    clock.now += JOURNAL_KEY_GRACE
    assert rotating.renew_journal_key(set()) == (), "something sealed a moment ago may still be on its way to the disk"
    clock.now += timedelta(seconds=1)
    assert rotating.renew_journal_key({first}) == (), "an entry on disk still needs it"
    assert rotating.renew_journal_key(set()) == (first,)
    assert len(rotating.key_ids(Purpose.JOURNAL)) == 1
    assert len(rotating.key_ids(Purpose.CASE)) == 1


RING = MemoryKeyRing(FixedClock())


@given(plaintext=st.binary(max_size=100), about=st.text(max_size=20), data=st.data())
def test_any_change_to_a_ciphertext_is_noticed(plaintext: bytes, about: str, data: st.DataObject) -> None:
    sealed = RING.seal(Purpose.CASE, plaintext, about)
    position = data.draw(st.integers(0, len(sealed) - 1))
    flip = data.draw(st.integers(1, 255))
    changed = bytes(byte ^ flip if index == position else byte for index, byte in enumerate(sealed))
    with pytest.raises((SealBroken, KeyUnknown)):
        RING.open(changed, about)
    with pytest.raises((SealBroken, KeyUnknown)):
        RING.open(sealed[:position], about)


@given(about=st.text(), other=st.text(), plaintext=st.binary(max_size=50))
def test_a_ciphertext_opens_for_its_own_subject_and_no_other(about: str, other: str, plaintext: bytes) -> None:
    sealed = RING.seal(Purpose.JOURNAL, plaintext, about)
    assert RING.open(sealed, about) == plaintext
    if other != about:
        with pytest.raises(SealBroken):
            RING.open(sealed, other)
