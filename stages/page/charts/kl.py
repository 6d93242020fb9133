"""KL of each latent."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from stages.core.names import spoken
from stages.figures.style import look, new_figure, nothing_to_show


def kl_of_latents(units: pd.DataFrame, variants: Sequence[str]) -> Figure:
    """Draw how many nats each latent carries, the most first.

    Args:
        units: `variant`, `model_seed`, `test_kl`, one row for each unit.
        variants: the variational ones.

    Returns:
        The figure; one line for each pretraining seed.
    """
    if not variants:
        return nothing_to_show("No variational variant")
    figure = new_figure(6.4, 3.2)
    axes = figure.subplots()
    for number, name in enumerate(variants):
        color, marker = look(number)
        rows = units[units["variant"] == name]
        for turn, (_, seed) in enumerate(rows.groupby("model_seed")):
            values = np.sort(seed["test_kl"].to_numpy())[::-1]
            axes.plot(
                np.arange(1, len(values) + 1),
                values,
                color=color,
                marker=marker,
                markersize=3,
                lw=1,
                alpha=0.7,
                label=spoken(name) if turn == 0 else None,
            )
    axes.set_yscale("symlog", linthresh=1e-3)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("Latent, the most informative first")
    axes.set_ylabel("KL in nats per image")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside right center")
    return figure
