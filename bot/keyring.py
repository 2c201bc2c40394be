"""The keys that seal what the bot keeps, apart from the database that it keeps it in.

A ciphertext is: version (1 byte), key id (8 bytes), nonce (12 bytes), AES-256-GCM ciphertext with its 16-byte tag.
The header and what the text is about are bound as associated data, so a ciphertext opens nowhere else.
Nonces are random: safe up to 2^32 ciphertexts per key (NIST SP 800-38D, 8.3), far more than a school makes.
Keys and nonces come from the operating system and never from an injected generator: a seed must not reach them.

`MemoryKeyRing` is what all rings are made of; those that keep their keys in a file or take them from the
environment are in `bot.keyfile`. The errors, each with a text for the person who runs the bot:

    KeyRingError
    ├── KeysMissing        there are no keys
    ├── KeysUnsafe         others on the machine can read them
    ├── KeysUnreadable     the file or the environment value is damaged
    ├── KeysOfAnother      they belong to another database
    ├── KeyUnknown         a ciphertext names a key that is not here
    ├── SealBroken         a ciphertext was changed, cut short, or is about something else
    └── KeysFixed          this key cannot be replaced or destroyed here
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.clock import Clock
from rules.vocabulary import Phrase, phrase

VERSION: Final = 1
KEY_BYTES: Final = 32
ID_END: Final = 9
"""Where the key id ends: `substr(sealed, 1, 9)` is equal in SQL for all ciphertexts of one key."""
NONCE_END: Final = ID_END + 12
SHORTEST: Final = NONCE_END + 16

JOURNAL_KEY_LIFE: Final = timedelta(days=1)
"""How long one key seals the journal: what it holds is processed within a second, or retried within a day."""
JOURNAL_KEY_GRACE: Final = timedelta(hours=2)
"""How long a replaced journal key stays even if nothing on disk needs it: something may be on its way to the disk,
and other processes take up the new key a little later."""


class KeyRingError(Exception):
    """Something is wrong with the keys; `text` says what, and what to do. Never holds key material."""

    def __init__(self, text: Phrase) -> None:
        super().__init__(str(text))
        self.text = text


class KeysMissing(KeyRingError):
    """There are no keys."""


class KeysUnsafe(KeyRingError):
    """Other people on the machine can read the keys."""


class KeysUnreadable(KeyRingError):
    """The key file or the environment value is damaged; it is left as it is."""


class KeysOfAnother(KeyRingError):
    """The keys do not belong to this database."""


class KeyUnknown(KeyRingError):
    """A ciphertext names a key that this ring does not hold: destroyed, or the ring is an old copy."""


class SealBroken(KeyRingError):
    """A ciphertext was changed, cut short, or belongs to something else."""


class KeysFixed(KeyRingError):
    """The key cannot be replaced or destroyed."""


class Purpose(enum.StrEnum):
    """What a key is for."""

    JOURNAL = "journal"
    """Messages between arrival and processing: a new key each day."""
    CASE = "case"
    """Evidence, reasons, notes, names and addresses."""
    PSEUDONYM = "pseudonym"
    """The HMAC of what must be found again without being readable; one key for the life of the database."""


@dataclass(frozen=True, slots=True)
class Key:
    """A 256-bit key. Its id is a fingerprint of its purpose and secret, so that a mistyped key shows itself."""

    purpose: Purpose
    made_at: datetime
    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """The id as it stands in ciphertexts, in 16 hexadecimal digits; tells nothing about the secret."""
        return hashlib.sha256(b"klasveilig key\0" + self.purpose.encode() + b"\0" + self.secret).hexdigest()[:16]


Keys = tuple[Key, ...]
"""All keys of a ring, oldest first: the last one of a purpose is in use."""


class KeyRing(Protocol):
    """Seals and opens, and finds things again by their HMAC. Safe to use from several threads."""

    @property
    def can_rotate(self) -> bool:
        """Whether keys can be replaced here; if not, journal keys are not short-lived (`doctor` says so)."""
        ...

    def seal(self, purpose: Purpose, plaintext: bytes, about: str) -> bytes:
        """Return `plaintext` sealed under the newest key of `purpose`, bound to `about`."""
        ...

    def open(self, sealed: bytes, about: str) -> bytes:
        """Return what was sealed about `about`; raises `KeyUnknown` or `SealBroken`."""
        ...

    def lookup(self, kind: str, value: str) -> str:
        """Return the HMAC-SHA256 of `value` within `kind`, in hexadecimal digits; kinds never match one another."""
        ...

    def check_value(self) -> str:
        """Return what a database remembers to know its keys by: the same however often keys are rotated."""
        ...

    def key_ids(self, purpose: Purpose) -> tuple[str, ...]:
        """Return the ids of the keys of a purpose, oldest first; the last one is in use."""
        ...

    def rotate(self, purpose: Purpose) -> str:
        """Make a new key for `purpose` and return its id; older keys still open. Raises `KeysFixed`."""
        ...

    def destroy(self, key_id: str) -> None:
        """Forget an older key for ever, and with it all that it sealed; raises `KeyUnknown` or `KeysFixed`."""
        ...

    def renew_journal_key(self, in_use: Collection[str]) -> tuple[str, ...]:
        """Replace a journal key older than a day, destroy older ones not `in_use`, and return the destroyed ids.

        `in_use` are the ids that journal entries on disk still need; a replaced key stays for two hours at least.
        Does nothing where keys cannot rotate.
        """
        ...


def key_id_of(sealed: bytes) -> str:
    """Return the id of the key that a ciphertext needs; raises `SealBroken` for bytes that are no ciphertext."""
    if len(sealed) < SHORTEST or sealed[0] != VERSION:
        raise SealBroken(phrase("Sealed data is damaged or cut short. Restore the database from a backup."))
    return sealed[1:ID_END].hex()


def require_keys_of_database(ring: KeyRing, remembered: str) -> None:
    """Raise `KeysOfAnother` unless the database that remembers this check value was made with these keys."""
    if not hmac.compare_digest(ring.check_value(), remembered):
        raise KeysOfAnother(
            phrase(
                "These keys do not belong to this database. "
                "Put back the keys that it was made with, or point to the right database."
            )
        )


def new_key(purpose: Purpose, made_at: datetime) -> Key:
    """Return a new random key."""
    return Key(purpose, made_at, os.urandom(KEY_BYTES))


def new_keys(made_at: datetime) -> Keys:
    """Return one new key for each purpose."""
    return tuple(new_key(purpose, made_at) for purpose in Purpose)


class MemoryKeyRing:
    """A key ring that lives as long as the process: for tests, and the core of the other rings."""

    def __init__(self, clock: Clock, keys: Keys | None = None) -> None:
        self._clock = clock
        self._use(new_keys(clock()) if keys is None else keys)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._keys)} keys>"

    @property
    def can_rotate(self) -> bool:
        """Whether keys can be replaced here."""
        return True

    def seal(self, purpose: Purpose, plaintext: bytes, about: str) -> bytes:
        """Return `plaintext` sealed under the newest key of `purpose`, bound to `about`."""
        header, cipher = self._newest[purpose]
        nonce = os.urandom(12)
        return header + nonce + cipher.encrypt(nonce, plaintext, header + about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """Return what was sealed about `about`; raises `KeyUnknown` or `SealBroken`."""
        cipher = self._cipher(key_id_of(sealed))
        try:
            return cipher.decrypt(sealed[ID_END:NONCE_END], sealed[NONCE_END:], sealed[:ID_END] + about.encode())
        except InvalidTag:
            raise SealBroken(
                phrase("Sealed data was changed or stands in the wrong place. Restore the database from a backup.")
            ) from None

    def lookup(self, kind: str, value: str) -> str:
        """Return the HMAC-SHA256 of `value` within `kind`, which must not be empty or hold a zero character."""
        if not kind or "\0" in kind:
            raise ValueError(f"{kind!r} is no kind of lookup")
        return self._hmac(f"{kind}\0{value}")

    def check_value(self) -> str:
        """Return what a database remembers to know its keys by: the same however often keys are rotated."""
        return self._hmac("\0check")  # no kind is empty, so no lookup ever equals it

    def key_ids(self, purpose: Purpose) -> tuple[str, ...]:
        """Return the ids of the keys of a purpose, oldest first; the last one is in use."""
        return tuple(key.id for key in self._keys if key.purpose is purpose)

    def rotate(self, purpose: Purpose) -> str:
        """Make a new key for `purpose` and return its id; older keys still open. Raises `KeysFixed`."""
        if purpose is Purpose.PSEUDONYM:
            raise KeysFixed(
                phrase("The key for pseudonyms cannot be replaced: nobody would be found again under a new one.")
            )
        key = new_key(purpose, self._clock())
        self._change(lambda keys: (*keys, key))
        return key.id

    def destroy(self, key_id: str) -> None:
        """Forget an older key for ever, and with it all that it sealed; raises `KeyUnknown` or `KeysFixed`."""

        def without(keys: Keys) -> Keys:
            if all(key.id != key_id for key in keys):
                raise unknown(key_id)
            if key_id in {key.id for key in newest(keys).values()}:
                raise KeysFixed(phrase("Key {key} is in use. Make a new key before you destroy it.", key=key_id))
            return tuple(key for key in keys if key.id != key_id)

        self._change(without)

    def renew_journal_key(self, in_use: Collection[str]) -> tuple[str, ...]:
        """Replace a journal key older than a day, destroy older ones not `in_use`, and return the destroyed ids."""
        if not self.can_rotate:
            return ()
        now = self._clock()
        before = self.key_ids(Purpose.JOURNAL)
        self._change(lambda keys: renewed(keys, now, in_use))
        return tuple(key_id for key_id in before if key_id not in self.key_ids(Purpose.JOURNAL))

    def _use(self, keys: Keys) -> None:
        """Take `keys` in use. Ciphers are made once: making one costs more than sealing with it."""
        self._keys = keys
        self._ciphers = {key.id: AESGCM(key.secret) for key in keys}
        self._newest = {
            purpose: (bytes([VERSION]) + bytes.fromhex(key.id), self._ciphers[key.id])
            for purpose, key in newest(keys).items()
        }
        self._pseudonym = newest(keys)[Purpose.PSEUDONYM].secret

    def _change(self, change: Callable[[Keys], Keys]) -> None:
        """Replace the keys by what `change` makes of them; rings that keep their keys elsewhere do it there too."""
        self._use(change(self._keys))

    def _cipher(self, key_id: str) -> AESGCM:
        try:
            return self._ciphers[key_id]
        except KeyError:
            raise unknown(key_id) from None

    def _hmac(self, text: str) -> str:
        # A platform may hand in half a surrogate pair: it has a lookup like any other text.
        return hmac.digest(self._pseudonym, text.encode(errors="surrogatepass"), "sha256").hex()


def newest(keys: Keys) -> dict[Purpose, Key]:
    """Return the key in use for each purpose."""
    return {key.purpose: key for key in keys}


def renewed(keys: Keys, now: datetime, in_use: Collection[str]) -> Keys:
    """Return `keys` with a journal key of today, without older journal keys that nothing needs any more."""
    journal = [key for key in keys if key.purpose is Purpose.JOURNAL]
    done = {
        key.id
        for key, successor in pairwise(journal)
        if key.id not in in_use and now - successor.made_at > JOURNAL_KEY_GRACE
    }
    kept = tuple(key for key in keys if key.id not in done)
    return (*kept, new_key(Purpose.JOURNAL, now)) if now - journal[-1].made_at > JOURNAL_KEY_LIFE else kept


def unknown(key_id: str) -> KeyUnknown:
    """Return the error for a key id that no key has."""
    return KeyUnknown(
        phrase(
            "Key {key} is not in the key ring, so what it sealed cannot be read. Restore the newest copy of the keys.",
            key=key_id,
        )
    )
