"""Importance-weighted estimates of log p(x) (Burda, Grosse and Salakhutdinov 2016, equation 8)."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from scipy.special import logsumexp

from stages.autoencoders.architecture import Autoencoder
from stages.autoencoders.bernoulli import log_likelihood, log_ratio
from stages.autoencoders.objective import RANDOM_NUMBERS, sample_code
from stages.randomness import number

# Images whose codes are decoded together.
_IMAGES = 10


class Weigher:
    """Draws codes from q(z|x) and weighs them, by a program that is compiled once.

    Args:
        autoencoder: encoder to `z_mean` and `z_log_var`, decoder to logits.
        at_once: codes of an image that are decoded together.
    """

    def __init__(self, autoencoder: Autoencoder, at_once: int) -> None:
        encoder, decoder = autoencoder
        self._at_once = at_once

        @tf.function(jit_compile=True)
        def weigh(x: Any, seeds: Any) -> Any:
            z_mean, z_log_var = (
                tf.repeat(values, at_once, axis=0) for values in encoder(x, training=False)
            )
            repeated = tf.repeat(x, at_once, axis=0)
            blocks = tf.TensorArray(tf.float32, seeds.shape[0])
            for block in tf.range(seeds.shape[0]):
                noise = tf.random.stateless_normal(
                    tf.shape(z_mean), seeds[block], alg=RANDOM_NUMBERS
                )
                z = sample_code(z_mean, z_log_var, noise)
                log_weight = log_likelihood(repeated, decoder(z, training=False)) - log_ratio(
                    z, z_log_var, noise
                )
                blocks = blocks.write(block, tf.reshape(log_weight, (-1, at_once)))
            return tf.reshape(tf.transpose(blocks.stack(), (1, 0, 2)), (x.shape[0], -1))

        self._weigh = weigh

    def log_weights(
        self, x: NDArray[np.float32], samples: int, seed: int, *purpose: str
    ) -> NDArray[np.float32]:
        """Weigh codes of each image: log p(x, z) - log q(z|x).

        Args:
            x: (n, height, width, 1) of 0 and 1.
            samples: codes for each image, a multiple of `at_once`.
            seed: from `params.yaml`.
            *purpose: what the codes are for; another purpose draws others.

        Returns:
            (n, samples) nats.
        """
        blocks = samples // self._at_once
        parts = []
        for start in range(0, len(x), _IMAGES):
            few = x[start : start + _IMAGES]
            # The last ones are filled up, so that one program serves any number of images.
            filled = np.zeros((_IMAGES, *x.shape[1:]), np.float32)
            filled[: len(few)] = few
            first = number(seed, *purpose, start)
            seeds = np.stack([np.full(blocks, first), np.arange(blocks)], axis=1).astype(np.int32)
            parts.append(self._weigh(tf.constant(filled), tf.constant(seeds)).numpy()[: len(few)])
        return np.concatenate(parts)


def estimates(log_weights: NDArray[np.float32], samples: int) -> NDArray[np.float64]:
    """Estimate the mean of log p(x) over images, once by each group of codes.

    An estimate by few codes is too low on average: it is a bound, which more codes raise.

    Args:
        log_weights: (n, m) as a `Weigher` gives them.
        samples: codes in a group, a divisor of m.

    Returns:
        (m / samples,) nats per image.
    """
    groups = log_weights.astype(np.float64).reshape(len(log_weights), -1, samples)
    per_image = logsumexp(groups, axis=2) - np.log(samples)
    return np.asarray(per_image.mean(axis=0))


class Likelihood(NamedTuple):
    """What is known of log p(x) by one number of codes.

    Attributes:
        mean: over images and over all groups of codes, nats per image.
        sd: of one estimate of it, by other codes.
    """

    mean: float
    sd: float


def likelihood(
    log_weights: NDArray[np.float32], repeated: NDArray[np.float32], samples: int
) -> Likelihood:
    """Estimate log p(x), and how far estimates with other codes lie apart.

    Args:
        log_weights: (n, m) of all images.
        repeated: (k, several m) of some of the images; their estimates' variance is that of all,
            but for the number of images.
        samples: codes of an estimate, a divisor of m.

    Returns:
        Mean and deviation.
    """
    sd = estimates(repeated, samples).std(ddof=1) * np.sqrt(len(repeated) / len(log_weights))
    return Likelihood(float(estimates(log_weights, samples).mean()), float(sd))
