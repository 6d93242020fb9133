"""Reconstruction error, use of the latents, and principal components."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

Floats = NDArray[np.float32]


class Projection(NamedTuple):
    """Points on two principal components.

    Attributes:
        points: (n, 2).
        explained: (2,) share of the variance along each, in [0, 1].
    """

    points: NDArray[np.float64]
    explained: NDArray[np.float64]


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
    # The solver whose cost does not grow with the square of the number of images.
    flat = values.reshape(len(values), -1).astype(np.float64)
    if flat.shape[1] == 1:  # a code of one unit lies on a line
        flat = np.pad(flat, ((0, 0), (0, 1)))
    pca = PCA(n_components=2, svd_solver="covariance_eigh")
    with np.errstate(invalid="ignore"):  # 0 / 0 where nothing varies
        points = pca.fit_transform(flat)
    return Projection(points, np.nan_to_num(pca.explained_variance_ratio_))
