"""Sets of images whose quality is known beforehand, to see whether a measure of samples grades."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from sklearn.decomposition import PCA

from stages.core.rng import rng_for
from stages.samples.generation import draw_codes
from stages.samples.schema import Sampling

Floats = NDArray[np.float32]

# How bright dimmed images are.
_DIMMED = np.float32(0.1)


def controls(
    others: Floats, x_train: Floats, y_train: NDArray[np.uint8], settings: Sampling
) -> Iterator[tuple[str, Floats]]:
    """Make controls, as many images of each as there are others.

    Args:
        others: (n, height, width, 1) real test images.
        x_train: (m, height, width, 1) training images.
        y_train: (m,) their classes.
        settings: numbers of components, and the seed.

    Yields:
        Name and images: `real`; `pca`, these projected on principal components; `pca_mixture`,
        drawn from a mixture of Gaussians in the space of components; `blurred` real ones;
        `pca_gaussian`, drawn from one Gaussian; `dimmed` real ones; `class_means`; the `mean` of
        all training images; `noise`, uniform. The second, third and fifth are made without a
        network.
    """
    count, shape = len(others), others.shape[1:]
    flat = x_train.reshape(len(x_train), -1).astype(np.float64)
    pca = PCA(n_components=min(settings.components, *flat.shape), svd_solver="covariance_eigh").fit(
        flat
    )
    codes = pca.transform(flat).astype(np.float32)

    def images(points: NDArray[np.floating]) -> Floats:
        return np.asarray(pca.inverse_transform(points), np.float32).reshape(-1, *shape)

    yield "real", others
    yield "pca", images(pca.transform(others.reshape(count, -1).astype(np.float64)))
    yield "pca_mixture", images(draw_codes("mixture", codes, count, settings))
    blurred = gaussian_filter(others, (0, settings.blur, settings.blur, 0))
    yield "blurred", np.asarray(blurred, np.float32)
    yield "pca_gaussian", images(draw_codes("gaussian", codes, count, settings))
    yield "dimmed", _DIMMED * others
    means = np.stack([np.mean(flat[y_train == label], axis=0) for label in np.unique(y_train)])
    some = means[np.arange(count) % len(means)]
    yield "class_means", some.astype(np.float32).reshape(others.shape)
    mean = np.mean(flat, axis=0).astype(np.float32)
    yield "mean", np.broadcast_to(mean.reshape(shape), others.shape).copy()
    yield "noise", rng_for(settings.seed, "noise").random(others.shape, np.float32)
