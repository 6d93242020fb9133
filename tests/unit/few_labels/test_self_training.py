"""Self-training: it moves a boundary into the gap that the unlabelled points show."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from stages.few_labels.self_training import self_trained, self_training

RANDOM = np.random.default_rng(0)
Y = np.uint8([0, 1])


def points(*values: float) -> NDArray[np.float64]:
    return np.array(values)[:, np.newaxis]


def classifier() -> LogisticRegression:
    return LogisticRegression(C=10.0)


def test_the_boundary_moves_into_the_gap() -> None:
    # The labels alone put it at 3; the other points leave a gap from 4 to 9.
    labelled = points(-4, 10)
    unlabelled = points(*RANDOM.uniform(9, 10, 50), *RANDOM.uniform(-4, 4, 200))
    alone = classifier().fit(labelled, Y)
    trained = self_trained(classifier(), labelled, Y, unlabelled)
    between = points(3.5)
    assert alone.predict(between) == [1]
    assert trained.predict(between) == [0]


def test_nothing_joins_where_nothing_is_sure() -> None:
    labelled, middle = points(-1, 1), np.zeros((20, 1))
    alone = classifier().fit(labelled, Y)
    trained = self_trained(classifier(), labelled, Y, middle)
    assert np.array_equal(trained.predict_proba(labelled), alone.predict_proba(labelled))


def test_without_other_points_the_labels_alone_count() -> None:
    labelled = points(-1, 1)
    trained = self_trained(classifier(), labelled, Y, np.zeros((0, 1)))
    alone = classifier().fit(labelled, Y)
    assert np.array_equal(trained.predict_proba(labelled), alone.predict_proba(labelled))


def test_the_same_points_give_the_same_bits() -> None:
    labelled, unlabelled = points(-4, 10), points(*RANDOM.uniform(-4, 10, 300))
    first, second = (self_trained(classifier(), labelled, Y, unlabelled) for _ in range(2))
    assert np.array_equal(first.predict_proba(unlabelled), second.predict_proba(unlabelled))


def test_the_unit_of_the_features_changes_nothing() -> None:
    labelled, asked = points(-4, 10), points(-3, 0, 9)
    unlabelled = points(*RANDOM.uniform(-4, 4, 100), *RANDOM.uniform(9, 10, 100))
    found = [
        self_training(unit * labelled, Y, unit * unlabelled, unit * asked, 10.0).tolist()
        for unit in (1, 1000)
    ]
    assert found == [[0, 0, 1]] * 2
