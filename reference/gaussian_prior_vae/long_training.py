"""Training until the validation bound stops improving. An epoch is one compiled program, and an
interrupted training goes on from its last checkpoint and gives the same result.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from reference.gaussian_prior_vae.bernoulli import binarize, parts
from reference.gaussian_prior_vae.gated import initialize
from reference.gaussian_prior_vae.schema import UntilStopped
from reference.gaussian_prior_vae.stopping import best_epoch, is_over, warm_up
from stages.core.errors import InputError
from stages.core.formats import read_arrays, write_arrays
from stages.core.rng import rng_for
from stages.models.autoencoder import Autoencoder
from stages.models.gaussian import RANDOM_NUMBERS
from stages.models.optimization import full_batches, noise_seed, restart

# Keeps a gradient of zeros zero.
_SMALLEST_NORM = 1e-7
# PyTorch's default; Keras' is ten times as large.
_ADAM_EPSILON = 1e-8


class Epoch(NamedTuple):
    """Means over the images of an epoch, in nats per image.

    Attributes:
        number: from 1.
        kl_weight: in training.
        train_reconstruction: -log p(x|z) at one code for each image, while the weights change.
        train_kl: log q(z|x) - log p(z) at the same code.
        validation_reconstruction: likewise, after the epoch.
        validation_kl: likewise.
    """

    number: int
    kl_weight: float
    train_reconstruction: float
    train_kl: float
    validation_reconstruction: float
    validation_kl: float

    @property
    def validation_loss(self) -> float:
        """Minus the bound on log p(x), which decides when to stop."""
        return self.validation_reconstruction + self.validation_kl


class Checkpoint:
    """A file that holds all that a training needs to go on.

    Args:
        path: may be missing.
        key: 32 bytes, a hash of everything the result depends on; a file with another key is not
            used.
        every: epochs between two checkpoints.
    """

    def __init__(self, path: Path, key: bytes, every: int = 10) -> None:
        self._path = path
        self._key = np.frombuffer(key, np.uint8)
        self.every = every

    def read(self, state: Sequence[Any]) -> tuple[NDArray[np.float64], list[NDArray[Any]]] | None:
        """Set variables to the values of the last checkpoint.

        Args:
            state: variables, in the order of `write`.

        Returns:
            The epochs so far and the best weights; None if there is no checkpoint that can be used.
        """
        try:
            (key,) = read_arrays(self._path, "key")
            if not np.array_equal(key, self._key):
                return None
            (count,) = read_arrays(self._path, "count")
            values = read_arrays(self._path, *(f"state_{i}" for i in range(len(state))))
            best = read_arrays(self._path, *(f"best_{i}" for i in range(int(count))))
            (epochs,) = read_arrays(self._path, "epochs")
        except InputError:  # missing or damaged: what it holds can be computed again
            return None
        for variable, value in zip(state, values, strict=True):
            variable.assign(value)
        return epochs, list(best)

    def write(
        self, state: Sequence[Any], best: Sequence[NDArray[Any]], epochs: Sequence[Epoch]
    ) -> None:
        """Write a checkpoint, completely or not at all.

        Args:
            state: variables.
            best: the weights after the best epoch.
            epochs: all so far.
        """
        write_arrays(
            self._path,
            key=self._key,
            count=np.array(len(best)),
            epochs=np.array(epochs, np.float64),
            **{f"state_{i}": np.asarray(variable) for i, variable in enumerate(state)},
            **{f"best_{i}": weight for i, weight in enumerate(best)},
        )

    def remove(self) -> None:
        """Delete the file once the result is written."""
        self._path.unlink(missing_ok=True)


class LongTrainer:
    """Trains a gated variational autoencoder of binary images.

    Args:
        settings: of the optimiser and of when to stop.
        autoencoder: the models; `fit` overwrites their weights.
        x_train: (n, height, width, 1) grey values in [0, 1]; binarised anew in each batch.
        x_validation: (m, height, width, 1) of 0 and 1.
    """

    def __init__(
        self,
        settings: UntilStopped,
        autoencoder: Autoencoder,
        x_train: NDArray[np.float32],
        x_validation: NDArray[np.float32],
    ) -> None:
        self._settings = settings
        self._autoencoder = autoencoder
        self._weights = [weight for model in autoencoder for weight in model.trainable_variables]
        self._optimizer = keras.optimizers.Adam(settings.learning_rate, epsilon=_ADAM_EPSILON)
        self._optimizer.build(self._weights)
        self._x_train, self._x_validation = tf.constant(x_train), tf.constant(x_validation)

        @tf.function(jit_compile=True)
        def learn(x: Any, order: Any, seed: Any, kl_weight: Any) -> Any:
            steps = order.shape[0]
            sums = tf.zeros(2)
            for step in tf.range(steps):
                for_pixels, for_code = _two(tf.random.fold_in(seed, step, alg=RANDOM_NUMBERS))
                batch = binarize(tf.gather(x, order[step]), for_pixels)
                with tf.GradientTape() as tape:
                    reconstruction, kl = parts(*autoencoder, batch, for_code)
                    loss = tf.reduce_mean(reconstruction + kl_weight * kl)
                gradients = tape.gradient(loss, self._weights)
                if settings.normalized_gradients:
                    gradients = [normalized(gradient) for gradient in gradients]
                self._optimizer.apply(gradients, self._weights)
                sums += tf.stack([tf.reduce_mean(reconstruction), tf.reduce_mean(kl)])
            return sums / tf.cast(steps, tf.float32)

        @tf.function(jit_compile=True)
        def evaluate(x: Any, order: Any, seed: Any) -> Any:
            steps = order.shape[0]
            sums = tf.zeros(2)
            for step in tf.range(steps):
                of_step = tf.random.fold_in(seed, step, alg=RANDOM_NUMBERS)
                reconstruction, kl = parts(*autoencoder, tf.gather(x, order[step]), of_step)
                sums += tf.stack([tf.reduce_mean(reconstruction), tf.reduce_mean(kl)])
            return sums / tf.cast(steps, tf.float32)

        self._learn, self._evaluate = learn, evaluate

    def fit(
        self, seed: int, checkpoint: Checkpoint, report: Callable[[Epoch], None]
    ) -> list[Epoch]:
        """Train until validation stops it; the models then have the weights of the best epoch.

        Args:
            seed: of initial weights, order, binary pixels and codes; each epoch has its own, on
                validation images too.
            checkpoint: to go on from, and to write to.
            report: called after each epoch.

        Returns:
            All epochs, including those before an interruption.

        Raises:
            InputError: a loss is no longer finite.
        """
        settings = self._settings
        state = [*self._weights, *self._optimizer.variables]
        epochs: list[Epoch] = []
        best: list[NDArray[Any]] = []
        if (found := checkpoint.read(state)) is not None:
            rows, best = found
            epochs = [Epoch(int(row[0]), *map(float, row[1:])) for row in rows]
            for epoch in epochs:
                report(epoch)
        else:
            initialize(self._autoencoder, seed)
            restart(self._optimizer)
        in_order = tf.constant(
            full_batches(np.arange(len(self._x_validation)), settings.batch_size)
        )
        losses = [epoch.validation_loss for epoch in epochs]
        while len(epochs) < settings.max_epochs and not is_over(
            losses, settings.warm_up_epochs, settings.patience
        ):
            count = len(epochs) + 1
            kl_weight = warm_up(count, settings.warm_up_epochs)
            order = rng_for(seed, "order", count).permutation(len(self._x_train))
            learned = self._learn(
                self._x_train,
                tf.constant(full_batches(order, settings.batch_size)),
                noise_seed(seed, "noise", count),
                tf.constant(kl_weight, tf.float32),
            )
            evaluated = self._evaluate(
                self._x_validation, in_order, noise_seed(seed, "validation", count)
            )
            epoch = Epoch(count, kl_weight, *map(float, [*learned.numpy(), *evaluated.numpy()]))
            if not np.isfinite(epoch).all():
                raise InputError(
                    f"seed {seed}, epoch {count}: expected finite losses, received {epoch}; "
                    f"train.learning_rate is {settings.learning_rate}"
                )
            epochs.append(epoch)
            losses.append(epoch.validation_loss)
            if best_epoch(losses) == count:
                best = [np.asarray(weight).copy() for weight in self._weights]
            if count % checkpoint.every == 0:
                checkpoint.write(state, best, epochs)
            report(epoch)
        for weight, value in zip(self._weights, best, strict=True):
            weight.assign(value)
        return epochs


def normalized(gradient: Any) -> Any:
    """Divide one tensor's gradient by its norm (Yu et al. 2017, block-normalised gradients).

    Returns:
        Of the same shape and of norm 1, or 0.
    """
    return gradient / (tf.norm(gradient) + _SMALLEST_NORM)


def _two(seed: Any) -> list[Any]:
    """Derive two independent seeds from one."""
    return list(tf.unstack(tf.random.split(seed, 2, alg=RANDOM_NUMBERS)))
