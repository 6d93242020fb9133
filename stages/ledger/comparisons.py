"""Differences of accuracies, pair by pair: same pretraining seed, same draw of the labels."""

import numpy as np
import pandas as pd

from stages.ledger.evidence import Evidence, Runs, by_seed_and_draw
from stages.ledger.intervals import Estimate
from stages.ledger.texts import REGIMES

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


def compare_regimes(evidence: Evidence, widths: dict[str, int], confidence: float) -> pd.DataFrame:
    """Compare regimes within each variant, and its frozen code with pixels and PCA.

    Args:
        evidence: accuracies of encoders and of baselines.
        widths: the code's width by variant, in the order of the rows.
        confidence: of the intervals.

    Returns:
        `variant`, `comparison`, `difference`, `low`, `high`, `runs`.
    """
    rows = []
    for name, width in widths.items():
        differences = {
            title_of(first, second): evidence.accuracy(name, first).minus(
                evidence.accuracy(name, second)
            )
            for first, second in _PAIRS
            if {first, second} <= evidence.regimes
        }
        for title, features in (("pixels", "pixels"), ("PCA", f"pca_{width}")):
            baseline = evidence.baseline(features)
            if "frozen" in evidence.regimes and baseline is not None:
                frozen = evidence.accuracy(name, "frozen")
                differences[f"frozen - {title}"] = frozen.minus(baseline)
        for title, runs in differences.items():
            found = runs.estimate(confidence)
            rows.append({"variant": name, "comparison": title, **_row(found)})
    return pd.DataFrame(rows, columns=["variant", "comparison", *_COLUMNS])


def compare_along_curve(curve: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Compare other regimes with training from scratch at each number of labels.

    Args:
        curve: `variant`, `labels`, `regime`, `model_seed`, `label_draw`, `test_accuracy`.
        confidence: of the intervals, which leave out what other test images would change.

    Returns:
        `variant`, `labels`, `comparison`, `difference`, `low`, `high`, `runs`.
    """
    rows = []
    for (name, labels), table in curve.groupby(["variant", "labels"], sort=False):
        regimes = set(table["regime"])
        for first in ("finetuned", "frozen", "propagated"):
            if {first, "scratch"} <= regimes:
                values = by_seed_and_draw(table, str(name), first) - by_seed_and_draw(
                    table, str(name), "scratch"
                )
                rows.append(
                    {
                        "variant": name,
                        "labels": labels,
                        "comparison": title_of(first, "scratch"),
                        **_row(Runs(values).estimate(confidence)),
                    }
                )
    return pd.DataFrame(rows, columns=["variant", "labels", "comparison", *_COLUMNS])


_COLUMNS = ("difference", "low", "high", "runs")


def _row(estimate: Estimate) -> dict[str, float | int]:
    ends = (np.nan if end is None else end for end in (estimate.low, estimate.high))
    return dict(zip(_COLUMNS, (estimate.mean, *ends, estimate.runs), strict=True))
