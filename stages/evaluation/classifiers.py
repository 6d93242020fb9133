"""Classifiers with few labels: an encoder and one output layer, in several regimes."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

from stages.autoencoders.architecture import initialize, uses_xla
from stages.autoencoders.inference import mapped
from stages.files.errors import InputError
from stages.randomness import stream
from stages.settings.semi_supervised import Regime, SemiSupervised

Weights = list[NDArray[np.float32]]


class Labelled(NamedTuple):
    """Images with their classes.

    Attributes:
        x: (n, height, width, 1) float32 in [0, 1].
        y: (n,) uint8 class numbers.
    """

    x: NDArray[np.float32]
    y: NDArray[np.uint8]


class Recipe(NamedTuple):
    """What a regime does.

    Attributes:
        pretrained: start from the autoencoder's encoder, or else from fresh weights.
        frozen_epochs: while only the output layer learns; they come first.
        open_epochs: while everything learns.
    """

    pretrained: bool
    frozen_epochs: int
    open_epochs: int


class Result(NamedTuple):
    """One trained classifier.

    Attributes:
        draw: number of the labelled subset.
        regime: how it was trained.
        test_accuracy: share of the test images, in [0, 1].
    """

    draw: int
    regime: Regime
    test_accuracy: float


def recipe(regime: Regime, settings: SemiSupervised) -> Recipe:
    """Spell out a regime; all regimes have the same number of updates.

    Args:
        regime: its name in `params.yaml`.
        settings: numbers of epochs.

    Returns:
        Where it starts and what learns for how long.
    """
    whole = settings.epochs
    first = round(settings.frozen_fraction * whole)
    recipes: dict[Regime, Recipe] = {
        "frozen": Recipe(True, whole, 0),
        "finetuned": Recipe(True, first, whole - first),
        "finetuned_direct": Recipe(True, 0, whole),
        "scratch": Recipe(False, 0, whole),
        "random": Recipe(False, whole, 0),
    }
    return recipes[regime]


class Comparison:
    """Trains classifiers on one architecture with programs that are compiled once.

    Args:
        encoder: of the right architecture; its weights are overwritten. A variational one is
            used by its `z_mean`.
        classes: number of classes.
        settings: regimes, epochs, learning rates.
        test: images for the one measurement at the end.
    """

    def __init__(
        self, encoder: keras.Model, classes: int, settings: SemiSupervised, test: Labelled
    ) -> None:
        self._settings = settings
        self._test = test
        self._encoder = encoder
        features = keras.Model(encoder.inputs, encoder.outputs[0], name="features")
        code = keras.Input(features.output.shape[1:], name="code")
        self._output = keras.Model(code, layers.Dense(classes, name="logits")(code), name="output")
        whole = keras.Model(features.inputs, self._output(features.outputs[0]), name="classifier")
        self._encode = mapped(features)
        self._logits_of_codes = mapped(self._output)
        self._logits_of_images = mapped(whole)
        self._train_output = _Training(self._output, settings.output_learning_rate)
        self._train_whole = _Training(whole, settings.encoder_learning_rate)

    def run(self, pretrained: Weights, draws: list[Labelled], seed: int) -> Iterator[Result]:
        """Train and test every regime on every draw.

        All regimes of a draw share the output layer's first weights and the order of the images,
        so that they can be compared in pairs.

        Args:
            pretrained: the encoder's trained weights.
            draws: the labelled subsets.
            seed: the model's pretraining seed; fresh weights and orders are derived from it.

        Yields:
            Results, by regime and draw.

        Raises:
            InputError: a classifier's outputs are no longer finite.
        """
        initialize(self._encoder, seed, "scratch")
        fresh = self._encoder.get_weights()
        for regime in self._settings.regimes:
            plan = recipe(regime, self._settings)
            start = pretrained if plan.pretrained else fresh
            self._encoder.set_weights(start)
            frozen_alone = plan.open_epochs == 0
            test_codes = self._encode(self._test.x) if frozen_alone else None
            for draw, labelled in enumerate(draws):
                self._encoder.set_weights(start)
                initialize(self._output, seed, "labels", str(draw))
                epochs = self._batches(len(labelled.y), seed, draw)
                if plan.frozen_epochs:
                    labelled_codes = self._encode(labelled.x)
                    self._train_output(labelled_codes, labelled.y, epochs[: plan.frozen_epochs])
                if plan.open_epochs:
                    self._train_whole(labelled.x, labelled.y, epochs[plan.frozen_epochs :])
                if test_codes is not None:
                    logits = self._logits_of_codes(test_codes)
                else:
                    logits = self._logits_of_images(self._test.x)
                if not np.isfinite(logits).all():
                    raise InputError(
                        f"semi_supervised, regime {regime}, seed {seed}, draw {draw}: expected "
                        "finite logits, received others; try lower learning rates"
                    )
                right = np.argmax(logits, axis=1) == self._test.y
                yield Result(draw, regime, float(np.mean(right)))

    def _batches(self, count: int, seed: int, draw: int) -> NDArray[np.int32]:
        """Indices (epochs, steps, batch); images that do not fill a last batch wait for the next
        epoch's order.
        """
        size = min(self._settings.batch_size, count)
        random = stream(seed, "labels", "order", draw)
        epochs = [random.permutation(count) for _ in range(self._settings.epochs)]
        return np.stack(
            [order[: count // size * size].reshape(-1, size) for order in epochs]
        ).astype(np.int32)


class _Training:
    """Adam on a model that gives logits; an epoch is one compiled program."""

    def __init__(self, model: keras.Model, learning_rate: float) -> None:
        weights = model.trainable_variables
        self._optimizer = keras.optimizers.Adam(learning_rate)
        self._optimizer.build(weights)
        cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

        @tf.function(jit_compile=uses_xla(model))
        def train(x: Any, y: Any, order: Any) -> None:
            for step in tf.range(order.shape[0]):
                with tf.GradientTape() as tape:
                    logits = model(tf.gather(x, order[step]), training=True)
                    loss = cross_entropy(tf.gather(y, order[step]), logits)
                self._optimizer.apply(tape.gradient(loss, weights), weights)

        self._train = train

    def __call__(
        self, x: NDArray[np.float32], y: NDArray[np.uint8], epochs: NDArray[np.int32]
    ) -> None:
        for state in self._optimizer.variables:
            if state is not self._optimizer.learning_rate:
                state.assign(tf.zeros_like(state))
        images, labels = tf.constant(x), tf.constant(y, tf.int32)
        for order in epochs:
            self._train(images, labels, tf.constant(order))
