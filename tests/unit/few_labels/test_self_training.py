"""Self-training: it moves a boundary into the gap that the unlabelled points show."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
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


def by_hand(
    labelled: NDArray[np.float64],
    y: NDArray[np.uint8],
    unlabelled: NDArray[np.float64],
    asked: NDArray[np.float64],
    c: float,
) -> NDArray[np.integer]:
    """Ten rounds at most, in which what has a probability above 3/4 joins."""
    mean = labelled.mean(axis=0)
    scale = np.sqrt(np.mean((labelled - mean) ** 2))
    known, left, wanted = ((part - mean) / scale for part in (labelled, unlabelled, asked))
    model = LogisticRegression(C=c, max_iter=1000)
    for _ in range(10):
        shares = model.fit(known, y).predict_proba(left)
        sure = shares.max(axis=1) > 0.75
        if not sure.any():
            break
        known = np.concatenate([known, left[sure]])
        y = np.concatenate([y, model.classes_[shares[sure].argmax(axis=1)]]).astype(np.uint8)
        left = left[~sure]
        if not len(left):
            break
    return np.asarray(model.fit(known, y).predict(wanted))


@pytest.mark.parametrize("c", [0.02, 1.0, 1e5])
@pytest.mark.parametrize("sizes", [(1, 1, 1), (30, 1, 0.03)], ids=str)
def test_self_training_as_it_is_described(c: float, sizes: tuple[float, ...]) -> None:
    y = np.arange(30, dtype=np.uint8) % 3
    truth = RANDOM.integers(0, 3, 500)
    labelled, unlabelled, asked = (
        (1.5 * np.eye(3)[classes] + RANDOM.normal(size=(len(classes), 3))) * sizes + [5, -7, 90]
        for classes in (y, truth, RANDOM.integers(0, 3, 3000))
    )
    found = self_training(labelled, y, unlabelled, asked, c)
    assert np.array_equal(found, by_hand(labelled, y, unlabelled, asked, c))


class Neighbour(ClassifierMixin, BaseEstimator):
    """Is sure of points at a distance of 1 from a known one, by 3/4 and a little or by 3/4."""

    def __init__(self, sure: float = 0.76) -> None:
        self.sure = sure

    def fit(self, x: NDArray[np.float64], y: NDArray[np.int64]) -> "Neighbour":
        self.x_, self.y_, self.classes_ = x[:, 0], y, np.unique(y)
        return self

    def predict_proba(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        distances = np.abs(x - self.x_)
        share = np.where(distances.min(axis=1) < 1.5, self.sure, 0.5)
        second = self.y_[distances.argmin(axis=1)] == self.classes_[1]
        return np.where(second, [1 - share, share], [share, 1 - share]).T


def test_it_ends_after_ten_rounds() -> None:
    # In each round the next point joins at either end.
    labelled, line = points(0, 100), points(*range(1, 100))
    trained = self_trained(Neighbour(), labelled, Y, line)
    joined = line[trained.transduction_[2:] != -1, 0]
    assert joined.tolist() == [*range(1, 11), *range(90, 100)]


def test_three_quarters_are_not_sure_enough() -> None:
    trained = self_trained(Neighbour(0.75), points(0, 100), Y, points(*range(1, 100)))
    assert np.count_nonzero(trained.transduction_ != -1) == 2


def test_fitting_goes_on_where_it_converges_slowly() -> None:
    y = np.repeat(np.arange(3), 30).astype(np.uint8)
    sizes = np.geomspace(1, 0.01, 20)
    labelled, asked = (
        (RANDOM.normal(size=(len(classes), 20)) + np.eye(3, 20)[classes]) * sizes
        for classes in (y, np.tile(y, 30))
    )
    nothing = np.zeros((0, 20))
    found = self_training(labelled, y, nothing, asked, 1e3)
    mean, scale = labelled.mean(axis=0), np.sqrt(np.mean((labelled - labelled.mean(axis=0)) ** 2))
    usual = LogisticRegression(C=1e3, max_iter=1000).fit((labelled - mean) / scale, y)
    assert usual.n_iter_[0] > 100
    assert np.array_equal(found, usual.predict((asked - mean) / scale))
