"""Measures on validation images."""

import numpy as np
import pytest

from stages.codes import validation
from stages.codes.validation import Floats, divide, measure


def encode(x: Floats) -> Floats:
    """Six units, of which one is always off."""
    return x.reshape(len(x), 6) * np.array([1, 2, 3, 4, 5, 0], np.float32)


def decode(z: Floats) -> Floats:
    return z.reshape(-1, 3, 2, 1)


def test_an_autoencoder_is_measured_on_validation_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "batched", lambda part: part)
    random = np.random.default_rng(0)
    x = random.random((60, 3, 2, 1), np.float32)
    y = random.integers(0, 3, 60).astype(np.uint8)
    held_out = np.arange(0, 60, 4)
    kept = np.setdiff1d(np.arange(60), held_out)
    z = encode(x)
    distances = np.square(z[held_out][:, np.newaxis] - z[kept]).sum(axis=2)
    right = y[kept][distances.argmin(axis=1)] == y[held_out]
    found = measure(
        encode, decode, divide(x, y, held_out), neighbours=1, reference_images=999, seed=0
    )
    assert found.validation_mse == pytest.approx(np.square(decode(z) - x)[held_out].mean())
    assert found.validation_knn_accuracy == pytest.approx(right.mean())
    assert found.live_units == 5
