"""Classifiers without an autoencoder: logistic regression and nearest neighbours."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier

from stages.few_labels import linear_probe

Floats = NDArray[np.float32]
Labels = NDArray[np.uint8]
Classes = NDArray[np.integer[Any]]


class Features(NamedTuple):
    """What a classifier sees of the images.

    Attributes:
        train: (n_train, d) of all training images.
        test: (n_test, d) of the test images.
    """

    train: Floats
    test: Floats


class Method(NamedTuple):
    """A kind of classifier and the settings that are tried.

    Attributes:
        name: in tables.
        setting: what is varied, in tables.
        values: the values that are tried.
        classify: from a value, labelled features (n, d) with classes (n,), and others (m, d), gives
            the classes (m,) of the others.
    """

    name: str
    setting: str
    values: Sequence[float]
    classify: Callable[[Any, Floats, Labels, Floats], Classes]


class Trial(NamedTuple):
    """One setting that was tried; as `Trial` of the regimes."""

    setting: str
    value: float
    validation_accuracy: float
    chosen: bool
    at_edge: bool


def logistic(inverse_regularizations: Sequence[float], classes: int) -> Method:
    """Give the linear probe that encoders have, for features of images."""

    def classify(value: float, x: Floats, y: Labels, others: Floats) -> Classes:
        return linear_probe.predict(linear_probe.fit(x, y, value, classes), others)

    return Method("logistic", "inverse_regularization", inverse_regularizations, classify)


def nearest_neighbours(neighbours: Sequence[int]) -> Method:
    """Give the majority of the nearest labelled images; all of them vote where they are fewer."""

    def classify(value: int, x: Floats, y: Labels, others: Floats) -> Classes:
        model = KNeighborsClassifier(min(value, len(x)), algorithm="brute").fit(x, y)
        return np.asarray(model.predict(others))

    return Method("knn", "neighbours", neighbours, classify)


def pixels(x_train: Floats, x_test: Floats) -> Features:
    """Flatten images of (n, height, width, 1) to (n, height x width)."""
    return Features(x_train.reshape(len(x_train), -1), x_test.reshape(len(x_test), -1))


def fit_pca(fitted: Floats, dimensions: int) -> PCA:
    """Fit principal components without labels, as the autoencoders are.

    Args:
        fitted: (n, d) images.
        dimensions: number of components, at most d and n.
    """
    return PCA(n_components=dimensions, svd_solver="covariance_eigh").fit(fitted.astype(np.float64))


def pca_squared_errors(pca: PCA, given: Floats, wanted: Floats) -> NDArray[np.float64]:
    """Measure how well the components reconstruct each image.

    Args:
        pca: fitted.
        given: (n, d) images that are projected.
        wanted: (n, d) images that should come out.

    Returns:
        (n,) squared errors per pixel.
    """
    values = pca.inverse_transform(pca.transform(given.astype(np.float64)))
    return np.asarray(np.mean(np.square(values - wanted), axis=1))


def tune(
    method: Method,
    features: Features,
    y_train: Labels,
    draws: NDArray[np.int64],
    validation: NDArray[np.int64],
) -> list[Trial]:
    """Try every setting on validation images.

    Args:
        method: the classifier.
        features: of all images.
        y_train: (n_train,) class numbers.
        draws: (draws, n) indices to learn from.
        validation: (m,) indices to choose by.

    Returns:
        One trial for each setting; the best is chosen by its mean over the draws, the first of
        equals.
    """
    x, asked = features.train, features.train[validation]
    accuracies = [
        float(
            np.mean(
                [
                    method.classify(value, x[draw], y_train[draw], asked) == y_train[validation]
                    for draw in draws
                ]
            )
        )
        for value in method.values
    ]
    best = int(np.argmax(accuracies))
    ends = {min(method.values), max(method.values)}
    return [
        Trial(method.setting, value, accuracy, number == best, value in ends)
        for number, (value, accuracy) in enumerate(zip(method.values, accuracies, strict=True))
    ]
