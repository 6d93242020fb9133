"""Reconstruction error, use of the latents, and principal components."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from stages.core.errors import InputError

Floats = NDArray[np.float32]


class Projection(NamedTuple):
    """Points on two principal components.

    Attributes:
        points: (n, 2).
        explained: (2,) share of the variance along each, in [0, 1].
    """

    points: NDArray[np.float64]
    explained: NDArray[np.float64]


def squared_errors(x: Floats, reconstruction: Floats) -> NDArray[np.float64]:
    """Squared error per pixel of each image.

    Args:
        x: (n, height, width, 1).
        reconstruction: same shape.

    Returns:
        (n,) at least 0, in units of squared pixel values.
    """
    return np.asarray(np.mean(np.square(reconstruction - x), axis=(1, 2, 3), dtype=np.float64))


def mean_squared_error(x: Floats, reconstruction: Floats) -> float:
    """Squared error per pixel, averaged over all images.

    Args:
        x: (n, height, width, 1).
        reconstruction: same shape.

    Returns:
        At least 0, in units of squared pixel values.
    """
    return float(np.mean(np.square(reconstruction - x), dtype=np.float64))


def gaussian_kl(z_mean: Floats, z_log_var: Floats) -> NDArray[np.float64]:
    """Average over images of KL(q(z|x) || N(0, 1)) for each latent.

    Args:
        z_mean: (n, latent_dim).
        z_log_var: (n, latent_dim).

    Returns:
        (latent_dim,) nats.
    """
    mean, log_var = z_mean.astype(np.float64), z_log_var.astype(np.float64)
    per_image = 0.5 * (np.square(mean) + np.exp(log_var) - 1 - log_var)
    return np.asarray(np.mean(per_image, axis=0))


def project(values: Floats) -> Projection:
    """Project points on their two principal components.

    Args:
        values: (n, ...); all further axes are taken as one.

    Returns:
        The projected points and what share of the variance they keep.
    """
    pca, flat = _components(values)
    return Projection(pca.transform(flat), np.nan_to_num(pca.explained_variance_ratio_))


def fit_projection(values: Floats) -> Callable[[Floats], NDArray[np.float64]]:
    """Find the two principal components of points.

    Args:
        values: (n, d).

    Returns:
        A function from (m, d) to (m, 2), which projects other points on them.
    """
    pca, _ = _components(values)
    return lambda others: np.asarray(pca.transform(_flat(others)))


def largest_principal_angle(values: Floats, directions: Floats) -> float:
    """Angle between a space and that of as many principal components of points.

    A linear autoencoder that minimises the squared error spans the principal components (Baldi and
    Hornik 1989), so that this angle is 0.

    Args:
        values: (n, ...) points; all further axes are taken as one, of d values.
        directions: (k, ...) vectors that span a space, k < d and k at most n.

    Returns:
        The largest principal angle, in degrees from 0 to 90.

    Raises:
        InputError: there are more directions than points.
    """
    if len(directions) > len(values):
        raise InputError(
            "principal angle: expected at least as many points as directions "
            f"({len(directions)}), received {len(values)} points"
        )
    pca = PCA(n_components=len(directions), svd_solver="covariance_eigh").fit(_flat(values))
    angles = subspace_angles(pca.components_.T, _flat(directions).T)
    return float(np.degrees(np.max(angles)))


def _components(values: Floats) -> tuple[PCA, NDArray[np.float64]]:
    # The solver whose cost does not grow with the square of the number of images.
    pca, flat = PCA(n_components=2, svd_solver="covariance_eigh"), _flat(values)
    with np.errstate(invalid="ignore"):  # 0 / 0 where nothing varies
        return pca.fit(flat), flat


def _flat(values: Floats) -> NDArray[np.float64]:
    flat = values.reshape(len(values), -1).astype(np.float64)
    # A code of one unit lies on a line.
    return np.pad(flat, ((0, 0), (0, 1))) if flat.shape[1] == 1 else flat
