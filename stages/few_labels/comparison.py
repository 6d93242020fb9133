"""Classifiers on one variant's encoders, in several regimes: tuned on validation images, then
tested once.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.core.errors import InputError
from stages.core.images import Images
from stages.few_labels import linear_probe
from stages.few_labels.fine_tuning import Classifier, Floats, Weights, order_of
from stages.few_labels.propagation import Spread
from stages.few_labels.regimes import (
    RECIPES,
    AdamSetting,
    ProbeSetting,
    Result,
    Setting,
    Trial,
    edge_is_better,
    grid,
)
from stages.few_labels.schema import Fitting, Regime
from stages.models.loading import Encoders

Classes = NDArray[np.integer]


class Labels(NamedTuple):
    """Which training images have labels, and how long Adam may use them.

    Attributes:
        train: (draws, n) indices to learn from.
        validation: (m,) indices to choose settings by, outside every draw.
        updates: the most steps of Adam.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    updates: int


class Comparison:
    """Trains and tests classifiers on a variant's encoders.

    Args:
        name: of the variant, for messages.
        encoders: the architecture and its weights by pretraining seed.
        data: all images.
        classes: number of classes.
        settings: how classifiers are trained and what is tried.
        regimes: those to compare.
    """

    def __init__(
        self,
        name: str,
        encoders: Encoders,
        data: Images,
        classes: int,
        settings: Fitting,
        regimes: Sequence[Regime],
    ) -> None:
        self._name = name
        self._pretrained = encoders.pretrained
        self._classifier = Classifier(encoders.model, classes)
        self._data = data
        self._classes = classes
        self._settings = settings
        self._regimes = regimes
        # Of a pretraining seed: they serve any number of labels.
        self._graphs: dict[tuple[int, Regime], Spread] = {}

    @property
    def seeds(self) -> list[int]:
        """The pretraining seeds."""
        return list(self._pretrained)

    def tune(self, labels: Labels) -> Iterator[Trial]:
        """Try every setting of every regime and choose by the accuracy on validation images.

        Yields:
            What was tried, for the first seeds and draws; of each regime the best is chosen, the
            first of equals.

        Raises:
            InputError: a classifier's outputs are no longer finite.
        """
        tuning = self._settings.tuning
        some = labels._replace(train=labels.train[: tuning.draws])
        seeds = self.seeds[: tuning.seeds]
        x, y = self._data.x_train[labels.validation], self._data.y_train[labels.validation]
        chosen: dict[Regime, Setting] = {}
        # Fine-tuning starts from the output layer of `frozen`.
        for regime in sorted(self._regimes, key=lambda regime: regime != "frozen"):
            tried = grid(regime, self._settings, labels.updates)
            runs = np.array(
                [
                    [np.mean(found[setting] == y) for setting in tried]
                    for seed in seeds
                    for found in self._predictions(regime, seed, some, tried, chosen, x)
                ]
            )
            means = np.mean(runs, axis=0)
            best = int(np.argmax(means)) if tried else None
            for number, setting in enumerate(tried):
                if number == best:
                    chosen[regime] = setting
                at_edge = number == best and edge_is_better(tried, runs)
                yield Trial(regime, setting, float(means[number]), number == best, at_edge)

    def test(self, seed: int, labels: Labels, chosen: Mapping[Regime, Setting]) -> Iterator[Result]:
        """Train every regime on every draw and test it once.

        All regimes of a draw share the order of the images and, where it is fresh, the output
        layer's start, so that they can be compared in pairs.

        Args:
            seed: one of the pretraining seeds; fresh weights and orders are derived from it.
            labels: of equal size in every draw.
            chosen: what `tune` chose for each regime.

        Yields:
            Results, by regime and draw.

        Raises:
            InputError: a classifier's outputs are no longer finite.
        """
        for regime in self._regimes:
            predictions: Iterator[Classes]
            if regime in chosen:
                predictions = (
                    found[chosen[regime]]
                    for found in self._predictions(
                        regime, seed, labels, [chosen[regime]], chosen, self._data.x_test
                    )
                )
            else:
                predictions = self._propagated(regime, seed, labels)
            for draw, classes in enumerate(predictions):
                yield Result(regime, draw, classes == self._data.y_test)

    def _predictions(
        self,
        regime: Regime,
        seed: int,
        labels: Labels,
        settings: Sequence[Setting],
        chosen: Mapping[Regime, Setting],
        x: Floats,
    ) -> Iterator[dict[Setting, Classes]]:
        """Classes of images x by every setting, for one draw after the other."""
        recipe = RECIPES[regime]
        weights = (
            self._pretrained[seed] if recipe.pretrained else self._classifier.fresh_weights(seed)
        )
        probes = [setting for setting in settings if isinstance(setting, ProbeSetting)]
        trainings = [setting for setting in settings if isinstance(setting, AdamSetting)]
        codes = self._classifier.encode(weights, x) if probes else x[:0]
        for draw, indices in enumerate(labels.train):
            images, y = self._data.x_train[indices], self._data.y_train[indices]
            found: dict[Setting, Classes] = {}
            for probe in probes:
                found[probe] = linear_probe.predict(self._probe(weights, images, y, probe), codes)
            if trainings:
                output: linear_probe.Probe | tuple[int, int] = seed, draw
                of_probe = chosen.get("frozen")
                if recipe.from_probe and isinstance(of_probe, ProbeSetting):
                    output = self._probe(weights, images, y, of_probe)
                order = order_of(len(y), self._settings.batch_size, labels.updates, seed, draw)
                for rate in dict.fromkeys(setting.learning_rate for setting in trainings):
                    path = sorted(s for s in trainings if s.learning_rate == rate)
                    stops = [setting.updates for setting in path]
                    self._classifier.start(weights, output)
                    evaluated = self._classifier.train(images, y, order, rate, stops, x)
                    for setting, logits in zip(path, evaluated, strict=True):
                        if not np.isfinite(logits).all():
                            raise InputError(
                                f"variants.{self._name}, regime {regime}, seed {seed}, draw "
                                f"{draw}, update {setting.updates}: expected finite logits, "
                                f"received others; the learning rate is {rate}"
                            )
                        found[setting] = np.argmax(logits, axis=1)
            yield found

    def _probe(
        self, weights: Weights, images: Floats, y: NDArray[np.uint8], setting: ProbeSetting
    ) -> linear_probe.Probe:
        codes = self._classifier.encode(weights, images)
        return linear_probe.fit(codes, y, setting.inverse_regularization, self._classes)

    def _propagated(self, regime: Regime, seed: int, labels: Labels) -> Iterator[Classes]:
        """Classes of the test images by labels spread over a graph of codes, draw by draw."""
        if (seed, regime) not in self._graphs:
            weights = self._pretrained[seed]
            known = self._classifier.encode(weights, self._data.x_train)
            asked = self._classifier.encode(weights, self._data.x_test)
            self._graphs[seed, regime] = Spread(
                known,
                asked,
                self._settings.neighbours,
                self._settings.components,
                RECIPES[regime].sees_test_images,
            )
        spread = self._graphs[seed, regime]
        for indices in labels.train:
            yield spread.classes(indices, self._data.y_train[indices], self._classes)
