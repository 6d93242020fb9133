"""The bar chart of training speed."""

import pandas as pd
from matplotlib.figure import Figure

from stages.core.names import spoken
from stages.page.charts.style import COLORS, new_figure
from tests.benchmarks.measurement import values
from tests.benchmarks.training import KERAS, PYTORCH, STUDY


def training_speed(table: pd.DataFrame, title: str) -> Figure:
    """Draw a bar for each contender and variant, with the range over repetitions.

    Args:
        table: columns as a `Measurement`'s fields.
        title: when and on what it was measured.

    Returns:
        The figure.
    """
    table = table[table["row"] == "training"]
    variants = list(table["case"].unique())
    contenders = [name for name in (STUDY, PYTORCH, *KERAS) if name in set(table["contender"])]
    figure = new_figure(7.2, 1.2 + 0.1 * len(variants) * (len(contenders) + 1))
    axes = figure.subplots()
    height = 1 / (len(contenders) + 1)
    for number, contender in enumerate(contenders):
        speeds = [values(table, "training", name, contender) / 1000 for name in variants]
        middles = [speed.median() for speed in speeds]
        reach = [
            [middle - speed.min() for middle, speed in zip(middles, speeds, strict=True)],
            [speed.max() - middle for middle, speed in zip(middles, speeds, strict=True)],
        ]
        axes.barh(
            [row + (number - (len(contenders) - 1) / 2) * height for row in range(len(variants))],
            middles,
            height=height,
            xerr=reach,
            error_kw={"lw": 0.8, "capsize": 1.5},
            color=COLORS[number],
            label=contender,
        )
    axes.set_yticks(range(len(variants)), [spoken(name) for name in variants])
    axes.set_ylim(len(variants) - 0.5, -0.5)
    axes.set_xlabel("Thousands of training images per second (median, range)")
    axes.set_title(title)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    figure.legend(loc="outside lower center", ncols=3)
    return figure
