"""Means over seeds, and the error of the best constant image."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_MEASURES = ("test_mse", "test_mse_of_mean_code", "test_kl", "live_units", "decoded_variance")
COLUMNS = ("model", "model_seed", "weights", "train_loss", *_MEASURES)


def summary_of(table: pd.DataFrame) -> dict[str, float | int]:
    """Average the measures of each model over the seeds.

    Args:
        table: `model`, `model_seed`, and the measures; `test_kl` is empty where there is none.

    Returns:
        `<model>.<measure>` and its standard deviation, `<model>.<measure>_sd`, where there are two
        seeds or more; `seeds`, their number.
    """
    found: dict[str, float | int] = {"seeds": int(table["model_seed"].nunique())}
    for model, rows in table.groupby("model", sort=False):
        for measure in _MEASURES:
            values = rows[measure].dropna().to_numpy(np.float64)
            if len(values) > 0:
                found[f"{model}.{measure}"] = float(np.mean(values))
            if len(values) > 1:
                found[f"{model}.{measure}_sd"] = float(np.std(values, ddof=1))
    return found


def error_of_mean_image(x_train: Floats, x_test: Floats) -> float:
    """Measure the squared error per pixel of the training images' mean, given for every test image.

    Args:
        x_train: (n_train, height, width, 1).
        x_test: (n_test, height, width, 1).
    """
    mean = np.mean(x_train, axis=0, dtype=np.float64)
    return float(np.mean(np.square(x_test - mean)))
