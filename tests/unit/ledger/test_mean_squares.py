"""Intervals and p values against an analysis of variance that is written out in full."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit

from stages.ledger.intervals import (
    Estimate,
    MeanSquare,
    Scale,
    crossed_interval,
    interval_of,
    two_way_interval,
    written,
)

RANDOM = np.random.default_rng(0)


def mean_square(values: np.ndarray, axes: tuple[int, ...]) -> float:
    """Mean square of the interaction of some axes, from its definition.

    The effect is the alternating sum of means over all other axes, as Searle et al. have it.
    """
    effect = np.zeros_like(values)
    for size in range(len(axes) + 1):
        for kept in combinations(axes, size):
            others = tuple(axis for axis in range(values.ndim) if axis not in kept)
            effect += (-1) ** (len(axes) - size) * np.mean(values, axis=others, keepdims=True)
    return float(np.sum(effect**2) / np.prod([values.shape[axis] - 1 for axis in axes]))


def half_width(parts: list[tuple[float, float]], confidence: float) -> float:
    """Of the sum of mean squares with their degrees of freedom (Satterthwaite)."""
    total = sum(part for part, _ in parts)
    freedom = total**2 / sum(part**2 / free for part, free in parts)
    return float(stats.t.ppf((1 + confidence) / 2, freedom) * np.sqrt(total))


def of_images(cube: np.ndarray) -> float:
    """The images' own variance of the mean."""
    several = [axis for axis in (0, 1) if cube.shape[axis] > 1]
    total = 0.0
    for size in range(len(several) + 1):
        for axes in combinations(several, size):
            total += (-1) ** size * mean_square(cube, (*axes, 2))
    return max(total, 0.0) / cube.size


def cube(shape: tuple[int, int, int], image: float) -> np.ndarray:
    """Seeds and draws with large effects of their own, so that one formula applies."""
    return (
        3 * RANDOM.normal(size=(shape[0], 1, 1))
        + 3 * RANDOM.normal(size=(1, shape[1], 1))
        + image * RANDOM.normal(size=(1, 1, shape[2]))
        + RANDOM.normal(size=shape)
    )


def ends(estimate: Estimate) -> tuple[float, float]:
    found = interval_of(estimate)
    assert found is not None
    return found


@pytest.mark.parametrize("image", [0.0, 1.0, 9.0])
@pytest.mark.parametrize("shape", [(3, 4, 5), (4, 3, 9), (2, 2, 2), (5, 2, 3)], ids=str)
def test_all_parts_of_the_variance_by_definition(shape: tuple[int, int, int], image: float) -> None:
    for _ in range(5):
        each = cube(shape, image)
        seeds, draws, images = shape
        table = each.mean(axis=2)
        seed, draw, rest = (mean_square(table, axes) for axes in ((0,), (1,), (0, 1)))
        if rest >= min(seed, draw):
            continue
        parts = [(seed, seeds - 1), (draw, draws - 1), (-rest, (seeds - 1) * (draws - 1))]
        of_runs = half_width([(part / table.size, free) for part, free in parts], 0.9)
        assert ends(two_way_interval(table, 0.9)) == pytest.approx(
            (table.mean() - of_runs, table.mean() + of_runs)
        )
        total = (seed + draw - rest) / table.size
        freedom = (seed + draw - rest) ** 2 / sum(part**2 / free for part, free in parts)
        both = half_width([(total, freedom), (of_images(each), images - 1)], 0.9)
        assert ends(crossed_interval(table, 0.9, each)) == pytest.approx(
            (table.mean() - both, table.mean() + both)
        )


@pytest.mark.parametrize("shape", [(1, 4, 6), (4, 1, 6)], ids=str)
def test_with_one_seed_or_draw_by_definition(shape: tuple[int, int, int]) -> None:
    for image in (0.0, 1.0, 9.0):
        each = cube(shape, image)
        table = each.mean(axis=2)
        runs = np.var(table, ddof=1) / 4
        half = half_width([(runs, 3), (of_images(each), 5)], 0.8)
        assert ends(crossed_interval(table, 0.8, each)) == pytest.approx(
            (table.mean() - half, table.mean() + half)
        )


def test_one_image_adds_nothing() -> None:
    each = RANDOM.normal(size=(3, 4, 1))
    assert crossed_interval(each[:, :, 0], 0.9, each) == two_way_interval(each[:, :, 0], 0.9)


def test_runs_that_agree_leave_the_images_and_images_that_agree_leave_the_runs() -> None:
    values = RANDOM.normal(size=6)
    half = stats.t.ppf(0.95, 5) * stats.sem(values)
    same = np.broadcast_to(values, (3, 4, 6))
    assert ends(crossed_interval(np.full((3, 4), 2.0), 0.9, same)) == pytest.approx(
        (2 - half, 2 + half)
    )
    table = RANDOM.normal(size=(3, 4))
    assert crossed_interval(table, 0.9, np.zeros((3, 4, 6))) == two_way_interval(table, 0.9)


def four(seed: float, draw: float, rest: float) -> np.ndarray:
    """A table of two seeds and two draws whose mean squares, all of one degree of freedom, are four
    times the given numbers.
    """
    a, b, c = np.sqrt([seed, draw, rest])
    return np.array([[a + b + c, a - b - c], [-a + b - c, -a - b + c]])


T = stats.t.ppf(0.975, 1)


@pytest.mark.parametrize(
    ("seed", "draw", "rest", "half"),
    [
        # Means that are equal but for rounding: the values themselves count.
        (0, 0, 1, T),
        (0.5e-6, 0, 1, T),
        (0, 0.5e-6, 1, T),
        # Means that differ by more than that count, however little it is.
        (1.5e-6, 0, 1, T * np.sqrt(1.5e-6)),
        (0, 1.5e-6, 1, T * np.sqrt(1.5e-6)),
        (1.5e-6, 1.2e-6, 1, T * np.sqrt(1.5e-6)),
        # An effect that is estimated as 0 but for rounding: the wider interval counts.
        (1, 1, 1, T),
        (4, 1, 1, 2 * T),
        (1, 4, 1, 2 * T),
        (1, 4, 2, 2 * T),
        (1, 1, 1 - 0.5e-6, T),
        # Otherwise their sum, with Satterthwaite's degrees of freedom.
        (1, 1, 1 - 1.5e-6, half_width([(1, 1), (1, 1), (-1 + 1.5e-6, 1)], 0.95)),
        (4, 1, 1 - 1.5e-6, half_width([(4, 1), (1, 1), (-1 + 1.5e-6, 1)], 0.95)),
        (4, 9, 0.5, half_width([(4, 1), (9, 1), (-0.5, 1)], 0.95)),
        (4, 9, 0, half_width([(4, 1), (9, 1)], 0.95)),
        (4, 0, 0, 2 * T),
    ],
)
def test_which_mean_squares_count(seed: float, draw: float, rest: float, half: float) -> None:
    assert ends(two_way_interval(four(seed, draw, rest), 0.95)) == pytest.approx((-half, half))


def test_an_effect_of_nothing_leaves_the_other_one() -> None:
    found = two_way_interval(four(4, 0, 0), 0.95)
    assert found.chance(1.0) == pytest.approx(2 * stats.t.sf(1 / 2, 1))


def test_where_runs_and_images_all_agree_nothing_is_left_to_chance() -> None:
    found = crossed_interval(np.full((2, 3), 0.25), 0.95, np.full((2, 3, 4), 0.25))
    assert found == Estimate(0.25, 0.25, 0.25, 6)
    assert [found.chance(threshold) for threshold in (0.25, 0.5)] == [1, 0]


SCALES = {"identity": (np.asarray, np.asarray), "log": (np.log, np.exp), "logit": (logit, expit)}


@pytest.mark.parametrize("scale", SCALES)
def test_means_and_p_values_on_each_scale(scale: Scale) -> None:
    there, back = SCALES[scale]
    values = np.array([[0.2, 0.3, 0.45, 0.5]])
    found = crossed_interval(values, 0.9, scale=scale)
    on_scale = there(values[0])
    expected = stats.ttest_1samp(on_scale, 0).confidence_interval(0.9)
    assert found.mean == pytest.approx(back(on_scale.mean()))
    assert ends(found) == pytest.approx(tuple(back(np.array(expected))))
    assert (found.runs, found.scale) == (4, scale)
    for threshold in (0.1, 0.36, 0.9):
        test = stats.ttest_1samp(on_scale, there(threshold))
        assert found.chance(threshold) == pytest.approx(test.pvalue)
    assert found.chance(found.mean) == pytest.approx(1)


@pytest.mark.parametrize("scale", ["log", "logit"])
def test_images_count_by_the_slope_of_the_scale(scale: Scale) -> None:
    slope = {"log": lambda p: 1 / p, "logit": lambda p: 1 / p / (1 - p)}[scale]
    each = RANDOM.uniform(0.2, 0.4, (1, 1, 9))
    table = each.mean(axis=2)
    there, back = SCALES[scale]
    half = stats.t.ppf(0.95, 8) * stats.sem(each[0, 0]) * slope(table[0, 0])
    middle = there(table[0, 0])
    assert ends(crossed_interval(table, 0.9, each, scale)) == pytest.approx(
        (back(middle - half), back(middle + half))
    )


def test_the_widest_interval_decides_the_p_value_too() -> None:
    found = Estimate(3.0, 0.0, 6.0, 4, "identity", [MeanSquare(1.0, 1.0), MeanSquare(2.0, 9.0)])
    chances = [2 * stats.t.sf(3, 1), 2 * stats.t.sf(3 / np.sqrt(2), 9)]
    assert found.chance(0.0) == pytest.approx(max(chances))
    assert found.chance(6.0) == pytest.approx(max(chances))


def test_equal_values_leave_nothing_to_chance() -> None:
    found = two_way_interval(np.full((2, 3), 0.25), 0.95)
    assert [found.chance(threshold) for threshold in (0.25, 0.2500001, 0.0)] == [1, 0, 0]
    assert two_way_interval(np.array([[0.25]]), 0.95).chance(0.0) == 1


@pytest.mark.parametrize("scale", ["log", "logit"])
def test_equal_values_are_themselves_on_every_scale(scale: Scale) -> None:
    found = crossed_interval(np.full((2, 2), 0.3), 0.95, scale=scale)
    assert found.mean == pytest.approx(0.3)
    assert ends(found) == (found.mean, found.mean)
    assert crossed_interval(np.array([[0.3]]), 0.95, scale=scale).low is None


@pytest.mark.parametrize(
    ("values", "scale", "expected"),
    [
        ([0.0, 0.1, 0.2], "log", (0, "as it is")),
        ([0.0, 10.0, 20.0], "log", (0, "as it is")),
        ([0.0, 0.1, 0.2], "logit", (0, "as it is")),
        ([1.0, 0.9, 0.8], "logit", ("as it is", 1)),
        ([0.5, 1.0], "logit", (0, 1)),
    ],
)
def test_values_at_the_end_of_the_range_count_as_they_are(
    values: list[float], scale: Scale, expected: tuple[object, object]
) -> None:
    table = np.array([values])
    plain = ends(two_way_interval(table, 0.95))
    found = crossed_interval(table, 0.95, scale=scale)
    assert ends(found) == tuple(
        uncut if end == "as it is" else end for uncut, end in zip(plain, expected, strict=True)
    )
    assert found.mean == table.mean()
    assert crossed_interval(np.array([[0.0]]), 0.95, scale=scale) == Estimate(0.0, None, None, 1)


def test_an_interval_needs_both_ends() -> None:
    assert interval_of(Estimate(0.5, 0.0, 1.0, 2)) == (0.0, 1.0)
    assert interval_of(Estimate(0.5, None, 1.0, 2)) is None
    assert interval_of(Estimate(0.5, 0.0, None, 2)) is None


NAN = float("nan")


@pytest.mark.parametrize(
    ("low", "high", "decimals", "text"),
    [
        (None, 1.0, 1, "no interval"),
        (1.0, None, 1, "no interval"),
        (NAN, 1.0, 1, "no interval"),
        (1.0, NAN, 1, "no interval"),
        (-0.25, 1.5, 0, "0 to 2"),
        (-0.25, 1.5, 2, "-0.25 to 1.50"),
        (1.21, 1.24, 1, "1.21 to 1.24"),
        (0.1234, 0.1234, 3, "0.123 in all runs"),
        (0.1234, 0.1234, 1, "0.1 in all runs"),
        (0.1234, 0.1234, 0, "0.1 in all runs"),
    ],
)
def test_intervals_are_written_with_the_decimals_that_they_need(
    low: float | None, high: float | None, decimals: int, text: str
) -> None:
    assert written(low, high, decimals=decimals) == text


def test_ends_are_written_in_their_unit() -> None:
    assert written(0.5, 0.75, unit=2) == "1.0 to 1.5"
    assert written(0.5, 0.75) == "0.5 to 0.8"
    assert written(0.5, 0.5, unit=2) == "1 in all runs"
