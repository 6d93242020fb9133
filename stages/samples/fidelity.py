"""How similar samples are to real images: as distributions, and each to its nearest image."""

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import pairwise_distances_argmin, pairwise_distances_chunked
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from stages.core.errors import InputError

Floats = NDArray[np.float32] | NDArray[np.float64]

# Memory for one block of distances, in MiB.
_MEMORY = 64
# Of the network that tells samples apart.
_HIDDEN = (32,)
_DECAY = 0.1
_EPOCHS = 50


class Nearest(NamedTuple):
    """The reference nearest to each image.

    Attributes:
        number: (n,) of that reference, from 0.
        distance: (n,) squared Euclidean distance, in units of squared pixel values.
    """

    number: NDArray[np.int64]
    distance: NDArray[np.float64]


def frechet_distance(real: Floats, made: Floats) -> float:
    """Squared Fréchet distance of the Gaussians with both samples' moments (Dowson & Landau 1982).

    It is |m1 - m2|² + tr(S1 + S2 - 2 (S1 S2)^½). The QR decomposition of a centred sample gives
    S = RᵀR, and the last trace is the sum of the singular values of R1 R2ᵀ. So the root of a
    covariance matrix is not needed, and singular matrices are no special case.

    Args:
        real: (n, d) features, in any unit.
        made: same shape, since the estimate's bias depends on n.

    Returns:
        At least 0, in units of squared features.

    Raises:
        InputError: the shapes differ or there are fewer than two samples.
    """
    if real.shape != made.shape or real.ndim != 2 or len(real) < 2:
        raise InputError(
            "Fréchet distance: expected two samples of one size, at least 2, and dimension, "
            f"received {real.shape} and {made.shape}"
        )
    means = [np.mean(sample, axis=0, dtype=np.float64) for sample in (real, made)]
    roots = [
        np.linalg.qr(sample - mean, mode="r") / np.sqrt(len(sample) - 1)
        for sample, mean in zip((real, made), means, strict=True)
    ]
    common = np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False)
    squares = [np.sum(np.square(part)) for part in (means[0] - means[1], *roots)]
    return max(float(np.sum(squares) - 2 * np.sum(common)), 0.0)  # rounding can make it negative


def coverage(real: Floats, made: Floats, neighbours: int) -> float:
    """Share of the real points near which there is a made one (Naeem et al. 2020, equation 5).

    A real point's surroundings are the closed ball that reaches to the `neighbours`-th nearest
    other real point. A few images, however good, cover few real ones. Memory is bounded.

    Args:
        real: (n, d) features; distances are Euclidean.
        made: (m, d) features. Shares of samples of different sizes cannot be compared.
        neighbours: 5 in the paper; less than n.

    Returns:
        In [0, 1]; for real points, 1 - 1 / 2^neighbours is expected.

    Raises:
        InputError: the dimensions differ or there are too few real points for so many neighbours.
    """
    if real.shape[1:] != made.shape[1:] or not 0 < neighbours < len(real) or not len(made):
        raise InputError(
            f"coverage: expected samples of one dimension, more than {neighbours} real points and "
            f"at least 1 neighbour, received {real.shape} and {made.shape}"
        )
    # Distances are computed from inner products, which are more precise near the origin.
    origin = real[0].astype(np.float64)
    real_points, made_points = real - origin, made - origin

    def radii(distances: Any, _: int) -> Any:
        # Each point is its own nearest, so the k-th other point has index k, not k - 1.
        return np.partition(distances, neighbours, axis=1)[:, neighbours]

    def reached(distances: Any, _: int) -> Any:
        return np.min(distances, axis=1)

    limits, found = (
        np.concatenate(list(distances))
        for distances in (
            pairwise_distances_chunked(real_points, reduce_func=radii, working_memory=_MEMORY),
            pairwise_distances_chunked(
                real_points, made_points, reduce_func=reached, working_memory=_MEMORY
            ),
        )
    )
    return float(np.mean(found <= limits))


def two_sample_accuracy(real: Floats, made: Floats, seed: int) -> float:
    """How well a classifier tells made points from real ones (Lopez-Paz & Oquab 2017).

    A network with one hidden layer learns from half of both samples and is tested on the rest.

    Args:
        real: (n, d) features.
        made: (n, d) features.
        seed: of the halves and of the network.

    Returns:
        Accuracy in [0, 1]: about 0.5 for samples of one distribution, 1 for others that can be told
        apart without error.

    Raises:
        InputError: the shapes differ or there are fewer than four points in each.
    """
    if real.shape != made.shape or len(real) < 4:
        raise InputError(
            "two-sample classifier: expected two samples of one shape, of at least 4 points, "
            f"received {real.shape} and {made.shape}"
        )
    points = np.concatenate([real, made]).astype(np.float64)
    is_made = np.repeat([0, 1], len(real))
    learned, asked, is_made_learned, is_made_asked = train_test_split(
        points, is_made, test_size=0.5, random_state=seed, stratify=is_made
    )
    scaler = StandardScaler().fit(learned)
    network = MLPClassifier(_HIDDEN, alpha=_DECAY, max_iter=_EPOCHS, random_state=seed)
    with warnings.catch_warnings():
        # The warning says that max_iter was reached, which is intended.
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(scaler.transform(learned), is_made_learned)
    return float(network.score(scaler.transform(asked), is_made_asked))


def nearest(images: Floats, references: Floats) -> Nearest:
    """Find the reference nearest to each image.

    Args:
        images: (n, ...); all further axes are taken as one.
        references: (m, ...), at least one.
    """
    flat, known = (values.reshape(len(values), -1) for values in (images, references))
    number = np.asarray(pairwise_distances_argmin(flat, known), np.int64)
    # From differences: the inner products by which it was found lose a small distance's digits.
    differences = flat.astype(np.float64) - known[number]
    return Nearest(number, np.sum(np.square(differences), axis=1))
