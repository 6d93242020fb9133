"""What a few seeds and draws say about all others: intervals, and verdicts on claims."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from stages.core.errors import InputError

# Mean squares as near as this, relatively, differ by rounding only, which must not choose the
# formula: one value unlike all others makes them all equal.
_ROUNDING = 1e-6

Verdict = Literal["supported", "not supported", "inconclusive"]


class Estimate(NamedTuple):
    """A mean over runs with its interval.

    Attributes:
        mean: over all runs.
        low: the interval's lower end, `None` where one run gives none.
        high: its upper end, likewise.
        runs: number of values.
    """

    mean: float
    low: float | None
    high: float | None
    runs: int


class Criterion(NamedTuple):
    """What a mean must be for a claim to hold.

    Attributes:
        kind: `above` or `below` the threshold, or `within` a margin of it.
        threshold: in the unit of the values.
        margin: at least 0, for `within` only.
    """

    kind: Literal["above", "below", "within"]
    threshold: float
    margin: float = 0.0


class _MeanSquare(NamedTuple):
    """An estimate of the variance of one value, with its degrees of freedom."""

    value: float
    freedom: float


def two_way_interval(values: NDArray[np.float64], confidence: float) -> Estimate:
    """Estimate the mean over all seeds and draws from some of them, with a t interval.

    Every seed meets every draw, and both stand for others like them: a value is mean + seed +
    draw + residual, with independent random effects. With S seeds and D draws, the mean squares
    MS of an analysis of variance then estimate the variance of the mean by

        (MS_seed + MS_draw - MS_residual) / (S D)

    with Satterthwaite's degrees of freedom. Where that is not more than MS_seed / (S D) and
    MS_draw / (S D), the variance of an effect has been estimated as 0 or negative; the wider one of
    the ordinary t intervals, over the seeds' means and over the draws' means, then takes its place.
    With one seed or one draw, this is the ordinary t interval over the other.

    Of simulated 95 % intervals over normal effects, 93 to 99 % contain the mean with three seeds
    and draws or more, whichever effects are large; with two of one and many of the other it can be
    88 %.

    Sources: Satterthwaite, "An approximate distribution of estimates of variance components",
    Biometrics Bulletin 2 (1946); Searle, Casella & McCulloch, "Variance Components" (1992),
    chapter 4.

    Args:
        values: (seeds, draws) measurements or paired differences, in any unit.
        confidence: of the interval, in (0, 1).

    Returns:
        The mean and its interval, which is the point itself where all values are equal; one value
        has no interval.

    Raises:
        InputError: not a table of finite values, or an impossible confidence.
    """
    if values.ndim != 2 or not values.size or not np.isfinite(values).all():
        raise InputError(
            f"interval: expected finite values for every seed and draw, received {values.tolist()}"
        )
    if not 0 < confidence < 1:
        raise InputError(f"interval: expected a confidence in (0, 1), received {confidence}")
    if np.ptp(values) == 0:  # rounding would give the mean of equal values a width
        same = float(values[0, 0])
        end = same if values.size > 1 else None
        return Estimate(same, end, end, values.size)
    mean = float(np.mean(values))
    half = max(
        float(stdtrit(square.freedom, (1 + confidence) / 2) * np.sqrt(square.value / values.size))
        for square in _mean_squares(values)
    )
    return Estimate(mean, mean - half, mean + half, values.size)


def _mean_squares(values: NDArray[np.float64]) -> Sequence[_MeanSquare]:
    """What, divided by the number of values, estimates the variance of their mean."""
    seeds, draws = values.shape
    mean = np.mean(values)
    if seeds == 1 or draws == 1:
        return [_mean_square(values - mean, values.size - 1)]
    by_seed, by_draw = np.mean(values, axis=1, keepdims=True), np.mean(values, axis=0)
    seed = _mean_square(np.repeat(by_seed - mean, draws), seeds - 1)
    draw = _mean_square(np.repeat(by_draw - mean, seeds), draws - 1)
    residual = _mean_square(values - by_seed - by_draw + mean, (seeds - 1) * (draws - 1))
    if max(seed.value, draw.value) <= _ROUNDING * residual.value:
        return [residual]  # chance made all means equal, but not the values
    if residual.value >= (1 - _ROUNDING) * min(seed.value, draw.value):
        return [seed, draw]
    total = seed.value + draw.value - residual.value
    # Not Python's own sum(), which rounds otherwise since 3.12.
    parts = [(part.value / total) ** 2 / part.freedom for part in (seed, draw, residual)]
    freedom = 1 / float(np.sum(parts))
    return [_MeanSquare(total, freedom)]


def _mean_square(deviations: NDArray[np.float64], freedom: int) -> _MeanSquare:
    return _MeanSquare(float(np.sum(np.square(deviations))) / freedom, freedom)


def verdict_on(estimate: Estimate, criterion: Criterion) -> Verdict:
    """Say whether a claim holds, as far as an interval can tell.

    Returns:
        `supported` where the whole interval fulfils the criterion, `not supported` where none of
        it does, `inconclusive` where only a part does or there is no interval.
    """
    if estimate.low is None or estimate.high is None:
        return "inconclusive"
    low, high = estimate.low - criterion.threshold, estimate.high - criterion.threshold
    if criterion.kind == "above":
        holds, fails = low > 0, high <= 0
    elif criterion.kind == "below":
        holds, fails = high < 0, low >= 0
    else:
        holds = -criterion.margin <= low and high <= criterion.margin
        fails = high < -criterion.margin or criterion.margin < low
    return "supported" if holds else "not supported" if fails else "inconclusive"


def describe(criterion: Criterion) -> str:
    """Write a criterion for a table: `> 0`, `< 0.001` or `within 0.02 of 0.2`."""
    if criterion.kind == "within":
        return f"within {criterion.margin:g} of {criterion.threshold:g}"
    return f"{'>' if criterion.kind == 'above' else '<'} {criterion.threshold:g}"
