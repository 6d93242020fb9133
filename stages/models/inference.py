"""Running trained models over many images."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from stages.models.storage import folder_of_seed, load, load_weights

Floats = NDArray[np.float32]

_BATCH = 500


class Encoders(NamedTuple):
    """One architecture with the weights of every pretraining seed.

    Attributes:
        model: image -> code, or the code's mean and log-variance.
        pretrained: the model's weights by pretraining seed.
    """

    model: keras.Model
    pretrained: dict[int, list[NDArray[np.float32]]]


def load_encoders(models: Path, seeds: Sequence[int]) -> Encoders:
    """Read the encoders of a variant, one for each pretraining seed.

    Raises:
        InputError: a file is missing, damaged, or does not fit its architecture.
    """
    autoencoder = load(folder_of_seed(models, seeds[0]))
    pretrained = {}
    for seed in seeds:
        load_weights(autoencoder, folder_of_seed(models, seed))
        pretrained[seed] = autoencoder.encoder.get_weights()
    return Encoders(autoencoder.encoder, pretrained)


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
