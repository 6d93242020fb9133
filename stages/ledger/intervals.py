"""What a few seeds, draws and test images say about all others: intervals of means."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, stdtr, stdtrit

from stages.core.errors import InputError

# Mean squares as near as this, relatively, differ by rounding only, which must not choose the
# formula: one value unlike all others makes them all equal.
_ROUNDING = 1e-6

Floats = NDArray[np.float64]
Scale = Literal["identity", "log", "logit"]


class MeanSquare(NamedTuple):
    """An estimate of a variance, with its degrees of freedom."""

    value: float
    freedom: float


class Estimate(NamedTuple):
    """A mean over runs with its interval.

    Attributes:
        mean: over all runs, on the scale of the quantity.
        low: the interval's lower end, `None` where one run gives none.
        high: its upper end, likewise.
        runs: number of values.
        scale: on which the mean was taken.
        variances: of the mean on that scale; of several, the one that makes the interval widest
            counts. None where there is no interval, or where all values are equal.
    """

    mean: float
    low: float | None
    high: float | None
    runs: int
    scale: Scale = "identity"
    variances: Sequence[MeanSquare] = ()

    def chance(self, threshold: float) -> float:
        """Say how probable so large a distance from a threshold would be by chance.

        Args:
            threshold: on the scale of the quantity.

        Returns:
            The two-sided p value of the t test that belongs to the interval: 1 less the confidence
            of the interval that just reaches the threshold. 1 without an interval; where all values
            are equal, 0, or 1 at the threshold.
        """
        if self.low is None:
            return 1.0
        if not self.variances:
            return float(self.mean == threshold)
        there = _SCALES[self.scale].there
        least, most = _SCALES[self.scale].range
        if not least < threshold < most:
            return 0.0  # no distance on the scale is as large
        distance = abs(float(there(np.array(self.mean)) - there(np.array(threshold))))
        return max(
            2 * float(stdtr(square.freedom, -distance / np.sqrt(square.value)))
            for square in self.variances
        )


class _Scale(NamedTuple):
    """A scale on which a quantity's effects add up.

    Attributes:
        there: from the quantity to the scale.
        back: from the scale to the quantity.
        slope: derivative of `there`.
        range: open interval of values that it can take.
    """

    there: Callable[[Floats], Floats]
    back: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    range: tuple[float, float]


_SCALES: dict[Scale, _Scale] = {
    "identity": _Scale(np.asarray, np.asarray, np.ones_like, (-np.inf, np.inf)),
    "log": _Scale(np.log, np.exp, np.reciprocal, (0, np.inf)),
    "logit": _Scale(logit, expit, lambda p: 1 / (p * (1 - p)), (0, 1)),
}


def crossed_interval(
    values: Floats,
    confidence: float,
    each: Floats | None = None,
    scale: Scale = "identity",
) -> Estimate:
    """Estimate the mean over all seeds, draws and test images from some of them, by a t interval.

    Every seed meets every draw and every test image, and all stand for others like them: what a run
    says of an image is mean + seed + draw + image + interactions, with independent random effects.
    With S seeds, D draws and N images, an analysis of variance estimates the variance of the mean
    by mean squares MS. The seeds and draws give

        (MS_seed + MS_draw - MS_seed.draw) / (S D),    of means over images,

    whose expectation contains the variances of all interactions of images, each divided by the
    number of runs and images that it is averaged over. The mean square of images, too, contains
    its interactions with seeds and draws; without them, the images give

        (MS_image - MS_seed.image - MS_draw.image + MS_seed.draw.image) / (S D N),

    an estimate of the images' own variance by their number, or 0 where that is negative: nothing is
    counted twice. The sum has Satterthwaite's degrees of
    freedom. Where the first part is not more than MS_seed / (S D) and MS_draw / (S D), the variance
    of an effect has been estimated as 0 or negative; the wider one of the ordinary t intervals,
    over the seeds' means and over the draws' means, then takes its place. With one seed or one
    draw, this is the ordinary t interval over the other, and with one of both there are only the
    images.

    On a logarithmic scale (errors and ratios) or that of log-odds (shares), effects add up there,
    and the ends of the interval are possible values. What single images say is taken there by its
    derivative. A value at the end of its range, an error of 0 or a share of 1, has no place on
    these scales; the interval is then taken without them and cut at the range.

    Of simulated 95 % intervals over normal effects with 5 seeds, 10 draws and 10,000 images, 94 to
    96.5 % contain the mean where images add as much as residuals do, or more. Without images these
    are 95 to 96 % with an effect of seeds or draws as large as the residuals', and up to 98.6 %
    where there is none; with 3 seeds, 92 to 99 %.

    Sources: Satterthwaite, "An approximate distribution of estimates of variance components",
    Biometrics Bulletin 2 (1946); Searle, Casella & McCulloch, "Variance Components" (1992),
    chapter 4; Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1 (2007).

    Args:
        values: (seeds, draws) measurements or paired differences, in any unit.
        confidence: of the interval, in (0, 1).
        each: (seeds, draws, images), whose means over images are `values`; seeds and draws can be
            1 where all of them say the same. None where images are not counted: the interval then
            holds for these test images.
        scale: on which effects add up.

    Returns:
        The mean and its interval, which is the point itself where all values are equal; one value
        without images has no interval.

    Raises:
        InputError: not a table of finite values, or an impossible confidence.
    """
    if values.ndim != 2 or not values.size or not np.isfinite(values).all():
        raise InputError(
            f"interval: expected finite values for every seed and draw, received {values.tolist()}"
        )
    if not 0 < confidence < 1:
        raise InputError(f"interval: expected a confidence in (0, 1), received {confidence}")
    least, most = _SCALES[scale].range
    if not (np.all(values > least) and np.all(values < most)):
        found = crossed_interval(values, confidence, each)
        if found.low is None or found.high is None:
            return found
        low, high = max(found.low, least), min(found.high, most)
        return found._replace(low=low, high=high)
    there, back, slope, _ = _SCALES[scale]
    scaled = there(values)
    squares = _mean_squares(scaled) if values.size > 1 and np.ptp(values) > 0 else []
    of_images = None
    if each is not None:
        of_images = _of_images(
            each if scale == "identity" else each * slope(values)[:, :, np.newaxis]
        )
    variances = _summed(squares, values.size, of_images)
    middle = float(np.mean(scaled)) if np.ptp(values) > 0 else float(scaled[0, 0])
    mean = float(back(np.array(middle)))
    if not variances:  # all values are equal: rounding would give their mean a width
        same = mean if scale != "identity" else float(values[0, 0])
        end = same if values.size > 1 else None
        return Estimate(same, end, end, values.size, scale)
    half = max(
        float(stdtrit(square.freedom, (1 + confidence) / 2) * np.sqrt(square.value))
        for square in variances
    )
    low, high = (float(back(np.array(middle + side * half))) for side in (-1, 1))
    return Estimate(mean, low, high, values.size, scale, variances)


def two_way_interval(values: Floats, confidence: float) -> Estimate:
    """Estimate the mean over all seeds and draws, for these test images; see `crossed_interval`."""
    return crossed_interval(values, confidence)


def _summed(
    squares: Sequence[MeanSquare], size: int, of_images: MeanSquare | None
) -> list[MeanSquare]:
    """Variances of the mean: each of the runs' with that of the images."""
    squares = [square for square in squares if square.value > 0]
    if of_images is None or of_images.value == 0:
        return [MeanSquare(square.value / size, square.freedom) for square in squares]
    if not squares:
        return [of_images]
    found = []
    for square in squares:
        parts = [MeanSquare(square.value / size, square.freedom), of_images]
        total = float(np.sum([part.value for part in parts]))
        shares = [(part.value / total) ** 2 / part.freedom for part in parts]
        found.append(MeanSquare(total, 1 / float(np.sum(shares))))
    return found


def _of_images(each: Floats) -> MeanSquare:
    """The variance that test images alone, without their interactions, add to the mean."""
    seeds, draws, images = each.shape
    if images < 2:
        return MeanSquare(0.0, 1.0)
    mean = np.mean(each, axis=2, keepdims=True)
    deviations = each - mean
    by_image = np.mean(deviations, axis=(0, 1))
    # Of these sums of squares, the ones of interactions are what is left of the larger ones.
    squares = seeds * draws * float(np.sum(np.square(by_image)))
    of_seeds = draws * float(np.sum(np.square(np.mean(deviations, axis=1)))) - squares
    of_draws = seeds * float(np.sum(np.square(np.mean(deviations, axis=0)))) - squares
    rest = float(np.sum(np.square(deviations))) - squares - of_seeds - of_draws
    total = squares
    total -= of_seeds / (seeds - 1) if seeds > 1 else 0.0
    total -= of_draws / (draws - 1) if draws > 1 else 0.0
    total += rest / ((seeds - 1) * (draws - 1)) if seeds > 1 and draws > 1 else 0.0
    value = total / (images - 1) / (seeds * draws * images)
    return MeanSquare(max(value, 0.0), images - 1.0)


def written(low: float | None, high: float | None, unit: float = 1.0, decimals: int = 1) -> str:
    """Write an interval with as many decimals as it needs to have two ends.

    Args:
        low: lower end; None or not a number without an interval.
        high: upper end.
        unit: what the ends are multiplied by: 100 for shares in per cent.
        decimals: at least so many.

    Returns:
        `-0.3 to 1.2`; where the ends are equal, since all runs were, their value and that.
    """
    if low is None or high is None or np.isnan(low) or np.isnan(high):
        return "no interval"
    ends = unit * low, unit * high
    if ends[0] == ends[1]:
        return f"{ends[0]:.{max(decimals, 1)}g} in all runs"
    while (texts := [f"{end:z.{decimals}f}" for end in ends])[0] == texts[1]:
        decimals += 1
    return " to ".join(texts)


def interval_of(estimate: Estimate) -> tuple[float, float] | None:
    """Take the interval's ends out of an estimate; None if there are none."""
    if estimate.low is None or estimate.high is None:
        return None
    return estimate.low, estimate.high


def _mean_squares(values: NDArray[np.float64]) -> Sequence[MeanSquare]:
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
    return [MeanSquare(total, freedom)]


def _mean_square(deviations: NDArray[np.float64], freedom: int) -> MeanSquare:
    return MeanSquare(float(np.sum(np.square(deviations))) / freedom, freedom)
