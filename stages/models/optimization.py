"""What all training by Adam shares: fresh optimisers, full batches, seeds of noise."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from stages.core.rng import derive_seed


def restart(optimizer: keras.optimizers.Optimizer, learning_rate: float | None = None) -> None:
    """Reset an optimizer's state, so that its compiled programs can be used for another training.

    Args:
        optimizer: built; the weights that it updates stay as they are.
        learning_rate: the new one; None leaves it as it is.
    """
    for state in optimizer.variables:
        if state is not optimizer.learning_rate:
            state.assign(tf.zeros_like(state))
    if learning_rate is not None:
        optimizer.learning_rate.assign(learning_rate)


def full_batches(order: NDArray[np.integer[Any]], batch_size: int) -> NDArray[np.int32]:
    """Cut an epoch's order into full batches; the rest that does not fill a batch is left out.

    Args:
        order: (n,) indices of images.
        batch_size: if there are fewer images, they are one smaller batch.

    Returns:
        (n // batch_size, batch_size), or (1, n) if n is less than `batch_size`.
    """
    size = min(batch_size, len(order))
    steps = len(order) // size
    return order[: steps * size].reshape(steps, size).astype(np.int32)


def noise_seed(seed: int, *purpose: str | int) -> Any:
    """Make the seed of TensorFlow's stateless random numbers for one purpose.

    Returns:
        (2,) int32.
    """
    return tf.constant([derive_seed(seed, *purpose), 0], tf.int32)
