"""Runs the exported Detoxify: ONNX Runtime and a tokenizer, without torch.

A dynamically quantised model scales each batch as a whole, so that the same message scores a little differently among
others than alone. How much is part of what was measured at export.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.detoxify.files import LABELS, DetoxifyError, damaged, read_json, require_unchanged
from rules.vocabulary import phrase

Outputs = NDArray[np.float64]
"""Probabilities 0..1 as Detoxify gives them: a row per message, a column per label in the order of `LABELS`."""

FORMAT: Final = 1
"""The version of the folder's form; another one is exported anew."""

MODEL: Final = "model.onnx"
TOKENIZER: Final = "tokenizer.json"
ABOUT: Final = "about.json"

LARGEST_DIFFERENCE: Final = 0.05
"""How far a score may be from the package's own (issue 3): at export, and whenever an export is loaded."""

_TOKENS_AT_ONCE: Final = 128
"""How many tokens are computed together, padding included. Fewer leave processors idle, more pad more: from 64 to 1024
it took 11.0, 10.6 (128), 10.7 (256), 13.5 (512) and 18.4 ms of processor time per message of a class chat."""


class Tokenizer(Protocol):
    """Turns messages into numbers; the `tokenizers` package does."""

    def encode_batch(self, texts: list[str]) -> list[Any]:
        """Return an encoding per text, with its `ids`."""
        ...


class Session(Protocol):
    """Computes a batch; an `onnxruntime.InferenceSession` does."""

    def run(self, outputs: None, inputs: dict[str, NDArray[np.int64]]) -> list[NDArray[np.float32]]:
        """Return the outputs of the model."""
        ...


@dataclass(frozen=True, slots=True)
class ExportedModel:
    """Detoxify as it runs; pure, and independent of what was asked before."""

    session: Session
    tokenizer: Tokenizer
    columns: Sequence[int]
    """Which of the model's outputs belongs to which of `LABELS`."""
    padding: int
    """The number that fills up shorter messages."""
    precision: str
    """`int8` or `fp32`."""
    sha256: str
    """Of the file with the model."""

    def scores(self, texts: Sequence[str]) -> Outputs:
        """Return what Detoxify says about the texts; messages of about the same length are computed together."""
        encodings = self.tokenizer.encode_batch([_encodable(text) for text in texts])
        tokens = [encoding.ids for encoding in encodings]
        scores = np.empty((len(texts), len(LABELS)))
        for chosen in by_length([len(ids) for ids in tokens]):
            scores[chosen] = self._computed([tokens[at] for at in chosen])
        return scores

    def _computed(self, tokens: Sequence[Sequence[int]]) -> Outputs:
        longest = max(map(len, tokens))
        ids = np.full((len(tokens), longest), self.padding, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, numbers in enumerate(tokens):
            ids[row, : len(numbers)] = numbers
            mask[row, : len(numbers)] = 1
        logits = self.session.run(None, {"input_ids": ids, "attention_mask": mask})[0].astype(np.float64)
        return 1 / (1 + np.exp(-logits[:, self.columns]))


def by_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield which messages to compute together: the shortest first, no more than fit with their padding."""
    batch: list[int] = []
    for at in sorted(range(len(lengths)), key=lambda at: lengths[at]):
        if batch and lengths[at] * (len(batch) + 1) > _TOKENS_AT_ONCE:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


def _encodable(text: str) -> str:
    """Return the text without half characters, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def load(folder: Path, *, threads: int = 0) -> ExportedModel:
    """Return the model in `folder`; raises `DetoxifyError` when anything in it is not what was exported.

    `threads` is how many processors it may use, 0 for all. The model must also compute here what Detoxify computed
    where it was exported: another processor or another version of ONNX Runtime may not.
    """
    about = read_json(folder / ABOUT)
    if about.get("format") != FORMAT:
        raise DetoxifyError(
            phrase(
                "{path} is of another version ({found}, not {expected}). Export anew: klasveilig model export.",
                path=str(folder),
                found=str(about.get("format")),
                expected=str(FORMAT),
            )
        )
    try:
        sums, probes, expected = about["sha256"], about["probes"], np.array(about["probe_scores"], dtype=np.float64)
        columns = [int(column) for column in about["columns"]]
        padding, longest, precision = int(about["padding"]), int(about["longest"]), str(about["precision"])
        for name in (MODEL, TOKENIZER):
            require_unchanged(folder / name, sums[name])
        if expected.shape != (len(probes), len(LABELS)) or len(columns) != len(LABELS):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise damaged(folder / ABOUT) from None
    session, tokenizer = open_session(folder / MODEL, threads), open_tokenizer(folder / TOKENIZER, longest)
    model = ExportedModel(session, tokenizer, columns, padding, precision, str(sums[MODEL]))
    difference = float(np.abs(model.scores(probes) - expected).max(initial=0.0))
    if not difference <= LARGEST_DIFFERENCE:
        raise DetoxifyError(
            phrase(
                "{path} does not compute here what Detoxify computes: a score differs by {difference}. "
                "Export it on this machine: klasveilig model export.",
                path=str(folder),
                difference=f"{difference:.3f}",
            )
        )
    return model


def open_session(path: Path, threads: int = 0) -> Session:
    """Return a session that computes the model at `path`; raises `DetoxifyError` when it is none."""
    try:
        import onnxruntime
    except ImportError:
        raise not_installed("onnxruntime") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors only: warnings are about the graph, and nobody here can act on them
    try:
        session: Session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception:  # noqa: BLE001 # its errors have no common class
        raise damaged(path) from None
    return session


def open_tokenizer(path: Path, longest: int) -> Tokenizer:
    """Return the tokenizer at `path`, which cuts messages at `longest` tokens; raises `DetoxifyError`."""
    try:
        import tokenizers
    except ImportError:
        raise not_installed("tokenizers") from None
    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(path))
        tokenizer.no_padding()
        tokenizer.enable_truncation(longest)
    except Exception:  # noqa: BLE001 # it raises `Exception` itself
        raise damaged(path) from None
    opened: Tokenizer = tokenizer
    return opened


def not_installed(package: str) -> DetoxifyError:
    """Return the error for a package that is not there."""
    return DetoxifyError(
        phrase("Detoxify needs the package {package}, which is not installed. Do: make detoxify.", package=package)
    )
