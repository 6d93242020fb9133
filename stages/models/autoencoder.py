"""The pair of models that every variant consists of."""

from typing import NamedTuple

import keras


class Autoencoder(NamedTuple):
    """An encoder and its decoder, which can also be used separately.

    Attributes:
        encoder: (batch, height, width, 1) -> code (batch, latent_dim); a variational one gives
            the pair `z_mean`, `z_log_var`, each (batch, latent_dim).
        decoder: (batch, latent_dim) -> (batch, height, width, 1), linear.
    """

    encoder: keras.Model
    decoder: keras.Model
