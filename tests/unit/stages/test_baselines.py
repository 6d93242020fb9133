"""What the stage `baselines` fits and measures, and what it writes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages import baselines
from stages.core.formats import read_arrays, write_arrays
from stages.core.images import Images
from tests.unit.stages.stand_ins import noisy, written

VALIDATION = np.arange(0, 240, 8)
DRAWS = np.stack([np.arange(1, 240, 8), np.arange(3, 240, 8)])


def compared(params_file: Path, data: Images, folder: Path) -> dict[str, float]:
    """Run the stage; its tables and arrays are in the folder."""
    labels, curve = folder / "labels.npz", folder / "curve.npz"
    write_arrays(labels, train=DRAWS, validation=VALIDATION)
    write_arrays(curve, sizes=np.array([30]), train_30=DRAWS, validation_30=VALIDATION)
    baselines.main(
        params_file,
        **written(folder, data, VALIDATION),
        labels=labels,
        label_curve=curve,
        tuning=folder / "tuning.csv",
        accuracies=folder / "accuracies.csv",
        quality=folder / "quality.json",
        per_image=folder / "per_image.npz",
    )
    found: dict[str, float] = json.loads((folder / "quality.json").read_text())
    return found


def test_components_of_what_does_not_validate_reconstruct_the_noisy_images_of_the_variants(
    hard: Images, params: dict[str, Any], params_file: Path, tmp_path: Path
) -> None:
    found = compared(params_file, hard, tmp_path)
    kept = np.delete(hard.x_train, VALIDATION, axis=0).reshape(-1, 48).astype(np.float64)
    centre = kept.mean(axis=0)
    axes = np.linalg.svd(kept - centre, full_matrices=False)[2][:30]
    x = hard.x_test.reshape(-1, 48)
    seen = noisy(hard.x_test, params["extract_latents"]).reshape(-1, 48)
    for key, images in (("test_mse", x), ("test_mse_from_noisy_input", seen)):
        made = centre + (images - centre) @ axes.T @ axes
        assert found[f"pca_30.{key}"] == pytest.approx(np.square(made - x).mean(), rel=1e-4)


def test_what_is_written_of_each_image_belongs_to_the_measure_or_classifier_that_names_it(
    hard: Images, params_file: Path, tmp_path: Path
) -> None:
    found = compared(params_file, hard, tmp_path)
    count = len(hard.y_test)
    columns = {"knn": "knn_accuracy", "knn_2d": "knn_accuracy_2d", "probe": "probe_accuracy"}
    assert len({found[f"pixels.{column}"] for column in columns.values()}) == 3
    for kind, column in columns.items():
        (bits,) = read_arrays(tmp_path / "per_image.npz", f"pixels_{kind}")
        assert np.unpackbits(bits, count=count).mean() == pytest.approx(found[f"pixels.{column}"])
    table = pd.read_csv(tmp_path / "accuracies.csv")
    for keys, rows in table.groupby(["features", "classifier", "purpose"]):
        (bits,) = read_arrays(tmp_path / "per_image.npz", "_".join(map(str, keys)))
        right = np.unpackbits(bits, axis=-1, count=count).mean(axis=1)
        assert right == pytest.approx(rows["test_accuracy"].to_numpy()), keys
