"""Regimes: where a classifier with few labels starts from, what of it learns, what is tried.

In the field's words, `frozen` is a linear probe, `finetuned` a linear probe and then fine-tuning,
`random` a linear probe on random features.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.few_labels.schema import Fitting, Regime


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
        frozen: share of the updates in which only the output layer learns; they come first.
    """

    pretrained: bool
    frozen: float


class Setting(NamedTuple):
    """What is chosen on validation images.

    Attributes:
        learning_rate: while everything learns, or of the output layer if nothing else does.
        updates: steps of Adam.
    """

    learning_rate: float
    updates: int


class Trial(NamedTuple):
    """One setting that was tried for a regime.

    Attributes:
        regime: how the classifier was trained.
        setting: what was tried.
        validation_accuracy: share of the labelled validation images, in [0, 1], mean over draws.
        chosen: whether it is the one that the test is done with.
    """

    regime: Regime
    setting: Setting
    validation_accuracy: float
    chosen: bool


class Result(NamedTuple):
    """One classifier's test.

    Attributes:
        regime: how it was trained.
        draw: number of the labelled subset.
        test_accuracy: share of the test images, in [0, 1].
    """

    regime: Regime
    draw: int
    test_accuracy: float


def recipe(regime: Regime, settings: Fitting) -> Recipe:
    """Spell out a regime.

    Args:
        regime: its name in `params.yaml`.
        settings: how long the first phase of fine-tuning is.

    Returns:
        Where it starts and what learns for how long.
    """
    recipes: dict[Regime, Recipe] = {
        "frozen": Recipe(True, 1.0),
        "finetuned": Recipe(True, settings.frozen_fraction),
        "finetuned_direct": Recipe(True, 0.0),
        "scratch": Recipe(False, 0.0),
        "random": Recipe(False, 1.0),
    }
    return recipes[regime]


def updates_of(settings: Fitting, labels: int) -> int:
    """Count the updates in which the images are seen `epochs` times.

    Args:
        settings: epochs and batch size.
        labels: number of labelled images.

    Returns:
        At least 1; images that do not fill an epoch's last batch are not counted.
    """
    return settings.epochs * max(1, labels // settings.batch_size)


def grid(regime: Regime, settings: Fitting, updates: int) -> list[Setting]:
    """List what is tried for a regime: as many settings for each.

    Args:
        regime: its name.
        settings: learning rates and shares of the updates.
        updates: the maximum.

    Returns:
        Settings, in the order of the shares in `params.yaml`, then of the rates.
    """
    tuning = settings.tuning
    frozen = recipe(regime, settings).frozen == 1
    rates = tuning.output_learning_rates if frozen else tuning.encoder_learning_rates
    return [
        Setting(rate, max(1, round(share * updates)))
        for share, rate in product(tuning.epoch_shares, rates)
    ]
