"""Reconstruction against separation: the tutorial's exercise."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from stages.figures.style import look, new_figure


def trade_off(latents: pd.DataFrame, pixels_accuracy: float, variants: Sequence[str]) -> Figure:
    """Draw one point for each variant: what it loses against how well its code separates.

    Args:
        latents: `variant`, `test_mse`, `knn_accuracy`, one row for each pretraining seed.
        pixels_accuracy: what nearest neighbours reach on pixels.
        variants: names, in the order of the legend.

    Returns:
        The figure; good is up and to the left. Small marks are seeds, large ones means.
    """
    figure = new_figure(6.4, 3.8)
    axes = figure.subplots()
    for number, name in enumerate(variants):
        color, marker = look(number)
        rows = latents[latents["variant"] == name]
        axes.plot(
            rows["test_mse"],
            rows["knn_accuracy"],
            linestyle="",
            marker=marker,
            markersize=3,
            color=color,
            alpha=0.5,
        )
        axes.plot(
            rows["test_mse"].mean(),
            rows["knn_accuracy"].mean(),
            linestyle="",
            marker=marker,
            markersize=7,
            color=color,
            label=name.replace("_", " "),
        )
    axes.axhline(pixels_accuracy, color="#555555", lw=0.8, ls="--", label="pixels")
    axes.set_xscale("log")
    axes.set_xlabel("Test MSE per pixel (left is better)")
    axes.set_ylabel("Nearest-neighbour accuracy (up is better)")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside right center")
    return figure
