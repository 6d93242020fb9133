"""The network in whose features samples are compared: a small classifier of real images."""

import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from stages.core.errors import InputError
from stages.core.formats import read_arrays, write_arrays
from stages.core.rng import derive_seed
from stages.samples.schema import Classifier

Floats = NDArray[np.float32]
_MOST_LAYERS = 100


class FeatureNetwork(NamedTuple):
    """Dense layers with ReLU between them.

    Attributes:
        kernels: (inputs, outputs) of each layer, from the pixels to the logits.
        biases: (outputs,) of each layer.
        labels: the classes that the logits stand for; for two classes there is one logit.
    """

    kernels: list[Floats]
    biases: list[Floats]
    labels: NDArray[np.uint8]


def train(x_train: Floats, y_train: NDArray[np.uint8], settings: Classifier) -> FeatureNetwork:
    """Train on real images with all their labels.

    Args:
        x_train: (n, height, width, 1) float32 in [0, 1].
        y_train: (n,) class numbers.

    Raises:
        InputError: training diverges.
    """
    model = MLPClassifier(
        settings.hidden,
        batch_size=min(settings.batch_size, len(x_train)),
        learning_rate_init=settings.learning_rate,
        max_iter=settings.epochs,
        n_iter_no_change=settings.epochs,
        # An old name of this network. It is part of the seed: another word gives another network.
        random_state=derive_seed(settings.seed, "judge"),
    )
    with warnings.catch_warnings():
        # The warning says that max_iter was reached, which is intended.
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            model.fit(x_train.reshape(len(x_train), -1), y_train)
        except ValueError as error:  # weights are no longer finite
            raise InputError(
                f"classifier: expected training to converge, received: {error}; "
                f"classifier.learning_rate is {settings.learning_rate}"
            ) from error
    return FeatureNetwork(
        [kernel.astype(np.float32) for kernel in model.coefs_],
        [bias.astype(np.float32) for bias in model.intercepts_],
        np.asarray(model.classes_, np.uint8),
    )


def save(network: FeatureNetwork, path: Path) -> None:
    """Write the layers as npz."""
    arrays = {f"kernel_{depth}": kernel for depth, kernel in enumerate(network.kernels)}
    arrays |= {f"bias_{depth}": bias for depth, bias in enumerate(network.biases)}
    write_arrays(path, layers=np.array(len(network.kernels)), labels=network.labels, **arrays)


def load(path: Path) -> FeatureNetwork:
    """Read what `save` wrote.

    Raises:
        InputError: the file is damaged or lacks a layer.
    """
    layers, labels = read_arrays(path, "layers", "labels")
    if layers.shape or layers.dtype.kind != "i" or not 0 < layers <= _MOST_LAYERS:
        raise InputError(
            f"{path}: layers: expected a number up to {_MOST_LAYERS}, received {layers}"
        )
    kernels, biases = (
        list(read_arrays(path, *(f"{kind}_{depth}" for depth in range(layers))))
        for kind in ("kernel", "bias")
    )
    return FeatureNetwork(kernels, biases, labels)


def features(network: FeatureNetwork, images: Floats) -> Floats:
    """Map images to the last hidden layer.

    Args:
        images: (n, height, width, 1); clipped to [0, 1], as they are in every figure.

    Returns:
        (n, width) at least 0.
    """
    hidden = np.clip(images, 0, 1).reshape(len(images), -1)
    for kernel, bias in zip(network.kernels[:-1], network.biases[:-1], strict=True):
        hidden = np.maximum(hidden @ kernel + bias, 0)
    return hidden


def classes(network: FeatureNetwork, images: Floats) -> NDArray[np.uint8]:
    """Classify images.

    Args:
        images: (n, height, width, 1).

    Returns:
        (n,) class numbers.
    """
    logits = features(network, images) @ network.kernels[-1] + network.biases[-1]
    number = logits[:, 0] > 0 if logits.shape[1] == 1 else np.argmax(logits, axis=1)
    return np.take(network.labels, number.astype(np.int64))
