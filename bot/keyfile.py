"""Where keys are kept: a file that only the bot can read, apart from the database, or an environment value.

Both hold the same JSON: `{"format": 1, "keys": [{"id", "purpose", "made_at", "secret" (base64)}, …]}`.
Destroying a key takes it out of the file. What the disk or a backup of the file still remembers of it is beyond
reach: keep the file on an encrypted disk, and its backups apart from those of the database.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TextIO

from bot.clock import Clock
from bot.keyring import (
    KEY_BYTES,
    Key,
    KeyRing,
    Keys,
    KeysFixed,
    KeysMissing,
    KeysUnreadable,
    KeysUnsafe,
    KeyUnknown,
    MemoryKeyRing,
    Purpose,
    new_keys,
)
from rules.vocabulary import Phrase, phrase

ENVIRONMENT_NAME: Final = "KLASVEILIG_KEYS"
FORMAT: Final = 1
TAKE_UP: Final = timedelta(minutes=10)
"""How soon a process seals the journal under a key that another one made: long before the old one is destroyed."""
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
"""What the group and others may do with a file or folder: nothing."""


class FileKeyRing(MemoryKeyRing):
    """Keys in a file of mode 0600 in a folder of mode 0700; several processes may use and change it at once."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Read the keys; raises `KeysMissing`, `KeysUnsafe` or `KeysUnreadable`."""
        self._path = path
        super().__init__(clock, read(path))

    @classmethod
    def create(cls, path: Path, clock: Clock) -> FileKeyRing:
        """Make new keys in a new file, and its folder where there is none.

        Raises `KeysFixed` when there is a file already, which stays as it is, `KeysUnsafe` like `read`, and
        `KeysMissing` when the folder cannot be made.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise KeysMissing(_unopened(path.parent, error)) from error
        _require_private(path.parent, path.parent.stat(), "700")
        with _locked(path.parent):
            if path.exists():
                raise KeysFixed(phrase("There are keys in {path} already. They stay as they are.", path=str(path)))
            write(path, new_keys(clock()))
        return cls(path, clock)

    def _change(self, change: Callable[[Keys], Keys]) -> None:
        """Change the file under a lock, from what stands in it now: another process may have changed it."""
        with _locked(self._path.parent):
            old = read(self._path)
            new = change(old)
            if new != old:
                write(self._path, new)
        self._use(new)

    def seal(self, purpose: Purpose, plaintext: bytes, about: str) -> bytes:
        """Return `plaintext` sealed, for the journal under a key that no other process destroys soon."""
        if purpose is Purpose.JOURNAL and self._clock() - self._read_at > TAKE_UP:
            self._use(read(self._path))
        return super().seal(purpose, plaintext, about)

    def open(self, sealed: bytes, about: str) -> bytes:
        """Return what was sealed about `about`, also under a key that another process made since."""
        try:
            return super().open(sealed, about)
        except KeyUnknown:
            self._use(read(self._path))
            return super().open(sealed, about)

    def _use(self, keys: Keys) -> None:
        super()._use(keys)
        self._read_at = self._clock()


class EnvironmentKeyRing(MemoryKeyRing):
    """Keys from an environment value, which the bot cannot change: they stay as they are."""

    def __init__(self, value: str, clock: Clock) -> None:
        """Take the keys from the content of a key file; raises `KeysMissing` or `KeysUnreadable`."""
        if not value.strip():
            raise KeysMissing(
                phrase("{name} is empty. Give it the content of a key file, or remove it.", name=ENVIRONMENT_NAME)
            )
        super().__init__(clock, parse(value, ENVIRONMENT_NAME))

    @property
    def can_rotate(self) -> bool:
        """Whether keys can be replaced here: no."""
        return False

    def _change(self, _: Callable[[Keys], Keys]) -> None:
        raise KeysFixed(
            phrase(
                "The keys come from {name}, so the bot cannot change them. Use a key file to make or destroy keys.",
                name=ENVIRONMENT_NAME,
            )
        )


def open_keys(path: Path, environment_value: str | None, clock: Clock) -> KeyRing:
    """Return the keys of the environment value where one is set, else those of the file; raises `KeyRingError`."""
    return FileKeyRing(path, clock) if environment_value is None else EnvironmentKeyRing(environment_value, clock)


def read(path: Path) -> Keys:
    """Return the keys in a file; raises `KeysMissing`, `KeysUnsafe` or `KeysUnreadable`, each with the remedy."""
    try:
        _require_private(path.parent, path.parent.stat(), "700")
        with path.open(encoding="utf-8", errors="replace") as file:
            _require_private(path, os.fstat(file.fileno()), "600")
            text = file.read()
    except FileNotFoundError:
        raise KeysMissing(
            phrase(
                "There is no key file {path}. Put it back from its backup; only for a new school type: klasveilig init",
                path=str(path),
            )
        ) from None
    except OSError as error:
        raise KeysUnreadable(_unopened(path, error)) from error
    return parse(text, str(path))


def write(path: Path, keys: Keys) -> None:
    """Put `keys` in the place of a file's content, whole or not at all; raises `KeysFixed` when that fails."""
    fresh = path.with_name(f"{path.name}.new")
    try:
        with _private_file(fresh) as file:
            file.write(dump(keys))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise KeysFixed(
            phrase(
                "The keys in {path} cannot be changed: {problem}. The old keys are still in use.",
                path=str(path),
                problem=error.strerror or "",
            )
        ) from error


def dump(keys: Keys) -> str:
    """Return the content of a key file."""
    entries = [
        {
            "id": key.id,
            "purpose": key.purpose.value,
            "made_at": key.made_at.isoformat(),
            "secret": base64.b64encode(key.secret).decode(),
        }
        for key in keys
    ]
    return json.dumps({"format": FORMAT, "keys": entries}, indent=1) + "\n"


def parse(text: str, place: str) -> Keys:
    """Return the keys in the content of a key file; raises `KeysUnreadable` that names `place`, never a secret."""
    broken_line = None
    data: Any = None
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        broken_line = error.lineno  # the error itself holds the whole text: it must not become a cause of ours
    if broken_line is not None:
        raise KeysUnreadable(
            phrase(
                "{place}, line {line}: these are no keys, or they were cut short. Put them back from their backup.",
                place=place,
                line=str(broken_line),
            )
        )
    if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("keys"), list):
        raise KeysUnreadable(phrase("{place}: these are no keys of this version of Klasveilig.", place=place))
    keys = [_key(entry) for entry in data["keys"]]
    if None in keys:
        raise KeysUnreadable(
            phrase(
                "{place}: key {number} is damaged. Put the keys back from their backup.",
                place=place,
                number=str(keys.index(None) + 1),
            )
        )
    sound = tuple(key for key in keys if key is not None)
    counts = [sum(key.purpose is purpose for key in sound) for purpose in Purpose]
    if 0 in counts or len({key.id for key in sound}) < len(sound) or counts[list(Purpose).index(Purpose.PSEUDONYM)] > 1:
        raise KeysUnreadable(
            phrase("{place}: a key is missing or stands there twice. Put the keys back from their backup.", place=place)
        )
    return sound


def _key(entry: object) -> Key | None:
    """Return the key of one entry; None when something in it is wrong, also when its id does not fit its secret."""
    match entry:
        case {"id": str(key_id), "purpose": str(purpose), "made_at": str(made_at), "secret": str(secret)}:
            try:
                key = Key(Purpose(purpose), datetime.fromisoformat(made_at), base64.b64decode(secret, validate=True))
            except ValueError:
                return None
            return key if key.id == key_id and key.made_at.tzinfo and len(key.secret) == KEY_BYTES else None
        case _:
            return None


def _require_private(path: Path, status: os.stat_result, mode: str) -> None:
    if status.st_mode & OTHERS:
        raise KeysUnsafe(
            phrase("Others on this machine can read {path}. Type: chmod {mode} {path}", path=str(path), mode=mode)
        )


def _private_file(path: Path) -> TextIO:
    """Open a file for writing, empty and for nobody else, whatever stood there before."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w", encoding="utf-8")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process or thread at a time change what is in `folder`; raises `KeysUnreadable` when there is none."""
    try:
        descriptor = _open_folder(folder)
    except OSError as error:
        raise KeysUnreadable(_unopened(folder, error)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Bring the names in `folder` to disk."""
    descriptor = _open_folder(folder)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_folder(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _unopened(path: Path, error: OSError) -> Phrase:
    return phrase("{path} cannot be opened: {problem}.", path=str(path), problem=error.strerror or "")
