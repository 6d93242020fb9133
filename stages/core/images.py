"""A data set as arrays, which every later stage relies on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Images(NamedTuple):
    """A data set as arrays.

    Attributes:
        x_train: (n_train, height, width, 1) float32 in [0, 1].
        y_train: (n_train,) uint8 class numbers.
        x_test: (n_test, height, width, 1) float32 in [0, 1].
        y_test: (n_test,) uint8 class numbers.
    """

    x_train: NDArray[np.float32]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.uint8]
