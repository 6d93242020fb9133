"""Verdicts on claims, alone and among several."""

import itertools
from functools import cache

import numpy as np
import pytest
from scipy import stats

from stages.ledger.intervals import Estimate, MeanSquare, two_way_interval
from stages.ledger.verdicts import (
    Criterion,
    Kind,
    Test,
    Verdict,
    chance_of,
    corrected,
    describe,
    together,
    verdict_on,
)

Test.__test__ = False  # type: ignore[attr-defined]  # pytest would collect it
# Standard deviations of seeds and draws; the residual's is 1.
EFFECTS = {"seed": (2.0, 0.0), "draw": (0.0, 2.0), "both": (2.0, 2.0), "residual": (0.0, 0.0)}
REPEATS = 3000
# Four standard errors of a share of 5 %.
SLACK = 0.016


@cache
def estimates(seeds: int, draws: int, effects: tuple[float, float]) -> list[Estimate]:
    """Of many tables of a crossed design whose true mean is 0."""
    random = np.random.default_rng(0)
    tables = (
        effects[0] * random.normal(size=(REPEATS, seeds, 1))
        + effects[1] * random.normal(size=(REPEATS, 1, draws))
        + random.normal(size=(REPEATS, seeds, draws))
    )
    return [two_way_interval(table, 0.95) for table in tables]


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


@pytest.mark.parametrize("margin", [0, 1, 2])
@pytest.mark.parametrize("kind", ["above", "below", "within"])
def test_verdicts_are_what_all_points_of_the_interval_say(kind: Kind, margin: int) -> None:
    threshold = 10
    for low, high in itertools.combinations_with_replacement(range(-3, 4), 2):
        points = np.linspace(low, high, 4 * (high - low) + 1)  # quarters, both ends among them
        near = np.abs(points) <= margin
        holds = {"above": points > 0, "below": points < 0, "within": near}[kind]
        if kind != "within" and margin and near.all():
            expected = "equivalent"
        elif holds.all():
            expected = "supported"
        elif holds.any():
            expected = "inconclusive"
        else:
            # Nothing in between fulfils it either: the interval may be wider than the margin.
            outside = kind != "within" or not low <= 0 <= high
            expected = "not supported" if outside else "inconclusive"
        estimate = Estimate(threshold + low, threshold + low, threshold + high, 9)
        found = verdict_on(estimate, Criterion(kind, threshold, margin))
        assert found == expected, (low, high)


@pytest.mark.parametrize("kind", ["above", "below", "within"])
def test_half_an_interval_is_none(kind: Kind) -> None:
    for ends in ((None, 2.0), (1.0, None)):
        assert verdict_on(Estimate(1.0, *ends, 2), Criterion(kind, 0.0, 9.0)) == "inconclusive"


@pytest.mark.parametrize("kind", ["above", "below", "within"])
def test_without_an_interval_nothing_is_concluded(kind: str) -> None:
    assert verdict_on(Estimate(5.0, None, None, 1), Criterion(kind, 0.0, 1.0)) == "inconclusive"


def test_a_difference_within_the_margin_is_none() -> None:
    criterion = Criterion("above", 0.0, 1.0)
    found = {
        ends: verdict_on(Estimate(sum(ends) / 2, *ends, 9), criterion)
        for ends in ((-0.5, 0.5), (0.1, 0.9), (0.5, 1.5), (-2.0, 0.5), (-2.0, -0.5), (1.5, 2.0))
    }
    assert list(found.values()) == [
        "equivalent",
        "equivalent",
        "supported",
        "inconclusive",
        "not supported",
        "supported",
    ]


@pytest.mark.parametrize("margin", [0.0, 0.5])
@pytest.mark.parametrize("kind", ["above", "below", "within"])
def test_p_values_decide_as_verdicts_do(kind: Kind, margin: float) -> None:
    criterion = Criterion(kind, 0.3, margin or 0.1)
    for estimate in estimates(3, 5, (0.0, 0.0))[:500]:
        decided = verdict_on(estimate, criterion) != "inconclusive"
        assert (chance_of(estimate, criterion) < 0.05) == decided


def test_several_criteria_must_all_be_met() -> None:
    above = Criterion("above", 0.0)
    yes, no, perhaps = (
        Test(two_way_interval(np.array([[low], [low + 1], [low + 2]]), 0.95), above)
        for low in (10.0, -10.0, 0.0)
    )
    assert together([yes, yes], 0.95)[0] == "supported"
    assert together([yes, yes], 0.95)[1] == max(chance_of(*yes), chance_of(*yes))
    assert together([yes, no], 0.95)[0] == "not supported"
    assert together([yes, perhaps], 0.95)[0] == "inconclusive"


def test_one_of_two_criteria_that_fails_narrowly_decides_nothing() -> None:
    above = Criterion("above", 0.0)
    yes = Test(two_way_interval(np.array([[10.0], [11.0], [12.0]]), 0.95), above)
    narrowly = Test(two_way_interval(np.array([[-1.0], [-2.0], [-3.1]]), 0.9), above)
    assert verdict_on(*narrowly) == "not supported"
    chance = 2 * chance_of(*narrowly)
    assert chance > 0.1
    assert together([yes, narrowly], 0.9) == ("inconclusive", pytest.approx(chance))


def chance(distance: float) -> float:
    """The p value of a distance in standard errors, by three degrees of freedom."""
    return float(2 * stats.t.sf(distance, 3))


def estimate(mean: float) -> Estimate:
    """One whose standard error is 1, by three degrees of freedom."""
    half = stats.t.ppf(0.975, 3)
    return Estimate(mean, mean - half, mean + half, 4, "identity", [MeanSquare(1.0, 3.0)])


@pytest.mark.parametrize(
    ("criterion", "distance"),
    [
        (Criterion("above", 1.0), 4),
        (Criterion("below", 1.0), 4),
        (Criterion("above", 1.0, 0.5), 4),
        (Criterion("within", 1.0, 0.5), 3.5),  # of the nearer end
        (Criterion("within", 6.0, 0.5), 0.5),
        (Criterion("within", 9.0, 0.5), 3.5),
        (Criterion("above", 1.0, 9.0), 5),  # all of it is within the margin, which ends at 10
        (Criterion("above", 9.0, 9.0), 5),  # and here at 0
        (Criterion("above", 9.0, 5.0), 4),  # no longer
    ],
    ids=str,
)
def test_p_values_are_those_of_the_end_that_decides(criterion: Criterion, distance: float) -> None:
    assert chance_of(estimate(5.0), criterion) == pytest.approx(chance(distance))


def test_one_criterion_decides_alone() -> None:
    test = Test(estimate(5.0), Criterion("above", 1.0, 9.0))
    assert together([test], 0.95) == ("equivalent", chance_of(*test))


def test_the_surest_failure_decides_among_several() -> None:
    above = Criterion("above", 0.0)
    yes, no, worse = (Test(estimate(mean), above) for mean in (9.0, -5.0, -8.0))
    same = Test(estimate(0.0), Criterion("above", 0.0, 5.0))
    perhaps = Test(estimate(0.0), above)
    assert together([yes, no, worse], 0.95) == (
        "not supported",
        pytest.approx(3 * chance(8)),
    )
    # No difference is a failure, too.
    assert together([yes, same], 0.9) == ("not supported", pytest.approx(2 * chance(5)))
    # Nothing failed: no p value speaks against it.
    assert together([yes, perhaps], 0.95) == ("inconclusive", 1.0)
    assert together([no, no, no, no], 0.95)[1] == pytest.approx(4 * chance(5))
    assert together([no, no, no, no], 0.95)[0] == "inconclusive"


def test_the_least_sure_of_several_that_hold_decides() -> None:
    above = Criterion("above", 0.0)
    tests = [Test(estimate(mean), above) for mean in (9.0, 5.0, 8.0)]
    assert together(tests, 0.95) == ("supported", pytest.approx(chance(5)))


def test_a_failure_that_is_certain_fails_at_any_confidence() -> None:
    certain = Test(two_way_interval(np.full((2, 3), -1.0), 0.95), Criterion("above", 0.0))
    yes = Test(estimate(9.0), Criterion("above", 0.0))
    assert together([yes, certain], 1.0) == ("not supported", 0)


def test_no_corrected_p_value_exceeds_1() -> None:
    found = corrected([("inconclusive", 0.6), ("supported", 0.7)], 0.95)
    assert found == [("inconclusive", 1.0), ("inconclusive", 1.0)]


def test_a_p_value_that_is_just_small_enough_decides() -> None:
    given: list[tuple[Verdict, float]] = [("supported", 0.5), ("supported", 0.25)]
    assert [verdict for verdict, _ in corrected(given, 0.5)] == ["supported", "supported"]
    assert [verdict for verdict, _ in corrected(given, 0.75)] == ["inconclusive", "inconclusive"]


def test_holms_correction_by_hand() -> None:
    given: list[tuple[Verdict, float]] = [
        ("supported", 0.01),
        ("not supported", 0.04),
        ("supported", 0.03),
        ("equivalent", 0.005),
    ]
    found = corrected(given, 0.95)
    # Sorted: .005 x 4, .01 x 3, .03 x 2, .04 x 1, none smaller than the one before.
    assert [chance for _, chance in found] == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert [verdict for verdict, _ in found] == [
        "supported",
        "inconclusive",
        "inconclusive",
        "equivalent",
    ]
    assert corrected([], 0.95) == []


def test_of_many_true_hypotheses_none_is_rejected_as_often_as_promised() -> None:
    random = np.random.default_rng(0)
    wrong = 0
    for _ in range(2000):
        chances = random.uniform(size=14)
        given: list[tuple[Verdict, float]] = [("supported", chance) for chance in chances]
        wrong += any(verdict == "supported" for verdict, _ in corrected(given, 0.95))
    assert wrong / 2000 < 0.05 + 0.02


def test_criteria_are_written_briefly() -> None:
    criteria = {
        Criterion("above", 0.0): "> 0",
        Criterion("below", 0.001): "< 0.001",
        Criterion("within", 0.2, 0.02): "within 0.02 of 0.2",
        Criterion("above", 0.0, 0.01): "> 0 (within 0.01: equivalent)",
        Criterion("below", 0.5, 0.01): "< 0.5 (within 0.01: equivalent)",
    }
    assert [describe(each) for each in criteria] == list(criteria.values())


def test_a_difference_that_is_always_nothing_is_not_above_nothing() -> None:
    nothing = two_way_interval(np.zeros((3, 5)), 0.95)
    assert verdict_on(nothing, Criterion("above", 0.0)) == "not supported"
    assert verdict_on(nothing, Criterion("below", 0.0)) == "not supported"
