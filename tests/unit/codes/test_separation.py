"""Separation of classes: separable, collapsed and unrelated codes, and points measured by hand."""

import numpy as np
import pytest

from stages.codes.separation import Known, knn_correct, probe

RANDOM = np.random.default_rng(0)
CLASSES = 4
Y_TRAIN = np.arange(400, dtype=np.uint8) % CLASSES
Y_TEST = np.arange(200, dtype=np.uint8) % CLASSES


def blobs(y: np.ndarray, distance: float) -> np.ndarray:
    """Codes of six latents around one centre for each class, the last two of which are idle."""
    centres = distance * np.eye(CLASSES, 6)
    return (centres[y] + RANDOM.normal(size=(len(y), 6)) * [1, 1, 1, 1, 0, 0]).astype(np.float32)


def both(train: Known, test: Known) -> tuple[float, float]:
    return (
        float(np.mean(knn_correct(train, test, neighbours=5))),
        float(np.mean(probe(train, train, test, [1.0]).correct)),
    )


def sets(distance: float) -> tuple[Known, Known]:
    return Known(blobs(Y_TRAIN, distance), Y_TRAIN), Known(blobs(Y_TEST, distance), Y_TEST)


def test_classes_far_apart_are_told_apart() -> None:
    train, test = sets(20)
    assert both(train, test) == (1.0, 1.0)


def test_labels_that_have_nothing_to_do_with_the_codes_are_guessed() -> None:
    train, test = sets(20)
    guessed = [both(train._replace(y=RANDOM.permutation(Y_TRAIN)), test) for _ in range(20)]
    assert np.mean(guessed, axis=0) == pytest.approx([1 / CLASSES] * 2, abs=0.15)


@pytest.mark.parametrize("value", [0.0, 0.1, -1234.567])
def test_collapsed_codes_tell_nothing(value: float) -> None:
    train, test = (Known(np.full((len(y), 7), value, np.float32), y) for y in (Y_TRAIN, Y_TEST))
    assert both(train, test) == (1 / CLASSES, 1 / CLASSES)


def votes(neighbours: int, expected: int) -> bool:
    train = Known(np.float32([[0], [1], [2], [10]]), np.uint8([1, 0, 0, 2]))
    return bool(knn_correct(train, Known(np.float32([[-1]]), np.uint8([expected])), neighbours)[0])


def test_the_majority_of_the_neighbours_decides() -> None:
    assert votes(1, expected=1)
    assert votes(3, expected=0)
    assert votes(2, expected=0)  # of two classes with one vote each, the lower number


def test_neighbours_far_from_the_origin_are_found() -> None:
    codes = Known(np.float32([[4096], [4096.001], [4096.002]]), np.uint8([0, 1, 2]))
    assert knn_correct(codes, codes, neighbours=1).all()


def test_the_probe_does_not_depend_on_the_codes_unit() -> None:
    train, test = sets(2)
    accuracy = np.mean(probe(train, train, test, [1.0]).correct)
    assert 1 / CLASSES < accuracy < 1
    scaled = [part._replace(codes=1e3 * part.codes) for part in (train, train, test)]
    assert np.mean(probe(*scaled, [1.0]).correct) == pytest.approx(accuracy, abs=0.01)


def test_validation_codes_choose_the_probe_and_the_first_of_equals() -> None:
    train, test = sets(2)
    assert probe(train, test, test, [1e-9, 1.0]).inverse_regularization == 1.0
    far, same = sets(20)
    assert probe(far, same, same, [1.0, 2.0]).inverse_regularization == 1.0


def test_a_probe_that_has_not_converged_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stages.codes.separation._STEPS", 1)
    train, test = sets(20)
    assert np.mean(probe(train, train, test, [1.0]).correct) > 0.9
