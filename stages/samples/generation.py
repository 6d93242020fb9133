"""Codes to decode: random ones, between two images, along one latent; and scores of images."""

import warnings
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from stages.core.rng import derive_seed, rng_for
from stages.samples.feature_network import FeatureNetwork, features
from stages.samples.fidelity import coverage, frechet_distance, two_sample_accuracy
from stages.samples.schema import Sampling

Floats = NDArray[np.float32]
Sampler = Literal["normal", "gaussian", "mixture"]

# The ends of a traversal, as percentiles of the training images' codes.
_ENDS = (1, 99)


class Score(NamedTuple):
    """How similar a set of images is to real ones, in the space of the network's features.

    Attributes:
        frechet_classifier: squared Fréchet distance of two Gaussians; not the FID, which uses the
            features of another network.
        coverage: share of the real images near which there is one of the images, in [0, 1].
        two_sample_accuracy: of a classifier that tells the images from real ones; 0.5 is chance.
    """

    frechet_classifier: float
    coverage: float
    two_sample_accuracy: float


class Halves(NamedTuple):
    """Indices of two sets of test images of equal size that have no image in common.

    Attributes:
        reference: what every set of images is compared with.
        others: real images that are compared with the reference, as are their reconstructions.
        partners: the others in another order, none at its own place, to interpolate between pairs.
    """

    reference: NDArray[np.int64]
    others: NDArray[np.int64]
    partners: NDArray[np.int64]


def halves(n_test: int, settings: Sampling) -> Halves:
    """Divide the test images, in the same way for every variant.

    Each set has `settings.images` images, but at most half of the test images.
    """
    count = min(settings.images, n_test // 2)
    order = rng_for(settings.seed, "halves").permutation(n_test)
    others = order[count : 2 * count]
    return Halves(order[:count], others, np.roll(others, 1))


def score(network: FeatureNetwork, reference: Floats, images: Floats, settings: Sampling) -> Score:
    """Compare images with as many real ones.

    Args:
        network: gives the features.
        reference: (n, height, width, 1) real images.
        images: (n, height, width, 1).
        settings: has the number of neighbours.
    """
    real, made = features(network, reference), features(network, images)
    neighbours = min(settings.neighbours, len(real) - 1)
    seed = derive_seed(settings.seed, "two samples")
    return Score(
        frechet_distance(real, made),
        coverage(real, made, neighbours),
        two_sample_accuracy(real, made, seed),
    )


def tell_pixels_apart(reference: Floats, images: Floats, settings: Sampling) -> float:
    """Let a classifier tell images from as many real ones by their pixels, not by features.

    Args:
        reference: (n, height, width, 1) real images.
        images: (n, height, width, 1).
        settings: has the seed.

    Returns:
        Accuracy in [0, 1].
    """
    real, made = (np.clip(part, 0, 1).reshape(len(part), -1) for part in (reference, images))
    return two_sample_accuracy(real, made, derive_seed(settings.seed, "two samples"))


def draw_codes(sampler: Sampler, z_train: Floats, count: int, settings: Sampling) -> Floats:
    """Draw random codes to decode.

    Args:
        sampler: `normal` draws from N(0, I), the VAE's prior; `gaussian` from the normal
            distribution with the training codes' mean and covariance; `mixture` from a mixture of
            normal distributions fitted to some training codes, or to their first principal
            components where there are more than `mixture_dimensions`.
        z_train: (n, latent_dim), `z_mean` for a VAE.
        count: number of codes.
        settings: has the seed and the size of the mixture.

    Returns:
        (count, latent_dim) float32.
    """
    latent_dim = z_train.shape[1]
    random = rng_for(settings.seed, "codes", sampler)
    if sampler == "normal":
        return random.standard_normal((count, latent_dim)).astype(np.float32)
    if sampler == "gaussian":
        values = z_train.astype(np.float64)
        covariance = np.atleast_2d(np.cov(values, rowvar=False))
        # The matrix need not be positive definite: unused units have no variance.
        drawn = random.multivariate_normal(
            np.mean(values, axis=0), covariance, count, check_valid="ignore", method="eigh"
        )
        return drawn.astype(np.float32)
    chosen = rng_for(settings.seed, "mixture").permutation(len(z_train))
    some = z_train[np.sort(chosen[: settings.mixture_images])].astype(np.float64)
    pca = PCA(
        n_components=min(settings.mixture_dimensions, *some.shape), svd_solver="covariance_eigh"
    )
    projected = pca.fit_transform(some)
    # Divided by their standard deviation, since the mixture adds a constant to every variance.
    spread = float(np.std(projected)) or 1.0
    mixture = GaussianMixture(
        min(settings.mixture_components, len(some)),
        random_state=derive_seed(settings.seed, "codes", "mixture"),
    )
    with warnings.catch_warnings():
        # Collapsed codes have fewer distinct clusters than the mixture has components.
        warnings.simplefilter("ignore", ConvergenceWarning)
        drawn, _ = mixture.fit(projected / spread).sample(count)
    return np.asarray(pca.inverse_transform(random.permutation(drawn) * spread), np.float32)


def interpolate(start: Floats, end: Floats, steps: int) -> Floats:
    """Interpolate linearly between two codes.

    Args:
        start: (n, latent_dim).
        end: (n, latent_dim).
        steps: number of codes, both ends included.

    Returns:
        (n, steps, latent_dim) float32.
    """
    share = np.linspace(0, 1, steps, dtype=np.float32)[:, np.newaxis]
    return (1 - share) * start[:, np.newaxis] + share * end[:, np.newaxis]


def most_active(z_train: Floats, count: int) -> NDArray[np.int64]:
    """Find the latents whose codes differ most between images.

    Args:
        z_train: (n, latent_dim), `z_mean` for a VAE.
        count: how many are wanted at most.

    Returns:
        Indices of latents, the largest variance first.
    """
    variance = np.var(z_train, axis=0, dtype=np.float64)
    return np.argsort(-variance, kind="stable")[:count]


def traverse(z: Floats, z_train: Floats, latents: NDArray[np.int64], steps: int) -> Floats:
    """Vary one latent of a code over the range that it has in the training images.

    Args:
        z: (latent_dim,) code whose other latents keep their values.
        z_train: (n, latent_dim) gives the range: the 1st to the 99th percentile.
        latents: indices of those to vary, one after the other.
        steps: codes for each.

    Returns:
        (len(latents), steps, latent_dim) float32.
    """
    codes = np.tile(z, (len(latents), steps, 1))
    for row, latent in enumerate(latents):
        low, high = np.percentile(z_train[:, latent], _ENDS)
        codes[row, :, latent] = np.linspace(low, high, steps)
    return codes
