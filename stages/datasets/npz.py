"""Reading a data set from one npz file with `x_train`, `y_train`, `x_test`, `y_test`."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stages.core.errors import InputError
from stages.core.formats import read_arrays
from stages.datasets import idx

# The array that corresponds to each IDX file.
ARRAYS = {
    "train_images": "x_train",
    "train_labels": "y_train",
    "test_images": "x_test",
    "test_labels": "y_test",
}
# Size of the widest integers, in bytes.
_WIDEST = 8


def read(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, bytes]:
    """Convert the four arrays to IDX files.

    Args:
        path: the npz, compressed or not.
        shapes: that the arrays must have, keys as in `idx.FILES`; an additional last axis of length
            1 is allowed.

    Returns:
        IDX files with the same values, keys as in `idx.FILES`.

    Raises:
        InputError: an array is missing, damaged, or of another shape or type.
    """
    files = {}
    for key, name in ARRAYS.items():
        (array,) = read_arrays(path, name, most=_WIDEST * math.prod(shapes[key]))
        values = as_bytes(array, f"{path}: {name}")
        if values.shape != shapes[key]:
            raise InputError(
                f"{path}: {name}: expected dimensions {shapes[key]}, received {array.shape}"
            )
        files[key] = idx.serialize(values)
    return files


def as_bytes(array: NDArray[np.generic], subject: str) -> NDArray[np.uint8]:
    """Convert whole numbers to the unsigned bytes that IDX files hold.

    Args:
        array: images or labels, of integers; a further last axis of length 1, as for one channel,
            is left out.
        subject: the array's name, for messages.

    Raises:
        InputError: the array has other values than whole numbers from 0 to 255.
    """
    if array.dtype.kind not in "iu" or np.any((array < 0) | (array > 255)):  # type: ignore[operator]
        values = ""
        if array.dtype.kind in "iuf" and array.size:
            values = f", {np.min(array):g} to {np.max(array):g}"
        raise InputError(
            f"{subject}: expected whole numbers from 0 to 255, received {array.dtype}{values}; "
            f"{idx.CONVERSION}"
        )
    if array.ndim in (2, 4) and array.shape[-1] == 1:
        array = array[..., 0]
    return array.astype(np.uint8)
