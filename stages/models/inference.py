"""Running trained models over many images."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_BATCH = 500


def filled_batches(values: Floats, size: int) -> Iterator[tuple[Floats, int]]:
    """Cut values into batches of one size, so that one compiled program serves any number of them.

    Args:
        values: (n, ...) float32.
        size: of each batch; the last one is filled up with zeros.

    Yields:
        (size, ...) float32, and how many of them are values.
    """
    for start in range(0, len(values), size):
        few = values[start : start + size]
        batch = np.zeros((size, *values.shape[1:]), np.float32)
        batch[: len(few)] = few
        yield batch, len(few)


def batched(model: keras.Model) -> Callable[[Floats], Floats]:
    """Compile a model for use on arrays of any length.

    Args:
        model: with one output, or an encoder with `z_mean` and `z_log_var`.

    Returns:
        A function from (n, ...) to (n, ...), float32. A pair of outputs gives (2, n, latent_dim).
        It sees the model's weights as they are at the time of the call.
    """

    @tf.function(jit_compile=True)
    def apply(batch: Any) -> Any:
        outputs = model(batch, training=False)
        return tf.stack(outputs) if isinstance(outputs, list | tuple) else outputs

    paired = len(model.outputs) > 1

    def over(values: Floats) -> Floats:
        parts = []
        for batch, count in filled_batches(values, _BATCH):
            outputs = apply(tf.constant(batch)).numpy()
            parts.append(outputs[:, :count] if paired else outputs[:count])
        return np.concatenate(parts, axis=1 if paired else 0)

    return over


def codes(outputs: Floats) -> Floats:
    """Take the code from an encoder's output: `z_mean` if it is a distribution.

    Args:
        outputs: (n, latent_dim), or (2, n, latent_dim) of a variational encoder.

    Returns:
        (n, latent_dim).
    """
    return outputs[0] if outputs.ndim == 3 else outputs
