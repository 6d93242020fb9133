"""Gaussian codes of variational autoencoders: divergence, sampling, random numbers."""

from typing import Any

import tensorflow as tf

Tensor = Any

# Named, since TensorFlow's own choice depends on the device; this one works with and without XLA.
RANDOM_NUMBERS = "philox"


def gaussian_kl(z_mean: Tensor, z_log_var: Tensor) -> Tensor:
    """KL(N(z_mean, exp(z_log_var)) || N(0, 1)) of each latent (Kingma & Welling 2014, appendix B).

    The tutorial prints this with the wrong sign; its code has it right.

    Args:
        z_mean: (batch, latent_dim).
        z_log_var: (batch, latent_dim).

    Returns:
        (batch, latent_dim) nats, at least 0.
    """
    return 0.5 * (tf.square(z_mean) + tf.exp(z_log_var) - 1.0 - z_log_var)


def sample_code(z_mean: Tensor, z_log_var: Tensor, noise: Tensor) -> Tensor:
    """Draw codes by reparameterisation (Kingma & Welling 2014, section 2.4).

    Args:
        z_mean: (batch, latent_dim).
        z_log_var: (batch, latent_dim).
        noise: (batch, latent_dim) from N(0, 1).

    Returns:
        (batch, latent_dim).
    """
    return z_mean + tf.exp(z_log_var / 2) * noise


def normal(shape: Tensor, seed: Tensor) -> Tensor:
    """Draw from N(0, 1); the same seed gives the same numbers."""
    return tf.random.stateless_normal(shape, seed, alg=RANDOM_NUMBERS)
