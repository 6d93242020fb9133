"""Dense layers as matrix products whose bits depend on no x86-64 processor.

XLA has two libraries for products on the CPU. YNNPACK adds up each element of a product in an order
that the product's shape decides and, where a product is thin, the number of threads. The width of
the processor's vectors changes no bit. (Arm's matrix extension SME adds up in another order.) It
takes only products whose factors lie in memory as they are multiplied; the others go to oneDNN,
whose order depends on the processor. The gradients of a product have a transposed factor, so they
are written here with transposed copies.

Models are stored with Keras' own layers and weights, so that they load elsewhere without the layers
of this project.
"""

from typing import Any

import keras
import tensorflow as tf
from keras import layers
from tensorflow.compiler.tf2xla.ops import gen_xla_ops

Tensor = Any


class Dense(layers.Dense):
    """Dense layer with a bias."""

    def call(self, inputs: Tensor) -> Tensor:
        """Multiply with the kernel.

        Args:
            inputs: (batch, n).

        Returns:
            (batch, units), after the activation.
        """
        return self.activation(product(inputs, tf.convert_to_tensor(self.kernel)) + self.bias)


@tf.custom_gradient
def product(x: Tensor, kernel: Tensor) -> tuple[Tensor, Any]:
    """Multiply two matrices.

    Args:
        x: (batch, n).
        kernel: (n, m).

    Returns:
        (batch, m).
    """

    def gradients(error: Tensor) -> tuple[Tensor, Tensor]:
        of_x = transposed(_kept(kernel @ transposed(error)))
        return of_x, transposed(x) @ error

    return x @ kernel, gradients


def transposed(x: Tensor) -> Tensor:
    """Copy with the last two axes exchanged."""
    axes = (*range(x.shape.rank - 2), x.shape.rank - 1, x.shape.rank - 2)
    return _kept(tf.transpose(x, axes))


def _kept(x: Tensor) -> Tensor:
    """Keep XLA from merging what made these values with what uses them."""
    (same,) = gen_xla_ops.xla_optimization_barrier([x])
    return same


def as_keras(model: keras.Model) -> keras.Model:
    """Build the same model with Keras' own layers in place of those made of products.

    Args:
        model: each of its layers is Keras' own or derived from the one that it computes.

    Returns:
        A model with the same names; its weights are arbitrary.
    """

    def rebuilt(layer: layers.Layer) -> layers.Layer:
        kinds = type(layer).__mro__
        kind: Any = next(kind for kind in kinds if kind.__module__.startswith("keras."))
        return kind.from_config(layer.get_config())

    return keras.models.clone_model(model, clone_function=rebuilt)
