"""Reconstruction against separation: the tutorial's exercise."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from stages.core.names import spoken
from stages.figures.style import look, new_figure

# Of the best accuracy: what is below this share is left outside.
_FAR = 0.6


def trade_off(latents: pd.DataFrame, pixels_accuracy: float, variants: Sequence[str]) -> Figure:
    """Draw one point for each variant: what it loses against how well its code separates.

    Args:
        latents: `variant`, `test_mse`, `knn_accuracy`, one row for each pretraining seed.
        pixels_accuracy: what nearest neighbours reach on pixels.
        variants: names, in the order of the legend.

    Returns:
        The figure; good is up and to the left. Small marks are seeds, large ones means. A variant
        that would make all others lie on one another is named below.
    """
    figure = new_figure(6.8, 4.0)
    axes = figure.subplots()
    error = latents.groupby("variant")["test_mse"].mean().to_dict()
    accuracy = latents.groupby("variant")["knn_accuracy"].mean().to_dict()
    far = [name for name in variants if accuracy[name] < _FAR * max(accuracy.values())]
    for number, name in enumerate(variants):
        if name in far:
            continue
        color, marker = look(number)
        seeds = latents[latents["variant"] == name]
        axes.scatter(
            seeds["test_mse"], seeds["knn_accuracy"], s=9, alpha=0.5, color=color, marker=marker
        )
        axes.scatter(
            error[name],
            accuracy[name],
            s=49,
            color=color,
            marker=marker,
            label=spoken(name),
        )
    axes.axhline(pixels_accuracy, color="#555555", lw=0.8, ls="--", label="pixels")
    axes.set_xscale("log")
    axes.set_xlabel("Test MSE per pixel (left is better)")
    axes.set_ylabel("Nearest-neighbour accuracy (up is better)")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside right center")
    if far:
        named = (
            f"{name.replace('_', ' ')} ({error[name]:.3g}, {accuracy[name]:.2f})" for name in far
        )
        figure.supxlabel(f"Outside the picture: {', '.join(named)}", fontsize=8, x=0.02, ha="left")
    return figure
