"""Pretraining; an epoch is one compiled program."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from stages.core.errors import InputError
from stages.core.rng import rng_for
from stages.models.architecture import initialize
from stages.models.autoencoder import Autoencoder
from stages.models.gaussian import RANDOM_NUMBERS
from stages.models.optimization import full_batches, noise_seed, restart
from stages.models.schema import Variant
from stages.training.objective import beta, terms, total
from stages.training.schema import Train


class Losses(NamedTuple):
    """Means over the images of an epoch; only `loss` is weighted.

    Attributes:
        loss: what is minimised.
        squared_error: summed over an image's pixels.
        sparsity: KL(target || mean activation of a batch), summed over units, in nats.
        kl: KL(q(z|x) || N(0, I)) per image, in nats.
    """

    loss: float
    squared_error: float
    sparsity: float
    kl: float


class Epoch(NamedTuple):
    """Losses of one epoch of training.

    Attributes:
        number: from 1.
        train: while the weights were changing.
        validation: after the epoch.
    """

    number: int
    train: Losses
    validation: Losses


class Trainer:
    """Trains one variant from any number of seeds with programs that are compiled once.

    Args:
        name: of the variant, for messages.
        autoencoder: the models; each call of `fit` overwrites their weights.
        x_train: (n, height, width, 1) float32 in [0, 1]; not copied.
        x_validation: (m, height, width, 1) likewise.
    """

    def __init__(
        self,
        name: str,
        variant: Variant,
        settings: Train,
        autoencoder: Autoencoder,
        x_train: NDArray[np.float32],
        x_validation: NDArray[np.float32],
    ) -> None:
        self._name = name
        self._settings = settings
        self._autoencoder = autoencoder
        self._weights = [weight for model in autoencoder for weight in model.trainable_variables]
        self._optimizer = keras.optimizers.Adam(settings.learning_rate)
        self._optimizer.build(self._weights)
        self._x_train, self._x_validation = _shared(x_train), _shared(x_validation)
        pixels = int(np.prod(x_train.shape[1:]))
        compiled = tf.function(jit_compile=True)

        def losses(x: Any, seed: Any, batch_size: int) -> tuple[Any, Any]:
            parts = terms(*autoencoder, variant, x, seed)
            loss = total(parts, variant, beta(variant, pixels, batch_size), pixels)
            return loss, tf.stack([loss, *(tf.reduce_mean(part) for part in parts)])

        def run(x: Any, order: Any, seed: Any, learn: bool) -> Any:
            steps, batch_size = order.shape
            sums = tf.zeros(len(Losses._fields))
            for step in tf.range(steps):
                batch = tf.gather(x, order[step])
                noise = tf.random.fold_in(seed, step, alg=RANDOM_NUMBERS)
                with tf.GradientTape() as tape:
                    loss, values = losses(batch, noise, batch_size)
                if learn:
                    self._optimizer.apply(tape.gradient(loss, self._weights), self._weights)
                sums += values
            return sums / tf.cast(steps, tf.float32)

        self._learn = compiled(lambda x, order, seed: run(x, order, seed, learn=True))
        self._evaluate = compiled(lambda x, order, seed: run(x, order, seed, learn=False))

    def fit(self, seed: int, report: Callable[[Epoch], None]) -> list[Epoch]:
        """Train from fresh weights.

        Every epoch takes the images in another order; those that do not fill the last batch are
        left out of this epoch.

        Args:
            seed: of initial weights, order and noise.
            report: called after each epoch.

        Returns:
            All epochs. The trained weights are in the autoencoder.

        Raises:
            InputError: a loss is no longer finite.
        """
        for model in self._autoencoder:
            initialize(model, seed, "pretraining")
        restart(self._optimizer)
        size = self._settings.batch_size
        same_noise = noise_seed(seed, "validation")
        in_order = tf.constant(full_batches(np.arange(len(self._x_validation)), size))
        epochs = []
        for count in range(1, self._settings.epochs + 1):
            order = rng_for(seed, "order", count).permutation(len(self._x_train))
            batches = tf.constant(full_batches(order, size))
            learned = self._learn(self._x_train, batches, noise_seed(seed, "noise", count))
            evaluated = self._evaluate(self._x_validation, in_order, same_noise)
            epoch = Epoch(count, *(Losses(*map(float, values)) for values in (learned, evaluated)))
            if not np.isfinite([epoch.train, epoch.validation]).all():
                raise InputError(
                    f"variants.{self._name}, seed {seed}, epoch {count}: expected finite losses, "
                    f"received {epoch.train} in training and {epoch.validation} in validation; "
                    f"train.learning_rate is {self._settings.learning_rate}"
                )
            report(epoch)
            epochs.append(epoch)
        return epochs


def _shared(x: NDArray[np.float32]) -> Any:
    """Make a tensor in the array's own memory; `tf.constant` would need two copies for a moment."""
    return tf.experimental.dlpack.from_dlpack(np.ascontiguousarray(x).__dlpack__())
