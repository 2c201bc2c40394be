"""Sealing of columns: each ciphertext is bound to its column and school, so that it opens nowhere else."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from bot.keyring import KeyRing, Purpose


class Seal:
    """Seals and opens what stands in `*_sealed` columns."""

    def __init__(self, keyring: KeyRing) -> None:
        self._keyring = keyring

    def text(self, column: str, school_id: UUID, text: str) -> bytes:
        """Return `text` sealed for the column `table.column` of a school."""
        return self._keyring.seal(Purpose.CASE, text.encode(), f"{column}:{school_id}")

    def open_text(self, column: str, school_id: UUID, sealed: bytes) -> str:
        """Return the text; raises `KeyRingError` when the key is missing or the bytes were moved or changed."""
        return self._keyring.open(sealed, f"{column}:{school_id}").decode()

    def value(self, column: str, school_id: UUID, value: Any) -> bytes:
        """Return a JSON value sealed for a column of a school."""
        return self.text(column, school_id, json.dumps(value, ensure_ascii=False))

    def open_value(self, column: str, school_id: UUID, sealed: bytes) -> Any:
        """Return the JSON value; raises `KeyRingError` like `open_text`."""
        return json.loads(self.open_text(column, school_id, sealed))

    def event(self, school_id: UUID, data: bytes) -> bytes:
        """Return a journal event sealed under the short-lived journal key."""
        return self._keyring.seal(Purpose.JOURNAL, data, f"journal:{school_id}")

    def open_event(self, school_id: UUID, sealed: bytes) -> bytes:
        """Return the bytes of a journal event; raises `KeyRingError` like `open_text`."""
        return self._keyring.open(sealed, f"journal:{school_id}")

    def lookup(self, kind: str, value: str) -> str:
        """Return the HMAC of `value` within `kind`: the same for the same value, unreadable without the key."""
        return self._keyring.lookup(kind, value)
