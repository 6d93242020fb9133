"""The tutorial's exercise: which settings reconstruct and separate well at once."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.core.errors import InputError


def on_front(error: NDArray[np.float64], accuracy: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Find what nothing else dominates (the Pareto front).

    One thing dominates another if it is at least as good in both quantities and better in one.

    Args:
        error: (n,) small is good.
        accuracy: (n,) large is good.

    Returns:
        (n,) whether it is on the front.
    """
    no_worse = (error[:, np.newaxis] <= error) & (accuracy[:, np.newaxis] >= accuracy)
    better = (error[:, np.newaxis] < error) | (accuracy[:, np.newaxis] > accuracy)
    return np.asarray(~np.any(no_worse & better, axis=0))


def winner(error: NDArray[np.float64], accuracy: NDArray[np.float64], margin: float) -> int:
    """Choose the smallest error among those that separate about as well as the best.

    Of equal errors the higher accuracy wins, and then the first. What wins is on the front: what
    dominates it would have been among the candidates, too.

    Args:
        error: (n,) small is good.
        accuracy: (n,) large is good.
        margin: how far below the highest accuracy a candidate may be.

    Returns:
        Its number, from 0.

    Raises:
        InputError: there is nothing to choose from, or a number is not finite.
    """
    if not len(error) or not np.isfinite([*error, *accuracy]).all():
        raise InputError(
            "exercise: expected finite errors and accuracies of one setting at least, received "
            f"{[*error]} and {[*accuracy]}"
        )
    order = np.lexsort((-accuracy, error))
    return int(order[accuracy[order] >= np.max(accuracy) - margin][0])


def judged(settings: pd.DataFrame, margin: float) -> pd.DataFrame:
    """Say of each setting whether it is on the front and whether it wins.

    Args:
        settings: `validation_mse` and `validation_knn_accuracy`, one row for each setting.
        margin: as for `winner`.

    Returns:
        The same rows with the columns `on_front` and `winner`.
    """
    error, accuracy = (
        settings[column].to_numpy(np.float64)
        for column in ("validation_mse", "validation_knn_accuracy")
    )
    best = winner(error, accuracy, margin)
    return settings.assign(
        on_front=on_front(error, accuracy), winner=np.arange(len(settings)) == best
    )
