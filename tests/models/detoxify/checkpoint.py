"""Makes checkpoints in the form in which Detoxify's are released, and the XLM-R folder that goes with them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.detoxify.files import LABELS, Place

TINY = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
FULL = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}
"""The sizes of XLM-R base."""

WORDS = {
    "lieve": 0.02, "leuke": 0.1, "gewone": 0.2, "rare": 0.35, "domme": 0.5,
    "stomme": 0.65, "vieze": 0.75, "lelijke": 0.85, "achterlijke": 0.97,
}  # fmt: skip
"""How harsh a word is, 0..1: graded, so that scores differ everywhere and their order means something."""

NAMES = {"vriend": 0.0, "juf": 0.1, "ploeg": 0.2, "buurman": 0.3, "trut": 0.9, "sukkel": 1.0}
OPENINGS = ("wat een", "jij bent een", "hij is echt een", "kijk die")
ENDINGS = ("", " zeg", " hoor", " vandaag op school", " in de les van wiskunde morgen na de pauze")
SHARES = (1.0, 0.3, 0.6, 0.4, 0.9, 0.2, 0.5)
"""How much of the harshness each label has."""

TRAINED = [
    (
        f"{OPENINGS[(row + column) % 4]} {word} {name}{ENDINGS[(2 * row + column) % 5]}",
        [share * (0.7 * harsh + 0.3 * grave) for share in SHARES],
    )
    for row, (word, harsh) in enumerate(WORDS.items())
    for column, (name, grave) in enumerate(NAMES.items())
]
"""Sentences with the probability of each label."""


def make_base(folder: Path, texts: Sequence[str], *, vocabulary: int = 300, **sizes: int) -> Path:
    """Make an XLM-R folder: a configuration, and a SentencePiece tokenizer that learned from the texts."""
    import sentencepiece
    import transformers

    folder.mkdir(parents=True)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_prefix=str(folder / "sentencepiece.bpe"),
        vocab_size=vocabulary,
        hard_vocab_limit=False,
        character_coverage=1.0,
        minloglevel=2,
    )
    (folder / "sentencepiece.bpe.vocab").unlink()
    config = transformers.XLMRobertaConfig(
        **({"vocab_size": vocabulary + 2, "max_position_embeddings": 130} | TINY | sizes),
        type_vocab_size=1,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    config.save_pretrained(folder)
    return folder


def make_checkpoint(path: Path, base: Path, *, steps: int = 0, labels: Sequence[str] = LABELS) -> Path:
    """Make a checkpoint on the XLM-R of folder `base`, trained for some steps on `TRAINED`; none leaves it random."""
    import torch
    import transformers

    torch.manual_seed(7)
    config = transformers.XLMRobertaConfig.from_pretrained(base, num_labels=len(labels))
    model = transformers.XLMRobertaForSequenceClassification(config)
    if steps:
        train(model, transformers.XLMRobertaTokenizer.from_pretrained(base), steps)
    arguments = {
        "num_classes": len(labels),
        "model_type": "xlm-roberta-base",
        "model_name": "XLMRobertaForSequenceClassification",
        "tokenizer_name": "XLMRobertaTokenizer",
    }
    classes = ["toxic" if label == "toxicity" else label for label in labels]  # as the released one calls it
    about = {"arch": {"args": arguments}, "dataset": {"args": {"classes": classes}}}
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"config": about, "state_dict": model.state_dict()}, path)
    return path


def train(model: Any, tokenizer: Any, steps: int) -> None:
    """Teach a model the probabilities of `TRAINED`, some seconds long."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # several would wait for one another more than they work on something so small
    inputs = tokenizer([text for text, _ in TRAINED], return_tensors="pt", padding=True)
    wanted = torch.tensor([labels for _, labels in TRAINED])
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    model.train()
    for _ in range(steps):
        optimiser.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(model(**inputs).logits, wanted).backward()
        optimiser.step()
    model.eval()
    torch.set_num_threads(threads)


def make_place(folder: Path, *, steps: int = 150) -> Place:
    """Make a folder with a small, briefly trained Detoxify, as `klasveilig model fetch` would leave it."""
    place = Place(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries about one another
        make_base(place.base, [text for text, _ in TRAINED])
        make_checkpoint(place.checkpoint, place.base, steps=steps)
    return place
