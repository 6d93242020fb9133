"""What was measured: a quantity's runs, and what each run said about single test images."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.core.formats import read_arrays
from stages.ledger.intervals import Estimate, Scale, crossed_interval

Floats = NDArray[np.float64]

# A mean squared error of pixels in [0, 1] below this is no error.
_ROUNDING = 1e-12


class Runs(NamedTuple):
    """One quantity in several runs, all on the same test images.

    Attributes:
        means: (seeds, draws); a quantity without pretraining seeds has one row, one without draws
            one column.
        each: (seeds, draws, n_test) what it is the mean of, where it is a mean over test images.
    """

    means: Floats
    each: Floats | None = None

    def minus(self, other: Self) -> "Runs":
        """Subtract in pairs: same pretraining seed, same draw, same test image.

        Where one has more draws, the first ones count, which both have.
        """
        draws = min(self.means.shape[1], other.means.shape[1])
        means = self.means[:, :draws] - other.means[:, :draws]
        if self.each is None or other.each is None:
            return Runs(means)
        return Runs(means, self.each[:, :draws] - other.each[:, :draws])

    def over(self, other: Self) -> "Runs":
        """Divide errors in pairs; what single images say follows by linearisation.

        All errors that are nothing but rounding are equal, so that none is divided by zero.
        """
        divisor = np.maximum(other.means, _ROUNDING)
        ratio = np.maximum(self.means, _ROUNDING) / divisor
        if self.each is None or other.each is None:
            return Runs(ratio)
        below = divisor[:, :, np.newaxis]
        return Runs(ratio, self.each / below - ratio[:, :, np.newaxis] * (other.each / below - 1))

    def estimate(self, confidence: float, scale: Scale = "identity") -> Estimate:
        """Give the mean with its interval; see `crossed_interval`.

        One seed has no interval: what draws and images add says nothing of other seeds.
        """
        found = crossed_interval(self.means, confidence, self.each, scale)
        if len(self.means) == 1:
            return found._replace(low=None, high=None, variances=())
        return found


class Evidence:
    """Tables of all variants, and files of what each run said about single test images.

    Args:
        latents: one row for each variant and pretraining seed.
        accuracies: one row for each variant, regime, pretraining seed and draw.
        baselines: one row for each method, number of labels and draw.
        samples: one row for each variant, pretraining seed and set of images.
        ladder: one row for each control that samples are compared with.
        numbers: what concerns no variant: pixels, PCA, the feature network, real images.
        per_image: folder with `latents`, `semi_supervised` and `baselines.npz`.
        test_images: their number.
    """

    def __init__(
        self,
        latents: pd.DataFrame,
        accuracies: pd.DataFrame,
        baselines: pd.DataFrame,
        samples: pd.DataFrame,
        ladder: pd.DataFrame,
        numbers: Mapping[str, float],
        per_image: Path,
        test_images: int,
    ) -> None:
        self.accuracies = accuracies
        self.numbers = numbers
        self.latents = latents
        self._baselines = baselines
        self._samples = samples
        self._ladder = ladder.set_index("control")
        self._per_image = per_image
        self._test_images = test_images

    @property
    def regimes(self) -> set[str]:
        """Those that were compared."""
        return set(self.accuracies["regime"])

    def accuracy(self, variant: str, regime: str) -> Runs:
        """Test accuracy with few labels: (seeds, draws)."""
        path = self._per_image / "semi_supervised" / f"{variant}.npz"
        values = by_seed_and_draw(self.accuracies, variant, regime)
        return Runs(values, self._right(path, regime))

    def baseline(self, features: str, classifier: str = "logistic") -> Runs | None:
        """Test accuracy with the same few labels and no encoder: (1, draws); None without it."""
        table = self._baselines
        rows = table[
            (table["features"] == features)
            & (table["classifier"] == classifier)
            & (table["purpose"] == "few")
        ].sort_values("label_draw")
        if rows.empty:
            return None
        path = self._per_image / "baselines.npz"
        values = rows["test_accuracy"].to_numpy(np.float64)[np.newaxis]
        return Runs(values, self._right(path, f"{features}_{classifier}_few")[np.newaxis])

    def latent(self, variant: str, column: str) -> Runs:
        """A column of the table of codes: (seeds, 1)."""
        path = self._per_image / "latents" / f"{variant}.npz"
        each = None
        if column == "test_mse":
            (errors,) = read_arrays(path, "squared_error")
            each = errors[:, np.newaxis].astype(np.float64)
        elif column in _BITS:
            each = self._right(path, _BITS[column])[:, np.newaxis]
        return Runs(_by_seed(self.latents, variant, column), each)

    def pixels(self, column: str) -> Runs:
        """The same measure of pixels instead of a code: (1, 1)."""
        each = self._right(self._per_image / "baselines.npz", f"pixels_{_BITS[column]}")
        return Runs(np.array([[self.numbers[f"pixels.{column}"]]]), each[np.newaxis, np.newaxis])

    def principal_components(self, width: int) -> Runs | None:
        """The reconstruction error of so many components: (1, 1).

        None without it, or if it is nothing but rounding: then no error can be divided by it.
        """
        key = f"pca_{width}.test_mse"
        if self.numbers.get(key, 0) < _ROUNDING:
            return None
        (errors,) = read_arrays(self._per_image / "baselines.npz", f"pca_{width}_squared_error")
        return Runs(
            np.array([[self.numbers[key]]]), errors[np.newaxis, np.newaxis].astype(np.float64)
        )

    def sampled(self, variant: str, column: str, kind: str) -> Runs:
        """A score of a set of images: (seeds, 1)."""
        rows = self._samples[self._samples["set"] == kind]
        return Runs(_by_seed(rows, variant, column))

    def control(self, name: str, column: str) -> float:
        """A score of a set of images whose quality is known."""
        return float(self._ladder[column][name])

    def _right(self, path: Path, name: str) -> Floats:
        """Unpack bits, packed along the test images: 1 where a run is right about an image."""
        (packed,) = read_arrays(path, name)
        return np.unpackbits(packed, axis=-1, count=self._test_images).astype(np.float64)


# Columns that are shares of test images, and what their bits are called.
_BITS = {"knn_accuracy": "knn", "knn_accuracy_2d": "knn_2d", "probe_accuracy": "probe"}


def by_seed_and_draw(table: pd.DataFrame, variant: str, regime: str) -> Floats:
    """Arrange the test accuracies of a variant in a regime.

    Returns:
        (seeds, draws), both sorted.
    """
    rows = table[(table["variant"] == variant) & (table["regime"] == regime)]
    runs = rows.set_index(["model_seed", "label_draw"])["test_accuracy"].sort_index()
    return np.asarray(runs.to_numpy(np.float64).reshape(rows["model_seed"].nunique(), -1))


def _by_seed(table: pd.DataFrame, variant: str, column: str) -> Floats:
    """(seeds, 1) of one column, sorted by seed."""
    rows = table[table["variant"] == variant].sort_values("model_seed")
    return np.asarray(rows[column].to_numpy(np.float64)[:, np.newaxis])
