"""Classifiers without an autoencoder."""

import numpy as np
import pytest

from stages.core.images import Images
from stages.few_labels.baselines import (
    Features,
    Method,
    fit_pca,
    logistic,
    nearest_neighbours,
    pca_squared_errors,
    pixels,
    tune,
)

LABELLED, JUDGES = np.arange(60), np.arange(60, 120)


def flat(toy: Images) -> Features:
    return pixels(toy.x_train, toy.x_test)


@pytest.mark.parametrize(
    "method", [logistic((1e-6, 1.0), 3), nearest_neighbours((1, 3))], ids=["logistic", "knn"]
)
def test_easy_classes_are_told_apart(toy: Images, method: Method) -> None:
    trials = tune(method, flat(toy), toy.y_train, LABELLED[np.newaxis], JUDGES)
    (value,) = (trial.value for trial in trials if trial.chosen)
    x = flat(toy)
    found = method.classify(value, x.train[LABELLED], toy.y_train[LABELLED], x.test)
    assert np.mean(found == toy.y_test) > 0.95


def test_where_there_are_fewer_labels_than_neighbours_all_vote(toy: Images) -> None:
    x, two = flat(toy), np.array([0, 3])  # of one class
    knn = nearest_neighbours((5,))
    assert set(knn.classify(5, x.train[two], toy.y_train[two], x.test)) == {toy.y_train[0]}


def test_all_components_lose_nothing_and_fewer_lose_their_variance() -> None:
    random = np.random.default_rng(0)
    values = (random.normal(size=(4000, 3)) * [3, 2, 1]).astype(np.float32)

    def error(width: int, given: np.ndarray) -> float:
        return float(np.mean(pca_squared_errors(fit_pca(values, width), given, values)))

    assert error(3, values) == pytest.approx(0, abs=1e-12)
    assert error(2, values) == pytest.approx(1 / 3, rel=0.05)
    noise = random.normal(size=values.shape).astype(np.float32)
    # Of noise in three directions, two thirds come through two components.
    assert error(2, values + noise) == pytest.approx(1 / 3 + 2 / 3, rel=0.05)
