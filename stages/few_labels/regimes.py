"""Regimes: where a classifier with few labels starts from, how it learns, what is tried.

In the field's words, `frozen` is a linear probe, `finetuned` a linear probe and then fine-tuning
(Kumar et al. 2022), `random` a linear probe on random features, `propagated` Laplace learning.
"""

from collections.abc import Sequence
from itertools import product
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.few_labels.schema import Fitting, Regime


class Recipe(NamedTuple):
    """What a regime does.

    Attributes:
        method: `probe` fits the output layer alone, by logistic regression; `adam` trains encoder
            and output layer; `graph` spreads labels over a graph of codes.
        pretrained: start from the autoencoder's encoder, or else from fresh weights.
        from_probe: Adam starts with the output layer that the probe found, or else with a fresh
            one.
        sees_test_images: the graph contains the test images, without their labels.
    """

    method: Literal["probe", "adam", "graph"]
    pretrained: bool = True
    from_probe: bool = False
    sees_test_images: bool = False


class ProbeSetting(NamedTuple):
    """What is chosen for a probe.

    Attributes:
        inverse_regularization: C of logistic regression.
    """

    inverse_regularization: float


class AdamSetting(NamedTuple):
    """What is chosen for a training by Adam.

    Attributes:
        learning_rate: of everything that learns.
        updates: steps.
    """

    learning_rate: float
    updates: int


Setting = ProbeSetting | AdamSetting


class Trial(NamedTuple):
    """One setting that was tried for a regime.

    Attributes:
        regime: how the classifier was trained.
        setting: what was tried.
        validation_accuracy: share of the labelled validation images, in [0, 1], mean over the draws
            and pretraining seeds that tune.
        chosen: whether it is the one that the test is done with.
        at_edge: whether it is the chosen one, at an edge of what was tried, and no setting inside
            is as good within a standard error over draws and seeds: a better one may lie beyond.
    """

    regime: Regime
    setting: Setting
    validation_accuracy: float
    chosen: bool
    at_edge: bool


class Result(NamedTuple):
    """One classifier's test.

    Attributes:
        regime: how it was trained.
        draw: number of the labelled subset.
        correct: (n_test,) bool, whether it classifies a test image correctly.
    """

    regime: Regime
    draw: int
    correct: NDArray[np.bool_]


RECIPES: dict[Regime, Recipe] = {
    "frozen": Recipe("probe"),
    "finetuned": Recipe("adam", from_probe=True),
    "finetuned_direct": Recipe("adam"),
    "propagated": Recipe("graph", sees_test_images=True),
    "propagated_inductive": Recipe("graph"),
    "scratch": Recipe("adam", pretrained=False),
    "random": Recipe("probe", pretrained=False),
}


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
    """List what is tried for a regime.

    Args:
        regime: its name.
        settings: values of C, learning rates and shares of the updates.
        updates: the maximum.

    Returns:
        Settings, in the order of `params.yaml`; none where there is nothing to choose.
    """
    tuning = settings.tuning
    method = RECIPES[regime].method
    if method == "probe":
        return [ProbeSetting(c) for c in tuning.inverse_regularizations]
    if method == "adam":
        return [
            AdamSetting(rate, max(1, round(share * updates)))
            for share, rate in product(tuning.epoch_shares, tuning.learning_rates)
        ]
    return []


def edge_is_better(tried: Sequence[Setting], runs: NDArray[np.float64]) -> bool:
    """Tell whether the best setting lies at an edge, and clearly above all settings inside.

    Args:
        tried: the settings.
        runs: (runs, settings) validation accuracies, one row for each draw and seed.

    Returns:
        Whether no setting inside is as good as the best one, within a standard error of their
        paired difference; with a single run, whether the best one lies at an edge.
    """
    best = int(np.argmax(np.mean(runs, axis=0)))
    inside = [number for number, setting in enumerate(tried) if not is_at_edge(setting, tried)]
    if best in inside or len(tried) == 1:
        return False
    ahead = runs[:, [best]] - runs[:, inside]
    if len(runs) == 1:
        return True
    error = np.std(ahead, axis=0, ddof=1) / np.sqrt(len(runs))
    return bool(np.all(np.mean(ahead, axis=0) > error))


def is_at_edge(setting: Setting, tried: Sequence[Setting]) -> bool:
    """Tell whether a better setting may lie beyond those that were tried.

    The smallest and the largest value of C and of the learning rate are edges, and the largest
    number of updates. Fewer updates than the fewest would hardly be a training.
    """
    values = {name: {other._asdict()[name] for other in tried} for name in setting._fields}
    ends = {
        name: {max(some)} if name == "updates" else {min(some), max(some)}
        for name, some in values.items()
        if len(some) > 1
    }
    return any(value in ends.get(name, ()) for name, value in setting._asdict().items())
