"""A small, briefly trained Detoxify for all tests that need one, and its export: each made once."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest

from models.detoxify.files import Place
from tests.models.detoxify.checkpoint import TRAINED, make_place

NEEDED = ("torch", "detoxify", "transformers", "onnx", "onnxruntime", "onnxscript", "tokenizers", "sentencepiece")
TEXTS = [text for text, _ in TRAINED]


def require_packages() -> None:
    """Skip without the extra `detoxify`, which fewer people need than work on this; in CI that is a failure."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"CI must install the extra 'detoxify' (make detoxify): no {', '.join(missing)}")
    if missing:
        pytest.skip(f"without {', '.join(missing)}: make detoxify")


@pytest.fixture(scope="session")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The files that `klasveilig model fetch` brings, of a small Detoxify; not to be changed."""
    require_packages()
    return make_place(tmp_path_factory.mktemp("detoxify"))


@pytest.fixture(scope="session")
def exported(fetched: Place) -> Place:
    """The same, exported; not to be changed."""
    from models.detoxify.exporting import export

    export(fetched.checkpoint, fetched.base, fetched.exported, TEXTS, trusted=True, threads=1)
    return fetched
