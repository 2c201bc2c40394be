"""The work of an image batch, for measuring what runs beside it."""

from __future__ import annotations

import hashlib
import time
import zlib

import numpy as np


def image_batch(seconds: float) -> None:
    """Stand-in for a batch of photos: decompress, scale and hash 12-megapixel pictures without a pause."""
    picture = zlib.compress(np.random.default_rng(1).integers(0, 64, (3000, 4000), dtype=np.uint8).tobytes(), 1)
    until = time.monotonic() + seconds + 30
    while time.monotonic() < until:
        pixels = np.frombuffer(zlib.decompress(picture), dtype=np.uint8).reshape(3000, 4000)
        hashlib.sha256(pixels[::8, ::8].tobytes()).hexdigest()
