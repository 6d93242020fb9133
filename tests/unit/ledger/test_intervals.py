"""Intervals over seeds and draws: against hand-made tables, SciPy and simulated truths."""

from functools import cache

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from stages.core.errors import InputError
from stages.ledger.intervals import (
    Estimate,
    Scale,
    crossed_interval,
    two_way_interval,
    written,
)

REPEATS = 3000
# Four standard errors of a share of 5 %.
SLACK = 0.016

# Standard deviations of seeds and draws; the residual's is 1.
EFFECTS = {"seed": (2.0, 0.0), "draw": (0.0, 2.0), "both": (2.0, 2.0), "residual": (0.0, 0.0)}


def simulate(seeds: int, draws: int, effects: tuple[float, float]) -> np.ndarray:
    """Many tables of a crossed design whose true mean is 0."""
    random = np.random.default_rng(0)
    return (
        effects[0] * random.normal(size=(REPEATS, seeds, 1))
        + effects[1] * random.normal(size=(REPEATS, 1, draws))
        + random.normal(size=(REPEATS, seeds, draws))
    )


@cache
def estimates(seeds: int, draws: int, effects: tuple[float, float]) -> list[Estimate]:
    return [two_way_interval(table, 0.95) for table in simulate(seeds, draws, effects)]


def ends(estimate: Estimate) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def coverage(intervals: list[Estimate]) -> float:
    """Share of the intervals that contain the true mean 0."""
    low, high = np.transpose([ends(interval) for interval in intervals])
    return float(np.mean((low <= 0) & (high >= 0)))


def test_a_table_computed_by_hand() -> None:
    # Means by row 2, 8; by column 2, 5, 8; overall 5. Sums of squares 54, 36 and 4, with 1, 2 and
    # 2 degrees of freedom: mean squares 54, 18 and 2.
    table = np.array([[0.0, 1.0, 5.0], [4.0, 9.0, 11.0]])
    total = 54 + 18 - 2
    freedom = total**2 / (54**2 / 1 + 18**2 / 2 + 2**2 / 2)
    half = stats.t.ppf(0.95, freedom) * np.sqrt(total / 6)
    assert two_way_interval(table, 0.9)[:4] == pytest.approx((5, 5 - half, 5 + half, 6))


def test_an_effect_estimated_as_negative_does_not_narrow_the_interval() -> None:
    # Means by row 2, 4; by column 3, 3, 3: mean squares 6, 0 and 8, the first with 1 degree of
    # freedom.
    table = np.array([[0.0, 2.0, 4.0], [6.0, 4.0, 2.0]])
    half = stats.t.ppf(0.975, 1) * np.sqrt(6 / 6)
    assert two_way_interval(table, 0.95)[:4] == pytest.approx((3, 3 - half, 3 + half, 6))
    # Sides swapped, it is the same interval.
    assert two_way_interval(table.T, 0.95)[:4] == two_way_interval(table, 0.95)[:4]


def test_of_two_intervals_the_wider_one_counts() -> None:
    # Means by row 0, 4; by column 0, 6, 0: mean squares 24, 24 and 24, with 1, 2 and 2 degrees.
    table = np.array([[0.0, 0.0, 0.0], [0.0, 12.0, 0.0]])
    half = stats.t.ppf(0.975, 1) * np.sqrt(24 / 6)
    assert two_way_interval(table, 0.95)[:4] == pytest.approx((2, 2 - half, 2 + half, 6))


def test_rows_and_columns_that_cancel_leave_the_residual() -> None:
    low, high = ends(two_way_interval(np.array([[1.0, -1.0], [-1.0, 1.0]]), 0.95))
    assert high == -low == pytest.approx(stats.t.ppf(0.975, 1) * np.sqrt(4 / 4))


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (1, 2), (3, 1)])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_one_seed_or_one_draw_gives_the_ordinary_interval(
    shape: tuple[int, int], confidence: float
) -> None:
    values = np.random.default_rng(0).normal(0.3, 2, shape)
    expected = stats.ttest_1samp(values.ravel(), 0).confidence_interval(confidence)
    estimate = two_way_interval(values, confidence)
    assert estimate[:4] == pytest.approx((values.mean(), *expected, values.size))


def test_one_value_has_no_interval() -> None:
    assert two_way_interval(np.array([[0.1]]), 0.95) == Estimate(0.1, None, None, 1)


@pytest.mark.parametrize("shape", [(3, 5), (1, 3), (7, 1)])
def test_equal_values_are_their_own_interval(shape: tuple[int, int]) -> None:
    assert two_way_interval(np.full(shape, 0.1), 0.95) == Estimate(
        0.1, 0.1, 0.1, shape[0] * shape[1]
    )


@pytest.mark.parametrize("bad", [np.array([[0.0, np.nan]]), np.zeros((0, 2)), np.zeros(3)])
def test_a_table_with_holes_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(InputError, match="expected finite values for every seed and draw"):
        two_way_interval(bad, 0.95)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, np.nan])
def test_an_impossible_confidence_is_refused(confidence: float) -> None:
    with pytest.raises(InputError, match=r"confidence in \(0, 1\)"):
        two_way_interval(np.eye(2), confidence)


@pytest.mark.parametrize("effects", EFFECTS.values(), ids=EFFECTS)
@pytest.mark.parametrize("shape", [(3, 5), (5, 5)], ids=str)
def test_intervals_contain_the_true_mean_as_often_as_they_say(
    shape: tuple[int, int], effects: tuple[float, float]
) -> None:
    assert 0.93 < coverage(estimates(*shape, effects)) < 0.995


def test_taking_all_values_as_independent_would_not() -> None:
    effects = EFFECTS["both"]
    naive = [two_way_interval(table.reshape(1, -1), 0.95) for table in simulate(3, 5, effects)]
    assert coverage(naive) < 0.75 < 0.93 < coverage(estimates(3, 5, effects))


TABLES = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=5),
    elements=st.floats(-100, 100).map(lambda value: round(value, 3)),
)


@given(TABLES, st.floats(-100, 100), st.floats(0.01, 100), st.integers(0, 99))
@example(np.eye(1, 15).reshape(3, 5), 0.3, 0.7, 0)  # all mean squares are equal
def test_units_and_order_make_no_difference(
    table: np.ndarray, shift: float, scale: float, seed: int
) -> None:
    estimate = two_way_interval(table, 0.95)
    moved = two_way_interval(scale * table + shift, 0.95)
    random = np.random.default_rng(seed)
    rows, columns = map(random.permutation, table.shape)
    shuffled = two_way_interval(table[rows][:, columns], 0.95)
    if estimate.low is None:
        assert moved.low is shuffled.low is None
        return
    near = {"rel": 1e-6, "abs": 1e-6 * scale}
    expected = [scale * value + shift for value in (estimate.mean, *ends(estimate))]
    assert [moved.mean, *ends(moved)] == pytest.approx(expected, **near)
    assert shuffled[:4] == pytest.approx(estimate[:4], rel=1e-6, abs=1e-6)


def test_images_add_their_variance_by_hand() -> None:
    # One seed and one draw: the ordinary interval over the images.
    each = np.array([1.0, 2.0, 4.0, 9.0])
    found = crossed_interval(np.array([[4.0]]), 0.95, each[np.newaxis, np.newaxis])
    expected = stats.t.interval(0.95, 3, 4.0, stats.sem(each))
    assert ends(found) == pytest.approx(expected)


def test_images_that_all_runs_agree_on_add_nothing() -> None:
    table = np.random.default_rng(0).normal(size=(3, 5))
    same = np.repeat(table[:, :, np.newaxis], 10, axis=2)
    assert crossed_interval(table, 0.95, same)[:4] == two_way_interval(table, 0.95)[:4]


def test_images_that_differ_in_interactions_alone_are_not_counted_twice() -> None:
    # What runs say of images is independent: it is in the runs' means already.
    random = np.random.default_rng(0)
    widths = []
    for _ in range(300):
        each = random.normal(size=(5, 5, 50))
        with_images, without = (
            crossed_interval(each.mean(axis=2), 0.95, cube) for cube in (each, None)
        )
        widths.append(np.ptp(ends(with_images)) / np.ptp(ends(without)))
    assert np.median(widths) < 1.1


def simulated(
    seeds: int, draws: int, images: int, effects: tuple[float, float, float]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Tables and cubes of a crossed design with interactions, whose true mean is 0."""
    random = np.random.default_rng(0)
    found = []
    for _ in range(1500):
        cube = (
            effects[0] * random.normal(size=(seeds, 1, 1))
            + effects[1] * random.normal(size=(1, draws, 1))
            + effects[2] * random.normal(size=(1, 1, images)) * np.sqrt(images)
            + 0.5 * random.normal(size=(seeds, 1, images)) * np.sqrt(images)
            + random.normal(size=(seeds, draws, images)) * np.sqrt(images)
        )
        found.append((cube.mean(axis=2), cube))
    return found


@pytest.mark.parametrize("effects", [(1, 1, 1), (1, 0, 1), (0, 0, 1), (1, 1, 0)], ids=str)
def test_intervals_with_images_contain_the_true_mean_as_often_as_they_say(
    effects: tuple[float, float, float],
) -> None:
    some = simulated(5, 10, 40, effects)
    covered = coverage([crossed_interval(table, 0.95, cube) for table, cube in some])
    # 95 +- 1.5 %, and four standard errors of the simulation.
    assert 0.935 - 0.0225 < covered < 0.965 + 0.0225


def test_intervals_without_images_would_not() -> None:
    some = simulated(5, 10, 40, (0, 0, 1))
    assert coverage([two_way_interval(table, 0.95) for table, _ in some]) < 0.8


@pytest.mark.parametrize("scale", ["log", "logit"])
def test_intervals_on_other_scales_cover_and_stay_in_the_range(scale: Scale) -> None:
    back = {"log": np.exp, "logit": lambda x: 1 / (1 + np.exp(-x))}[scale]
    centre = -2.0
    tables = [back(centre + table) for table in simulate(5, 1, (0.0, 0.0))]
    found = [crossed_interval(table, 0.95, scale=scale) for table in tables]
    low, high = np.transpose([ends(each) for each in found])
    assert low.min() > 0
    assert scale == "log" or high.max() < 1
    assert np.mean((low <= back(centre)) & (back(centre) <= high)) == pytest.approx(0.95, abs=SLACK)


def test_single_images_count_on_other_scales_by_their_derivative() -> None:
    random = np.random.default_rng(0)
    each = np.exp(random.normal(size=(1, 1, 400)) / 10)
    table = each.mean(axis=2)
    found = crossed_interval(table, 0.95, each, "log")
    plain = crossed_interval(table, 0.95, each)
    assert np.log(ends(found)) == pytest.approx(
        np.log(found.mean) + (np.array(ends(plain)) - plain.mean) / plain.mean
    )


def test_a_value_at_the_end_of_its_range_has_an_interval_within_it() -> None:
    found = crossed_interval(np.array([[0.0], [0.1], [0.2]]), 0.95, scale="log")
    assert found.low == 0
    found = crossed_interval(np.array([[1.0], [0.9], [0.99]]), 0.95, scale="logit")
    assert found.high == 1


@given(TABLES, st.floats(0.5, 0.99), st.floats(-100, 100))
def test_the_p_value_is_that_of_the_interval_that_just_reaches_a_threshold(
    table: np.ndarray, confidence: float, threshold: float
) -> None:
    found = two_way_interval(table, confidence)
    if found.low is None or not found.variances:
        return
    low, high = ends(found)
    outside = threshold < low or high < threshold
    gap = min(abs(threshold - low), abs(threshold - high)) / max(abs(high), abs(low), 1e-9)
    if gap > 1e-6:
        assert (found.chance(threshold) < 1 - confidence) == outside


@pytest.mark.parametrize("threshold", [-0.1, 0.0, 1.0, 1.1])
def test_what_no_share_can_be_has_no_chance(threshold: float) -> None:
    found = crossed_interval(np.array([[0.2], [0.3], [0.4]]), 0.95, scale="logit")
    assert found.chance(threshold) == 0


def test_intervals_are_written_with_two_ends() -> None:
    assert written(-0.003, 0.0121, unit=100) == "-0.3 to 1.2"
    assert written(-0.0001, 0.0121, unit=100) == "0.0 to 1.2"
    assert written(0.00001, 0.00002) == "0.00001 to 0.00002"
    assert written(0.1, 0.1) == "0.1 in all runs"
    assert written(0.0, 0.0) == "0 in all runs"
    assert written(None, None) == written(float("nan"), float("nan")) == "no interval"


def many(
    repeats: int, seed: float, draw: float, residual: float, image: float, images: int = 1000
) -> list[Estimate]:
    """Intervals of 5 seeds x 10 draws from standard deviations; `image` is that of their mean."""
    random = np.random.default_rng(0)
    found = []
    for _ in range(repeats):
        runs = (
            seed * random.normal(size=(5, 1))
            + draw * random.normal(size=(1, 10))
            + residual * random.normal(size=(5, 10))
        )
        each = image * np.sqrt(images) * random.normal(size=images)
        found.append(crossed_interval(runs + each.mean(), 0.95, each[np.newaxis, np.newaxis]))
    return found


def expected_half_width(seed: float, draw: float, residual: float, image: float) -> float:
    """The median half-width of the study's intervals."""
    widths = [np.ptp(ends(each)) for each in many(400, seed, draw, residual, image)]
    return float(np.median(widths)) / 2


@pytest.mark.parametrize("image", [0.15, 1.0], ids="image {}".format)
@pytest.mark.parametrize(("seed", "draw"), [(1, 0), (0, 1), (1, 1), (0.3, 0.3)])
def test_intervals_of_the_study_cover(seed: float, draw: float, image: float) -> None:
    # 95 +- 1.5 %, and three standard errors of the simulation.
    covered = coverage(many(2000, seed, draw, 1.0, image))
    assert 0.935 - 0.0146 < covered < 0.965 + 0.0146


def test_the_half_width_to_expect_where_one_effect_is_large() -> None:
    width = stats.t.ppf(0.975, 4) * np.sqrt(stats.chi2.median(4) / 4 / 5)
    assert expected_half_width(1.0, 0.0, 0.01, 0.0) == pytest.approx(width, rel=0.1)
    assert expected_half_width(0.0, 0.0, 0.01, 1.0) == pytest.approx(stats.norm.ppf(0.975), rel=0.1)
