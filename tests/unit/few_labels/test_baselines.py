"""Classifiers without an autoencoder."""

import numpy as np
import pytest

from stages.core.images import Images
from stages.few_labels import baselines
from stages.few_labels.baselines import Features, fit_pca, pca_mean_squared_error, pixels
from stages.few_labels.schema import Baselines

SETTINGS = Baselines(inverse_regularizations=(1e-6, 1.0), neighbours=(1, 3), components=(2,))
LABELLED, JUDGES = np.arange(60), np.arange(60, 120)


def flat(toy: Images) -> Features:
    return pixels(toy.x_train, toy.x_test)


@pytest.mark.parametrize("number", [0, 1])
def test_easy_classes_are_told_apart(toy: Images, number: int) -> None:
    method = baselines.methods(SETTINGS)[number]
    trials = baselines.tune(method, flat(toy), toy.y_train, LABELLED[np.newaxis], JUDGES)
    (value,) = (trial.value for trial in trials if trial.chosen)
    tested = baselines.test(method, value, flat(toy), toy.y_train, toy.y_test, [LABELLED])
    assert list(tested) == [pytest.approx(1.0, abs=0.05)]


def test_as_many_neighbours_as_labels_are_the_most(toy: Images) -> None:
    _, knn = baselines.methods(SETTINGS)
    trials = baselines.tune(knn, flat(toy), toy.y_train, LABELLED[np.newaxis, :2], JUDGES)
    assert [trial.value for trial in trials] == [1, 2]


def test_all_components_lose_nothing_and_fewer_lose_their_variance() -> None:
    random = np.random.default_rng(0)
    values = (random.normal(size=(4000, 3)) * [3, 2, 1]).astype(np.float32)
    assert pca_mean_squared_error(fit_pca(values, 3), values) == pytest.approx(0, abs=1e-12)
    assert pca_mean_squared_error(fit_pca(values, 2), values) == pytest.approx(1 / 3, rel=0.05)
