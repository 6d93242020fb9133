"""Differences with their intervals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from stages.page.charts.style import GREY, grid, looks, mark, new_chart, nothing_to_show
from stages.page.names import title

# How much farther than the median a difference must reach to be written at the edge.
_FAR = 5


def differences(table: pd.DataFrame, variants: Sequence[str]) -> Figure:
    """Draw each difference with its interval, a panel for each comparison.

    Args:
        table: `variant`, `comparison`, `difference`, `low`, `high`, in accuracy.
        variants: names, from top to bottom.

    Returns:
        The figure; an interval that does not reach 0 has a filled mark. A difference that would
        make all others invisible is written at the edge.
    """
    comparisons = list(dict.fromkeys(table["comparison"]))
    if not comparisons:
        return nothing_to_show("No two regimes to compare")
    figure = new_chart(150 + 155 * len(comparisons), 105 + 21 * len(variants))
    panels = figure.subplots(1, len(comparisons), sharey=True, squeeze=False)[0]
    look_of = looks(variants)
    for axes, comparison in zip(panels, comparisons, strict=True):
        rows = table[table["comparison"] == comparison].set_index("variant")
        values = 100 * rows[["difference", "low", "high"]].astype(float)
        reach = values.abs().max(axis=1)
        far = reach > _FAR * reach.median()
        axes.axvline(0, color=GREY, lw=1)
        for height, name in enumerate(variants):
            if name not in rows.index:
                continue
            color, marker = look_of[name]
            mean, low, high = values.loc[name]
            if far[name]:
                text = f"{mean:.0f}" + ("" if np.isnan(low) else f" ({low:.0f} to {high:.0f})")
                said = axes.annotate(
                    f"◀ {text}" if mean < 0 else f"{text} ▶",
                    (0.02 if mean < 0 else 0.98, height),
                    xycoords=("axes fraction", "data"),
                    ha="left" if mean < 0 else "right",
                    va="center",
                )
                mark(name, said)
                continue
            clear = low > 0 or high < 0
            line = axes.hlines(height, low, high, color=color, lw=1.5)
            face = color if clear else "none"
            point = axes.plot(mean, height, marker=marker, color=color, mfc=face, markersize=6)
            mark(name, line, point)
        axes.set_title(comparison.replace(" - ", "\nminus "), fontsize=9)
        grid(axes, "x")
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    panels[0].set_yticks(range(len(variants)), [title(name) for name in variants])
    panels[0].invert_yaxis()
    figure.supxlabel("Difference of test accuracies, percentage points", fontsize=9)
    return figure
