"""Variational autoencoders of binary images: binarisation, likelihood, and the parts of the bound.

All values are in nats per image.
"""

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from stages.models.gaussian import RANDOM_NUMBERS, normal, sample_code

Tensor = Any


class Parts(NamedTuple):
    """The bound's parts for one sampled code of each image.

    Attributes:
        reconstruction: (batch,) -log p(x|z).
        kl: (batch,) log q(z|x) - log p(z); its mean over codes is the KL.
    """

    reconstruction: Tensor
    kl: Tensor


def log_likelihood(x: Tensor, logits: Tensor) -> Tensor:
    """Log-probability of binary pixels, summed over an image.

    Args:
        x: (batch, height, width, 1) of 0 and 1.
        logits: (batch, height, width, 1).

    Returns:
        (batch,) nats, at most 0.
    """
    return tf.reduce_sum(x * logits - tf.nn.softplus(logits), axis=(1, 2, 3))


def parts(encoder: keras.Model, decoder: keras.Model, x: Tensor, seed: Tensor) -> Parts:
    """Sample a code for each image and evaluate the bound's parts on it (Kingma & Welling 2014,
    equation 6: neither part is taken in closed form).

    Args:
        encoder: x -> `z_mean`, `z_log_var`.
        decoder: z -> logits.
        x: (batch, height, width, 1) of 0 and 1.
        seed: (2,) int32; the same seed gives the same codes.

    Returns:
        The parts; minus their sum is the log of an importance weight.
    """
    z_mean, z_log_var = encoder(x, training=True)
    noise = normal(tf.shape(z_mean), seed)
    z = sample_code(z_mean, z_log_var, noise)
    logits = decoder(z, training=True)
    return Parts(-log_likelihood(x, logits), log_ratio(z, z_log_var, noise))


def log_ratio(z: Tensor, z_log_var: Tensor, noise: Tensor) -> Tensor:
    """Log N(z; z_mean, exp(z_log_var)) - log N(z; 0, 1), summed over latents.

    Args:
        z: (batch, latent_dim) = z_mean + exp(z_log_var / 2) * noise.
        z_log_var: (batch, latent_dim).
        noise: (batch, latent_dim).

    Returns:
        (batch,) nats.
    """
    return 0.5 * tf.reduce_sum(tf.square(z) - tf.square(noise) - z_log_var, axis=1)


def binarize(x: Tensor, seed: Tensor) -> Tensor:
    """Draw binary pixels whose probability is their grey value (Salakhutdinov & Murray 2008).

    Args:
        x: in [0, 1].
        seed: (2,) int32.

    Returns:
        0 and 1, float32, of the same shape.
    """
    thresholds = tf.random.stateless_uniform(tf.shape(x), seed, alg=RANDOM_NUMBERS)
    return tf.cast(thresholds < x, tf.float32)


def binarize_once(seed: int, *images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Draw binary images by NumPy's legacy generator, one array after another, as the code of
    "VAE with a VampPrior" does.

    Args:
        seed: of the generator.
        *images: grey values in [0, 1].

    Returns:
        0 and 1, of the same shapes.
    """
    random = np.random.RandomState(seed)  # its draws belong to the published numbers
    return [random.binomial(1, x.astype(np.float64)).astype(np.float32) for x in images]
