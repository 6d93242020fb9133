"""Codes and pixels on two principal components."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from stages.page.charts.style import look, new_chart


def projections(panels: Mapping[str, pd.DataFrame], classes: Sequence[str]) -> Figure:
    """Draw projections of the same images side by side, by class, with one legend.

    Args:
        panels: by title, `class`, `first` and `second` of each image.
        classes: their names.
    """
    figure = new_chart(205 * len(panels) + 20, 280)
    all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (text, points) in zip(all_axes, panels.items(), strict=True):
        for number, name in enumerate(classes):
            color, marker = look(number)
            members = points[points["class"] == number]
            axes.scatter(
                members["first"],
                members["second"],
                s=8,
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
