"""Encoders and decoders as Keras models.

Every model and layer is named here: Keras' automatic names count upwards within a process and would
change the stored files' bytes.
"""

import keras
from keras import layers

from stages.core.rng import derive_seed
from stages.models import convolution, products
from stages.models.autoencoder import Autoencoder
from stages.models.schema import Architecture, Convolutional, Dense

Shape = tuple[int, int, int]


def build(architecture: Architecture, image_shape: Shape, variational: bool) -> Autoencoder:
    """Build encoder and decoder with arbitrary weights; `initialize` sets them.

    Args:
        image_shape: height, width and channels in pixels.
        variational: whether the encoder gives a distribution.
    """
    return Autoencoder(
        _build_encoder(architecture, image_shape, variational),
        _build_decoder(architecture, image_shape),
    )


def _build_encoder(
    architecture: Architecture, image_shape: Shape, variational: bool
) -> keras.Model:
    """Build layers down to the code, or to the code's mean and log-variance."""
    image = hidden = keras.Input(image_shape, name="image")
    match architecture:
        case Dense():
            hidden = layers.Flatten(name="pixels")(hidden)
            for depth, width in enumerate(architecture.hidden):
                hidden = products.Dense(width, architecture.activation, name=f"hidden_{depth}")(
                    hidden
                )
        case Convolutional():
            for depth, filters in enumerate(architecture.filters):
                hidden = convolution.Convolution(
                    filters,
                    architecture.kernel_size,
                    strides=2,
                    padding="same",
                    activation=architecture.activation,
                    name=f"convolution_{depth}",
                )(hidden)
            hidden = layers.Flatten(name="features")(hidden)

    def code(name: str) -> keras.KerasTensor:
        return products.Dense(architecture.latent_dim, architecture.latent_activation, name=name)(
            hidden
        )

    outputs = [code("z_mean"), code("z_log_var")] if variational else code("z")
    return keras.Model(image, outputs, name="encoder")


def _build_decoder(architecture: Architecture, image_shape: Shape) -> keras.Model:
    """Build the encoder's mirror image."""
    height, width, channels = image_shape
    code = hidden = keras.Input((architecture.latent_dim,), name="code")
    match architecture:
        case Dense():
            for depth, units in reversed(list(enumerate(architecture.hidden))):
                hidden = products.Dense(units, architecture.activation, name=f"hidden_{depth}")(
                    hidden
                )
            hidden = products.Dense(height * width * channels, name="pixels")(hidden)
            image = layers.Reshape(image_shape, name="image")(hidden)
        case Convolutional():
            depths = len(architecture.filters)
            # Each convolution rounds its size up; the surplus is cropped at the end.
            rows, columns = -(-height // 2**depths), -(-width // 2**depths)
            hidden = products.Dense(
                rows * columns * architecture.filters[-1],
                architecture.activation,
                name="features",
            )(hidden)
            hidden = layers.Reshape((rows, columns, architecture.filters[-1]), name="feature_maps")(
                hidden
            )
            for depth in reversed(range(depths)):
                hidden = convolution.TransposedConvolution(
                    architecture.filters[depth - 1] if depth else channels,
                    architecture.kernel_size,
                    strides=2,
                    padding="same",
                    activation=architecture.activation if depth else "linear",
                    name=f"convolution_{depth}",
                )(hidden)
            image = layers.Cropping2D(
                ((0, rows * 2**depths - height), (0, columns * 2**depths - width)), name="image"
            )(hidden)
    return keras.Model(code, image, name="decoder")


def initialize(model: keras.Model, seed: int, *purpose: str) -> None:
    """Give a model fresh weights: Glorot-uniform kernels and zero biases, Keras' defaults.

    Models of the same shape get the same weights from the same seed, so that variants that differ
    only in their objective are compared from the same start.

    Args:
        *purpose: what the weights are for, in addition to the names of the model and the weight.
    """
    for weight in model.weights:
        if weight.name == "bias":
            weight.assign(keras.ops.zeros(weight.shape))
        else:
            initializer = keras.initializers.GlorotUniform(
                derive_seed(seed, *purpose, model.name, weight.path)
            )
            weight.assign(initializer(weight.shape))
