"""Importance-weighted estimates of log p(x) (Burda, Grosse and Salakhutdinov 2016, equation 8)."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from scipy.special import logsumexp

from reference.gaussian_prior_vae.bernoulli import log_likelihood, log_ratio
from stages.core.rng import derive_seed
from stages.models.autoencoder import Autoencoder
from stages.models.gaussian import normal, sample_code
from stages.models.inference import filled_batches

# Images, and codes of each, that are decoded together; codes are drawn in such blocks.
IMAGES, CODES = 50, 10
# Images whose weights are converted to float64 at once, which doubles their memory.
_FEW = 500


class Weigher:
    """Draws codes from q(z|x) and computes their weights; compiled once for each number of codes.

    Args:
        autoencoder: encoder to `z_mean` and `z_log_var`, decoder to logits.
    """

    def __init__(self, autoencoder: Autoencoder) -> None:
        encoder, decoder = autoencoder

        @tf.function(jit_compile=True)
        def weigh(x: Any, seeds: Any) -> Any:
            z_mean, z_log_var = (
                tf.repeat(values, CODES, axis=0) for values in encoder(x, training=False)
            )
            repeated = tf.repeat(x, CODES, axis=0)
            blocks = tf.TensorArray(tf.float32, seeds.shape[0])
            for block in tf.range(seeds.shape[0]):
                noise = normal(tf.shape(z_mean), seeds[block])
                z = sample_code(z_mean, z_log_var, noise)
                log_weight = log_likelihood(repeated, decoder(z, training=False)) - log_ratio(
                    z, z_log_var, noise
                )
                blocks = blocks.write(block, tf.reshape(log_weight, (-1, CODES)))
            return tf.reshape(tf.transpose(blocks.stack(), (1, 0, 2)), (x.shape[0], -1))

        self._weigh = weigh

    def log_weights(
        self, x: NDArray[np.float32], samples: int, seed: int, *purpose: str | int
    ) -> NDArray[np.float32]:
        """Draw codes of each image and compute their weights: log p(x, z) - log q(z|x).

        Args:
            x: (n, height, width, 1) of 0 and 1.
            samples: codes for each image, a multiple of `CODES`.
            seed: at least 0.
            *purpose: what the codes are for; another purpose draws others.

        Returns:
            (n, samples) nats.
        """
        blocks = samples // CODES
        parts = []
        for number, (batch, count) in enumerate(filled_batches(x, IMAGES)):
            first = derive_seed(seed, *purpose, number * IMAGES)
            seeds = np.stack([np.full(blocks, first), np.arange(blocks)], axis=1).astype(np.int32)
            parts.append(self._weigh(tf.constant(batch), tf.constant(seeds)).numpy()[:count])
        return np.concatenate(parts)


def log_likelihoods(log_weights: NDArray[np.float32], samples: int) -> NDArray[np.float64]:
    """Estimate log p(x) of each image, once by each group of codes.

    An estimate from few codes is too low on average; it is a bound, which more codes raise.

    Args:
        log_weights: (n, m) as a `Weigher` gives them.
        samples: codes in a group, a divisor of m.

    Returns:
        (n, m / samples) nats.
    """
    parts = [
        logsumexp(few.astype(np.float64).reshape(len(few), -1, samples), axis=2)
        for few in np.split(log_weights, range(_FEW, len(log_weights), _FEW))
    ]
    return np.asarray(np.concatenate(parts) - np.log(samples))


class Likelihood(NamedTuple):
    """The images' mean log p(x), estimated from a certain number of codes for each image.

    Attributes:
        mean: nats per image, averaged over all groups of so many codes.
        sd: standard deviation, in nats per image, of an estimate from one such group for each image
            when codes are drawn again.
    """

    mean: float
    sd: float


def likelihood(
    log_weights: NDArray[np.float32], repeated: NDArray[np.float32], samples: int
) -> Likelihood:
    """Estimate log p(x), and how much an estimate varies with the codes that are drawn.

    Args:
        log_weights: (n, m) of all images.
        repeated: (k, several m) of some of the images, which stand for all: images' errors are
            independent of each other, so that their variances add up.
        samples: codes of an estimate, a divisor of m.
    """
    variances = log_likelihoods(repeated, samples).var(axis=1, ddof=1)
    sd = np.sqrt(variances.mean() / len(log_weights))
    return Likelihood(float(log_likelihoods(log_weights, samples).mean()), float(sd))
