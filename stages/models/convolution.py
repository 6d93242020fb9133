"""Keras' convolutional layers, computed as matrix products.

On the CPU, XLA is slow at convolutions and their gradients, and outside XLA their bits depend on
the processor and on the number of threads. The same sums are written here as products of shifted
views.
"""

from functools import reduce
from operator import add
from typing import Any

import keras
import tensorflow as tf
from keras import layers

from stages.models.products import Dense, transposed

Tensor = Any

# The gradient of the weights is a sum over images and positions. In parts of about this length, the
# sums are computed side by side, and rounding errors grow with their length alone.
_LONGEST_SUM = 256


class Convolution(layers.Conv2D):
    """Conv2D with padding `same`."""

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """Multiply each position's surroundings with the kernel.

        Args:
            inputs: (batch, height, width, channels).
            kernel: (size, size, channels, filters).

        Returns:
            (batch, ceil(height / stride), ceil(width / stride), filters).
        """
        size, _, channels, filters = kernel.shape
        _, height, width, _ = inputs.shape
        down, right = self.strides
        rows, columns = -(-height // down), -(-width // right)
        missing = [
            max((count - 1) * stride + size - length, 0)
            for count, stride, length in ((rows, down, height), (columns, right, width))
        ]
        padded = tf.pad(inputs, ((0, 0), *map(_around, missing), (0, 0)))
        views = [
            padded[
                :,
                row : row + (rows - 1) * down + 1 : down,
                column : column + (columns - 1) * right + 1 : right,
            ]
            for row in range(size)
            for column in range(size)
        ]
        surroundings = tf.concat(views, axis=-1)
        return _product(surroundings, tf.reshape(kernel, (size * size * channels, filters)))


class TransposedConvolution(layers.Conv2DTranspose):
    """Conv2DTranspose with padding `same`."""

    def call(self, inputs: Tensor) -> Tensor:
        """Multiply each position with the kernel and add up where the results overlap.

        Args:
            inputs: (batch, height, width, channels).

        Returns:
            (batch, height * stride, width * stride, filters), after the activation.
        """
        size, _, filters, channels = self.kernel.shape
        _, height, width, _ = inputs.shape
        kernel = tf.reshape(
            tf.transpose(self.kernel, (3, 0, 1, 2)), (channels, size * size * filters)
        )
        taps = tf.reshape(_product(inputs, kernel), (-1, height, width, size, size, filters))
        rows = _overlapped(taps, space=1, tap=3, stride=self.strides[0])
        images = _overlapped(rows, space=2, tap=3, stride=self.strides[1])
        return self.activation(images + self.bias)


# Keras' layers, and the layers that replace them.
LAYERS: dict[type[layers.Layer], type[layers.Layer]] = {
    layers.Dense: Dense,
    layers.Conv2D: Convolution,
    layers.Conv2DTranspose: TransposedConvolution,
}


def as_products(model: keras.Model) -> keras.Model:
    """Build the same model with layers made of products in place of Keras' own.

    Returns:
        A model with the same names; its weights are arbitrary.
    """

    def rebuilt(layer: layers.Layer) -> layers.Layer:
        kind: Any = LAYERS.get(type(layer), type(layer))
        return kind.from_config(layer.get_config())

    return keras.models.clone_model(model, clone_function=rebuilt)


def _around(missing: int) -> tuple[int, int]:
    """Divide padding into before and after, as TensorFlow's `same` does."""
    return missing // 2, missing - missing // 2


@tf.custom_gradient
def _product_of_positions(x: Tensor, kernel: Tensor) -> tuple[Tensor, Any]:
    """(blocks, block, n) @ (n, m), whose gradient is a sum over blocks of sums over positions."""
    _, block, inputs = x.shape
    outputs = kernel.shape[1]

    def multiplied(values: Tensor, factor: Tensor) -> Tensor:
        rows = tf.reshape(values, (-1, values.shape[-1]))
        return tf.reshape(rows @ factor, (-1, block, factor.shape[1]))

    def gradients(error: Tensor) -> tuple[Tensor, Tensor]:
        of_x = multiplied(error, transposed(kernel))
        if inputs < outputs:
            of_kernel = tf.reduce_sum(transposed(x) @ error, axis=0)
        else:  # the narrower factor is the one to copy
            of_kernel = transposed(tf.reduce_sum(transposed(error) @ x, axis=0))
        return of_x, of_kernel

    return multiplied(x, kernel), gradients


def _product(positions: Tensor, kernel: Tensor) -> Tensor:
    """(batch, height, width, n) @ (n, m)."""
    _, height, width, inputs = positions.shape
    block = max(size for size in range(1, _LONGEST_SUM + 1) if height * width % size == 0)
    blocks = tf.reshape(positions, (-1, block, inputs))
    return tf.reshape(_product_of_positions(blocks, kernel), (-1, height, width, kernel.shape[1]))


def _overlapped(taps: Tensor, space: int, tap: int, stride: int) -> Tensor:
    """Transposed convolution along one axis: positions `stride` apart, each with a row of taps.

    Args:
        taps: an axis of positions and an axis of the kernel's taps.
        space: the axis of positions.
        tap: the axis of taps; comes after `space`.
        stride: pixels between positions.

    Returns:
        Without the axis of taps, and `stride` times as many positions.
    """
    length, size = taps.shape[space], taps.shape[tap]
    parts = tf.unstack(taps, axis=tap)
    # Pixel stride * i + phase gets tap phase from position i, tap phase + stride from i - 1, …
    reach = -(-size // stride) - 1
    phases: list[Tensor] = []
    for phase in range(stride):
        shifted = []
        for delay, part in enumerate(parts[phase::stride]):
            padding = [(0, 0)] * part.shape.rank
            padding[space] = (delay, reach - delay)
            shifted.append(tf.pad(part, padding))
        phases.append(reduce(add, shifted) if shifted else tf.zeros_like(phases[0]))
    together = tf.stack(phases, axis=space + 1)
    _, *shape = together.shape
    shape[space - 1 : space + 1] = [(length + reach) * stride]
    pixels = tf.reshape(together, (-1, *shape))
    before, _ = _around(max(size - stride, 0))
    return tf.gather(pixels, tf.range(before, before + length * stride), axis=space)
