"""Layers as matrix products, against Keras' own."""

from itertools import cycle
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from stages.models.convolution import LAYERS, as_products
from stages.models.products import as_keras

RANDOM = np.random.default_rng(0)


def pair(name: str, x: Any, *arguments: Any, **settings: Any) -> tuple[Any, Any]:
    """Keras' layer and ours, with the same random weights."""
    theirs: Any = getattr(layers, name)
    kinds: Any = (theirs, LAYERS[theirs])
    both = [kind(*arguments, **settings) for kind in kinds]
    for layer in both:
        layer(x)
    both[1].set_weights(
        [RANDOM.normal(size=weight.shape).astype(np.float32) for weight in both[0].weights]
    )
    both[0].set_weights(both[1].get_weights())
    return both[0], both[1]


def outputs_and_gradients(layer: Any, x: Any) -> list[Any]:
    """What training sees of a layer."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = layer(x)
        weights = np.cos(np.arange(np.prod(outputs.shape))).reshape(outputs.shape)
        weighed = tf.reduce_sum(outputs * weights.astype(np.float32))
    return [outputs, *tape.gradient(weighed, [x, *layer.trainable_variables])]


# As in training. Not for Keras' layers, since a process keeps what XLA compiled until it ends.
compiled = tf.function(outputs_and_gradients, jit_compile=True)

SHAPES = [(3, 8, 8, 2), (2, 7, 10, 1), (1, 17, 17, 3)]
WITHOUT_STRIDES = [
    *(("Conv2D", filters, size, 1) for filters, size in ((3, 1), (3, 2), (60, 3), (3, 4), (3, 5))),
    *(("Conv2DTranspose", 3, size, 1) for size in (1, 2, 3, 4, 5)),
]
WITH_STRIDES = [
    *(("Conv2D", 3, size, stride) for size in (1, 3, 4) for stride in (2, 3)),
    *(
        ("Conv2DTranspose", 3, size, stride)
        for size in (2, 3, 4, 5)
        for stride in (2, 3)
        if stride <= size
    ),
]


@pytest.mark.parametrize(
    ("name", "filters", "size", "stride", "shape"),
    [
        *((*layer, shape) for layer, shape in zip(WITHOUT_STRIDES, cycle(SHAPES), strict=False)),
        # Where strides do not divide height and width, layers differ in where they begin.
        *(
            pytest.param(*layer, shape, marks=[] if shape == SHAPES[1] else pytest.mark.long)
            for layer in WITH_STRIDES
            for shape in SHAPES
        ),
    ],
    ids=str,
)
def test_values_and_gradients_are_those_of_keras(
    name: str, filters: int, size: int, stride: int, shape: tuple[int, ...]
) -> None:
    x = tf.constant(RANDOM.normal(size=shape).astype(np.float32))
    settings = {"padding": "same", "strides": stride, "activation": "relu"}
    theirs, ours = pair(name, x, filters, size, **settings)
    # Where kernels leave gaps, TensorFlow's own gradient is wrong (2.21, on the CPU); XLA's is not.
    right = compiled if size < stride else outputs_and_gradients
    for expected, received in zip(right(theirs, x), compiled(ours, x), strict=True):
        assert np.allclose(expected, received, atol=2e-4), name


@pytest.mark.parametrize("units", [1, 7, 300])
@pytest.mark.parametrize("shape", [(1, 5), (64, 1), (64, 400)], ids=str)
def test_dense_layers_are_those_of_keras(units: int, shape: tuple[int, int]) -> None:
    x = tf.constant(RANDOM.normal(size=shape).astype(np.float32))
    theirs, ours = pair("Dense", x, units, activation="sigmoid")
    for expected, received in zip(outputs_and_gradients(theirs, x), compiled(ours, x), strict=True):
        assert np.allclose(expected, received, atol=2e-4)


def test_a_model_of_our_layers_is_described_as_keras_own() -> None:
    def built(convolution: Any, transposed: Any) -> keras.Model:
        image = keras.Input((8, 8, 1), name="image")
        settings: Any = {"strides": 2, "padding": "same"}
        hidden = convolution(2, 4, activation="relu", name="first", **settings)(image)
        hidden = transposed(1, 4, name="second", **settings)(hidden)
        return keras.Model(image, hidden, name="model")

    theirs = (layers.Conv2D, layers.Conv2DTranspose)
    expected, received = built(*theirs), built(*(LAYERS[layer] for layer in theirs))
    assert as_keras(received).to_json() == expected.to_json()
    assert as_products(expected).to_json() == received.to_json()
    assert [weight.path for weight in received.weights] == [
        weight.path for weight in expected.weights
    ]


def test_positions_further_apart_than_the_kernel_leave_gaps() -> None:
    # TensorFlow's own gradient of the kernel is wrong here (2.21, on the CPU).
    x = tf.constant(RANDOM.normal(size=(2, 7, 10, 1)).astype(np.float32))
    layer = pair("Conv2DTranspose", x, 3, 1, strides=2)[1]
    weights = RANDOM.normal(size=(2, 14, 20, 3)).astype(np.float32)
    with tf.GradientTape() as tape:
        outputs = layer(x)
        weighed = tf.reduce_sum(outputs * weights)
    gradient = tape.gradient(weighed, layer.kernel)
    seen = np.einsum("bijc,bijk->k", x.numpy(), weights[:, ::2, ::2])
    assert np.allclose(np.ravel(gradient), seen, atol=1e-4)
    assert np.allclose(outputs[:, 1::2], layer.bias)
