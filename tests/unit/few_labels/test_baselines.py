"""Classifiers without an autoencoder."""

import math

import numpy as np
import pytest

from stages.core.images import Images
from stages.few_labels.baselines import (
    Features,
    Method,
    Trial,
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


def test_the_majority_of_the_nearest_points_decides() -> None:
    random = np.random.default_rng(0)
    x, others = random.normal(size=(2, 40, 3)).astype(np.float32)
    y = random.integers(0, 2, 40).astype(np.uint8)
    for count in (1, 3, 7, 39):  # odd, so that two classes are never equal
        expected = []
        for point in others:
            nearest = sorted(range(40), key=lambda place: math.dist(point, x[place]))[:count]
            expected.append(int(sum(y[nearest]) > count / 2))
        found = nearest_neighbours((count,)).classify(count, x, y, others)
        assert found.tolist() == expected


def test_logistic_regression_sees_the_majority_alone_if_regularized_enough() -> None:
    x = np.array([[0], [0], [0], [1]], np.float32)
    y = np.array([2, 2, 2, 0], np.uint8)
    classify = logistic((1e-9, 1e6), 3).classify
    assert classify(1e-9, x, y, x).tolist() == [2, 2, 2, 2]
    assert classify(1e6, x, y, x).tolist() == [2, 2, 2, 0]


def test_methods_say_what_is_varied() -> None:
    assert logistic((1.0, 0.1), 3)[:3] == ("logistic", "inverse_regularization", (1.0, 0.1))
    assert nearest_neighbours((5, 1))[:3] == ("knn", "neighbours", (5, 1))


def test_pixels_are_those_of_the_images_row_by_row() -> None:
    images = np.arange(36, dtype=np.float32).reshape(3, 4, 3, 1)
    found = pixels(images[:2], images[2:])
    assert found.train.tolist() == [[*range(12)], [*range(12, 24)]]
    assert found.test.tolist() == [[*range(24, 36)]]


def test_an_image_loses_what_is_across_the_components() -> None:
    # The centre is (1, 1), and the first component is the first axis.
    pca = fit_pca(np.array([[-2, 1], [4, 1], [1, 2], [1, 0]], np.float32), 1)
    given = np.array([[7, 1], [7, 5], [0, -1]], np.float32)
    # Projected they are (7, 1), (7, 1) and (0, 1).
    assert pca_squared_errors(pca, given, given) == pytest.approx([0, 16 / 2, 4 / 2])
    wanted = np.array([[7, 1], [4, 1], [0, 4]], np.float32)
    assert pca_squared_errors(pca, given, wanted) == pytest.approx([0, 9 / 2, 9 / 2])


def tuned(right: dict[float, tuple[int, int]]) -> list[Trial]:
    """Tune an invented method.

    Args:
        right: by the value that is tried, how many of four validation images are classified right
            after the first draw and after the second.
    """
    classes = np.array([0, 1, 1, 0, 2, 0, 1, 2], np.uint8)
    numbers = np.arange(8, dtype=np.float32)[:, np.newaxis]  # each image shows its number
    draws, validation = np.array([[1, 0], [2, 3]]), np.array([7, 4, 5, 6])

    def classify(value: float, x: np.ndarray, y: np.ndarray, others: np.ndarray) -> np.ndarray:
        labelled = x[:, 0].astype(int).tolist()
        assert y.tolist() == classes[labelled].tolist()
        assert others[:, 0].tolist() == validation.tolist()
        truth = classes[validation]
        count = right[value][draws.tolist().index(labelled)]
        return np.where(np.arange(4) < count, truth, truth + 1)

    method = Method("invented", "size", [*right], classify)
    return tune(method, Features(numbers, -numbers), classes, draws, validation)


def test_the_setting_with_the_highest_mean_over_the_draws_is_chosen() -> None:
    # Not the one that is best after a single draw.
    assert tuned({2.0: (4, 0), 8.0: (1, 1), 4.0: (3, 2), 1.0: (0, 0)}) == [
        Trial("size", 2.0, 4 / 8, False, False),
        Trial("size", 8.0, 2 / 8, False, True),
        Trial("size", 4.0, 5 / 8, True, False),
        Trial("size", 1.0, 0.0, False, True),
    ]


def test_of_equal_settings_the_first_is_chosen() -> None:
    trials = tuned({3.0: (1, 1), 9.0: (4, 2), 5.0: (2, 4), 1.0: (3, 3)})
    assert [trial.value for trial in trials if trial.chosen] == [9.0]


def test_a_single_setting_is_chosen_and_at_both_edges() -> None:
    assert tuned({3.0: (0, 1)}) == [Trial("size", 3.0, 1 / 8, True, True)]


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
