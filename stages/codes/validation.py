"""Reconstruction and separation on validation images, to choose by."""

from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from stages.codes.quality import live_units
from stages.codes.reconstruction import mean_squared_error
from stages.codes.separation import Known, knn_correct
from stages.core.rng import rng_for
from stages.models.inference import batched, codes

Floats = NDArray[np.float32]


class Divided(NamedTuple):
    """Training images, divided.

    Attributes:
        x_train: (n, height, width, 1) that train.
        y_train: (n,) their classes.
        x_validation: (m, height, width, 1) that do not.
        y_validation: (m,) their classes.
    """

    x_train: Floats
    y_train: NDArray[np.uint8]
    x_validation: Floats
    y_validation: NDArray[np.uint8]


class Measures(NamedTuple):
    """Of one trained autoencoder.

    Attributes:
        validation_mse: squared error per pixel of validation images.
        validation_knn_accuracy: share of them whose nearest training codes have their class.
        live_units: units of the code that are not the same for all training images.
    """

    validation_mse: float
    validation_knn_accuracy: float
    live_units: int


def divide(x_train: Floats, y_train: NDArray[np.uint8], held_out: NDArray[np.int64]) -> Divided:
    """Divide training images into those that train and those that validate.

    Args:
        x_train: (n, height, width, 1).
        y_train: (n,) class numbers.
        held_out: indices of the validation part.
    """
    return Divided(
        np.delete(x_train, held_out, axis=0),
        np.delete(y_train, held_out),
        x_train[held_out],
        y_train[held_out],
    )


def measure(
    encoder: keras.Model,
    decoder: keras.Model,
    images: Divided,
    neighbours: int,
    reference_images: int,
    seed: int,
) -> Measures:
    """Measure an autoencoder without any test image.

    Args:
        encoder: trained.
        decoder: trained.
        images: to measure with.
        neighbours: how many vote.
        reference_images: among how many training images neighbours are sought.
        seed: decides which these are.
    """
    order = rng_for(seed, "reference").permutation(len(images.x_train))
    some = np.sort(order[:reference_images])
    encode, decode = batched(encoder), batched(decoder)
    z_train, z_validation = codes(encode(images.x_train)), codes(encode(images.x_validation))
    right = knn_correct(
        Known(z_train[some], images.y_train[some]),
        Known(z_validation, images.y_validation),
        min(neighbours, len(some)),
    )
    return Measures(
        mean_squared_error(images.x_validation, decode(z_validation)),
        float(np.mean(right)),
        live_units(z_train),
    )
