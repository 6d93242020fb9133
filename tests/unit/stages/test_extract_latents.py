"""What the stage `extract_latents` measures of each seed's models, and what it writes."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages import extract_latents
from stages.core.formats import read_arrays
from stages.core.images import Images
from tests.unit.stages.stand_ins import Floats, Seeded, noisy, replace, written

SEEDS = (3, 5, 8)


class Dimming(Seeded):
    """An autoencoder whose code is the image times its seed, of which it shows a tenth."""

    def encoder(self, x: Floats) -> Floats:
        return np.float32(self.seed) * x.reshape(len(x), -1)

    def decoder(self, z: Floats) -> Floats:
        return np.float32(0.1) * z.reshape(-1, 8, 6, 1)


def extracted(
    monkeypatch: pytest.MonkeyPatch, name: str, params_file: Path, data: Images, folder: Path
) -> pd.DataFrame:
    """Run the stage for a variant; its tables and arrays are in the folder."""
    replace(monkeypatch, extract_latents, **Dimming().loaded())
    extract_latents.main(
        name,
        params_file,
        **written(folder, data, np.arange(0, 240, 8)),
        models=folder,
        latents=folder / "latents.npz",
        metrics=folder / "metrics.csv",
        units=folder / "units.csv",
        points=folder / "points.csv",
        per_image=folder / "per_image.npz",
        reconstructions=folder / "reconstructions.png",
    )
    return pd.read_csv(folder / "metrics.csv")


def mean_square(difference: Floats) -> float:
    return float(np.mean(np.square(difference, dtype=np.float64)))


@pytest.mark.parametrize("name", ["sparse", "denoising"])
def test_every_variant_and_seed_is_measured_on_the_same_noisy_images(
    name: str,
    hard: Images,
    params: dict[str, Any],
    params_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = extracted(monkeypatch, name, params_file, hard, tmp_path)
    x = hard.x_test
    seen = noisy(x, params["extract_latents"])
    assert table["model_seed"].tolist() == [*SEEDS]
    for column, expected in {
        "test_mse": [mean_square(0.1 * seed * x - x) for seed in SEEDS],
        "test_mse_of_noisy_input": [mean_square(seen - x)] * 3,
        "test_mse_from_noisy_input": [mean_square(0.1 * seed * seen - x) for seed in SEEDS],
    }.items():
        assert table[column].tolist() == pytest.approx(expected, rel=1e-4), column


def test_what_is_written_of_each_image_belongs_to_the_seed_and_measure_that_name_it(
    hard: Images, params_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = extracted(monkeypatch, "sparse", params_file, hard, tmp_path)
    (errors,) = read_arrays(tmp_path / "per_image.npz", "squared_error")
    assert errors.mean(axis=1) == pytest.approx(table["test_mse"].to_numpy())
    columns = {"knn": "knn_accuracy", "knn_2d": "knn_accuracy_2d", "probe": "probe_accuracy"}
    assert table.loc[0, [*columns.values()]].nunique() == 3
    for kind, column in columns.items():
        (bits,) = read_arrays(tmp_path / "per_image.npz", kind)
        right = np.unpackbits(bits, axis=-1, count=len(hard.y_test)).mean(axis=1)
        assert right == pytest.approx(table[column].to_numpy()), kind
    for seed in SEEDS:
        for part, x in (("train", hard.x_train), ("test", hard.x_test)):
            (z,) = read_arrays(tmp_path / "latents.npz", f"z_{part}_seed_{seed}")
            assert np.array_equal(z, np.float32(seed) * x.reshape(len(x), -1))
