"""Grids of small grey images as PNG: one pixel for each pixel, without gaps and labels."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stages.core.errors import InputError
from stages.core.formats import replacing


def save_tiles(rows: NDArray[np.float32], path: Path) -> None:
    """Write a grid of images.

    Args:
        rows: (rows, columns, height, width, 1); values outside [0, 1] are clipped.
        path: ends in `.png`.
    """
    count, columns, height, width, _ = rows.shape
    grid = np.clip(rows[..., 0], 0, 1).swapaxes(1, 2).reshape(count * height, columns * width)
    with replacing(path) as temporary:
        Image.fromarray(np.rint(255 * grid).astype(np.uint8)).save(temporary, optimize=True)


def read_tiles(path: Path, height: int, width: int) -> NDArray[np.uint8]:
    """Read a grid that `save_tiles` wrote.

    Args:
        path: of the PNG.
        height: of one image, pixels.
        width: of one image, pixels.

    Returns:
        (rows, columns, height, width), 0 to 255.

    Raises:
        InputError: the picture is no grid of such images.
    """
    with Image.open(path) as picture:
        grid = np.asarray(picture)
    if grid.ndim != 2 or grid.shape[0] % height or grid.shape[1] % width:
        raise InputError(
            f"{path}: expected a grid of grey images of {height} x {width} pixels, "
            f"received a picture of {' x '.join(map(str, grid.shape))}"
        )
    return grid.reshape(-1, height, grid.shape[1] // width, width).swapaxes(1, 2)
