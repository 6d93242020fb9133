"""A contender: the tutorial's way, Keras' `fit` on NumPy arrays."""

import sys
import time
from functools import cache
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from stages.few_labels.regimes import RECIPES, AdamSetting, grid
from stages.few_labels.schema import Regime
from stages.models.architecture import build
from stages.models.autoencoder import Autoencoder
from stages.models.gaussian import gaussian_kl, sample_code
from stages.models.products import as_keras
from stages.models.runtime import configure
from stages.models.schema import Sparsity, Variant
from stages.training.objective import bernoulli_kl, beta, squared_error
from tests.benchmarks.case import Case, images_per_second
from tests.benchmarks.labels import REGIMES, Labelled, LabelledImages, labels_of
from tests.benchmarks.workers import serve

Tensor = Any
# As Keras does by itself, a step compiled by XLA where it can be; operation by operation; or with
# all batches in TensorFlow's hands and an epoch as one call.
Way = Literal["steps", "operations", "epochs"]

# As many as the study's encoders are given at once.
_PREDICTED_AT_ONCE = 500


class SparsityPenalty(layers.Layer):
    """Adds KL(target || mean activation of the batch) to the loss and gives the code on.

    Args:
        sparsity: target and weight.
    """

    def __init__(self, sparsity: Sparsity) -> None:
        super().__init__()
        self._sparsity = sparsity

    def call(self, z: Tensor) -> Tensor:
        """Give the code back.

        Args:
            z: (batch, units).

        Returns:
            The same.
        """
        kl = bernoulli_kl(self._sparsity.target, tf.reduce_mean(z, axis=0))
        self.add_loss(self._sparsity.weight * tf.reduce_sum(kl))
        return z


class Sampling(layers.Layer):
    """Adds the weighed KL(q(z|x) || N(0, I)) to the loss and draws a code.

    Args:
        weight: of a nat per image.
    """

    def __init__(self, weight: float) -> None:
        super().__init__()
        self._weight = weight

    def call(self, parameters: tuple[Tensor, Tensor]) -> Tensor:
        """Draw.

        Args:
            parameters: `z_mean`, `z_log_var`, each (batch, latent_dim).

        Returns:
            (batch, latent_dim).
        """
        z_mean, z_log_var = parameters
        kl = tf.reduce_sum(gaussian_kl(z_mean, z_log_var), axis=1)
        self.add_loss(self._weight * tf.reduce_mean(kl))
        return sample_code(z_mean, z_log_var, tf.random.normal(tf.shape(z_mean)))


def whole(
    autoencoder: Autoencoder, variant: Variant, kl_weight: float, **compiling: Any
) -> keras.Model:
    """Put encoder, decoder and the objective's other parts together.

    Args:
        autoencoder: of Keras' own layers.
        variant: its objective.
        kl_weight: of a nat per image.
        **compiling: of `compile`.

    Returns:
        (batch, height, width, 1) -> the same, compiled.
    """
    image = given = keras.Input(autoencoder.encoder.input_shape[1:])
    if variant.noise:
        given = layers.GaussianNoise(variant.noise.stddev)(given)
    z = autoencoder.encoder(given)
    if variant.variational:
        z = Sampling(kl_weight)(z)
    if variant.sparsity:
        z = SparsityPenalty(variant.sparsity)(z)
    model = keras.Model(image, autoencoder.decoder(z))
    model.compile(loss=squared_error, **compiling)
    return model


class _Ends(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.times.append(time.perf_counter())


def main(given: Case) -> None:
    """Serve the tasks of training and of comparing encoders.

    Args:
        given: the images.
    """
    configure(given.threads, "cpu")
    shape = given.images.shape[1:]
    settings = given.train

    steps = len(given.images) // settings.batch_size

    @cache
    def compiled(variant: str, way: Way) -> keras.Model:
        chosen = given.variant(variant)
        parts = build(chosen.architecture, shape, chosen.variational)
        kl_weight = beta(chosen, int(np.prod(shape)), settings.batch_size)
        return whole(
            Autoencoder(*map(as_keras, parts)),
            chosen,
            kl_weight,
            optimizer=keras.optimizers.Adam(settings.learning_rate),
            jit_compile=False if way == "operations" else "auto",
            steps_per_execution=steps if way == "epochs" else 1,
        )

    @cache
    def batches() -> tf.data.Dataset:
        x = tf.constant(given.images)
        indices = tf.data.Dataset.range(len(x)).shuffle(len(x)).batch(settings.batch_size)
        return indices.map(lambda batch: (tf.gather(x, batch), tf.gather(x, batch)))

    def train(variant: str, way: Way) -> float:
        """Images per second."""
        ends = _Ends()
        data = (
            {"x": batches()}
            if way == "epochs"
            else {"x": given.images, "y": given.images, "batch_size": settings.batch_size}
        )
        compiled(variant, way).fit(**data, epochs=settings.epochs, verbose=0, callbacks=[ends])
        return images_per_second(len(given.images), ends.times)

    def compare(variant: str, way: Way) -> float:
        """Seconds for choosing and testing classifiers of one pretraining seed on all draws."""
        chosen, labels = given.variant(variant), labels_of(given)
        encoder = as_keras(build(chosen.architecture, shape, chosen.variational).encoder)
        started = time.perf_counter()
        for regime in REGIMES:
            _compare(given, labels, encoder, regime, way)
        return time.perf_counter() - started

    serve({"train": train, "compare": compare})


def _compare(
    given: Case, labels: LabelledImages, encoder: keras.Model, regime: Regime, way: Way
) -> None:
    """Choose a regime's setting and test it, a model and a `fit` for each classifier."""
    tuning = given.semi_supervised.tuning
    settings = grid(regime, given.semi_supervised, labels.labels.updates)

    def accuracy(setting: AdamSetting, draw: Labelled, images: Labelled) -> float:
        return _accuracy(given, encoder, regime, setting, draw, images, labels.classes, way)

    accuracies = [
        np.mean(
            [accuracy(setting, draw, labels.validation) for draw in labels.train[: tuning.draws]]
        )
        for setting in settings
    ]
    chosen = settings[int(np.argmax(accuracies))]
    for draw in labels.train:
        accuracy(chosen, draw, labels.test)


def _accuracy(
    given: Case,
    pretrained: keras.Model,
    regime: Regime,
    setting: AdamSetting,
    draw: Labelled,
    images: Labelled,
    classes: int,
    way: Way,
) -> float:
    """Train a classifier for as many updates as the study does, and test it."""
    encoder = keras.models.clone_model(pretrained)
    if RECIPES[regime].pretrained:
        encoder.set_weights(pretrained.get_weights())
    model = keras.Model(encoder.inputs, layers.Dense(classes)(encoder.outputs[0]))
    # Full batches only, as in the study.
    size = min(given.semi_supervised.batch_size, len(draw.y))
    steps = len(draw.y) // size
    x, y = draw.x[: steps * size], draw.y[: steps * size]
    model.compile(
        keras.optimizers.Adam(setting.learning_rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False if way == "operations" else "auto",
    )
    epochs = max(1, round(setting.updates / steps))  # `fit` knows whole epochs only
    model.fit(x, y, batch_size=size, epochs=epochs, verbose=0)
    logits = model.predict(images.x, batch_size=_PREDICTED_AT_ONCE, verbose=0)
    return float(np.mean(np.argmax(logits, axis=1) == images.y))


if __name__ == "__main__":
    main(Case(*sys.argv[1:]))
