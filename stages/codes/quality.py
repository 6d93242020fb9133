"""How good codes are: one set of measures for codes, pixels and principal components."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.neighbors import NearestNeighbors

from stages.codes import schema as extract_latents
from stages.codes.reconstruction import project
from stages.codes.separation import knn_accuracy, probe_accuracy, silhouette
from stages.core.rng import rng_for

Floats = NDArray[np.float32]
Labels = NDArray[np.uint8]


# A smaller share of the variance is rounding: brightness alone explains a quantity.
_NOTHING_LEFT = 1e-9


class Quality(NamedTuple):
    """Measures of how well codes separate the classes.

    Attributes:
        knn_accuracy: of nearest neighbours among training codes, on test codes.
        probe_accuracy: of a linear classifier on standardised codes.
        silhouette: of test codes.
        silhouette_2d: of test codes on their two principal components, as the tutorial looks at
            them.
    """

    knn_accuracy: float
    probe_accuracy: float
    silhouette: float
    silhouette_2d: float


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
    settings: extract_latents.Quality,
    seed: int,
) -> Quality:
    """Measure codes, always on the same images.

    Args:
        z_train: (n_train, d), of which `reference_images` are used.
        y_train: (n_train,) class numbers.
        z_test: (n_test, d).
        y_test: (n_test,) class numbers.
        seed: decides which images are used.
    """
    reference = _some(len(z_train), settings.reference_images, seed, "reference")
    shown = _some(len(z_test), settings.silhouette_images, seed, "silhouette")
    known = z_train[reference], y_train[reference]
    neighbours = min(settings.neighbours, len(reference))
    return Quality(
        knn_accuracy(*known, z_test, y_test, neighbours),
        probe_accuracy(*known, z_test, y_test),
        silhouette(z_test[shown], y_test[shown]),
        silhouette(project(z_test).points[shown], y_test[shown]),
    )


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
        x_test: (n_test, height, width, 1), of which `silhouette_images` are used.
        z_test: (n_test, latent_dim), activations that are not negative.
        seed: decides which images are used.

    Returns:
        Both correlations; 0 where one of the quantities does not vary, or does not vary at equal
        brightness.
    """
    known = _some(len(x_train), settings.reference_images, seed, "reference")
    shown = _some(len(x_test), settings.silhouette_images, seed, "silhouette")
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


def _some(count: int, wanted: int, seed: int, purpose: str) -> NDArray[np.int64]:
    """Choose images, the same ones for all codes; their sorted indices."""
    return np.sort(rng_for(seed, purpose).permutation(count)[:wanted])
