"""How charts look, whatever the user's own matplotlib settings are: a colour and a marker for each
variant, everywhere the same.
"""

import io
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Literal, NamedTuple

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter
from matplotlib.transforms import Bbox
from PIL import Image

from stages.core.formats import replacing

# Okabe & Ito's colours, told apart with every common kind of colour blindness. In place of black
# and yellow, which do not show on dark and on white paper, stands a grey.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#767676")
MARKERS = ("o", "^", "s", "D", "v", "P", "X")
GREY = "#767676"

# Inches for a pixel of the page.
_PIXEL = 1 / 96
_DOTS_PER_INCH = 110
# Of a PNG: few make its file a third to a half as large, and so many show no difference.
_COLORS = 128


class Look(NamedTuple):
    """How one of several things is drawn.

    Attributes:
        color: a matplotlib colour.
        marker: a matplotlib marker.
    """

    color: str
    marker: str


def look(number: int) -> Look:
    """Choose colour and marker by number: the first 49 pairs differ, consecutive ones in both."""
    turn = number // len(COLORS)
    return Look(COLORS[number % len(COLORS)], MARKERS[(number + turn) % len(MARKERS)])


def looks(names: Sequence[str]) -> dict[str, Look]:
    """Give each name a look of its own.

    Args:
        names: all variants, so that each looks the same in every chart.
    """
    return {name: look(number) for number, name in enumerate(names)}


def new_figure(width: float, height: float) -> Figure:
    """Start an empty figure in the study's style, which pyplot does not know of.

    Args:
        width: inches.
        height: inches.
    """
    matplotlib.use("Agg")
    matplotlib.rcdefaults()
    matplotlib.rcParams.update(
        {
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 10,
            "legend.frameon": False,
        }
    )
    return Figure(figsize=(width, height), layout="constrained")


def new_chart(width: float, height: float) -> Figure:
    """Start an empty chart without a background.

    Args:
        width: pixels of the page.
        height: pixels of the page.
    """
    figure = new_figure(width * _PIXEL, height * _PIXEL)
    matplotlib.rcParams.update(
        {"legend.fontsize": 9, "legend.handlelength": 1.4, "legend.labelspacing": 0.35}
    )
    figure.patch.set_visible(False)
    return figure


def grid(axes: Axes, axis: Literal["both", "x", "y"] = "both") -> None:
    """Draw thin lines at the ticks."""
    axes.grid(axis=axis, color=GREY, alpha=0.25, linewidth=0.6)


def logarithmic(axis: Axis, plain: bool = False) -> None:
    """Make an axis logarithmic, after everything is drawn.

    Where some values are 0, it is linear from there to the smallest other one; where all are 0, it
    stays linear.

    Args:
        axis: of a chart.
        plain: write 0.01, 20 and 500, not powers of ten.
    """
    axes = axis.axes
    scale = axes.set_xscale if axis is axes.xaxis else axes.set_yscale
    lowest, highest = axis.get_data_interval()
    if lowest <= 0:
        if highest > 0:
            scale("symlog", linthresh=axis.get_minpos())
        return
    scale("log")
    if not plain:
        return
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_locator(NullLocator())


def name_points(
    axes: Axes,
    names: Sequence[str],
    points: Sequence[tuple[float, float]],
    others: Sequence[tuple[float, float]] = (),
) -> None:
    """Write a name beside each point, where no earlier name and no point is in its way.

    Args:
        axes: with its final limits and scales.
        names: one for each point.
        points: in the units of the axes.
        others: further points that no name may hide.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    places = axes.transData.transform(np.array([*points, *others]))
    taken = [Bbox.from_bounds(x - 4, y - 4, 8, 8) for x, y in places]
    for name, point in zip(names, points, strict=True):
        tried: list[tuple[int, Annotation, Bbox]] = []
        for across, up in product((6, -6), (5, -5)):
            said = axes.annotate(
                name,
                point,
                xytext=(across, up),
                textcoords="offset points",
                ha="left" if across > 0 else "right",
                va="bottom" if up > 0 else "top",
                color=GREY,
            )
            box = said.get_window_extent().padded(1)
            tried.append((box.count_overlaps(taken), said, box))
        best = min(tried, key=lambda each: each[0])
        for each in tried:
            if each is not best:
                each[1].remove()
        taken.append(best[2])


def mark(name: str, *artists: Artist | Iterable[Artist]) -> None:
    """Say that parts of a chart belong to a variant, which the page can then highlight."""
    for artist in artists:
        if isinstance(artist, Artist):
            artist.set_gid(f"variant:{name}")
        else:
            mark(name, *artist)


def nothing_to_show(why: str) -> Figure:
    """Draw a chart that says in a few words why it is empty."""
    figure = new_chart(380, 60)
    figure.text(0.5, 0.5, why, ha="center", va="center")
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a figure as a small PNG without the metadata that changes from version to version.

    Args:
        figure: drawn by a function of this folder.
        path: ends in `.png`.
    """
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_DOTS_PER_INCH)
    with Image.open(drawn) as picture, replacing(path) as temporary:
        # One pass of k-means, since the median cut alone dulls colours that few pixels have.
        few = picture.convert("RGB").quantize(_COLORS, kmeans=1, dither=Image.Dither.NONE)
        few.save(temporary, optimize=True)
