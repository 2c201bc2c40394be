"""The schools' protocols: data in TOML, one file per school, checked when it is loaded."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from rules.protocols.schema import Article, OwnThreshold, OwnThresholds, Party, Policy, Protocol
from rules.tomlfile import Problem, TomlError, load, meant, validated

__all__ = [
    "Article",
    "OwnThreshold",
    "OwnThresholds",
    "Party",
    "Policy",
    "Protocol",
    "load_own_thresholds",
    "load_protocol",
    "protocol_names",
]


def protocol_names() -> list[str]:
    """Return the names of the protocols that come with Klasveilig."""
    return sorted(
        file.name.removesuffix(".toml") for file in files(__package__).iterdir() if file.name.endswith(".toml")
    )


def load_protocol(name_or_path: str | Path) -> Protocol:
    """Return the protocol that comes with Klasveilig under this name, or that of the file at this path.

    Raises `TomlError` when there is none, or when the file does not fit the schema.
    """
    if name_or_path in protocol_names():
        with as_file(files(__package__).joinpath(f"{name_or_path}.toml")) as path:
            return validated(load(path), Protocol)
    path = Path(name_or_path)
    if path.suffix != ".toml":
        problem = "no such protocol comes with Klasveilig, and the name of a file of your own ends in .toml"
        raise TomlError(path, [Problem(None, problem, meant(str(name_or_path), protocol_names()))])
    return validated(load(path), Protocol)


def load_own_thresholds(path: Path) -> OwnThresholds:
    """Return the thresholds that a school set in the file at this path, or none where there is no such file.

    Raises `TomlError` when it does not fit: a threshold that nobody can read must not fall back on another one.
    """
    return validated(load(path), OwnThresholds) if path.exists() else OwnThresholds()
