"""How similar samples are to real images: as distributions, and each to its nearest image."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances_argmin, pairwise_distances_chunked

from stages.core.errors import InputError

Floats = NDArray[np.float32] | NDArray[np.float64]

# Memory for one block of distances, in MiB.
_MEMORY = 64


class PrecisionRecall(NamedTuple):
    """How much two samples overlap.

    Attributes:
        precision: share of the made points that lie among real ones, in [0, 1].
        recall: share of the real points that lie among made ones, in [0, 1].
    """

    precision: float
    recall: float


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


def precision_recall(real: Floats, made: Floats, neighbours: int) -> PrecisionRecall:
    """Share of each sample that lies where the other one is (Kynkäänniemi et al. 2019).

    A sample is taken to cover the closed balls around its points, each of which reaches to the
    `neighbours`-th nearest other point of the sample. Memory is bounded.

    Args:
        real: (n, d) features; distances are Euclidean.
        made: (m, d) features. Shares of samples of different sizes cannot be compared.
        neighbours: 3 in the paper; less than n and m.

    Raises:
        InputError: the dimensions differ or a sample is too small for so many neighbours.
    """
    if real.shape[1:] != made.shape[1:] or not 0 < neighbours < min(len(real), len(made)):
        raise InputError(
            f"precision and recall: expected samples of one dimension with more than {neighbours} "
            f"points and at least 1 neighbour, received {real.shape} and {made.shape}"
        )
    # Distances are computed from inner products, which are more precise near the origin.
    origin = real[0].astype(np.float64)
    real_points, made_points = real - origin, made - origin
    return PrecisionRecall(
        _share_within(made_points, real_points, neighbours),
        _share_within(real_points, made_points, neighbours),
    )


def _share_within(points: Any, centres: Any, neighbours: int) -> float:
    """Share of the points that lie in at least one of the centres' balls."""

    def radii(distances: Any, _: int) -> Any:
        # Each centre is its own nearest point, so the k-th other point has index k, not k - 1.
        return np.partition(distances, neighbours, axis=1)[:, neighbours]

    def inside(distances: Any, _: int) -> Any:
        return np.any(distances <= radius, axis=1)

    radius = np.concatenate(
        list(pairwise_distances_chunked(centres, reduce_func=radii, working_memory=_MEMORY))
    )
    found = pairwise_distances_chunked(points, centres, reduce_func=inside, working_memory=_MEMORY)
    return float(np.mean(np.concatenate(list(found))))


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
