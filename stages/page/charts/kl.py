"""KL of each latent."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from stages.page.charts.style import grid, looks, mark, new_chart
from stages.page.names import title


def kl_of_latents(units: pd.DataFrame, shown: Sequence[str], variants: Sequence[str]) -> Figure:
    """Draw how many nats each latent carries, the most first.

    Args:
        units: `variant`, `model_seed`, `test_kl`, one row for each unit.
        shown: the variational ones, at least one.
        variants: all names.

    Returns:
        The figure; one line for each pretraining seed.
    """
    figure = new_chart(640, 330)
    axes = figure.subplots()
    look_of = looks(variants)
    for name in shown:
        color, marker = look_of[name]
        rows = units[units["variant"] == name]
        for turn, (_, seed) in enumerate(rows.groupby("model_seed")):
            values = np.sort(seed["test_kl"].to_numpy())[::-1]
            line = axes.plot(
                np.arange(1, len(values) + 1),
                values,
                color=color,
                marker=marker,
                markersize=3,
                lw=1,
                alpha=0.7,
                label=title(name) if turn == 0 else None,
            )
            mark(name, line)
    axes.set_yscale("symlog", linthresh=1e-3)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("Latent, the most informative first")
    axes.set_ylabel("KL in nats per image")
    grid(axes)
    figure.legend(loc="outside right center")
    return figure
