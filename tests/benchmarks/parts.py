"""What a training step consists of, each part as a compiled loop over an epoch of its own."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from stages.models.architecture import build, initialize
from stages.models.autoencoder import Autoencoder
from stages.models.gaussian import RANDOM_NUMBERS
from stages.training.objective import beta, terms, total
from tests.benchmarks.case import Case

Part = Callable[[], Any]
# Not in the chain of layers, beside z_mean.
_BESIDE = "z_log_var"


class Product(NamedTuple):
    """A layer as a matrix product, (rows, inputs) @ (inputs, outputs).

    Attributes:
        rows: images of a batch, times positions in each.
        inputs: that are summed over.
        outputs: of each row.
    """

    rows: int
    inputs: int
    outputs: int


def products_of(autoencoder: Autoencoder, batch_size: int) -> list[Product]:
    """List the products of a pass forwards.

    Args:
        autoencoder: dense or convolutional.
        batch_size: images in a batch.

    Returns:
        One for each layer with a kernel, in their order, but for `z_log_var`, which is small.
    """
    found = []
    for layer in (layer for model in autoencoder for layer in model.layers):
        if layer.name == _BESIDE:
            continue
        match layer:
            case keras.layers.Dense():
                found.append(Product(batch_size, *layer.kernel.shape))
            case keras.layers.Conv2DTranspose():
                rows = batch_size * layer.input.shape[1] * layer.input.shape[2]
                height, width, outputs, inputs = layer.kernel.shape
                found.append(Product(rows, inputs, height * width * outputs))
            case keras.layers.Conv2D():
                rows = batch_size * layer.output.shape[1] * layer.output.shape[2]
                height, width, inputs, outputs = layer.kernel.shape
                found.append(Product(rows, height * width * inputs, outputs))
    return found


def operations(products: list[Product]) -> int:
    """Count the floating point operations of a training step's products.

    Args:
        products: of the pass forwards, the first layer's first.

    Returns:
        Multiplications and additions: forwards, for the inputs' gradient (which the first layer
        does without), and for the kernel's.
    """
    return sum(
        2 * rows * inputs * outputs * (3 if number else 2)
        for number, (rows, inputs, outputs) in enumerate(products)
    )


def data(given: Case, variant: str) -> Part:
    """Gathering the batches and nothing else.

    Args:
        given: the images.
        variant: does not matter.

    Returns:
        A function without arguments that does it for an epoch.
    """
    x, order = _epoch(given)

    @tf.function(jit_compile=True)
    def run(x: Any, order: Any) -> Any:
        batch = tf.gather(x, order[0])
        for step in tf.range(len(order)):
            batch = tf.gather(x, order[step])
        return batch

    return lambda: run(x, order)


def products(given: Case, variant: str) -> Part:
    """Gathering the batches and the products of dense layers, forwards and backwards.

    Args:
        given: the images.
        variant: its name; without convolutions.

    Returns:
        A function without arguments that does them for an epoch.
    """
    # In a chain.
    kernels = [
        tf.constant(layer.kernel)
        for model in fresh(given, variant)
        for layer in model.layers
        if isinstance(layer, keras.layers.Dense) and layer.name != _BESIDE
    ]
    x, order = _epoch(given)

    @tf.function(jit_compile=True)
    def run(x: Any, order: Any, kernels: Any) -> Any:
        gradients = [tf.zeros_like(kernel) for kernel in kernels]
        for step in tf.range(len(order)):
            inputs = [tf.gather(x, order[step])]
            for kernel in kernels:
                inputs.append(inputs[-1] @ kernel)
            error = inputs.pop()
            backwards = []
            for before, kernel in zip(reversed(inputs), reversed(kernels), strict=True):
                backwards.append(tf.matmul(before, error, transpose_a=True))
                error = tf.matmul(error, kernel, transpose_b=True)
            gradients = backwards[::-1]
        return gradients

    flat = tf.reshape(x, (len(x), -1))
    return lambda: run(flat, order, kernels)


def gradient(given: Case, variant: str) -> Part:
    """A whole step but for Adam.

    Args:
        given: the images.
        variant: its name.

    Returns:
        A function without arguments that does it for an epoch.
    """
    chosen, autoencoder = given.variant(variant), fresh(given, variant)
    weights = [weight for model in autoencoder for weight in model.trainable_variables]
    x, order = _epoch(given)
    pixels = int(np.prod(x.shape[1:]))
    kl_weight = beta(chosen, pixels, order.shape[1])

    @tf.function(jit_compile=True)
    def run(x: Any, order: Any) -> Any:
        gradients = [tf.zeros(weight.shape) for weight in weights]
        for step in tf.range(len(order)):
            noise = tf.random.fold_in((0, 0), step, alg=RANDOM_NUMBERS)
            with tf.GradientTape() as tape:
                parts = terms(*autoencoder, chosen, tf.gather(x, order[step]), noise)
                loss = total(parts, chosen, kl_weight, pixels)
            gradients = tape.gradient(loss, weights)
        return gradients

    return lambda: run(x, order)


PARTS: dict[str, Callable[[Case, str], Part]] = {
    "data": data,
    "products": products,
    "gradient": gradient,
}


def fresh(given: Case, variant: str) -> Autoencoder:
    """Build a variant's models.

    Args:
        given: the images.
        variant: its name.

    Returns:
        Encoder and decoder with fresh weights.
    """
    chosen = given.variant(variant)
    autoencoder = build(chosen.architecture, given.images.shape[1:], chosen.variational)
    for model in autoencoder:
        initialize(model, 0)
    return autoencoder


@cache
def _epoch(given: Case) -> tuple[Any, Any]:
    """The images and the order of their batches."""
    size = given.train.batch_size
    order = np.random.default_rng(0).permutation(len(given.images)).reshape(-1, size)
    return tf.constant(given.images), tf.constant(order, tf.int32)
