"""Accuracy of classifiers with few labels."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from stages.core.names import spoken
from stages.figures.style import look, new_figure
from stages.ledger.texts import REGIMES


def accuracy_by_regime(accuracies: pd.DataFrame, variants: Sequence[str]) -> Figure:
    """Draw every run as a dot and each mean as a bar, variants below one another.

    Args:
        accuracies: `variant`, `regime`, `test_accuracy`, one row for each run.
        variants: names, from top to bottom.

    Returns:
        The figure.
    """
    regimes = [name for name in REGIMES if name in set(accuracies["regime"])]
    figure = new_figure(8.2, 0.9 + 0.16 * len(variants) * (len(regimes) + 1))
    axes = figure.subplots()
    for number, regime in enumerate(regimes):
        color, marker = look(number)
        for row, name in enumerate(variants):
            chosen = (accuracies["variant"] == name) & (accuracies["regime"] == regime)
            values = accuracies.loc[chosen, "test_accuracy"]
            height = row + (number - (len(regimes) - 1) / 2) / (len(regimes) + 1)
            axes.plot(
                values,
                np.full(len(values), height),
                linestyle="",
                marker=marker,
                markersize=4,
                markeredgewidth=0,
                color=color,
                alpha=0.5,
                label=REGIMES[regime].label if row == 0 else None,
            )
            reach = 0.4 / (len(regimes) + 1)
            axes.vlines(values.mean(), height - reach, height + reach, color=color, lw=2)
    axes.set_yticks(range(len(variants)), [spoken(name) for name in variants])
    axes.invert_yaxis()
    axes.set_xlabel("Test accuracy (dots: runs; lines: means)")
    axes.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside right center")
    return figure
