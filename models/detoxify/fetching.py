"""Brings Detoxify's files onto this machine: the only code here that uses a network, and only when asked to.

The SHA-256 of the weights is known by its first 8 digits, which their makers put into the file's name for
`torch.hub` (`check_hash`). That is enough against damage, and not against somebody who would put other weights at
that address on purpose. For the files of XLM-R no sum is known. All sums are therefore written down when a file comes
in for the first time, and whatever differs from them later is refused: trust on first use.
"""

from __future__ import annotations

import re
import shutil
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Final
from urllib.error import HTTPError

from models.detoxify.files import DetoxifyError, Place, damaged, read_json, require_unchanged, sha256_of, write_json
from rules.vocabulary import phrase

_CHUNK: Final = 1 << 20
_SILENCE: Final = 60.0
"""Seconds without a byte after which a download counts as cut."""

Progress = Callable[[int, int], None]
"""Is told how many bytes there are, and how many there will be."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file, as it is called in Detoxify's folder, and where it comes from."""

    name: str
    url: str
    sha256_begins: str = ""


_XLM_R: Final = "https://huggingface.co/FacebookAI/xlm-roberta-base/resolve/main"

SOURCES: Final = (
    Source("xlm-roberta-base/config.json", f"{_XLM_R}/config.json"),
    Source("xlm-roberta-base/sentencepiece.bpe.model", f"{_XLM_R}/sentencepiece.bpe.model"),
    Source(
        "multilingual_debiased-0b549669.ckpt",
        "https://github.com/unitaryai/detoxify/releases/download/v0.4-alpha/multilingual_debiased-0b549669.ckpt",
        "0b549669",
    ),
)
"""What Detoxify('multilingual') is made of; the weights are about 1.1 GB."""


def mirrored(address: str) -> tuple[Source, ...]:
    """Return the same files from another address, at which they lie under the same names."""
    return tuple(replace(source, url=f"{address.rstrip('/')}/{source.name}") for source in SOURCES)


def fetch(place: Place, source: Source, progress: Progress) -> None:
    """Make sure that the file of `source` is in its place and is what it was; raises `DetoxifyError` when it is not.

    A file that is there already is only verified; one that was cut goes on where it stopped. Nothing has its own name
    before it is verified.
    """
    path = place.folder / source.name
    known = locked(place)
    if not path.exists():
        part = path.with_name(f"{path.name}.part")
        part.parent.mkdir(parents=True, exist_ok=True)
        _download(source.url, part, progress)
        _require_sum(part, source, known.get(source.name))
        part.replace(path)
    found = _require_sum(path, source, known.get(source.name))
    write_json(place.lock, {"sha256": known | {source.name: found}})


def locked(place: Place) -> dict[str, str]:
    """Return the SHA-256 of each file that was fetched; raises `DetoxifyError` when the record is damaged."""
    if not place.lock.exists():
        return {}
    sums = read_json(place.lock).get("sha256")
    if not isinstance(sums, dict):
        raise damaged(place.lock)
    return sums


def require_fetched(place: Place, sources: Sequence[Source] = SOURCES) -> None:
    """Raise `DetoxifyError` unless all files are there and are what they were when they were fetched."""
    sums = locked(place)
    for source in sources:
        if source.name not in sums:
            path = str(place.folder / source.name)
            raise DetoxifyError(phrase("{path} was not fetched. Get it with: klasveilig model fetch.", path=path))
        require_unchanged(place.folder / source.name, sums[source.name])


def _require_sum(path: Path, source: Source, known: str | None) -> str:
    """Return the SHA-256 of a file; raises `DetoxifyError` when it is not the one that is known, as far as it is."""
    found, expected = sha256_of(path), known or source.sha256_begins
    if found.startswith(expected):
        return found
    if path.suffix == ".part":
        path.unlink()  # or it would be resumed
    raise DetoxifyError(
        phrase(
            "{url} is not what it should be (SHA-256 {found}…, expected {expected}…) and is not used. "
            "Somebody changed it, or it was damaged. Try again, or ask who looks after this program.",
            url=source.url if path.suffix == ".part" else str(path),
            found=found[:12],
            expected=expected[:12],
        )
    )


def _download(url: str, part: Path, progress: Progress) -> None:
    """Bring what is at `url` to the file `part`, going on behind what it holds; raises `DetoxifyError`."""
    there = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={there}-"} if there else {})  # noqa: S310 # above
    try:
        with urllib.request.urlopen(request, timeout=_SILENCE) as answer:  # noqa: S310 # only addresses from above
            resumed = answer.status == 206 and _begins_at(answer) == there
            _store(answer, url, part, there if resumed else 0, progress)
    except HTTPError as error:
        if error.code == 416:  # nothing comes after what is there: begin anew, since its sum was never right
            part.unlink()
            return _download(url, part, progress)
        raise DetoxifyError(
            phrase("{url} cannot be fetched: the server answers {code}.", url=url, code=str(error.code))
        ) from None
    except (OSError, HTTPException) as error:
        problem = str(getattr(error, "reason", None) or error)
        raise DetoxifyError(
            phrase(
                "{url} cannot be fetched ({problem}). The same command goes on where this one stopped.",
                url=url,
                problem=problem,
            )
        ) from None


def _begins_at(answer: HTTPResponse) -> int | None:
    """Return from which byte on a partial answer is."""
    stated = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(stated[1]) if stated else None


def _store(answer: HTTPResponse, url: str, part: Path, there: int, progress: Progress) -> None:
    """Write an answer to `part` behind its first `there` bytes; raises `DetoxifyError` when it does not fit or ends."""
    length = answer.headers.get("Content-Length")
    total = there + int(length) if length else 0
    free = shutil.disk_usage(part.parent).free
    if total - there > free:
        raise DetoxifyError(
            phrase(
                "There is no space for {url}: it needs {needed} MB, and {folder} has {free} MB.",
                url=url,
                needed=str((total - there) // 1_000_000),
                folder=str(part.parent),
                free=str(free // 1_000_000),
            )
        )
    with part.open("r+b" if there else "wb") as file:
        file.truncate(there)
        file.seek(there)
        while chunk := answer.read(_CHUNK):
            file.write(chunk)
            progress(file.tell(), max(total, file.tell()))
        if file.tell() < total:
            raise DetoxifyError(
                phrase(
                    "The download of {url} was cut after {n} of {total} bytes. "
                    "The same command goes on where this one stopped.",
                    url=url,
                    n=str(file.tell()),
                    total=str(total),
                )
            )
