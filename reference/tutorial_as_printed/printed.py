"""The tutorial's three models, layer by layer as its text prints them, and its own loss.

What is not as printed: `Input(shape=(1000))` has no tuple, which Keras 3 refuses, so it is
`(1000,)`. The image's shape, there 28 by 28, is an argument, so that tests can use small images.
And each model is returned with its parts, where the text has global names. Keras 3 takes all the
rest.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import tensorflow as tf
from keras import Model, Sequential
from keras.layers import Dense, Flatten, Input, Lambda, Reshape

from reference.tutorial_as_printed import schema

Tensor = Any
Shape = tuple[int, ...]


class Printed(NamedTuple):
    """A compiled model and its parts.

    Attributes:
        whole: images (batch, height, width, 1) -> reconstructions, (batch, pixels), compiled with
            the tutorial's losses; the variational one gives (batch, height, width, 1) and a pair in
            one tensor, mu and log_var (2, batch, latent_dim).
        encoder: images -> codes (batch, latent_dim); the variational one's is mu.
        decoder: (batch, latent_dim) -> the same reconstructions.
    """

    whole: Model
    encoder: Model
    decoder: Model


def trivial(shape: Shape) -> Printed:
    """Build section 1's linear autoencoder with 1000 units.

    Args:
        shape: of one image: height, width, 1.
    """
    trivial_encoder = Sequential([Input(shape=shape), Flatten(), Dense(1000)])
    trivial_decoder = Sequential([Input(shape=(1000,)), Dense(math.prod(shape))])
    trivial_ae = Sequential([trivial_encoder, trivial_decoder])
    trivial_ae.compile(optimizer="Adam", loss="mse")
    return Printed(trivial_ae, trivial_encoder, trivial_decoder)


def compression(shape: Shape) -> Printed:
    """Build the autoencoder `ae` with a ReLU code of 30 units.

    Args:
        shape: of one image: height, width, 1.
    """
    encoder = Sequential(
        [
            Input(shape=shape),
            Flatten(),
            Dense(1000, activation="relu"),
            Dense(500, activation="relu"),
            Dense(30, activation="relu"),
        ]
    )
    decoder = Sequential(
        [
            Input(shape=(30,)),
            Dense(500, activation="relu"),
            Dense(1000, activation="relu"),
            Dense(math.prod(shape)),
        ]
    )
    ae = Sequential([encoder, decoder])
    ae.compile(optimizer="Adam", loss="mse")
    return Printed(ae, encoder, decoder)


def variational(shape: Shape) -> Printed:
    """Build the variational autoencoder `vae` with 30 latents.

    Args:
        shape: of one image: height, width, 1.
    """
    hidden_size = 30

    encoder_in = Input(shape=shape)
    x = Flatten()(encoder_in)
    x = Dense(1000, activation="relu")(x)
    x = Dense(500, activation="relu")(x)
    mu = Dense(hidden_size, name="mu")(x)
    log_var = Dense(hidden_size, name="log_var")(x)
    distribution = Lambda(tf.stack, name="distribution")([mu, log_var])
    encoder_out = Lambda(sampling, name="encoder_out")(distribution)

    decoder_in = Input(shape=(hidden_size,))
    x = Dense(500, activation="relu")(decoder_in)
    x = Dense(1000, activation="relu")(x)
    x = Dense(math.prod(shape))(x)
    decoder_out = Reshape(target_shape=shape)(x)
    vae_decoder = Model(decoder_in, decoder_out)

    vae = Model(encoder_in, [vae_decoder(encoder_out), distribution])
    vae.compile(optimizer="Adam", loss=["mse", kld_loss])
    return Printed(vae, Model(encoder_in, mu), vae_decoder)


def sampling(distribution: Tensor) -> Tensor:
    """Draw a code from each image's distribution.

    Args:
        distribution: (2, batch, latent_dim), mu and log_var.

    Returns:
        (batch, latent_dim).
    """
    mu = distribution[0, :, :]
    log_var = distribution[1, :, :]
    noise = tf.random.normal(shape=tf.shape(mu), mean=0.0, stddev=tf.exp(log_var / 2.0))
    return mu + noise


def kld_loss(ground_truth: Tensor, distribution: Tensor) -> Tensor:
    """Sum the divergence from N(0, I) over latents *and over the batch*, as the tutorial does.

    Args:
        ground_truth: ignored.
        distribution: (2, batch, latent_dim), mu and log_var.

    Returns:
        A scalar, nats.
    """
    mu = distribution[0, :, :]
    log_var = distribution[1, :, :]
    return -0.5 * tf.reduce_sum(1 + log_var - tf.square(mu) - tf.exp(log_var))


BUILDERS: Mapping[schema.Model, Callable[[Shape], Printed]] = {
    "trivial": trivial,
    "compression": compression,
    "vae": variational,
}
