"""Where Detoxify's files lie, what they are called, and that they are what they were."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rules.vocabulary import Phrase, phrase

LABELS: Final = (
    "toxicity",
    "severe_toxicity",
    "obscene",
    "identity_attack",
    "insult",
    "threat",
    "sexual_explicit",
)
"""The outputs of Detoxify's multilingual model, in its own order."""


class DetoxifyError(Exception):
    """Detoxify cannot be used; `text` says which file, why, and what to do."""

    def __init__(self, text: Phrase) -> None:
        super().__init__(str(text))
        self.text = text


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of all that belongs to Detoxify."""

    folder: Path

    @property
    def checkpoint(self) -> Path:
        """The weights as Detoxify's makers released them."""
        return self.folder / "multilingual_debiased-0b549669.ckpt"

    @property
    def base(self) -> Path:
        """Folder with the configuration and the tokenizer of XLM-R, on which the weights build."""
        return self.folder / "xlm-roberta-base"

    @property
    def lock(self) -> Path:
        """The SHA-256 of each fetched file, as it was when it was fetched."""
        return self.folder / "fetched.json"

    @property
    def exported(self) -> Path:
        """Folder with the model as it runs."""
        return self.folder / "exported"

    @property
    def rule(self) -> Path:
        """How its scores and those of the Dutch model are weighed."""
        return self.folder / "rule.json"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex; raises `DetoxifyError` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from None


def require_unchanged(path: Path, expected: object) -> None:
    """Raise `DetoxifyError` when the file at `path` is missing or does not have the SHA-256 `expected`."""
    found = sha256_of(path)
    if found != expected:
        raise DetoxifyError(
            phrase(
                "{path} is damaged or was changed (SHA-256 {found}…, expected {expected}…). "
                "Remove it, and make it anew.",
                path=str(path),
                found=found[:12],
                expected=str(expected)[:12],
            )
        )


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file; raises `DetoxifyError` when there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise unreadable(path, error) from None
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise damaged(path)
    return value


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write an object to a JSON file, whole or not at all."""
    beside = path.with_name(f"{path.name}.part")
    beside.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    beside.replace(path)


def unreadable(path: Path, error: OSError) -> DetoxifyError:
    """Return the error for a file that is missing, or that the system refuses."""
    if isinstance(error, FileNotFoundError):
        return DetoxifyError(
            phrase("{path} is missing. See: klasveilig model fetch, export and combine.", path=str(path))
        )
    return DetoxifyError(phrase("{path} cannot be read ({problem}).", path=str(path), problem=str(error.strerror)))


def damaged(path: Path) -> DetoxifyError:
    """Return the error for a file whose content is not what it should be."""
    return DetoxifyError(phrase("{path} does not hold what it should. Remove it, and make it anew.", path=str(path)))
