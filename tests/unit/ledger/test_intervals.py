"""Intervals over seeds and draws: against hand-made tables, SciPy and simulated truths."""

from functools import cache

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from stages.core.errors import InputError
from stages.ledger.intervals import Criterion, Estimate, describe, two_way_interval, verdict_on

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
    assert two_way_interval(table, 0.9) == pytest.approx((5, 5 - half, 5 + half, 6))


def test_an_effect_estimated_as_negative_does_not_narrow_the_interval() -> None:
    # Means by row 2, 4; by column 3, 3, 3: mean squares 6, 0 and 8, the first with 1 degree of
    # freedom.
    table = np.array([[0.0, 2.0, 4.0], [6.0, 4.0, 2.0]])
    half = stats.t.ppf(0.975, 1) * np.sqrt(6 / 6)
    assert two_way_interval(table, 0.95) == pytest.approx((3, 3 - half, 3 + half, 6))
    # Sides swapped, it is the same interval.
    assert two_way_interval(table.T, 0.95) == two_way_interval(table, 0.95)


def test_of_two_intervals_the_wider_one_counts() -> None:
    # Means by row 0, 4; by column 0, 6, 0: mean squares 24, 24 and 24, with 1, 2 and 2 degrees.
    table = np.array([[0.0, 0.0, 0.0], [0.0, 12.0, 0.0]])
    half = stats.t.ppf(0.975, 1) * np.sqrt(24 / 6)
    assert two_way_interval(table, 0.95) == pytest.approx((2, 2 - half, 2 + half, 6))


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
    assert estimate == pytest.approx((values.mean(), *expected, values.size))


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


@pytest.mark.parametrize("effects", EFFECTS.values(), ids=EFFECTS)
@pytest.mark.parametrize("kind", ["above", "below"])
def test_a_mean_at_the_threshold_is_rarely_decided(kind: str, effects: tuple[float, float]) -> None:
    verdicts = [verdict_on(each, Criterion(kind, 0.0)) for each in estimates(3, 5, effects)]
    assert np.mean([verdict != "inconclusive" for verdict in verdicts]) < 0.05 + SLACK


@pytest.mark.parametrize(
    ("criterion", "right"),
    [
        (Criterion("above", -9.0), "supported"),
        (Criterion("above", 9.0), "not supported"),
        (Criterion("below", 9.0), "supported"),
        (Criterion("below", -9.0), "not supported"),
        (Criterion("within", 0.5, 9.0), "supported"),
        (Criterion("within", 9.5, 0.5), "not supported"),
    ],
    ids=str,
)
def test_a_large_effect_is_nearly_always_decided_rightly(criterion: Criterion, right: str) -> None:
    verdicts = [verdict_on(each, criterion) for each in estimates(3, 5, (0.0, 2.0))]
    assert np.mean([verdict == right for verdict in verdicts]) > 0.98


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
    assert shuffled == pytest.approx(estimate, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("criterion", "verdicts"),
    [
        # The initials of the verdicts on the intervals below.
        (Criterion("above", 0.0), "niis"),
        (Criterion("below", 0.0), "sinn"),
        (Criterion("within", 0.0, 1.0), "nssn"),
        (Criterion("within", 1.0, 1.0), "nisi"),
        (Criterion("within", -0.5, 0.25), "ninn"),
    ],
    ids=str,
)
def test_verdicts_follow_from_the_interval(criterion: Criterion, verdicts: str) -> None:
    intervals = [(-3.0, -2.0), (-1.0, 1.0), (0.0, 1.0), (2.0, 3.0)]
    found = [verdict_on(Estimate(low, low, high, 9), criterion) for low, high in intervals]
    assert "".join(verdict[0] for verdict in found) == verdicts


@pytest.mark.parametrize("kind", ["above", "below", "within"])
def test_without_an_interval_nothing_is_concluded(kind: str) -> None:
    assert verdict_on(Estimate(5.0, None, None, 1), Criterion(kind, 0.0, 1.0)) == "inconclusive"


def test_criteria_are_written_briefly() -> None:
    criteria = Criterion("above", 0.0), Criterion("below", 0.001), Criterion("within", 0.2, 0.02)
    assert [describe(each) for each in criteria] == ["> 0", "< 0.001", "within 0.02 of 0.2"]


def test_a_difference_that_is_always_nothing_is_not_above_nothing() -> None:
    nothing = two_way_interval(np.zeros((3, 5)), 0.95)
    assert verdict_on(nothing, Criterion("above", 0.0)) == "not supported"
    assert verdict_on(nothing, Criterion("below", 0.0)) == "not supported"
