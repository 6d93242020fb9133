"""Separation of classes: separable, collapsed and unrelated codes, and points measured by hand."""

import numpy as np
import pytest

from stages.codes.separation import knn_accuracy, probe_accuracy, silhouette

RANDOM = np.random.default_rng(0)
CLASSES = 4
Y_TRAIN = np.arange(400, dtype=np.uint8) % CLASSES
Y_TEST = np.arange(200, dtype=np.uint8) % CLASSES


def blobs(y: np.ndarray, distance: float) -> np.ndarray:
    """Codes of six latents around one centre for each class, the last two of which are idle."""
    centres = distance * np.eye(CLASSES, 6)
    return (centres[y] + RANDOM.normal(size=(len(y), 6)) * [1, 1, 1, 1, 0, 0]).astype(np.float32)


def both(
    codes_train: np.ndarray, y_train: np.ndarray, codes_test: np.ndarray, y_test: np.ndarray
) -> tuple[float, float]:
    return (
        knn_accuracy(codes_train, y_train, codes_test, y_test, neighbours=5),
        probe_accuracy(codes_train, y_train, codes_test, y_test),
    )


def test_classes_far_apart_are_told_apart() -> None:
    arguments = blobs(Y_TRAIN, 20), Y_TRAIN, blobs(Y_TEST, 20), Y_TEST
    assert both(*arguments) == (1.0, 1.0)
    assert both(*arguments) == both(*arguments)


def test_labels_that_have_nothing_to_do_with_the_codes_are_guessed() -> None:
    accuracies = both(blobs(Y_TRAIN, 20), RANDOM.permutation(Y_TRAIN), blobs(Y_TEST, 20), Y_TEST)
    assert accuracies == pytest.approx((1 / CLASSES, 1 / CLASSES), abs=0.15)


@pytest.mark.parametrize("value", [0.0, 0.1, -1234.567])
def test_collapsed_codes_tell_nothing(value: float) -> None:
    codes_train, codes_test = (np.full((len(y), 7), value, np.float32) for y in (Y_TRAIN, Y_TEST))
    assert both(codes_train, Y_TRAIN, codes_test, Y_TEST) == (1 / CLASSES, 1 / CLASSES)
    assert silhouette(codes_test, Y_TEST) == 0.0


def test_the_majority_of_the_neighbours_decides() -> None:
    codes, y = np.float32([[0], [1], [2], [10]]), np.uint8([1, 0, 0, 2])
    near_the_first = np.float32([[-1]])
    assert knn_accuracy(codes, y, near_the_first, np.uint8([1]), neighbours=1) == 1.0
    assert knn_accuracy(codes, y, near_the_first, np.uint8([0]), neighbours=3) == 1.0
    # Of two classes with one vote each, the lower number.
    assert knn_accuracy(codes, y, near_the_first, np.uint8([0]), neighbours=2) == 1.0


def test_neighbours_far_from_the_origin_are_found() -> None:
    codes, y = np.float32([[4096], [4096.001], [4096.002]]), np.uint8([0, 1, 2])
    assert knn_accuracy(codes, y, codes, y, neighbours=1) == 1.0


def test_the_probe_does_not_depend_on_the_latents_units() -> None:
    codes_train, codes_test = blobs(Y_TRAIN, 2).astype(float), blobs(Y_TEST, 2).astype(float)
    accuracy = probe_accuracy(codes_train, Y_TRAIN, codes_test, Y_TEST)
    assert 1 / CLASSES < accuracy < 1
    units = np.array([1, 1e-3, 1e3, 1, 1, 1])
    assert probe_accuracy(units * codes_train, Y_TRAIN, units * codes_test, Y_TEST) == accuracy


def test_a_probe_that_has_not_converged_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stages.codes.separation._STEPS", 1)
    assert probe_accuracy(blobs(Y_TRAIN, 20), Y_TRAIN, blobs(Y_TEST, 20), Y_TEST) > 0.9


def test_the_silhouette_of_four_points() -> None:
    # Distances of the first to its own class 1, to the other 4 and 6 (mean 5): (5 - 1) / 5; of the
    # second 1, 3 and 5; of the third 2, 4 and 3; of the fourth 2, 6 and 5.
    points = np.float32([[0], [1], [4], [6]])
    expected = np.mean([4 / 5, 3 / 4, 1.5 / 3.5, 3.5 / 5.5])
    assert silhouette(points, np.uint8([0, 0, 1, 1])) == pytest.approx(expected)
    assert silhouette(points + 1000, np.uint8([7, 7, 3, 3])) == pytest.approx(expected)


@pytest.mark.parametrize("labels", [[2, 2, 2], [0, 1, 2]], ids=["one class", "no pair"])
def test_without_classes_to_compare_the_silhouette_is_0(labels: list[int]) -> None:
    assert silhouette(np.float32([[0], [1], [5]]), np.uint8(labels)) == 0.0
