"""Encoders with an output layer, trained by Adam with programs that are compiled once for each
number of labels.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from stages.core.rng import rng_for
from stages.few_labels.linear_probe import Probe
from stages.models import products
from stages.models.architecture import initialize
from stages.models.inference import batched
from stages.models.optimization import full_batches, restart

Floats = NDArray[np.float32]
Weights = list[Floats]


class Classifier:
    """An encoder and an output layer.

    Args:
        encoder: its weights are overwritten. A variational one is used by its `z_mean`.
        classes: number of classes.
    """

    def __init__(self, encoder: keras.Model, classes: int) -> None:
        self._encoder = encoder
        code = keras.Input(encoder.outputs[0].shape[1:], name="code")
        self._output = keras.Model(
            code, products.Dense(classes, name="logits")(code), name="output"
        )
        whole = keras.Model(encoder.inputs, self._output(encoder.outputs[0]), name="classifier")
        self._encode = batched(keras.Model(encoder.inputs, encoder.outputs[0], name="features"))
        self._logits = batched(whole)
        weights = whole.trainable_variables
        self._optimizer = keras.optimizers.Adam()
        self._optimizer.build(weights)
        cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

        @tf.function(jit_compile=True)
        def train(x: Any, y: Any, order: Any, start: Any, stop: Any) -> None:
            for step in tf.range(start, stop):
                with tf.GradientTape() as tape:
                    logits = whole(tf.gather(x, order[step]), training=True)
                    loss = cross_entropy(tf.gather(y, order[step]), logits)
                self._optimizer.apply(tape.gradient(loss, weights), weights)

        self._train: Callable[..., None] = train

    def fresh_weights(self, seed: int) -> Weights:
        """Make the encoder's first weights for training from scratch."""
        initialize(self._encoder, seed, "scratch")
        return list(self._encoder.get_weights())

    def encode(self, weights: Weights, x: Floats) -> Floats:
        """Encode images.

        Args:
            weights: of the encoder.
            x: (n, height, width, 1).

        Returns:
            (n, latent_dim) float32.
        """
        self._encoder.set_weights(weights)
        return self._encode(x)

    def start(self, weights: Weights, output: Probe | tuple[int, int]) -> None:
        """Set all weights and forget earlier training.

        Args:
            weights: of the encoder.
            output: of the output layer, or the seed and draw whose fresh weights it gets.
        """
        self._encoder.set_weights(weights)
        if isinstance(output, Probe):
            self._output.set_weights([output.kernel, output.bias])
        else:
            seed, draw = output
            initialize(self._output, seed, "labels", str(draw))
        restart(self._optimizer)

    def train(
        self,
        x: Floats,
        y: NDArray[np.uint8],
        order: NDArray[np.int32],
        learning_rate: float,
        stops: Sequence[int],
        x_evaluated: Floats,
    ) -> Iterator[Floats]:
        """Train from where `start` has set the weights, and evaluate on the way.

        Args:
            x: (n, height, width, 1) labelled images.
            y: (n,) class numbers.
            order: (updates, batch) indices into x.
            learning_rate: of Adam.
            stops: numbers of updates, ascending, at which to evaluate.
            x_evaluated: (m, height, width, 1).

        Yields:
            (m, classes) logits at each stop.
        """
        self._optimizer.learning_rate.assign(learning_rate)
        images, labels, batches = tf.constant(x), tf.constant(y, tf.int32), tf.constant(order)
        for first, stop in pairwise((0, *stops)):
            self._train(images, labels, batches, tf.constant(first), tf.constant(stop))
            yield self._logits(x_evaluated)


def order_of(labels: int, batch_size: int, updates: int, seed: int, draw: int) -> NDArray[np.int32]:
    """Order labelled images for training; every epoch has another order.

    Args:
        labels: number of labelled images.
        batch_size: if there are fewer images, they are one smaller batch.
        updates: number of batches.
        seed: the pretraining seed.
        draw: number of the labelled subset.

    Returns:
        (updates, batch) indices; images that do not fill an epoch's last batch wait for the next
        epoch's order.
    """
    random = rng_for(seed, "labels", "order", draw)
    epochs = -(-updates // max(1, labels // batch_size))
    batches = [full_batches(random.permutation(labels), batch_size) for _ in range(epochs)]
    return np.concatenate(batches)[:updates]
