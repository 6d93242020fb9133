"""A contender: the study's own code."""

import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

from stages.few_labels.comparison import Comparison
from stages.few_labels.measurement import measure
from stages.models.loading import Encoders
from stages.models.runtime import configure
from stages.training.trainer import Epoch, Trainer
from tests.benchmarks.case import Case, images_per_second
from tests.benchmarks.labels import REGIMES, labels_of
from tests.benchmarks.parts import PARTS, Part, fresh, operations, products_of
from tests.benchmarks.workers import serve

_LARGE = 2048


def main(given: Case) -> None:
    """Serve the tasks of training, of parts of a training step and of comparing encoders.

    Args:
        given: the images.
    """
    configure(given.threads, "cpu")

    busy: dict[str, float] = {}

    @cache
    def trainer(variant: str) -> Trainer:
        chosen, settings = given.variant(variant), given.train
        few = given.images[: settings.batch_size]
        return Trainer(variant, chosen, settings, fresh(given, variant), given.images, few)

    @cache
    def part(name: str, variant: str) -> Part:
        return PARTS[name](given, variant)

    @cache
    def large() -> Part:
        factor = tf.random.stateless_uniform((_LARGE, _LARGE), (0, 0))
        multiply = tf.function(lambda left, right: left @ right, jit_compile=True)
        # One element, taken from the whole product: copying all of it takes time of its own.
        return lambda: multiply(factor, factor)[0, 0]

    def train(variant: str) -> float:
        """Images per second."""
        ends: list[float] = []
        used: list[float] = []

        def note(_: Epoch) -> None:
            ends.append(time.perf_counter())
            used.append(time.process_time())

        trainer(variant).fit(0, note)
        busy[variant] = (used[-1] - used[0]) / (ends[-1] - ends[0]) / given.threads
        return images_per_second(len(given.images), ends)

    def part_of_step(name: str, variant: str) -> float:
        """Seconds of a step's part, the mean over an epoch."""
        steps = len(given.images) // given.train.batch_size
        return _seconds(part(name, variant)) / steps

    @cache
    def operations_of_step(variant: str) -> int:
        """Floating point operations of a step's products."""
        return operations(products_of(fresh(given, variant), given.train.batch_size))

    def large_product() -> float:
        """Floating point operations per second of a large product, the best of some."""
        return 2 * _LARGE**3 / min(_seconds(large()) for _ in range(5))

    def compare(variant: str) -> float:
        """Seconds for choosing and testing classifiers of one pretraining seed on all draws."""
        labels, encoder = labels_of(given), fresh(given, variant)[0]
        started = time.perf_counter()
        encoders = Encoders(encoder, {0: encoder.get_weights()})
        comparison = Comparison(
            variant, encoders, labels.data, labels.classes, given.semi_supervised, REGIMES
        )
        measure(variant, comparison, 1, labels.labels, lambda _: None)
        return time.perf_counter() - started

    serve(
        {
            "train": train,
            "busy": lambda variant: busy[variant],
            "part": part_of_step,
            "operations": operations_of_step,
            "large_product": large_product,
            "compare": compare,
        }
    )


def _seconds(run: Callable[[], Any]) -> float:
    started = time.perf_counter()
    tf.nest.map_structure(np.asarray, run())
    return time.perf_counter() - started


if __name__ == "__main__":
    main(Case(*sys.argv[1:]))
