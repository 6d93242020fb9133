"""Accuracy against the number of labels."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from stages.ledger.texts import REGIMES
from stages.page.charts.style import grid, look, new_chart
from stages.page.names import title

# Numbers of labels that lie closer than this ratio cannot both be written below the axis.
_APART = 1.9


def label_curve(curve: pd.DataFrame, variants: Sequence[str], of_study: int) -> Figure:
    """Draw a panel for each variant, a line for each regime.

    Args:
        curve: `variant`, `labels`, `regime`, `test_accuracy`, one row for each run.
        variants: names, from left to right.
        of_study: number of labels of the main comparison, which is written in any case.

    Returns:
        The figure; lines are means, bands go from the lowest to the highest run.
    """
    regimes = [name for name in REGIMES if name in set(curve["regime"])]
    figure = new_chart(220 + 420 * len(variants), 360)
    panels = figure.subplots(1, len(variants), sharey=True, squeeze=False)[0]
    for axes, name in zip(panels, variants, strict=True):
        rows = curve[curve["variant"] == name]
        for regime in regimes:
            color, marker = look(list(REGIMES).index(regime))
            runs = rows[rows["regime"] == regime].groupby("labels")["test_accuracy"]
            mean = runs.mean()
            axes.plot(mean.index, mean, color=color, marker=marker, label=REGIMES[regime].label)
            axes.fill_between(mean.index, runs.min(), runs.max(), color=color, alpha=0.2, lw=0)
        sizes = sorted(set(rows["labels"]))
        written: list[int] = []
        for size in sorted(sizes, key=lambda size: size != of_study):
            if all(max(size, one) > _APART * min(size, one) for one in written):
                written.append(size)
        axes.set_xscale("log")
        axes.set_xticks(sizes, [f"{size:,}" if size in written else "" for size in sizes])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("Labels")
        axes.set_title(title(name))
        grid(axes)
    panels[0].set_ylabel("Test accuracy")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center")
    return figure
