"""What the variants minimise: losses per image, summed over pixels and over latents.

All terms have the unit of the summed squared error, and all weights are relative to it. The mean
over the batch is taken once, in `total`.
"""

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from stages.models.gaussian import RANDOM_NUMBERS, gaussian_kl, normal, sample_code
from stages.models.schema import Variant

Tensor = Any

# Keeps log() away from 0 where a unit is always on or always off.
_SMALLEST_ACTIVATION = 1e-7


class Terms(NamedTuple):
    """The parts of an objective for one batch.

    Attributes:
        squared_error: (batch,) summed over the image's pixels.
        sparsity: () KL(target || mean activation), summed over the code's units; 0 without.
        kl: (batch,) KL(q(z|x) || N(0, I)) in nats, summed over latents; 0 without.
    """

    squared_error: Tensor
    sparsity: Tensor
    kl: Tensor


def squared_error(x: Tensor, reconstruction: Tensor) -> Tensor:
    """Sum the squared error over an image.

    Args:
        x: (batch, height, width, 1).
        reconstruction: same shape.

    Returns:
        (batch,) float32.
    """
    return tf.reduce_sum(tf.square(reconstruction - x), axis=(1, 2, 3))


def bernoulli_kl(target: float, mean_activation: Tensor) -> Tensor:
    """KL(target || mean activation) of two Bernoulli variables, the tutorial's sparsity penalty.

    Args:
        target: wanted mean activation, in (0, 1).
        mean_activation: (units,) in [0, 1].

    Returns:
        (units,) nats.
    """
    mean = tf.clip_by_value(mean_activation, _SMALLEST_ACTIVATION, 1 - _SMALLEST_ACTIVATION)
    return target * tf.math.log(target / mean) + (1 - target) * tf.math.log(
        (1 - target) / (1 - mean)
    )


def terms(
    encoder: keras.Model, decoder: keras.Model, variant: Variant, x: Tensor, seed: Tensor
) -> Terms:
    """Evaluate the parts of a variant's objective on a batch, unweighted.

    Args:
        x: (batch, height, width, 1) float32 in [0, 1].
        seed: (2,) int32; the same seed gives the same noise.
    """
    # Two streams from one seed: noise on the pixels and noise on the code.
    for_input, for_code = tf.unstack(tf.random.split(seed, 2, alg=RANDOM_NUMBERS))
    given = x
    if variant.noise:
        given = x + variant.noise.stddev * normal(tf.shape(x), for_input)
    nothing = tf.zeros(())
    if variant.variational:
        z_mean, z_log_var = encoder(given, training=True)
        z = sample_code(z_mean, z_log_var, normal(tf.shape(z_mean), for_code))
        kl = tf.reduce_sum(gaussian_kl(z_mean, z_log_var), axis=1)
    else:
        z = encoder(given, training=True)
        kl = tf.zeros(tf.shape(x)[0])
    sparsity = nothing
    if variant.sparsity:
        sparsity = tf.reduce_sum(bernoulli_kl(variant.sparsity.target, tf.reduce_mean(z, axis=0)))
    return Terms(squared_error(x, decoder(z, training=True)), sparsity, kl)


def beta(variant: Variant, pixels: int, batch_size: int) -> float:
    """Give the weight of a nat of KL relative to the squared error summed over an image.

    A weight of 1 belongs to a decoder whose variance is 1/2 in every pixel. A calibrated one takes
    the variance of largest likelihood (see `total`).

    The tutorial adds the KL summed over the batch to the squared error averaged over pixels and
    batch. Times the number of pixels, that is the mean over images of the summed squared error
    plus pixels x batch size times the KL.

    Args:
        pixels: of one image.

    Returns:
        The weight; 0 where the variant is not variational.
    """
    if variant.beta == "pixels_times_batch_size":
        return float(pixels * batch_size)
    if variant.beta == "calibrated":
        return 1.0
    return float(variant.beta or 0.0)


def total(parts: Terms, variant: Variant, kl_weight: float, pixels: int) -> Tensor:
    """Weigh the parts and average over the batch.

    A calibrated variant minimises minus the bound on log p(x) with the decoder variance that
    maximises it, which is the batch's mean squared error: pixels / 2 x log MSE + KL, in nats and up
    to a constant (Rybkin, Daniilidis & Levine 2021, section 3.2).

    Args:
        kl_weight: as `beta` gives it.
        pixels: of one image.

    Returns:
        () the loss.
    """
    if variant.beta == "calibrated":
        error = tf.reduce_mean(parts.squared_error) / pixels
        return pixels / 2 * tf.math.log(error) + tf.reduce_mean(parts.kl)
    sparsity_weight = variant.sparsity.weight if variant.sparsity else 0.0
    per_image = parts.squared_error + kl_weight * parts.kl
    return tf.reduce_mean(per_image) + sparsity_weight * parts.sparsity
