"""Learning curves."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from stages.page.charts.style import grid, logarithmic, looks, mark, new_chart
from stages.page.names import title


def learning_curves(curves: pd.DataFrame, variants: Sequence[str], pixels: int) -> Figure:
    """Draw the squared error per pixel after each epoch, a panel for training and for validation.

    Args:
        curves: `variant`, `model_seed`, `epoch`, `train_squared_error` and
            `validation_squared_error`, summed over an image's pixels.
        variants: names, in the order of the legend.
        pixels: of one image.

    Returns:
        The figure; a line is the mean over seeds, a band goes from the lowest to the highest.
    """
    figure = new_chart(940, 400)
    panels = figure.subplots(1, 2, sharey=True)
    look_of = looks(variants)
    for axes, part in zip(panels, ("train", "validation"), strict=True):
        for name in variants:
            color, marker = look_of[name]
            rows = curves[curves["variant"] == name]
            error = (rows[f"{part}_squared_error"] / pixels).groupby(rows["epoch"])
            mean = error.mean()
            line = axes.plot(
                mean.index, mean, color=color, marker=marker, markersize=4, label=title(name)
            )
            band = axes.fill_between(
                mean.index, error.min(), error.max(), color=color, alpha=0.2, lw=0
            )
            mark(name, line, band)
        axes.set_xlabel("Epoch")
        axes.set_title({"train": "Training (while learning)", "validation": "Validation"}[part])
        grid(axes)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    # They share the scale: the lower values decide what it can be.
    logarithmic(min((axes.yaxis for axes in panels), key=lambda axis: axis.get_data_interval()[0]))
    panels[0].set_ylabel("Squared error per pixel")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center")
    return figure
