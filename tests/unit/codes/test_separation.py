"""Separation of classes: separable, collapsed and unrelated codes, and points measured by hand."""

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

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


def scaled(part: Known, train: Known) -> np.ndarray:
    centred = part.codes - train.codes.mean(axis=0, dtype=np.float64)
    return centred / np.sqrt(np.mean(np.var(train.codes, axis=0, dtype=np.float64)))


@pytest.mark.parametrize("units", [4, 40])
def test_the_probe_is_logistic_regression_as_it_is_described(units: int) -> None:
    # With units of very different sizes L-BFGS stops at its last step, else at its gradient.
    sizes = np.geomspace(1, 1e-3, units) if units > 4 else np.ones(units)
    train, validation, test = (
        Known((np.eye(CLASSES, units)[y] + RANDOM.normal(size=(len(y), units))) * sizes, y)
        for y in (Y_TRAIN, Y_TEST, np.tile(Y_TEST, 10))
    )
    tried = [0.01, 1e5, 1.0]
    fitted = [
        LogisticRegression(C=c, tol=0.001, max_iter=500).fit(scaled(train, train), train.y)
        for c in tried
    ]
    best = int(np.argmax([each.score(scaled(validation, train), validation.y) for each in fitted]))
    found = probe(train, validation, test, tried)
    assert found.inverse_regularization == tried[best]
    expected = fitted[best].predict(scaled(test, train)) == test.y
    assert np.array_equal(found.correct, expected)


def test_nearest_neighbours_by_brute_force() -> None:
    train, test = sets(2)
    differences = test.codes[:, np.newaxis].astype(float) - train.codes
    order = np.argsort(np.square(differences).sum(axis=2), axis=1)[:, :5]
    votes = np.apply_along_axis(np.bincount, 1, train.y[order], minlength=CLASSES)
    expected = np.argmax(votes, axis=1) == test.y
    assert np.array_equal(knn_correct(train, test, 5), expected)


def test_neighbours_that_differ_in_the_last_bit_of_one_of_many_units_are_found() -> None:
    codes = np.full((9, 200), 1e6, np.float32)
    for row in range(9):
        for _ in range(row):
            codes[row, 0] = np.nextafter(codes[row, 0], np.float32(2e6))
    known = Known(codes, np.arange(9, dtype=np.uint8) % 4)
    assert knn_correct(known, known, neighbours=1).all()


def test_the_probe_is_fitted_further_where_it_converges_slowly() -> None:
    random = np.random.default_rng(0)
    y = np.repeat(np.arange(3), 30).astype(np.uint8)
    train, test = (
        Known((random.normal(size=(90, 20)) + np.eye(3, 20)[y]) * np.geomspace(1, 0.001, 20), y)
        for _ in range(2)
    )
    usual = LogisticRegression(C=1e6, tol=0.001, max_iter=500).fit(scaled(train, train), y)
    less = LogisticRegression(C=1e6, tol=0.001, max_iter=100)
    with warnings.catch_warnings(action="ignore"):
        less.fit(scaled(train, train), y)
    expected = usual.predict(scaled(test, train))
    assert (less.predict(scaled(test, train)) != expected).any()
    assert np.array_equal(probe(train, train, test, [1e6]).correct, expected == y)
