"""What was tried and tested, as tables, for a comparison whose results are invented."""

from collections.abc import Iterator, Mapping

import numpy as np
import pytest

from stages.few_labels.comparison import Comparison, Labels
from stages.few_labels.measurement import Measured, measure
from stages.few_labels.regimes import AdamSetting, ProbeSetting, Result, Setting, Trial
from stages.few_labels.schema import Regime

LABELS = Labels(np.arange(12).reshape(2, 6), np.arange(20, 29), 40)
TRIALS = [
    Trial("frozen", ProbeSetting(0.5), 0.25, chosen=False, at_edge=False),
    Trial("frozen", ProbeSetting(2.0), 0.75, chosen=True, at_edge=True),
    Trial("scratch", AdamSetting(0.1, 40), 0.5, chosen=True, at_edge=False),
    Trial("scratch", AdamSetting(0.2, 10), 0.5, chosen=False, at_edge=False),
]


def right(regime: Regime, seed: int, draw: int) -> np.ndarray:
    """Which of four test images a classifier is right about: other ones for each."""
    number = len(regime) + seed + draw
    return np.array([number >> place & 1 for place in range(4)], bool)  # its binary digits


class Invented(Comparison):
    """A comparison that trains nothing."""

    def __init__(self, trials: list[Trial], regimes: list[Regime]) -> None:
        self.trials, self.regimes = trials, regimes

    @property
    def seeds(self) -> list[int]:
        return [3, 0, 5]

    def tune(self, labels: Labels) -> Iterator[Trial]:
        assert labels is LABELS
        yield from self.trials

    def test(self, seed: int, labels: Labels, chosen: Mapping[Regime, Setting]) -> Iterator[Result]:
        assert labels is LABELS
        assert chosen == {trial.regime: trial.setting for trial in self.trials if trial.chosen}
        for regime in self.regimes:
            for draw in range(len(labels.train)):
                yield Result(regime, draw, right(regime, seed, draw))


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def measured(heard: list[str]) -> Measured:
    return measure("vae", Invented(TRIALS, ["frozen", "scratch"]), 0.125, LABELS, heard.append)


def test_each_setting_that_was_tried_is_a_row_without_numbers_of_other_methods(
    measured: Measured,
) -> None:
    assert measured.tuning.astype(object).fillna("").to_numpy().tolist() == [
        ["vae", "frozen", 6, 9, 0.5, "", "", 0.25, False, False],
        ["vae", "frozen", 6, 9, 2.0, "", "", 0.75, True, True],
        ["vae", "scratch", 6, 9, "", 0.1, 40, 0.5, True, False],
        ["vae", "scratch", 6, 9, "", 0.2, 10, 0.5, False, False],
    ]


COLUMNS = [
    *("variant", "regime", "labels", "validation_labels", "inverse_regularization"),
    *("learning_rate", "updates", "validation_accuracy", "chosen", "at_edge"),
]


@pytest.mark.parametrize("trials", [TRIALS, TRIALS[2:], TRIALS[:2], []])
def test_the_table_has_the_same_columns_whatever_was_tried(
    trials: list[Trial], heard: list[str]
) -> None:
    found = measure("vae", Invented(trials, ["propagated"]), 0.1, LABELS, heard.append)
    assert [*found.tuning.columns] == COLUMNS


def test_each_classifier_that_was_tested_is_a_row(measured: Measured) -> None:
    rows = measured.accuracies
    assert [*rows.columns] == [
        *("variant", "regime", "label_fraction", "model_seed", "label_draw", "test_accuracy")
    ]
    assert rows.to_numpy().tolist() == [
        ["vae", regime, 0.125, seed, draw, right(regime, seed, draw).sum() / 4]
        for seed in (3, 0, 5)
        for regime in ("frozen", "scratch")
        for draw in (0, 1)
    ]


def test_right_answers_are_found_by_regime_seed_draw_and_image(measured: Measured) -> None:
    assert measured.correct.keys() == {"frozen", "scratch"}
    for regime, found in measured.correct.items():
        assert found.shape == (3, 2, 4)
        for place, seed in enumerate((3, 0, 5)):
            for draw in (0, 1):
                assert np.array_equal(found[place, draw], right(regime, seed, draw))


def test_each_training_is_reported_once(measured: Measured, heard: list[str]) -> None:
    assert len(measured.tuning) + len(measured.accuracies) == len(heard) == 4 + 12
    assert set(heard[:4]) == {"tuning frozen", "tuning scratch"}
    assert set(heard[4:]) == {"testing frozen", "testing scratch"}
