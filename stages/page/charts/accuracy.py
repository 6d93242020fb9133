"""Accuracy of classifiers with few labels."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from stages.ledger.texts import REGIMES
from stages.page.charts.style import grid, look, mark, new_chart
from stages.page.names import title

# Of the highest accuracy: what is below this share is left outside.
_FAR = 0.6


def accuracy_by_regime(accuracies: pd.DataFrame, variants: Sequence[str]) -> Figure:
    """Draw every run as a mark and each mean as a bar, variants below one another.

    Args:
        accuracies: `variant`, `regime`, `test_accuracy`, one row for each run.
        variants: names, from top to bottom.
    """
    regimes = [name for name in REGIMES if name in set(accuracies["regime"])]
    figure = new_chart(900, 90 + 15 * len(variants) * (len(regimes) + 1))
    axes = figure.subplots()
    for number, regime in enumerate(regimes):
        color, marker = look(number)
        for row, name in enumerate(variants):
            chosen = (accuracies["variant"] == name) & (accuracies["regime"] == regime)
            values = accuracies.loc[chosen, "test_accuracy"]
            height = row + (number - (len(regimes) - 1) / 2) / (len(regimes) + 1)
            runs = axes.plot(
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
            mean = axes.vlines(values.mean(), height - reach, height + reach, color=color, lw=2)
            mark(name, runs, mean)
    # What is far below would make all others lie on one another.
    accuracy = accuracies["test_accuracy"]
    shown = accuracy[accuracy >= _FAR * accuracy.max()]
    reach = 0.05 * (shown.max() - shown.min()) + 0.001
    axes.set_xlim(shown.min() - reach, shown.max() + reach)
    axes.set_yticks(range(len(variants)), [title(name) for name in variants])
    axes.set_ylim(len(variants) - 0.4, -0.6)
    outside = "" if len(shown) == len(accuracy) else "; far lower ones are outside"
    axes.set_xlabel(f"Test accuracy (marks: runs; lines: means{outside})")
    grid(axes, "x")
    figure.legend(loc="outside right center")
    return figure
