"""What an interval says about a claim, alone and among several claims."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.ledger.intervals import Estimate

Verdict = Literal["supported", "not supported", "equivalent", "inconclusive"]
Kind = Literal["above", "below", "within"]


class Criterion(NamedTuple):
    """What a mean must be for a claim to hold.

    Attributes:
        kind: `above` or `below` the threshold, or `within` a margin of it.
        threshold: in the unit of the values.
        margin: at least 0. For `above` and `below`, distances from the threshold that are no larger
            make no difference.
    """

    kind: Kind
    threshold: float
    margin: float = 0.0


class Test(NamedTuple):
    """An estimate and what it must be.

    Attributes:
        estimate: of the quantity.
        criterion: what it is held against.
    """

    estimate: Estimate
    criterion: Criterion


def verdict_on(estimate: Estimate, criterion: Criterion) -> Verdict:
    """Say whether a claim holds, as far as an interval can tell.

    Exactly one verdict applies. An interval beyond the threshold and wholly within the margin is
    `equivalent`, so that `supported` means a difference that may matter, not that it exceeds the
    margin.

    Returns:
        `equivalent` where the whole interval lies within the margin of a threshold that is to be
        passed; otherwise `supported` where the whole interval fulfils the criterion,
        `not supported` where none of it does, and `inconclusive` where only a part does or there is
        no interval.
    """
    if estimate.low is None or estimate.high is None:
        return "inconclusive"
    low, high = estimate.low - criterion.threshold, estimate.high - criterion.threshold
    margin = criterion.margin
    inside = -margin <= low and high <= margin
    if criterion.kind == "within":
        outside = high < -margin or margin < low
        return "supported" if inside else "not supported" if outside else "inconclusive"
    if margin and inside:
        return "equivalent"
    if criterion.kind == "above":
        holds, fails = low > 0, high <= 0
    else:
        holds, fails = high < 0, low >= 0
    return "supported" if holds else "not supported" if fails else "inconclusive"


def chance_of(estimate: Estimate, criterion: Criterion) -> float:
    """Give the p value of a verdict: 1 less the confidence of the interval that just allows it.

    Where a margin decides, it is the p value of the nearer end (two one-sided tests).
    """
    threshold, margin = criterion.threshold, criterion.margin
    if criterion.kind == "within" or verdict_on(estimate, criterion) == "equivalent":
        return max(estimate.chance(threshold - margin), estimate.chance(threshold + margin))
    return estimate.chance(threshold)


def together(tests: Sequence[Test], confidence: float) -> tuple[Verdict, float]:
    """Decide a claim that several criteria must support.

    Args:
        tests: one for each criterion.
        confidence: of the intervals that decide.

    Returns:
        `supported` where all of them are, with the largest p value (an intersection-union test
        needs no correction for their number); `not supported` where one is not, with its p value
        times their number (Bonferroni: any of them could have failed by chance).
    """
    verdicts = [verdict_on(*test) for test in tests]
    chances = [chance_of(*test) for test in tests]
    if len(tests) == 1:
        return verdicts[0], chances[0]
    if all(verdict == "supported" for verdict in verdicts):
        return "supported", max(chances)
    failed = [
        chance
        for chance, verdict in zip(chances, verdicts, strict=True)
        if verdict in ("not supported", "equivalent")
    ]
    chance = min([1.0, *(len(tests) * each for each in failed)])
    return ("not supported" if chance <= 1 - confidence else "inconclusive"), chance


def corrected(
    decided: Sequence[tuple[Verdict, float]], confidence: float
) -> list[tuple[Verdict, float]]:
    """Correct verdicts for being several (Holm, "A simple sequentially rejective multiple test
    procedure", Scandinavian Journal of Statistics 6, 1979).

    Args:
        decided: verdicts with their p values.
        confidence: that none of them is wrong by chance.

    Returns:
        In the same order, the verdicts with corrected p values; `inconclusive` where that is above
        1 - confidence.
    """
    chances = np.array([chance for _, chance in decided])
    order = np.argsort(chances, kind="stable")
    factors: NDArray[np.int64] = len(chances) - np.arange(len(chances))
    adjusted = np.empty(len(chances))
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * chances[order]), 1)
    return [
        (verdict if chance <= 1 - confidence else "inconclusive", float(chance))
        for (verdict, _), chance in zip(decided, adjusted, strict=True)
    ]


def describe(criterion: Criterion) -> str:
    """Write a criterion for a table: `> 0`, `< 0.001` or `within 0.02 of 0.2`."""
    if criterion.kind == "within":
        return f"within {criterion.margin:g} of {criterion.threshold:g}"
    text = f"{'>' if criterion.kind == 'above' else '<'} {criterion.threshold:g}"
    return f"{text} (within {criterion.margin:g}: equivalent)" if criterion.margin else text
