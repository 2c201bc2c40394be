"""Exports Detoxify to ONNX, and measures whether the export still says what the package says.

Only here torch and the package itself are loaded, and only to export. A checkpoint is a pickle, which can hold
commands: one whose sum is not known is opened in the way that refuses them.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.detoxify.agreement import Agreement, agreement, choose
from models.detoxify.exported import (
    ABOUT,
    FORMAT,
    MODEL,
    TOKENIZER,
    ExportedModel,
    Outputs,
    by_length,
    load,
    not_installed,
    open_session,
    open_tokenizer,
)
from models.detoxify.files import LABELS, DetoxifyError, damaged, read_json, sha256_of, write_json
from rules.vocabulary import phrase

CORPUS: Final = Path(__file__).parents[1] / "corpus"

OPSET: Final = 20
"""The version of ONNX operators: the first one with Gelu as one operator."""

_PROBES: Final = 8
"""How many messages each start of the bot computes to see that the export still works."""

_CHARACTERS: Final = 4
"""About how many characters make a token, to put messages of about one length together."""

_SPECIAL: Final = 2
"""How many positions XLM-R keeps for itself: the longest message is so much shorter than its table of positions."""


@dataclass(frozen=True, slots=True)
class Export:
    """What an export gave."""

    precision: str
    """The chosen one: int8 where it agrees with the package, else fp32."""
    agreement: dict[str, Agreement]
    """Per precision."""


def corpus_texts(most: int | None = None) -> list[str]:
    """Return the messages of the project's corpus; no more than `most`, spread evenly over it."""
    texts = [
        text
        for path in sorted(CORPUS.rglob("*.jsonl"))
        for row in path.read_text(encoding="utf-8").splitlines()
        if (text := json.loads(row).get("text"))
    ]
    return texts if most is None else texts[:: -(-len(texts) // most)]


def export(
    checkpoint: Path, base: Path, target: Path, texts: Sequence[str], *, trusted: bool, threads: int = 0
) -> Export:
    """Export a checkpoint on the XLM-R of folder `base` to folder `target`, and measure the agreement on `texts`.

    Raises `DetoxifyError` when either cannot be loaded, or when not even fp32 agrees. Nothing is left at `target`
    then but what was there before. `trusted` says that the checkpoint's sum was verified.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="exporting-") as name:
        work = Path(name)
        stock = load_stock(checkpoint, base, work, trusted=trusted)
        models = write_models(stock, work)
        expected = stock_scores(stock, texts)
        agreements = {
            path.stem: agreement(expected, opened(path, work, stock, threads).scores(texts)) for path in models
        }
        result = work / "exported"
        result.mkdir()
        chosen = choose(agreements)
        (work / f"{chosen}.onnx").replace(result / MODEL)
        (work / TOKENIZER).replace(result / TOKENIZER)
        about = {
            "format": FORMAT,
            "precision": chosen,
            "sha256": {name: sha256_of(result / name) for name in (MODEL, TOKENIZER)},
            "checkpoint_sha256": sha256_of(checkpoint),
            "columns": columns_of(stock),
            "padding": stock.tokenizer.pad_token_id,
            "longest": stock.tokenizer.model_max_length,
            "agreement": {precision: asdict(found) for precision, found in agreements.items()},
            "agreement_texts": len(texts),
            "probes": list(texts[:_PROBES]),
            "probe_scores": expected[:_PROBES].tolist(),
        }
        write_json(result / ABOUT, about)
        load(result, threads=threads)
        shutil.rmtree(target, ignore_errors=True)
        result.replace(target)
    return Export(chosen, agreements)


def write_models(stock: Any, folder: Path) -> tuple[Path, Path]:
    """Write the package's model to `folder` as int8 and as fp32, with its tokenizer beside them."""
    int8, fp32 = folder / "int8.onnx", folder / "fp32.onnx"
    _to_onnx(stock.model, fp32)
    _quantise(fp32, int8)
    stock.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
    return int8, fp32


def opened(path: Path, folder: Path, stock: Any, threads: int) -> ExportedModel:
    """Return one of the models that `write_models` wrote, ready to compute."""
    tokenizer = open_tokenizer(folder / TOKENIZER, stock.tokenizer.model_max_length)
    padding = stock.tokenizer.pad_token_id
    return ExportedModel(open_session(path, threads), tokenizer, columns_of(stock), padding, path.stem, "")


def load_stock(checkpoint: Path, base: Path, work: Path, *, trusted: bool) -> Any:
    """Return the package's own `Detoxify('multilingual')` from local files; raises `DetoxifyError`.

    The package asks a server for the configuration that the checkpoint names, even when it is given a local one. A
    folder of that name below the present one comes first, so one is made in `work`, and is the present one for a while.
    """
    try:
        with _quiet():
            import detoxify
            import torch
    except ImportError as error:
        raise not_installed(str(error.name)) from None
    config = read_json(base / "config.json")
    sha256_of(checkpoint)  # raises when it is not there
    try:
        held = torch.load(checkpoint, map_location="cpu", weights_only=not trusted, mmap=True)
        architecture = held["config"]["arch"]["args"]
        name, outputs = str(architecture["model_type"]), int(architecture["num_classes"])
        del held
    except Exception:  # noqa: BLE001 # a pickle can raise anything
        raise damaged(checkpoint) from None
    here = (work / "base").resolve()
    local = (here / name).resolve()
    if local == here or not local.is_relative_to(here):
        raise damaged(checkpoint)
    shutil.copytree(base, local)
    write_json(local / "config.json", config | {"num_labels": outputs})
    longest = int(config["max_position_embeddings"]) - _SPECIAL
    write_json(local / "tokenizer_config.json", {"model_max_length": longest})
    try:
        with _quiet(), contextlib.chdir(here):
            stock = detoxify.Detoxify("multilingual", checkpoint=checkpoint.absolute(), huggingface_config_path=name)
    except Exception as error:  # noqa: BLE001 # whatever torch and transformers raise
        problem = f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}"
        raise DetoxifyError(
            phrase("Detoxify cannot load {path} ({problem}).", path=str(checkpoint), problem=problem)
        ) from None
    _require_labels(checkpoint, stock.class_names)
    stock.model.eval()
    return stock


def columns_of(stock: Any) -> list[int]:
    """Return where each of `LABELS` stands among the outputs."""
    return [stock.class_names.index(label) for label in LABELS]


def _require_labels(checkpoint: Path, names: Sequence[str]) -> None:
    """Raise `DetoxifyError` unless all of `LABELS` are among the outputs of a checkpoint."""
    if not set(LABELS) <= set(names):
        raise DetoxifyError(
            phrase(
                "{path} is another version of Detoxify: it gives {found}, not {expected}.",
                path=str(checkpoint),
                found=", ".join(names),
                expected=", ".join(LABELS),
            )
        )


def stock_scores(stock: Any, texts: Sequence[str]) -> Outputs:
    """Return what the package itself says about the texts."""
    scores = np.empty((len(texts), len(LABELS)))
    for chosen in by_length([len(text) // _CHARACTERS + 1 for text in texts]):
        found = stock.predict([texts[at] for at in chosen])
        scores[chosen] = np.stack([np.atleast_1d(found[label]) for label in LABELS], axis=1)
    return scores


def _to_onnx(model: Any, path: Path) -> None:
    """Write the model to `path` for batches and messages of any size."""
    import torch

    class Logits(torch.nn.Module):  # type: ignore[misc] # torch is not always installed where types are checked
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.model(input_ids=input_ids, attention_mask=attention_mask).logits

    usual = model.config._attn_implementation
    model.set_attn_implementation("eager")  # the others guard against rows without any token, which do not occur here
    ids = torch.full((2, 9), 5, dtype=torch.int64)
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=model.config.max_position_embeddings - 2)}
    with _quiet(), torch.no_grad():
        torch.onnx.export(
            Logits(),
            (ids, mask),
            path,
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            opset_version=OPSET,
            dynamic_shapes={"input_ids": axes, "attention_mask": axes},
            external_data=False,
            dynamo=True,
            verbose=False,
        )
    model.set_attn_implementation(usual)


def _quantise(source: Path, target: Path) -> None:
    """Write the model at `source` to `target` with weights of 8 bits, scaled per channel."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = onnx.load(source)
    del model.graph.value_info[:]  # shapes from before the export's own optimisation, some of them no longer true
    with _quiet():
        quantize_dynamic(
            model,
            target,
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries below from the network, and from talking: what they say is for those who build them."""
    before = dict(os.environ)
    os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):  # its progress bars go there
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
        os.environ.clear()
        os.environ.update(before)
