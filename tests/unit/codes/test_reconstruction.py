"""Reconstruction, projections, the KL."""

import numpy as np
import pytest

from stages.codes.reconstruction import (
    fit_projection,
    gaussian_kl,
    largest_principal_angle,
    mean_squared_error,
    project,
    squared_errors,
)

RANDOM = np.random.default_rng(0)


def floats(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape).astype(np.float32)


def test_error_is_averaged_over_pixels_and_images() -> None:
    x = np.zeros((2, 3, 3, 1), np.float32)
    y = x.copy()
    y[0] = 2
    assert mean_squared_error(x, y) == 2.0


def test_errors_of_single_images_are_averaged_over_pixels() -> None:
    x = np.zeros((2, 3, 3, 1), np.float32)
    y = x.copy()
    y[0] = 2
    assert squared_errors(x, y).tolist() == [4, 0]


def test_points_are_projected_on_the_components_of_others() -> None:
    values = floats(500, 4) * np.float32([1, 10, 0.1, 5])
    on_two = fit_projection(values)
    assert np.allclose(np.abs(on_two(values)), np.abs(project(values).points))
    assert on_two(np.float32([[0, 1, 0, 0]]) + values.mean(axis=0)).shape == (1, 2)


def test_kl_of_each_latent_is_averaged_over_images() -> None:
    z_mean = np.float32([[1, 0], [3, 0]])
    assert gaussian_kl(z_mean, np.zeros_like(z_mean)) == pytest.approx([(0.5 + 4.5) / 2, 0])


def test_projection_finds_the_directions_of_largest_variance() -> None:
    values = floats(500, 4) * np.float32([1, 10, 0.1, 5])
    projection = project(values)
    assert abs(np.corrcoef(projection.points[:, 0], values[:, 1])[0, 1]) > 0.99
    assert abs(np.corrcoef(projection.points[:, 1], values[:, 3])[0, 1]) > 0.99
    assert projection.explained == pytest.approx([100 / 126, 25 / 126], abs=0.05)


def test_a_space_is_compared_with_that_of_as_many_components() -> None:
    values = floats(5000, 2, 2) * np.float32([[1, 10], [0.1, 5]])
    axes = np.eye(4, dtype=np.float32).reshape(4, 2, 2)
    assert largest_principal_angle(values, axes[[3, 1]] * 7) < 2
    assert largest_principal_angle(values, axes[[1, 2]]) > 88
    turned = axes[3] * np.cos(np.radians(30)) + axes[0] * np.sin(np.radians(30))
    assert largest_principal_angle(values, np.stack([axes[1] + turned, turned])) == pytest.approx(
        30, abs=2
    )


def test_a_code_of_one_unit_lies_on_a_line() -> None:
    projection = project(floats(20, 1))
    assert projection.explained == pytest.approx([1, 0])
    assert not projection.points[:, 1].any()


def test_the_kl_of_each_latent_in_closed_form() -> None:
    z_mean, variance = floats(50, 3), np.exp(floats(50, 3))
    expected = 0.5 * (z_mean.astype(float) ** 2 + variance - np.log(variance) - 1).mean(axis=0)
    assert gaussian_kl(z_mean, np.log(variance)) == pytest.approx(expected, rel=1e-5)


def test_errors_have_all_digits_of_their_means() -> None:
    x, reconstruction = floats(7, 5, 4, 1), floats(7, 5, 4, 1)
    squares = np.square(reconstruction - x).astype(np.float64)
    assert squared_errors(x, reconstruction) == pytest.approx(
        squares.mean(axis=(1, 2, 3)), rel=1e-12
    )
    assert mean_squared_error(x, reconstruction) == pytest.approx(squares.mean(), rel=1e-12)


def test_a_code_of_one_unit_is_projected_on_itself() -> None:
    values, others = floats(20, 1), floats(5, 1)
    points = project(values).points
    assert points.shape == (20, 2)
    assert np.abs(points[:, 0]) == pytest.approx(np.abs(values[:, 0] - values.mean()), abs=1e-6)
    found = fit_projection(values)(others)
    assert found.shape == (5, 2)
    assert np.abs(found[:, 0]) == pytest.approx(np.abs(others[:, 0] - values.mean()), abs=1e-6)


def test_codes_that_do_not_vary_explain_nothing() -> None:
    assert project(np.ones((9, 3), np.float32)).explained.tolist() == [0, 0]


def test_further_axes_count_as_one() -> None:
    images = floats(30, 4, 3, 1)
    expected = project(images.reshape(30, -1)).points
    assert np.allclose(project(images).points, expected)
