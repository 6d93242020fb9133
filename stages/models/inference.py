"""Running trained models over many images."""

from collections.abc import Callable, Sequence
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
        pretrained: the model's weights by seed.
    """

    model: keras.Model
    pretrained: dict[int, list[NDArray[np.float32]]]


def load_encoders(models: Path, seeds: Sequence[int]) -> Encoders:
    """Read the encoders of a variant.

    Args:
        models: folder of the variant's models.
        seeds: pretraining seeds.

    Returns:
        The encoder and its weights.

    Raises:
        InputError: a file is missing, damaged, or does not fit its architecture.
    """
    autoencoder = load(folder_of_seed(models, seeds[0]))
    pretrained = {}
    for seed in seeds:
        load_weights(autoencoder, folder_of_seed(models, seed))
        pretrained[seed] = autoencoder.encoder.get_weights()
    return Encoders(autoencoder.encoder, pretrained)


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
        for start in range(0, len(values), _BATCH):
            batch = values[start : start + _BATCH]
            # The last batch is filled up, so that one program serves arrays of any length.
            filled = np.zeros((_BATCH, *values.shape[1:]), np.float32)
            filled[: len(batch)] = batch
            outputs = apply(tf.constant(filled)).numpy()
            parts.append(outputs[:, : len(batch)] if paired else outputs[: len(batch)])
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
