"""Runs of all variants that say the same of every test image, and what their claims are made by."""

import atexit
import shutil
import tempfile
from pathlib import Path

import numpy as np

from stages.core.formats import write_arrays
from stages.core.params import load, validate
from stages.ledger.schema import Claims
from stages.models.schema import Variant
from tests.support import PARAMS

VARIANTS = {
    name: validate(block, Variant, name) for name, block in load(PARAMS)["variants"].items()
}
SETTINGS = validate(load(PARAMS)["claims"], Claims, "claims")
SEEDS, DRAWS = 3, 5
REGIMES = ("frozen", "finetuned", "finetuned_direct", "propagated", "scratch", "random")
TEST_IMAGES = 16


def per_image(names: tuple[str, ...]) -> Path:
    """Files of runs that all say the same of every test image."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    right = np.full(TEST_IMAGES // 8, 255, np.uint8)
    errors = np.full(TEST_IMAGES, 0.01, np.float32)
    (folder / "latents").mkdir()
    (folder / "semi_supervised").mkdir()
    for name in names:
        write_arrays(
            folder / "latents" / f"{name}.npz",
            squared_error=np.tile(errors, (SEEDS, 1)),
            **{key: np.tile(right, (SEEDS, 1)) for key in ("knn", "knn_2d", "probe")},
        )
        write_arrays(
            folder / "semi_supervised" / f"{name}.npz",
            **{regime: np.tile(right, (SEEDS, DRAWS, 1)) for regime in REGIMES},
        )
    write_arrays(
        folder / "baselines.npz",
        pixels_knn=right,
        pixels_knn_2d=right,
        pixels_probe=right,
        pca_30_squared_error=errors,
        **{
            f"{name}_few": np.tile(right, (DRAWS, 1))
            for name in ("pixels_logistic", "pixels_knn", "pca_30_logistic", "pca_30_propagated")
        },
    )
    return folder


FILES = per_image((*VARIANTS, "a", "b"))
