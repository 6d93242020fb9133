"""Codes and pixels on two principal components."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from stages.page.charts.style import look, new_chart

# Of classes: Matplotlib's ten, of which none is black or white.
CLASS_COLORS = [f"C{number}" for number in range(10)]


def projections(panels: Mapping[str, pd.DataFrame], classes: Sequence[str]) -> Figure:
    """Draw projections of the same images side by side, by class, with one legend.

    Args:
        panels: by title, `class`, `first` and `second` of each image.
        classes: their names.
    """
    figure = new_chart(205 * len(panels) + 20, 255)
    all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (text, points) in zip(all_axes, panels.items(), strict=True):
        for number, name in enumerate(classes):
            color, marker = CLASS_COLORS[number % len(CLASS_COLORS)], look(number).marker
            members = points[points["class"] == number]
            axes.scatter(
                members["first"],
                members["second"],
                s=13,
                c=color,
                marker=marker,
                linewidths=0,
                alpha=0.65,
                label=name,
                rasterized=True,
            )
        axes.set_title(text)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_xlabel("First component")
    all_axes[0].set_ylabel("Second component")
    figure.legend(
        *all_axes[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=min(len(classes), 5),
        markerscale=2,
    )
    return figure
