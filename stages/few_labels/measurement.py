"""A variant's encoders, tuned and tested with one number of labels, as tables."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.few_labels.comparison import Comparison, Labels
from stages.few_labels.schema import Regime


class Measured(NamedTuple):
    """What was measured, in the columns of `reports/metrics/`.

    Attributes:
        tuning: `variant`, `regime`, `labels`, `validation_labels`, `inverse_regularization`,
            `learning_rate`, `updates`, `validation_accuracy`, `chosen`, `at_edge`; one row for each
            setting that was tried.
        accuracies: `variant`, `regime`, `label_fraction`, `model_seed`, `label_draw`,
            `test_accuracy`; one row for each classifier that was tested.
        correct: by regime, (seeds, draws, n_test) bool, whether a classifier is right about a test
            image.
    """

    tuning: pd.DataFrame
    accuracies: pd.DataFrame
    correct: dict[Regime, NDArray[np.bool_]]


_TUNING = (
    "variant",
    "regime",
    "labels",
    "validation_labels",
    "inverse_regularization",
    "learning_rate",
    "updates",
    "validation_accuracy",
    "chosen",
    "at_edge",
)


def measure(
    name: str,
    comparison: Comparison,
    fraction: float,
    labels: Labels,
    report: Callable[[str], None],
) -> Measured:
    """Choose each regime's setting on validation images, then test it for all seeds and draws.

    Args:
        name: of the variant.
        comparison: of its encoders.
        fraction: share of the training images that have labels, for the table.
        labels: which these are.
        report: is told of each classifier that was trained.
    """
    tuning, chosen = [], {}
    for trial in comparison.tune(labels):
        if trial.chosen:
            chosen[trial.regime] = trial.setting
        tuning.append(
            {
                "variant": name,
                "regime": trial.regime,
                "labels": labels.train.shape[1],
                "validation_labels": len(labels.validation),
                **trial.setting._asdict(),
                "validation_accuracy": trial.validation_accuracy,
                "chosen": trial.chosen,
                "at_edge": trial.at_edge,
            }
        )
        report(f"tuning {trial.regime}")
    accuracies = []
    correct: dict[Regime, list[NDArray[np.bool_]]] = {}
    for seed in comparison.seeds:
        for result in comparison.test(seed, labels, chosen):
            correct.setdefault(result.regime, []).append(result.correct)
            accuracies.append(
                {
                    "variant": name,
                    "regime": result.regime,
                    "label_fraction": fraction,
                    "model_seed": seed,
                    "label_draw": result.draw,
                    "test_accuracy": float(np.mean(result.correct)),
                }
            )
            report(f"testing {result.regime}")
    runs = len(comparison.seeds), len(labels.train)
    return Measured(
        pd.DataFrame(tuning, columns=_TUNING),
        pd.DataFrame(accuracies),
        {regime: np.stack(rows).reshape(*runs, -1) for regime, rows in correct.items()},
    )
