"""Codes to decode: random ones, between two images, along one latent."""

import numpy as np
from numpy.typing import NDArray

from stages.randomness import stream

Floats = NDArray[np.float32]

# The ends of a traversal, in percent of the training images' codes.
_ENDS = (1, 99)


def standard_normal(count: int, latent_dim: int, seed: int) -> Floats:
    """Draw codes from the VAE's prior N(0, I).

    Args:
        count: number of codes.
        latent_dim: their dimension.
        seed: of sampling.

    Returns:
        (count, latent_dim) float32.
    """
    return stream(seed, "codes").standard_normal((count, latent_dim)).astype(np.float32)


def interpolate(start: Floats, end: Floats, steps: int) -> Floats:
    """Walk in a straight line from one code to another.

    Args:
        start: (n, latent_dim).
        end: (n, latent_dim).
        steps: codes on the way, both ends included.

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
        Latent numbers, the largest variance first.
    """
    variance = np.var(z_train, axis=0, dtype=np.float64)
    return np.argsort(-variance, kind="stable")[:count]


def traverse(z: Floats, z_train: Floats, latents: NDArray[np.int64], steps: int) -> Floats:
    """Vary one latent of a code over the range that it has in the training images.

    Args:
        z: (latent_dim,) where all other latents stay.
        z_train: (n, latent_dim) gives the range: the 1st to the 99th percentile.
        latents: the ones to vary, one after the other.
        steps: codes for each.

    Returns:
        (len(latents), steps, latent_dim) float32.
    """
    codes = np.tile(z, (len(latents), steps, 1))
    for row, latent in enumerate(latents):
        low, high = np.percentile(z_train[:, latent], _ENDS)
        codes[row, :, latent] = np.linspace(low, high, steps)
    return codes
