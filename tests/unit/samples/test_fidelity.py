"""Fidelity of samples: against closed forms, sets made by hand and brute force."""

import warnings

import numpy as np
import pytest
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from stages.core.errors import InputError
from stages.samples.fidelity import (
    coverage,
    frechet_distance,
    nearest,
    two_sample_accuracy,
)

RANDOM = np.random.default_rng(0)


def exactly(mean: list[float], deviations: list[float], count: int = 50) -> np.ndarray:
    """A sample whose mean and diagonal covariance are the given ones, but for rounding."""
    values = RANDOM.normal(size=(count, len(mean)))
    basis, _ = np.linalg.qr(values - values.mean(axis=0))
    return np.array(mean) + np.sqrt(count - 1) * basis * deviations


def by_roots(real: np.ndarray, made: np.ndarray) -> float:
    """The distance as it is usually written, by the root of a covariance."""
    s1, s2 = np.cov(real, rowvar=False), np.cov(made, rowvar=False)
    squares, vectors = np.linalg.eigh(s1)
    root = vectors * np.sqrt(squares.clip(0)) @ vectors.T
    common = np.sqrt(np.linalg.eigvalsh(root @ s2 @ root).clip(0))
    between = real.mean(axis=0) - made.mean(axis=0)
    return float(between @ between + np.trace(s1 + s2) - 2 * common.sum())


def test_the_distance_of_gaussians_with_diagonal_covariances() -> None:
    real, made = exactly([0, 1, 2], [1, 2, 3]), exactly([3, 1, 6], [4, 2, 1])
    expected = 3**2 + 4**2 + (1 - 4) ** 2 + (3 - 1) ** 2
    assert frechet_distance(real, made) == pytest.approx(expected)
    assert frechet_distance(made, real) == pytest.approx(expected)


def test_the_distance_of_gaussians_with_different_axes() -> None:
    real, made = (RANDOM.normal(size=(90, 6)) @ RANDOM.normal(size=(6, 6)) for _ in range(2))
    assert frechet_distance(real, made) == pytest.approx(by_roots(real, made))


@pytest.mark.parametrize("shape", [(200, 5), (5, 200), (2, 1)], ids=str)
def test_a_sample_is_at_distance_0_of_itself(shape: tuple[int, int]) -> None:
    real = (1000 + RANDOM.normal(size=shape)).astype(np.float32)
    assert 0 <= frechet_distance(real, real) < 1e-10
    assert 0 <= frechet_distance(real, real[::-1]) < 1e-10


def test_singular_covariances_are_no_special_case() -> None:
    flat, line = exactly([0, 0, 0], [2, 3, 0]), exactly([0, 0, 0], [0, 5, 0])
    point = np.full((50, 3), 7.0)
    assert frechet_distance(flat, line) == pytest.approx(2**2 + 2**2)
    assert frechet_distance(flat, point) == pytest.approx(3 * 7**2 + 2**2 + 3**2)
    assert frechet_distance(point, point) == 0.0


def test_a_distance_of_samples_of_different_sizes_is_refused() -> None:
    for real, made in ((9, 8), (1, 1)):
        with pytest.raises(InputError, match="expected two samples of one size, at least 2"):
            frechet_distance(np.zeros((real, 2)), np.zeros((made, 2)))


def column(*values: float) -> np.ndarray:
    return np.float32(values)[:, np.newaxis]


def test_coverage_of_points_on_a_line() -> None:
    # Balls around the real points 0, 1, 2 and 11 have radius 1, 1, 1 and 9.
    real = column(0, 1, 2, 11)
    assert coverage(real, column(20), neighbours=1) == 1 / 4
    assert coverage(real, column(2.5), neighbours=1) == 2 / 4
    assert coverage(real, column(1), neighbours=1) == 3 / 4
    assert coverage(real, column(1, 11), neighbours=1) == 1
    assert coverage(real, column(-30), neighbours=1) == 0


def test_points_of_the_same_distribution_cover_as_many_as_expected() -> None:
    real, made = (RANDOM.normal(size=(2000, 2)) for _ in range(2))
    for neighbours in (1, 3):
        expected = 1 - 1 / 2**neighbours
        assert coverage(real, made, neighbours) == pytest.approx(expected, abs=0.03)


def test_many_copies_of_one_point_cover_little_and_are_told_apart() -> None:
    real = RANDOM.normal(size=(500, 2))
    one = np.zeros((500, 2))
    assert coverage(real, one, neighbours=5) < 0.1
    assert two_sample_accuracy(real, one, seed=0) > 0.9


def test_equal_distributions_are_not_told_apart_and_distant_ones_are() -> None:
    real, made = (RANDOM.normal(size=(2000, 3)).astype(np.float32) for _ in range(2))
    assert two_sample_accuracy(real, made, seed=0) == pytest.approx(0.5, abs=0.05)
    assert two_sample_accuracy(real, made + 20, seed=0) == 1
    assert two_sample_accuracy(real, made, seed=1) == two_sample_accuracy(real, made, seed=1)


def test_classes_in_a_fixed_order_are_told_apart() -> None:
    # Half of each sample teaches; were it every other point, these would be other classes.
    real = RANDOM.normal(size=(400, 10))
    classes = np.eye(10)[np.arange(400) % 10]
    assert two_sample_accuracy(real, classes, seed=0) > 0.7


def test_both_deciding_measures_order_sets_of_known_quality() -> None:
    def ring(part: float) -> np.ndarray:
        angle = RANDOM.uniform(0, part * 2 * np.pi, (1000, 1))
        around = 5 * np.hstack([np.cos(angle), np.sin(angle)])
        return around + RANDOM.normal(0, 0.3, (1000, 2))

    real, others, quarter = ring(1), ring(1), ring(0.25)
    gaussian = RANDOM.multivariate_normal(real.mean(axis=0), np.cov(real.T), len(real))
    mean = np.broadcast_to(real.mean(axis=0), real.shape)
    ladder = [others, gaussian, quarter, mean]
    covered = [coverage(real, made, neighbours=5) for made in ladder]
    told_apart = [two_sample_accuracy(real, made, seed=0) for made in ladder]
    assert covered == sorted(covered, reverse=True)
    assert told_apart == sorted(told_apart)


def test_blocks_do_not_change_the_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    real, made = RANDOM.normal(size=(2, 400, 3))
    whole = coverage(real, made, neighbours=2)
    monkeypatch.setattr("stages.samples.fidelity._MEMORY", 0.01)  # three rows
    assert coverage(real, made, neighbours=2) == whole
    assert 0.5 < whole < 1


def test_samples_that_are_too_small_or_of_other_dimensions_are_refused() -> None:
    for real, made, neighbours in (
        (np.zeros((3, 2)), np.zeros((9, 2)), 3),
        (np.zeros((9, 2)), np.zeros((0, 2)), 3),
        (np.zeros((9, 2)), np.zeros((9, 2)), 0),
        (np.zeros((9, 2)), np.zeros((9, 3)), 3),
    ):
        with pytest.raises(InputError, match="coverage: expected samples"):
            coverage(real, made, neighbours)
    for real, made in ((np.zeros((3, 2)), np.zeros((3, 2))), (np.zeros((9, 2)), np.zeros((8, 2)))):
        with pytest.raises(InputError, match="two-sample classifier: expected two samples"):
            two_sample_accuracy(real, made, seed=0)


def test_the_nearest_reference_is_found() -> None:
    images, references = (RANDOM.uniform(size=(n, 4, 3, 1)).astype(np.float32) for n in (9, 40))
    differences = images[:, np.newaxis].astype(float) - references
    distances = np.square(differences).sum(axis=(2, 3, 4))
    found = nearest(images, references)
    assert found.number.tolist() == distances.argmin(axis=1).tolist()
    assert found.distance == pytest.approx(distances.min(axis=1))


def test_a_copy_is_at_no_distance() -> None:
    references = RANDOM.uniform(size=(30, 5, 5, 1)).astype(np.float32)
    found = nearest(references[[7, 3]], references)
    assert found.number.tolist() == [7, 3]
    assert not found.distance.any()


@pytest.mark.parametrize("seed", [0, 3])
def test_the_classifier_of_two_samples_is_as_it_is_described(seed: int) -> None:
    # 32 hidden units, weight decay 0.1 and 50 epochs, on standardised features of half the points.
    real, made = RANDOM.normal(size=(2, 500, 4))
    made = 2 * made * np.sign(made[:, :1]) + 3
    points, is_made = np.concatenate([real, made]), np.repeat([0, 1], 500)
    learned, asked, truth, expected = train_test_split(
        points, is_made, test_size=0.5, stratify=is_made, random_state=seed
    )
    network = make_pipeline(
        StandardScaler(), MLPClassifier((32,), alpha=0.1, max_iter=50, random_state=seed)
    )
    with warnings.catch_warnings(action="ignore"):
        network.fit(learned, truth)
    assert two_sample_accuracy(real, made, seed) == network.score(asked, expected)


def test_the_smallest_samples_are_taken() -> None:
    four = np.arange(8.0).reshape(4, 2)
    assert 0 <= two_sample_accuracy(four, four + 100, seed=0) <= 1
    assert coverage(four[:2], four, neighbours=1) == 1
    assert frechet_distance(four[:2], four[:2] + 1) == pytest.approx(2)


def test_points_on_the_edge_of_a_ball_are_in_it() -> None:
    assert coverage(column(0, 1), column(2), neighbours=1) == 1 / 2
