"""One look for all figures, whatever the user's own matplotlib settings are."""

import io
from pathlib import Path
from typing import NamedTuple

import matplotlib
from matplotlib.figure import Figure
from PIL import Image

from stages.core.formats import replacing

# Okabe & Ito's colours, told apart with every common kind of colour blindness; yellow is left
# out, since it does not show on white.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "^", "s", "D", "v", "P", "X")

_DOTS_PER_INCH = 110
# Colours and greys of a picture: few, since the report contains all pictures, but enough for no
# difference to be visible at the size shown.
_COLORS, _GREYS = 128, 64


class Look(NamedTuple):
    """How one of several things is drawn.

    Attributes:
        color: a matplotlib colour.
        marker: a matplotlib marker.
    """

    color: str
    marker: str


def look(number: int) -> Look:
    """Choose colour and marker by number: the first 49 pairs differ, consecutive ones in both.

    Args:
        number: from 0.
    """
    turn = number // len(COLORS)
    return Look(COLORS[number % len(COLORS)], MARKERS[(number + turn) % len(MARKERS)])


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


def nothing_to_show(why: str) -> Figure:
    """Draw a figure that says in a few words why it is empty."""
    figure = new_figure(4, 0.8)
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
        few_colors(picture.convert("RGB")).save(temporary, optimize=True)


def few_colors(picture: Image.Image) -> Image.Image:
    """Reduce a picture's colours, which makes its file a third to a half as large.

    Args:
        picture: RGB.

    Returns:
        A grey picture with evenly spaced greys, black and white among them, which PNG compresses
        better than a palette; or a coloured one with a palette chosen for it.
    """
    red, green, blue = picture.split()
    if red.tobytes() == green.tobytes() == blue.tobytes():
        step = 255 / (_GREYS - 1)
        return red.point([round(round(value / step) * step) for value in range(256)])
    # One pass of k-means, since the median cut alone dulls colours that few pixels have.
    return picture.quantize(_COLORS, kmeans=1, dither=Image.Dither.NONE)
