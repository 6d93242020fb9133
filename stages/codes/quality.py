"""How good codes are: one set of measures for codes, pixels and principal components."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.neighbors import NearestNeighbors

from stages.codes import schema as extract_latents
from stages.codes.reconstruction import fit_projection
from stages.codes.separation import Known, Probed, knn_correct, probe
from stages.core.rng import rng_for

Floats = NDArray[np.float32]
Labels = NDArray[np.uint8]


# A smaller share of the variance is rounding: brightness alone explains a quantity.
_NOTHING_LEFT = 1e-9


class Quality(NamedTuple):
    """How well codes separate the classes, for each test image.

    Attributes:
        knn: (m,) whether the majority of its nearest training codes has its class.
        knn_2d: (m,) the same on the codes' two principal components, as the tutorial looks at them.
        probe: what a linear classifier says.
    """

    knn: NDArray[np.bool_]
    knn_2d: NDArray[np.bool_]
    probe: Probed

    def summary(self) -> dict[str, float]:
        """Give the accuracies, and the probe's setting."""
        return {
            "knn_accuracy": float(np.mean(self.knn)),
            "knn_accuracy_2d": float(np.mean(self.knn_2d)),
            "probe_accuracy": float(np.mean(self.probe.correct)),
            "probe_inverse_regularization": self.probe.inverse_regularization,
        }


class Sparseness(NamedTuple):
    """How few units of a code with non-negative activations an image uses, means over images.

    Attributes:
        treves_rolls: squared mean over mean square of a code's activations, in [1 / units, 1];
            small where few units are active (Treves & Rolls 1991, equation 3).
        active_share: share of the units above half of the code's largest activation.
    """

    treves_rolls: float
    active_share: float


class Correlation(NamedTuple):
    """Spearman's rank correlation of two quantities.

    Attributes:
        plain: without any correction, in [-1, 1].
        at_equal_brightness: the partial one, with the images' mean brightness held fixed.
    """

    plain: float
    at_equal_brightness: float


def code_quality(
    z_train: Floats,
    y_train: Labels,
    z_test: Floats,
    y_test: Labels,
    held_out: NDArray[np.int64],
    settings: extract_latents.Quality,
    seed: int,
) -> Quality:
    """Measure codes, always on the same images.

    Args:
        z_train: (n_train, d), of which `reference_images` outside the validation part are used,
            two at least.
        y_train: (n_train,) class numbers.
        z_test: (n_test, d).
        y_test: (n_test,) class numbers.
        held_out: indices of the validation part, which chooses the probe's setting.
        seed: decides which images are used.
    """
    outside = np.setdiff1d(np.arange(len(z_train)), held_out)
    some = outside[_some(len(outside), settings.reference_images, seed, "reference")]
    on_two = fit_projection(z_train[some])
    train, test = Known(z_train[some], y_train[some]), Known(z_test, y_test)
    validation = Known(z_train[held_out], y_train[held_out])
    neighbours = min(settings.neighbours, len(some))
    return Quality(
        knn_correct(train, test, neighbours),
        knn_correct(
            train._replace(codes=on_two(z_train[some])),
            test._replace(codes=on_two(z_test)),
            neighbours,
        ),
        _probe(train, validation, test, settings.inverse_regularizations),
    )


def live_units(z_train: Floats) -> int:
    """Count the units whose code is not the same for all images.

    Args:
        z_train: (n, latent_dim).

    Returns:
        In [0, latent_dim].
    """
    return int(np.sum(np.ptp(z_train, axis=0) > 0))


def sparseness(z: Floats) -> Sparseness:
    """Measure how few units each image uses.

    Args:
        z: (n, latent_dim), at least 0. A code that is 0 everywhere uses no unit.
    """
    values = z.astype(np.float64)
    squares = np.mean(np.square(values), axis=1)
    ratio = np.divide(
        np.square(np.mean(values, axis=1)), squares, out=np.zeros(len(z)), where=squares > 0
    )
    above = values > np.max(values, axis=1, keepdims=True) / 2
    return Sparseness(float(np.mean(ratio)), float(np.mean(above)))


def active_units(z_train: Floats, variance: float) -> int:
    """Count the units whose code differs between images (Burda et al. 2016, appendix C).

    Args:
        z_train: (n, latent_dim), `z_mean` for a VAE.
        variance: above this a unit is active.

    Returns:
        In [0, latent_dim].
    """
    return int(np.sum(np.var(z_train, axis=0, dtype=np.float64) > variance))


def unusualness_and_use(
    x_train: Floats,
    x_test: Floats,
    z_test: Floats,
    settings: extract_latents.Quality,
    seed: int,
) -> Correlation:
    """Correlate how unusual an image is with how much of the code it uses.

    An image is unusual if its pixels are far from the training images: at a large distance to the
    `neighbours`-th nearest of them. How much of the code it uses is the sum of its units'
    activations. Bright images are farther from others and drive more units, so the correlation with
    the images' mean brightness held fixed is given, too.

    Args:
        x_train: (n_train, height, width, 1), of which `reference_images` are used.
        x_test: (n_test, height, width, 1), of which `unusual_images` are used.
        z_test: (n_test, latent_dim), activations that are not negative.
        seed: decides which images are used.

    Returns:
        Both correlations; 0 where one of the quantities does not vary, or does not vary at equal
        brightness.
    """
    known = _some(len(x_train), settings.reference_images, seed, "reference")
    shown = _some(len(x_test), settings.unusual_images, seed, "unusual")
    images, flat = x_test[shown], x_train[known].reshape(len(known), -1)
    distances, _ = (
        NearestNeighbors(n_neighbors=min(settings.neighbours, len(flat)), algorithm="brute")
        .fit(flat)
        .kneighbors(images.reshape(len(images), -1))
    )
    ranks = [
        rankdata(values)
        for values in (
            distances[:, -1],
            np.sum(z_test[shown], axis=1, dtype=np.float64),
            np.mean(images, axis=(1, 2, 3), dtype=np.float64),
        )
    ]
    if any(np.ptp(values) == 0 for values in ranks):
        return Correlation(0.0, 0.0)
    matrix = np.corrcoef(ranks)
    both, unusual, used = matrix[0, 1], matrix[0, 2], matrix[1, 2]
    rest = np.sqrt((1 - unusual**2) * (1 - used**2))
    if rest < _NOTHING_LEFT:
        return Correlation(float(both), 0.0)
    return Correlation(float(both), float((both - unusual * used) / rest))


def _probe(
    train: Known, validation: Known, test: Known, inverse_regularizations: Sequence[float]
) -> Probed:
    """Probe codes; where all training codes are of one class, a classifier knows no other."""
    if len(np.unique(train.y)) == 1:
        return Probed(test.y == train.y[0], inverse_regularizations[0])
    return probe(train, validation, test, inverse_regularizations)


def _some(count: int, wanted: int, seed: int, purpose: str) -> NDArray[np.int64]:
    """Choose images, the same ones for all codes; their sorted indices."""
    return np.sort(rng_for(seed, purpose).permutation(count)[:wanted])
