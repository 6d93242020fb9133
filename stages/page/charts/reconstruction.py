"""Reconstruction against what the code may say, and against separation of the classes."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from stages.page.charts.style import GREY, grid, logarithmic, looks, mark, new_chart
from stages.page.names import title

# Of the best accuracy: what is below this share is left outside.
_FAR = 0.6


def error_by_live_units(
    latents: pd.DataFrame, of_components: Mapping[int, float], variants: Sequence[str]
) -> Figure:
    """Draw each variant's error against its live units, with that of principal components.

    Args:
        latents: `variant`, `test_mse`, `live_units`, one row for each pretraining seed.
        of_components: test error of PCA by number of components.
        variants: names, in the order of the legend.

    Returns:
        The figure; below the line is better than as many principal components.
    """
    figure = new_chart(530, 350)
    axes = figure.subplots()
    line = dict(sorted(of_components.items()))
    axes.plot([*line], [*line.values()], color=GREY, lw=1, ls="--", marker=".", label="PCA")
    for name in variants:
        color, marker = looks(variants)[name]
        of_variant = latents[latents["variant"] == name]
        units, error = float(of_variant["live_units"].mean()), float(of_variant["test_mse"].mean())
        # A code without a live unit stands at the left edge.
        point = axes.scatter(
            max(units, 1), error, s=45, color=color, marker=marker, label=title(name), zorder=3
        )
        mark(name, point)
    logarithmic(axes.xaxis, plain=True)
    logarithmic(axes.yaxis)
    axes.set_xlabel("Live units of the code")
    axes.set_ylabel("Test MSE per pixel")
    grid(axes)
    figure.legend(loc="outside right center")
    return figure


def trade_off(
    latents: pd.DataFrame, pixels_accuracy: float, front: Sequence[str], variants: Sequence[str]
) -> Figure:
    """Draw one point for each variant: what it loses against how well its code separates.

    Args:
        latents: `variant`, `test_mse`, `knn_accuracy`, one row for each pretraining seed.
        pixels_accuracy: what nearest neighbours reach on pixels.
        front: variants that nothing beats in both.
        variants: all names.

    Returns:
        The figure; good is up and to the left. Small marks are seeds, large ones means. A variant
        that would make all others lie on one another is named below.
    """
    figure = new_chart(530, 350)
    axes = figure.subplots()
    means = latents.groupby("variant")[["test_mse", "knn_accuracy"]].mean()
    error, accuracy = means["test_mse"].to_dict(), means["knn_accuracy"].to_dict()
    far = [name for name in variants if accuracy[name] < _FAR * max(accuracy.values())]
    for name in variants:
        if name in far:
            continue
        color, marker = looks(variants)[name]
        seeds = latents[latents["variant"] == name]
        small = axes.scatter(
            seeds["test_mse"], seeds["knn_accuracy"], s=9, alpha=0.5, color=color, marker=marker
        )
        large = axes.scatter(
            error[name],
            accuracy[name],
            s=49,
            color=color,
            marker=marker,
            label=title(name),
            zorder=3,
        )
        mark(name, small, large)
    ahead = means.loc[list(front)].sort_values("test_mse")
    axes.step(
        ahead["test_mse"], ahead["knn_accuracy"], where="post", color=GREY, lw=1, label="front"
    )
    axes.axhline(pixels_accuracy, color=GREY, lw=0.8, ls="--", label="pixels")
    logarithmic(axes.xaxis)
    axes.set_xlabel("Test MSE per pixel (left is better)")
    axes.set_ylabel("Nearest-neighbour accuracy (up is better)")
    grid(axes)
    figure.legend(loc="outside right center")
    if far:
        named = (f"{title(name)} ({error[name]:.3g}, {accuracy[name]:.2f})" for name in far)
        figure.supxlabel(f"Outside the picture: {', '.join(named)}", fontsize=9, x=0.02, ha="left")
    return figure
