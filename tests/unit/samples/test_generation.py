"""Codes to decode, and scores of images: against their definitions and known distributions."""

import numpy as np
import pytest

from stages.core.params import read
from stages.core.rng import derive_seed
from stages.samples import generation
from stages.samples.fidelity import coverage, frechet_distance, two_sample_accuracy
from stages.samples.generation import (
    draw_codes,
    halves,
    interpolate,
    most_active,
    score,
    tell_pixels_apart,
    traverse,
)
from stages.samples.schema import Sampling
from tests.support import PARAMS

RANDOM = np.random.default_rng(0)
SETTINGS = read(PARAMS, "sampling", Sampling)


def floats(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape).astype(np.float32)


def settings(**changes: float) -> Sampling:
    return SETTINGS.model_copy(update=changes)


@pytest.mark.parametrize(
    ("images", "n_test", "expected"), [(10, 50, 10), (10, 20, 10), (10, 19, 9), (10, 4, 2)]
)
def test_test_images_are_halved_without_overlap(images: int, n_test: int, expected: int) -> None:
    found = halves(n_test, settings(images=images))
    assert [len(part) for part in found] == [expected] * 3
    chosen = np.concatenate(found[:2])
    assert len(set(chosen)) == 2 * expected
    assert set(chosen) <= set(range(n_test))
    # Pairs to interpolate between: each of the others twice, never with itself.
    assert sorted(found.partners) == sorted(found.others)
    assert (found.partners != found.others).all()


@pytest.mark.parametrize(("count", "neighbours"), [(4, 3), (30, 5)])
def test_a_score_is_made_of_the_features_of_both_sets(
    monkeypatch: pytest.MonkeyPatch, count: int, neighbours: int
) -> None:
    network: generation.FeatureNetwork = None  # type: ignore[assignment]  # not reached
    monkeypatch.setattr(generation, "features", lambda _, images: 2 * images.reshape(count, -1))
    reference, images = floats(count, 2, 2, 1), floats(count, 2, 2, 1) + np.float32(0.5)
    real, made = (2 * part.reshape(count, -1) for part in (reference, images))
    seed = derive_seed(0, "two samples")
    assert score(network, reference, images, settings(seed=0, neighbours=5)) == (
        frechet_distance(real, made),
        coverage(real, made, neighbours),
        two_sample_accuracy(real, made, seed),
    )


def test_pixels_are_told_apart_by_what_a_page_can_show() -> None:
    reference = RANDOM.uniform(0, 1, (200, 3, 3, 1)).astype(np.float32)
    edges = np.round(reference)
    beyond = 2 * edges - np.float32(0.5)  # -0.5 and 1.5, shown as 0 and 1
    assert tell_pixels_apart(edges, beyond, SETTINGS) < 0.6
    assert tell_pixels_apart(reference, np.zeros_like(reference), SETTINGS) > 0.95


def test_normal_codes_are_those_of_the_prior() -> None:
    drawn = draw_codes("normal", floats(7, 3) + 5, 20_000, SETTINGS)
    assert drawn.shape == (20_000, 3)
    assert drawn.dtype == np.float32
    assert drawn.mean(axis=0) == pytest.approx(0, abs=0.03)
    assert np.cov(drawn.T) == pytest.approx(np.eye(3), abs=0.05)


def test_gaussian_codes_have_the_moments_of_the_training_codes() -> None:
    turn = RANDOM.normal(size=(3, 3))
    turn[:, 2] = 0  # an idle unit
    z_train = (RANDOM.normal(size=(500, 3)) @ turn + [1, 2, 3]).astype(np.float32)
    drawn = draw_codes("gaussian", z_train, 20_000, SETTINGS)
    scale = np.abs(np.cov(z_train.T)).max()
    assert drawn.dtype == np.float32
    assert drawn.mean(axis=0) == pytest.approx(z_train.mean(axis=0), abs=0.05 * scale)
    assert np.cov(drawn.T) == pytest.approx(np.cov(z_train.T), abs=0.05 * scale)
    one = draw_codes("gaussian", z_train[:, :1], 20_000, SETTINGS)
    assert one.shape == (20_000, 1)
    assert one.std() == pytest.approx(z_train[:, 0].std(), rel=0.05)


def clusters(count: int, scale: float = 1.0) -> np.ndarray:
    """Two narrow clusters in the plane of the first two of four latents: one third, two thirds."""
    centres = np.where(np.arange(count)[:, np.newaxis] % 3 == 0, [10, 0, 5, 0], [0, 10, 5, 0])
    around = RANDOM.normal(0, 0.1, (count, 4)) * [1, 1, 0, 0]
    return (scale * (centres + around)).astype(np.float32)


@pytest.mark.parametrize("scale", [1e-4, 1.0])
def test_codes_of_a_mixture_lie_in_the_clusters_of_the_training_codes(scale: float) -> None:
    small = settings(mixture_components=2, mixture_dimensions=4, mixture_images=600)
    drawn = draw_codes("mixture", clusters(600, scale), 3000, small) / scale
    assert drawn.shape == (3000, 4)
    assert drawn.dtype == np.float32
    first = drawn[:, 0] > 5
    assert first.mean() == pytest.approx(1 / 3, abs=0.05)
    for inside, centre in ((first, [10, 0, 5, 0]), (~first, [0, 10, 5, 0])):
        assert drawn[inside].mean(axis=0) == pytest.approx(np.array(centre), abs=0.02)
        assert drawn[inside, :2].std(axis=0) == pytest.approx(0.1, rel=0.15)
    # Draws come in no order of clusters.
    assert np.mean(first[1:] != first[:-1]) == pytest.approx(4 / 9, abs=0.05)


def test_a_mixture_is_fitted_to_so_many_codes_and_components() -> None:
    z_train = clusters(600)
    line = draw_codes("mixture", z_train, 50, settings(mixture_dimensions=1))
    assert np.linalg.matrix_rank(line - line.mean(axis=0), tol=1e-3) == 1
    few = settings(mixture_images=2, mixture_components=3)
    drawn = draw_codes("mixture", z_train, 50, few)
    distances = np.linalg.norm(drawn[:, np.newaxis] - z_train, axis=2)
    assert len(set(np.argmin(distances, axis=1))) <= 2
    assert distances.min(axis=1).max() < 0.1
    with np.errstate(invalid="ignore"):  # scikit-learn's share of a variance of 0
        same = draw_codes("mixture", np.full((9, 3), 7, np.float32), 5, SETTINGS)
    assert same == pytest.approx(7, abs=0.01)


def test_codes_depend_on_the_seed_and_on_nothing_else() -> None:
    z_train = clusters(60)
    for sampler in ("normal", "gaussian", "mixture"):
        first, again, other = (
            draw_codes(sampler, z_train, 5, settings(seed=seed, mixture_components=2))  # type: ignore[arg-type]
            for seed in (0, 0, 1)
        )
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)


def test_interpolation_is_straight_and_includes_both_ends() -> None:
    start, end = floats(3, 5), floats(3, 5)
    between = interpolate(start, end, 5)
    assert between.shape == (3, 5, 5)
    assert between.dtype == np.float32
    assert np.array_equal(between[:, 0], start)
    assert np.array_equal(between[:, -1], end)
    assert np.allclose(between[:, 2], (start + end) / 2, atol=1e-6)


def test_the_most_active_latents_vary_most() -> None:
    z = floats(100, 4) * np.float32([1, 3, 0, 2])
    assert most_active(z, 3).tolist() == [1, 3, 0]
    assert len(most_active(z, 9)) == 4


def test_of_equally_active_latents_the_first_comes_first() -> None:
    # Every other one varies twice as much.
    z = np.tile(floats(100, 1) * np.float32([1, 2]), (1, 20))
    assert most_active(z, 40).tolist() == [*range(1, 40, 2), *range(0, 40, 2)]


def test_a_traversal_changes_one_latent_over_its_range() -> None:
    z_train, z = floats(1000, 3), floats(3)
    codes = traverse(z, z_train, np.array([2, 0]), 5)
    assert codes.shape == (2, 5, 3)
    for row, latent in enumerate([2, 0]):
        others = [each for each in range(3) if each != latent]
        assert np.array_equal(codes[row][:, others], np.tile(z[others], (5, 1)))
        low, high = np.percentile(z_train[:, latent], [1, 99])
        assert codes[row, :, latent] == pytest.approx(np.linspace(low, high, 5), rel=1e-6)
