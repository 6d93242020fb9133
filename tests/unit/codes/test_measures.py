"""Reconstruction, projections, codes to decode, summaries."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.codes.reconstruction import (
    fit_projection,
    gaussian_kl,
    largest_principal_angle,
    mean_squared_error,
    project,
    squared_errors,
)
from stages.core.errors import InputError
from stages.ledger.summary import gather, summarize
from stages.samples.generation import interpolate, most_active, traverse

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


def test_interpolation_is_straight_and_includes_both_ends() -> None:
    start, end = floats(3, 5), floats(3, 5)
    between = interpolate(start, end, 5)
    assert np.array_equal(between[:, 0], start)
    assert np.array_equal(between[:, -1], end)
    assert np.allclose(between[:, 2], (start + end) / 2, atol=1e-6)


def test_the_most_active_latents_vary_most() -> None:
    z = floats(100, 4) * np.float32([1, 3, 0, 2])
    assert most_active(z, 3).tolist() == [1, 3, 0]
    assert len(most_active(z, 9)) == 4


def test_a_traversal_changes_one_latent_over_its_range() -> None:
    z_train = floats(1000, 3)
    codes = traverse(np.zeros(3, np.float32), z_train, np.array([2]), 5)
    assert not codes[0, :, :2].any()
    assert codes[0, [0, -1], 2] == pytest.approx(np.percentile(z_train[:, 2], [1, 99]))


def table(accuracies: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"variant": "a", "regime": "frozen", "test_accuracy": accuracies})


def test_headline_numbers_are_means_with_deviations() -> None:
    errors = pd.DataFrame({"variant": ["a", "a"], "test_mse": [1.0, 3.0]})
    curve = table([0.5, 0.7]).assign(labels=100)
    numbers = summarize(errors, table([0.5, 0.7]), curve)
    assert numbers["a.test_mse"] == 2.0
    assert numbers["a.test_mse_sd"] == pytest.approx(np.sqrt(2))
    assert numbers["a.frozen.test_accuracy"] == pytest.approx(0.6)
    assert numbers["a.frozen.100.test_accuracy"] == pytest.approx(0.6)


def test_one_run_has_no_deviation() -> None:
    errors = pd.DataFrame({"variant": ["a"], "test_mse": [1.0]})
    assert summarize(errors, table([0.5]), table([]).assign(labels=[])) == {
        "a.test_mse": 1.0,
        "a.frozen.test_accuracy": 0.5,
    }


def test_tables_are_gathered_in_the_order_of_the_variants(tmp_path: Path) -> None:
    for name in ("a", "b"):
        pd.DataFrame({"variant": [name]}).to_csv(tmp_path / f"{name}.csv", index=False)
    assert gather(tmp_path, ["b", "a"])["variant"].tolist() == ["b", "a"]


def test_a_missing_or_empty_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a.csv: expected a table"):
        gather(tmp_path, ["a"])
    (tmp_path / "a.csv").touch()
    with pytest.raises(InputError, match=r"a.csv: expected a table"):
        gather(tmp_path, ["a"])
