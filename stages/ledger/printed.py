"""The tutorial's models as printed beside the study's own: are their test errors the same?"""

import warnings
from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import ttest_ind

from stages.core.errors import InputError

Verdict = Literal["equivalent", "different", "inconclusive"]

# The study's variant that repeats each printed model.
REPEATED: Mapping[str, str] = {
    "trivial": "trivial",
    "compression": "compression",
    "vae": "vae_unbalanced",
}


def beside_printed(
    printed: pd.DataFrame, latents: pd.DataFrame, margin: float, confidence: float
) -> pd.DataFrame:
    """Compare test errors of the printed models with those of the variants that repeat them.

    The seeds of the two are independent samples, and errors are compared by their ratio: a t
    interval for the difference of the mean logarithms, with unequal variances and Welch's degrees
    of freedom. Both errors are of reconstructions from the mean code, as the study measures them.

    Source: Welch, "The generalization of 'Student's' problem when several different population
    variances are involved", Biometrika 34 (1947).

    Args:
        printed: `model` and `test_mse_of_mean_code`, a row for each seed; none at all where the
            models were trained on other data.
        latents: `variant` and `test_mse`, a row for each pretraining seed; further variants are
            left out.
        margin: above 1; ratios from 1 / margin to margin count as equivalent.
        confidence: of the intervals, in (0, 1).

    Returns:
        `variant`; `printed` and `study`, geometric means over seeds, squared error per pixel;
        `ratio` of the former to the latter with its interval `low` to `high`, NaN where one of the
        two has a single seed; `verdict`.

    Raises:
        InputError: a model or variant has no rows or an error that is not above 0; an impossible
            margin or confidence.
    """
    if not margin > 1:
        raise InputError(f"margin: expected a ratio above 1, received {margin}")
    if not 0 < confidence < 1:
        raise InputError(f"confidence: expected one in (0, 1), received {confidence}")
    rows = []
    present = REPEATED.items() if len(printed) else ()
    for model, variant in present:
        if variant not in set(latents["variant"]):
            continue
        ours = _logarithms(latents, "variant", variant, "test_mse")
        theirs = _logarithms(printed, "model", model, "test_mse_of_mean_code")
        low, high = _welch_interval(theirs, ours, confidence)
        means = np.mean(theirs), np.mean(ours)
        rows.append(
            {
                "variant": variant,
                "printed": float(np.exp(means[0])),
                "study": float(np.exp(means[1])),
                "ratio": float(np.exp(means[0] - means[1])),
                "low": float(np.exp(low)),
                "high": float(np.exp(high)),
                "verdict": _verdict(low, high, float(np.log(margin))),
            }
        )
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = ("variant", "printed", "study", "ratio", "low", "high", "verdict")


def _logarithms(table: pd.DataFrame, kind: str, name: str, column: str) -> NDArray[np.float64]:
    values = table.loc[table[kind] == name, column].to_numpy(np.float64)
    if not values.size or not np.all((values > 0) & np.isfinite(values)):
        raise InputError(
            f"{column} of {name}: expected errors above 0 of one seed or more, received "
            f"{values.tolist()}"
        )
    return np.asarray(np.log(values))


def _welch_interval(
    first: NDArray[np.float64], second: NDArray[np.float64], confidence: float
) -> tuple[float, float]:
    """Estimate the difference of two means, first minus second; NaN from a single value."""
    if min(len(first), len(second)) < 2:
        return np.nan, np.nan
    with warnings.catch_warnings():
        # Of values that are all equal, which is no fault here.
        warnings.filterwarnings("ignore", "Precision loss occurred", RuntimeWarning)
        found = ttest_ind(first, second, equal_var=False).confidence_interval(confidence)
    return float(found.low), float(found.high)


def _verdict(low: float, high: float, margin: float) -> Verdict:
    if -margin <= low and high <= margin:
        return "equivalent"
    if high < -margin or margin < low:
        return "different"
    return "inconclusive"  # also without an interval: NaN fulfils neither
