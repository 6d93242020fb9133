"""A data set in one npz, as Keras ships some: `x_train`, `y_train`, `x_test`, `y_test`."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stages.core.errors import InputError
from stages.core.formats import read_arrays
from stages.datasets import idx

# Arrays, named as the IDX file that each corresponds to.
ARRAYS = {
    "train_images": "x_train",
    "train_labels": "y_train",
    "test_images": "x_test",
    "test_labels": "y_test",
}
# Bytes of the widest integers.
_WIDEST = 8


def read(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, bytes]:
    """Turn the four arrays into IDX files.

    Args:
        path: the npz, compressed or not.
        shapes: that the arrays must have, keys as in `idx.FILES`; a last axis of length 1 may come
            in addition.

    Returns:
        IDX files with the same values.

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
    """Take whole numbers as IDX files hold them.

    Args:
        array: integers, images or labels; a last axis of length 1 in addition to theirs, as for
            one channel, is left out.
        subject: the array's name, for messages.

    Returns:
        The same numbers.

    Raises:
        InputError: there are others than whole numbers from 0 to 255.
    """
    if array.dtype.kind not in "iu" or np.any((array < 0) | (array > 255)):  # type: ignore[operator]
        raise InputError(
            f"{subject}: expected whole numbers from 0 to 255, received others ({array.dtype})"
        )
    if array.ndim in (2, 4) and array.shape[-1] == 1:
        array = array[..., 0]
    return array.astype(np.uint8)
