"""Classifiers with few labels: an encoder and one output layer, in several regimes."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from stages.core.errors import InputError
from stages.core.rng import rng_for
from stages.few_labels.regimes import Labelled, Result, Setting, Trial, grid, recipe
from stages.few_labels.schema import Fitting, Regime
from stages.models import products
from stages.models.architecture import initialize
from stages.models.inference import batched
from stages.models.optimization import full_batches, restart

Weights = list[NDArray[np.float32]]


class Comparison:
    """Trains classifiers on one architecture with programs that are compiled once for each number
    of labels.

    Args:
        name: of the variant, for messages.
        encoder: of the right architecture; its weights are overwritten. A variational one is
            used by its `z_mean`.
        classes: number of classes.
        settings: epochs, learning rates.
        regimes: those to compare.
    """

    def __init__(
        self,
        name: str,
        encoder: keras.Model,
        classes: int,
        settings: Fitting,
        regimes: Sequence[Regime],
    ) -> None:
        self._name = name
        self._settings = settings
        self._regimes = regimes
        self._encoder = encoder
        features = keras.Model(encoder.inputs, encoder.outputs[0], name="features")
        code = keras.Input(features.output.shape[1:], name="code")
        self._output = keras.Model(
            code, products.Dense(classes, name="logits")(code), name="output"
        )
        whole = keras.Model(features.inputs, self._output(features.outputs[0]), name="classifier")
        self._encode = batched(features)
        self._logits_of_codes = batched(self._output)
        self._logits_of_images = batched(whole)
        self._train_output = _Training(self._output)
        self._train_whole = _Training(whole)

    def tune(
        self,
        pretrained: Weights,
        draws: list[Labelled],
        validation: Labelled,
        updates: int,
        seed: int,
    ) -> Iterator[Trial]:
        """Try every setting of every regime and choose by the accuracy on validation images.

        Args:
            pretrained: the encoder's trained weights.
            draws: the labelled subsets, of which the first are used.
            validation: labelled images outside every draw.
            updates: the maximum.
            seed: the pretraining seed that all settings are tried with.

        Yields:
            What was tried; of each regime the best is chosen, the first of equals.

        Raises:
            InputError: a classifier's outputs are no longer finite.
        """
        for regime in self._regimes:
            settings = grid(regime, self._settings, updates)
            some = draws[: self._settings.tuning.draws]
            found: dict[Setting, float] = {}
            for rate, stops in self._runs(regime, settings):
                by_stop = self._accuracies(
                    regime, rate, stops, pretrained, some, validation, updates, seed
                )
                found |= {Setting(rate, stop): float(np.mean(by_stop[stop])) for stop in stops}
            accuracies = [found[setting] for setting in settings]
            best = int(np.argmax(accuracies))
            for number, (setting, accuracy) in enumerate(zip(settings, accuracies, strict=True)):
                yield Trial(regime, setting, accuracy, number == best)

    def test(
        self,
        pretrained: Weights,
        draws: list[Labelled],
        test: Labelled,
        chosen: Mapping[Regime, Setting],
        updates: int,
        seed: int,
    ) -> Iterator[Result]:
        """Train every regime on every draw and test it once.

        All regimes of a draw share the output layer's first weights and the order of the images,
        so that they can be compared in pairs.

        Args:
            pretrained: the encoder's trained weights.
            draws: the labelled subsets, of equal size.
            test: images for the one measurement at the end.
            chosen: what `tune` chose for each regime.
            updates: the maximum, as for `tune`.
            seed: the model's pretraining seed; fresh weights and orders are derived from it.

        Yields:
            Results, by regime and draw.

        Raises:
            InputError: a classifier's outputs are no longer finite.
        """
        for regime in self._regimes:
            rate, stop = chosen[regime]
            accuracies = self._accuracies(
                regime, rate, [stop], pretrained, draws, test, updates, seed
            )[stop]
            for draw, accuracy in enumerate(accuracies):
                yield Result(regime, draw, accuracy)

    def _runs(
        self, regime: Regime, settings: Sequence[Setting]
    ) -> Iterator[tuple[float, list[int]]]:
        """Learning rates, each with the numbers of updates at which one training is evaluated.

        On its way to the highest number it passes the others, unless the length of its first phase
        depends on where it ends.
        """
        for rate in dict.fromkeys(setting.learning_rate for setting in settings):
            stops = sorted({stop for other, stop in settings if other == rate})
            if 0 < recipe(regime, self._settings).frozen < 1:
                yield from ((rate, [stop]) for stop in stops)
            else:
                yield rate, stops

    def _accuracies(
        self,
        regime: Regime,
        learning_rate: float,
        stops: Sequence[int],
        pretrained: Weights,
        draws: list[Labelled],
        evaluated: Labelled,
        updates: int,
        seed: int,
    ) -> dict[int, list[float]]:
        """Accuracies on `evaluated` by number of updates, one for each draw that was trained on."""
        plan = recipe(regime, self._settings)
        if plan.pretrained:
            start = pretrained
        else:
            initialize(self._encoder, seed, "scratch")
            start = self._encoder.get_weights()
        self._encoder.set_weights(start)
        first = 0
        if output_alone := plan.frozen == 1:
            training, logits_of = self._train_output, self._logits_of_codes
            x_evaluated = self._encode(evaluated.x)
        else:
            training, logits_of, x_evaluated = (
                self._train_whole,
                self._logits_of_images,
                evaluated.x,
            )
        if 0 < plan.frozen < 1:
            (stop,) = stops  # as `_runs` has it: the first phase depends on it
            first = round(plan.frozen * stop)
            if stop > 1:  # at least one update in either phase
                first = min(max(1, first), stop - 1)
        accuracies: dict[int, list[float]] = {stop: [] for stop in stops}
        for draw, labelled in enumerate(draws):
            self._encoder.set_weights(start)
            initialize(self._output, seed, "labels", str(draw))
            order = self._order(len(labelled.y), updates, seed, draw)
            x = self._encode(labelled.x) if output_alone or first else labelled.x
            if first:
                self._train_output.restart(self._settings.output_learning_rate)
                self._train_output(x, labelled.y, order, range(first))
                x = labelled.x
            training.restart(learning_rate)
            for start_at, stop in pairwise((first, *stops)):
                training(x, labelled.y, order, range(start_at, stop))
                logits = logits_of(x_evaluated)
                if not np.isfinite(logits).all():
                    raise InputError(
                        f"variants.{self._name}, regime {regime}, seed {seed}, draw {draw}, "
                        f"update {stop}: expected finite logits, received others; the learning "
                        f"rate is {learning_rate}"
                    )
                accuracies[stop].append(float(np.mean(np.argmax(logits, axis=1) == evaluated.y)))
        return accuracies

    def _order(self, count: int, updates: int, seed: int, draw: int) -> NDArray[np.int32]:
        """Indices (updates, batch); images that do not fill an epoch's last batch wait for the
        next epoch's order.
        """
        random = rng_for(seed, "labels", "order", draw)
        size = self._settings.batch_size
        epochs = -(-updates // max(1, count // size))
        batches = [full_batches(random.permutation(count), size) for _ in range(epochs)]
        return np.concatenate(batches)[:updates]


class _Training:
    """Adam on a model that gives logits; any stretch of updates is one compiled program."""

    def __init__(self, model: keras.Model) -> None:
        weights = model.trainable_variables
        self._optimizer = keras.optimizers.Adam()
        self._optimizer.build(weights)
        cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

        @tf.function(jit_compile=True)
        def train(x: Any, y: Any, order: Any, start: Any, stop: Any) -> None:
            for step in tf.range(start, stop):
                with tf.GradientTape() as tape:
                    logits = model(tf.gather(x, order[step]), training=True)
                    loss = cross_entropy(tf.gather(y, order[step]), logits)
                self._optimizer.apply(tape.gradient(loss, weights), weights)

        self._train = train

    def restart(self, learning_rate: float) -> None:
        """Set Adam's learning rate and forget earlier gradients; weights stay."""
        restart(self._optimizer, learning_rate)

    def __call__(
        self,
        x: NDArray[np.float32],
        y: NDArray[np.uint8],
        order: NDArray[np.int32],
        updates: range,
    ) -> None:
        self._train(
            tf.constant(x),
            tf.constant(y, tf.int32),
            tf.constant(order),
            tf.constant(updates.start),
            tf.constant(updates.stop),
        )
