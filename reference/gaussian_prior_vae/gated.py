"""Variational autoencoders of gated dense layers, for binary images.

A gated layer is (W x + b) * sigmoid(V x + c) (Dauphin et al. 2017, equation 1).
"""

import math

import keras
from keras import layers

from reference.gaussian_prior_vae.schema import GatedModel
from stages.core.rng import derive_seed
from stages.models import products
from stages.models.autoencoder import Autoencoder


def build(settings: GatedModel, image_shape: tuple[int, int, int]) -> Autoencoder:
    """Build encoder and decoder with arbitrary weights, for `initialize` to
    set.

    Args:
        settings: widths and limits.
        image_shape: height, width and channels in pixels.

    Returns:
        Both models; the decoder gives logits of pixels.
    """
    image = hidden = keras.Input(image_shape, name="image")
    hidden = layers.Flatten(name="pixels")(hidden)
    for depth, width in enumerate(settings.hidden):
        hidden = _gated(hidden, width, depth)
    z_mean = products.Dense(settings.latent_dim, name="z_mean")(hidden)
    z_log_var = products.Dense(settings.latent_dim, name="unlimited_z_log_var")(hidden)
    z_log_var = _limited(z_log_var, settings.min_log_var, settings.max_log_var, "z_log_var")
    encoder = keras.Model(image, [z_mean, z_log_var], name="encoder")

    code = hidden = keras.Input((settings.latent_dim,), name="code")
    for depth, width in reversed(list(enumerate(settings.hidden))):
        hidden = _gated(hidden, width, depth)
    logits = products.Dense(math.prod(image_shape), name="pixels")(hidden)
    if settings.min_probability:
        most = math.log1p(-settings.min_probability) - math.log(settings.min_probability)
        logits = _limited(logits, -most, most, "logits")
    decoder = keras.Model(code, layers.Reshape(image_shape, name="image")(logits), name="decoder")
    return Autoencoder(encoder, decoder)


def initialize(autoencoder: Autoencoder, seed: int) -> None:
    """Give the models fresh weights: kernels from N(0, 2 / fan-in) (He et al. 2015, equation 10),
    biases uniform within +- 1 / sqrt(fan-in), which is PyTorch's default.
    """
    for model in autoencoder:
        for layer in model.layers:
            if not isinstance(layer, products.Dense):
                continue
            fan_in = layer.kernel.shape[0]
            seeds = [derive_seed(seed, "pretraining", model.name, w.path) for w in layer.weights]
            kernel = keras.initializers.RandomNormal(0.0, math.sqrt(2 / fan_in), seeds[0])
            bias = keras.initializers.RandomUniform(
                -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in), seeds[1]
            )
            layer.kernel.assign(kernel(layer.kernel.shape))
            layer.bias.assign(bias(layer.bias.shape))


def _gated(inputs: keras.KerasTensor, width: int, depth: int) -> keras.KerasTensor:
    linear = products.Dense(width, name=f"linear_{depth}")(inputs)
    gate = products.Dense(width, "sigmoid", name=f"gate_{depth}")(inputs)
    return layers.Multiply(name=f"hidden_{depth}")([linear, gate])


def _limited(values: keras.KerasTensor, least: float, most: float, name: str) -> keras.KerasTensor:
    """Clip by layers that Keras can store: scaled to [-1, 1], clipped there, and back."""
    middle, reach = (most + least) / 2, (most - least) / 2
    scaled = layers.Rescaling(1 / reach, -middle / reach, name=f"scaled_{name}")(values)
    clipped = layers.Activation("hard_tanh", name=f"clipped_{name}")(scaled)
    return layers.Rescaling(reach, middle, name=name)(clipped)
