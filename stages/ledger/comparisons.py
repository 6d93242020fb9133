"""Differences of accuracies, pair by pair: same pretraining seed, same draw of the labels."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.ledger.intervals import Estimate, two_way_interval
from stages.ledger.texts import REGIMES

Values = NDArray[np.float64]


def paired(accuracies: pd.DataFrame, first: tuple[str, str], second: tuple[str, str]) -> Values:
    """Subtract accuracies pair by pair: same pretraining seed, same draw.

    Args:
        accuracies: `variant`, `regime`, `model_seed`, `label_draw`, `test_accuracy`.
        first: variant and regime.
        second: variant and regime.

    Returns:
        (seeds, draws) of first minus second.
    """
    return _by_seed_and_draw(accuracies, *first) - _by_seed_and_draw(accuracies, *second)


def against_baseline(
    accuracies: pd.DataFrame, first: tuple[str, str], baselines: pd.DataFrame, features: str
) -> Values:
    """Subtract a baseline's accuracies draw by draw.

    Args:
        accuracies: as for `paired`.
        first: variant and regime.
        baselines: `features`, `classifier`, `purpose`, `label_draw`, `test_accuracy`.
        features: what the logistic regression sees.

    Returns:
        (seeds, draws) of first minus the baseline.
    """
    few = baselines[
        (baselines["features"] == features)
        & (baselines["classifier"] == "logistic")
        & (baselines["purpose"] == "few")
    ].sort_values("label_draw")
    baseline: Values = few["test_accuracy"].to_numpy(np.float64)
    return _by_seed_and_draw(accuracies, *first) - baseline


def _by_seed_and_draw(accuracies: pd.DataFrame, variant: str, regime: str) -> Values:
    rows = accuracies[(accuracies["variant"] == variant) & (accuracies["regime"] == regime)]
    runs = rows.set_index(["model_seed", "label_draw"])["test_accuracy"].sort_index()
    seeds = rows["model_seed"].nunique()
    return np.asarray(runs.to_numpy(np.float64).reshape(seeds, -1))


def interval_of(estimate: Estimate) -> tuple[float, float] | None:
    """Take the interval's ends out of an estimate; None if there are none."""
    if estimate.low is None or estimate.high is None:
        return None
    return estimate.low, estimate.high


# Regimes that are compared where both were measured.
_PAIRS: tuple[tuple[str, str], ...] = (
    ("finetuned", "scratch"),
    ("frozen", "random"),
    ("finetuned", "finetuned_direct"),
    ("propagated", "frozen"),
)


def title_of(first: str, second: str) -> str:
    """Name the difference of two regimes, in tables and figures."""
    if (first, second) == ("finetuned", "finetuned_direct"):  # both are fine-tuned: when is told
        return f"frozen first - {REGIMES[second].name}"
    return f"{REGIMES[first].name} - {REGIMES[second].name}"


def compare_regimes(
    accuracies: pd.DataFrame,
    baselines: pd.DataFrame,
    widths: dict[str, int],
    confidence: float,
) -> pd.DataFrame:
    """Compare regimes within each variant, and its frozen code with pixels and PCA.

    Args:
        accuracies: `variant`, `regime`, `model_seed`, `label_draw`, `test_accuracy`.
        baselines: `features`, `classifier`, `purpose`, `label_draw`, `test_accuracy`.
        widths: the code's width by variant, in the order of the rows.
        confidence: of the intervals.

    Returns:
        `variant`, `comparison`, `difference`, `low`, `high`, `runs`.
    """
    regimes = set(accuracies["regime"])
    rows = []
    for name, width in widths.items():
        differences = {
            title_of(first, second): paired(accuracies, (name, first), (name, second))
            for first, second in _PAIRS
            if {first, second} <= regimes
        }
        for title, features in (("pixels", "pixels"), ("PCA", f"pca_{width}")):
            if "frozen" in regimes and features in set(baselines["features"]):
                differences[f"frozen - {title}"] = against_baseline(
                    accuracies, (name, "frozen"), baselines, features
                )
        for title, values in differences.items():
            rows.append(
                {"variant": name, "comparison": title, **_row(two_way_interval(values, confidence))}
            )
    return pd.DataFrame(rows, columns=["variant", "comparison", *_COLUMNS])


def compare_along_curve(curve: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Compare fine-tuning and the frozen code with training from scratch at each number of labels.

    Args:
        curve: `variant`, `labels`, `regime`, `model_seed`, `label_draw`, `test_accuracy`.
        confidence: of the intervals.

    Returns:
        `variant`, `labels`, `comparison`, `difference`, `low`, `high`, `runs`.
    """
    rows = []
    for (name, labels), table in curve.groupby(["variant", "labels"], sort=False):
        regimes = set(table["regime"])
        for first in ("finetuned", "frozen"):
            if {first, "scratch"} <= regimes:
                values = paired(table, (str(name), first), (str(name), "scratch"))
                rows.append(
                    {
                        "variant": name,
                        "labels": labels,
                        "comparison": title_of(first, "scratch"),
                        **_row(two_way_interval(values, confidence)),
                    }
                )
    return pd.DataFrame(rows, columns=["variant", "labels", "comparison", *_COLUMNS])


_COLUMNS = ("difference", "low", "high", "runs")


def _row(estimate: Estimate) -> dict[str, float | int]:
    ends = (np.nan if end is None else end for end in (estimate.low, estimate.high))
    return dict(zip(_COLUMNS, (estimate.mean, *ends, estimate.runs), strict=True))
