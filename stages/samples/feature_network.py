"""The network in whose features samples are compared: a small classifier of real images."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from stages.core.errors import InputError
from stages.core.formats import read_arrays, write_arrays
from stages.core.rng import rng_for
from stages.models.architecture import Shape, build, initialize
from stages.models.inference import batched
from stages.models.optimization import full_batches
from stages.models.products import Dense
from stages.models.schema import Architecture
from stages.samples.schema import Classifier

Floats = NDArray[np.float32]


class FeatureNetwork(NamedTuple):
    """An encoder of images, whose code is the last hidden layer, and an output layer.

    Attributes:
        model: image (batch, height, width, 1) -> logits (batch, classes).
        hidden: (n, height, width, 1) -> (n, latent_dim), compiled.
        logits: (n, height, width, 1) -> (n, classes), compiled.
        labels: (classes,) the class numbers that the logits stand for.
    """

    model: keras.Model
    hidden: Callable[[Floats], Floats]
    logits: Callable[[Floats], Floats]
    labels: NDArray[np.uint8]


def train(x_train: Floats, y_train: NDArray[np.uint8], settings: Classifier) -> FeatureNetwork:
    """Train on real images with all their labels, by Adam with a learning rate that falls.

    Args:
        x_train: (n, height, width, 1) float32 in [0, 1].
        y_train: (n,) class numbers.

    Raises:
        InputError: training diverges.
    """
    labels, y = np.unique(y_train, return_inverse=True)
    network = _untrained(settings.architecture, x_train.shape[1:], labels)
    initialize(network.model, settings.seed)
    optimizer = keras.optimizers.Adam()
    learn = compiled_epoch(network.model, optimizer)
    images, numbers = tf.constant(x_train), tf.constant(y, tf.int32)
    for epoch in range(settings.epochs):
        optimizer.learning_rate.assign(settings.learning_rate * (1 - epoch / settings.epochs))
        order = rng_for(settings.seed, "classifier", "order", epoch).permutation(len(x_train))
        loss = float(learn(images, numbers, tf.constant(full_batches(order, settings.batch_size))))
        if not np.isfinite(loss):
            raise InputError(
                f"classifier, epoch {epoch + 1}: expected a finite loss, received {loss}; "
                f"classifier.learning_rate is {settings.learning_rate}"
            )
    return network


def compiled_epoch(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> Any:
    """Compile an epoch of training.

    Args:
        model: image -> logits; its weights are changed.
        optimizer: belongs to this model from now on.

    Returns:
        A function of images, numbers of classes, and (batches, batch) indices of both; it gives the
        sum of the batches' losses.
    """
    weights = model.trainable_variables
    optimizer.build(weights)
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function(jit_compile=True)
    def learn(x: Any, y: Any, order: Any) -> Any:
        total = tf.zeros(())
        for step in tf.range(order.shape[0]):
            with tf.GradientTape() as tape:
                logits = model(tf.gather(x, order[step]), training=True)
                loss = cross_entropy(tf.gather(y, order[step]), logits)
            optimizer.apply(tape.gradient(loss, weights), weights)
            total += loss
        return total

    return learn


def save(network: FeatureNetwork, path: Path) -> None:
    """Write weights and labels as npz."""
    weights = {weight.path: np.asarray(weight) for weight in network.model.weights}
    write_arrays(path, labels=network.labels, **weights)


def load(path: Path, settings: Classifier, image_shape: Shape) -> FeatureNetwork:
    """Read what `save` wrote.

    Args:
        path: npz.
        settings: those with which the network was trained.
        image_shape: height, width and channels in pixels.

    Raises:
        InputError: the file is damaged or does not fit the architecture.
    """
    (labels,) = read_arrays(path, "labels")
    network = _untrained(settings.architecture, image_shape, labels)
    weights = read_arrays(path, *(weight.path for weight in network.model.weights))
    try:
        network.model.set_weights(list(weights))
    except ValueError as error:
        raise InputError(f"{path}: expected the weights of the classifier: {error}") from error
    return network


def features(network: FeatureNetwork, images: Floats) -> Floats:
    """Map images to the last hidden layer.

    Args:
        images: (n, height, width, 1); clipped to [0, 1], as they are in every figure.

    Returns:
        (n, latent_dim).
    """
    return network.hidden(np.clip(images, 0, 1))


def classes(network: FeatureNetwork, images: Floats) -> NDArray[np.uint8]:
    """Classify images.

    Args:
        images: (n, height, width, 1), clipped likewise.

    Returns:
        (n,) class numbers.
    """
    number = np.argmax(network.logits(np.clip(images, 0, 1)), axis=1)
    return np.asarray(network.labels[number])


def _untrained(
    architecture: Architecture, image_shape: Shape, labels: NDArray[np.uint8]
) -> FeatureNetwork:
    """Build the network with arbitrary weights; its compiled functions see later ones."""
    encoder = build(architecture, image_shape, variational=False).encoder
    logits = Dense(labels.size, name="logits")(encoder.outputs[0])
    model = keras.Model(encoder.inputs, logits, name="classifier")
    return FeatureNetwork(model, batched(encoder), batched(model), labels)
