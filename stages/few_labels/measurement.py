"""A variant's encoders, tuned and tested with one number of labels, as tables."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.core.formats import read_arrays
from stages.core.images import Images
from stages.few_labels.comparison import Comparison, Weights
from stages.few_labels.regimes import Labelled
from stages.few_labels.schema import Fitting, Regime
from stages.models.loading import load_encoders


class Point(NamedTuple):
    """One number of labels.

    Attributes:
        train: the draws, of equal size.
        validation: labelled images outside every draw.
        updates: the maximum for every regime.
    """

    train: list[Labelled]
    validation: Labelled
    updates: int


class Tables(NamedTuple):
    """What was measured, in the columns of `reports/metrics/`.

    Attributes:
        tuning: `variant`, `regime`, `labels`, `validation_labels`, `learning_rate`, `updates`,
            `validation_accuracy`, `chosen`; one row for each setting that was tried.
        accuracies: `variant`, `regime`, `label_fraction`, `model_seed`, `label_draw`,
            `test_accuracy`; one row for each classifier that was tested.
    """

    tuning: pd.DataFrame
    accuracies: pd.DataFrame


class Subject(NamedTuple):
    """A variant that is measured.

    Attributes:
        name: of the variant.
        data: all images.
        comparison: trains and tests classifiers on the variant's architecture.
        pretrained: the encoder's weights by pretraining seed; the first seed tunes.
    """

    name: str
    data: Images
    comparison: Comparison
    pretrained: Mapping[int, Weights]


def load_subject(
    name: str,
    images: Path,
    models: Path,
    seeds: Sequence[int],
    classes: int,
    settings: Fitting,
    regimes: Sequence[Regime],
) -> Subject:
    """Read the images and a variant's encoders.

    Args:
        name: of the variant.
        images: npz of the data set.
        models: folder of the variant's models.
        seeds: pretraining seeds.
        classes: number of classes.
        settings: how classifiers are trained.
        regimes: those to compare.

    Raises:
        InputError: a file is missing or damaged, or a model does not fit its architecture.
    """
    data = Images(*read_arrays(images, *Images._fields))
    encoder, pretrained = load_encoders(models, seeds)
    return Subject(name, data, Comparison(name, encoder, classes, settings, regimes), pretrained)


def labelled(
    data: Images, train: NDArray[np.int64], validation: NDArray[np.int64], updates: int
) -> Point:
    """Take the labelled images out of the data set.

    Args:
        data: the images.
        train: (draws, n_labelled) indices into the training images.
        validation: (n_validation,) indices into the training images.
        updates: the maximum for every regime.

    Returns:
        What `measure` needs.
    """
    parts = [Labelled(data.x_train[part], data.y_train[part]) for part in (*train, validation)]
    return Point(parts[:-1], parts[-1], updates)


def measure(
    subject: Subject, fraction: float, point: Point, report: Callable[[str], None]
) -> Tables:
    """Choose each regime's setting on validation images, then test it for all seeds and draws.

    Args:
        subject: the variant.
        fraction: share of the training images that have labels, for the table.
        point: the labelled images.
        report: is told of each classifier that was trained.
    """
    name, data, comparison, pretrained = subject
    test = Labelled(data.x_test, data.y_test)
    first = next(iter(pretrained))
    tuning, chosen = [], {}
    for trial in comparison.tune(
        pretrained[first], point.train, point.validation, point.updates, first
    ):
        if trial.chosen:
            chosen[trial.regime] = trial.setting
        tuning.append(
            {
                "variant": name,
                "regime": trial.regime,
                "labels": len(point.train[0].y),
                "validation_labels": len(point.validation.y),
                **trial.setting._asdict(),
                "validation_accuracy": trial.validation_accuracy,
                "chosen": trial.chosen,
            }
        )
        report(f"tuning {trial.regime}")
    accuracies = []
    for seed, weights in pretrained.items():
        for result in comparison.test(weights, point.train, test, chosen, point.updates, seed):
            accuracies.append(
                {
                    "variant": name,
                    "regime": result.regime,
                    "label_fraction": fraction,
                    "model_seed": seed,
                    "label_draw": result.draw,
                    "test_accuracy": result.test_accuracy,
                }
            )
            report(f"testing {result.regime}")
    return Tables(pd.DataFrame(tuning), pd.DataFrame(accuracies))
