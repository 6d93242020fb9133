"""Rows of images."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from stages.figures.style import new_figure

_CELL = 0.62  # inches
_LABEL = 1.25  # inches for the rows' names


def rows_of_images(rows: NDArray[np.float32], names: Sequence[str]) -> Figure:
    """Draw a grid of grey images with a name beside each row.

    Args:
        rows: (rows, columns, height, width, 1); values outside [0, 1] are clipped.
        names: one for each row; may be empty strings.
    """
    count, columns, height, width, _ = rows.shape
    margin = _LABEL if any(names) else 0.05
    cell = _CELL * height / width
    size = (margin + columns * _CELL + 0.05, 0.05 + count * cell + 0.05)
    figure = new_figure(*size)
    figure.set_layout_engine("none")
    # One picture for each row, with a white line between the images.
    for row, (images, name) in enumerate(zip(rows, names, strict=True)):
        bottom = (0.05 + (count - 1 - row) * cell) / size[1]
        axes = figure.add_axes(
            (margin / size[0], bottom, columns * _CELL / size[0], cell / size[1])
        )
        strip = np.full((height + 2, columns * (width + 2)), np.nan, np.float32)
        for column, image in enumerate(images):
            start = column * (width + 2) + 1
            strip[1:-1, start : start + width] = np.clip(image[..., 0], 0, 1)
        axes.imshow(strip, cmap="gray", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
        axes.set_axis_off()
        figure.text(
            (margin - 0.08) / size[0], bottom + cell / size[1] / 2, name, ha="right", va="center"
        )
    return figure
