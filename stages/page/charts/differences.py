"""Differences with their intervals."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from stages.core.names import spoken
from stages.figures.style import look, new_figure, nothing_to_show

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
    figure = new_figure(2.1 + 1.75 * len(comparisons), 0.9 + 0.26 * len(variants))
    panels = figure.subplots(1, len(comparisons), sharey=True, squeeze=False)[0]
    for number, (axes, title) in enumerate(zip(panels, comparisons, strict=True)):
        color, marker = look(number)
        rows = table[table["comparison"] == title].set_index("variant")
        values = 100 * rows[["difference", "low", "high"]].astype(float)
        reach = values.abs().max(axis=1)
        far = reach > _FAR * reach.median()
        for height, name in enumerate(variants):
            if name not in rows.index:
                continue
            mean, low, high = values.loc[name]
            if far[name]:
                text = f"{mean:.0f} ({low:.0f} to {high:.0f})"
                axes.annotate(
                    f"◀ {text}" if mean < 0 else f"{text} ▶",
                    (0.02 if mean < 0 else 0.98, height),
                    xycoords=("axes fraction", "data"),
                    ha="left" if mean < 0 else "right",
                    va="center",
                    fontsize=7.5,
                    color=color,
                )
                continue
            clear = low > 0 or high < 0
            axes.hlines(height, low, high, color=color, lw=1.5)
            axes.plot(mean, height, marker=marker, color=color, mfc=color if clear else "white")
        axes.axvline(0, color="#555555", lw=0.8)
        axes.set_title(title.replace(" - ", "\nminus "), fontsize=9)
        axes.grid(axis="x", alpha=0.3)
    panels[0].set_yticks(range(len(variants)), [spoken(name) for name in variants])
    panels[0].invert_yaxis()
    figure.supxlabel("Difference of test accuracies, percentage points", fontsize=9)
    return figure
