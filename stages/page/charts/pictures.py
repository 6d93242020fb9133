"""Grids of images with words beside them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from stages.page.charts.style import mark, new_chart
from stages.page.names import title

Tiles = NDArray[np.uint8]


class Row(NamedTuple):
    """A row of images.

    Attributes:
        name: of a variant, or other words.
        groups: (n, height, width) for each group of columns; empty ones leave a gap.
        words: one text for each column of text.
        variant: whether it belongs to a variant, which the page can highlight.
    """

    name: str
    groups: Sequence[Tiles]
    words: Sequence[str] = ()
    variant: bool = True


def picture_grid(
    rows: Sequence[Row],
    headings: Sequence[str],
    tile: float,
    label: float,
    columns: Sequence[str] = (),
    column: float = 80,
) -> Figure:
    """Draw rows of images, in groups, with a name before each row and words behind it.

    Args:
        rows: each with as many groups as there are headings; groups have the same number of images
            in all rows that have any.
        headings: one above each group.
        tile: width of an image, pixels of the page.
        label: width of the names, pixels.
        columns: headings above the words.
        column: width of a column of words, pixels.
    """
    counts = [max(len(row.groups[place]) for row in rows) for place in range(len(headings))]
    height, width = next(group.shape[1:] for row in rows for group in row.groups if len(group))
    tall, gap = tile * height / width, tile / 3
    head = 15.0 * (1 + max(text.count("\n") for text in (*headings, *columns))) + 6
    before = [0, *np.cumsum(counts).tolist()]
    total = label + tile * before[-1] + gap * (len(counts) - 1) + column * len(columns)
    figure = new_chart(total, head + (tall + 2) * len(rows))
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, total), ylim=(head + (tall + 2) * len(rows), 0))
    axes.set_axis_off()
    starts = [label + tile * before[place] + gap * place for place in range(len(counts))]
    for start, count, text in zip(starts, counts, headings, strict=True):
        axes.text(start + tile * count / 2, head - 5, text, ha="center", va="bottom")
    ends = [total - column * (len(columns) - place - 1) - 4 for place in range(len(columns))]
    for end, text in zip(ends, columns, strict=True):
        axes.text(end, head - 5, text, ha="right", va="bottom")
    for number, row in enumerate(rows):
        top = head + (tall + 2) * number
        parts: list[Artist] = [
            axes.text(label - 8, top + tall / 2, title(row.name), ha="right", va="center")
        ]
        for end, text in zip(ends, row.words, strict=False):
            parts.append(axes.text(end, top + tall / 2, text, ha="right", va="center"))
        for start, group in zip(starts, row.groups, strict=True):
            if len(group):
                parts.append(_strip(axes, group, (start, top, tile * len(group), tall)))
        if row.variant:
            mark(row.name, parts)
    return figure


def _strip(axes: Axes, images: Tiles, place: tuple[float, float, float, float]) -> Artist:
    """Draw images beside one another, with a transparent line between them.

    Args:
        axes: in pixels, downwards.
        images: (n, height, width).
        place: left, top, width, height.
    """
    left, top, across, down = place
    count, height, width = images.shape
    strip = np.zeros((height, count, width + 1, 4), np.uint8)  # red, green, blue, opacity
    strip[:, :, :width, :3] = images.swapaxes(0, 1)[..., np.newaxis]
    strip[:, :, :width, 3] = 255
    return axes.imshow(
        strip.reshape(height, -1, 4),
        extent=(left, left + across, top + down, top),
        interpolation="none",
        aspect="auto",
    )
