"""Codes and pixels on two principal components."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from stages.codes.reconstruction import Projection
from stages.figures.style import look, new_figure


def projections(
    panels: Mapping[str, Projection], labels: NDArray[np.uint8], classes: Sequence[str]
) -> Figure:
    """Draw projections of the same images side by side, coloured by class, with one legend.

    Args:
        panels: title and projection, each of the same n images.
        labels: (n,) class numbers.
        classes: their names.
    """
    figure = new_figure(4.1 * len(panels) + 1.2, 3.9)
    all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, projection) in zip(all_axes, panels.items(), strict=True):
        for number, name in enumerate(classes):
            color, marker = look(number)
            members = projection.points[labels == number]
            axes.scatter(
                members[:, 0],
                members[:, 1],
                s=9,
                c=color,
                marker=marker,
                linewidths=0,
                alpha=0.65,
                label=name,
            )
        axes.set_title(title)
        for axis, share, which in zip(
            (axes.xaxis, axes.yaxis), projection.explained, ("First", "Second"), strict=True
        ):
            axis.set_label_text(f"{which} component ({share:.0%} of the variance)")
    figure.legend(
        *all_axes[0].get_legend_handles_labels(), loc="outside right center", markerscale=2
    )
    return figure
