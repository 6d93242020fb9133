"""Classifiers without an autoencoder: logistic regression and nearest neighbours."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from stages.few_labels.schema import Baselines

Floats = NDArray[np.float32]

# L-BFGS is stopped here at the latest: accuracy hardly changes any more by then.
_ITERATIONS = 100


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
        make: makes a classifier for a value.
    """

    name: str
    setting: str
    values: Sequence[float]
    make: Callable[[Any], Any]


class Trial(NamedTuple):
    """One setting that was tried; as `Trial` of the regimes."""

    setting: str
    value: float
    validation_accuracy: float
    chosen: bool


def methods(settings: Baselines) -> tuple[Method, Method]:
    """Give logistic regression and nearest neighbours, with the values that are tried."""
    return (
        Method(
            "logistic",
            "inverse_regularization",
            settings.inverse_regularizations,
            lambda value: LogisticRegression(C=value, max_iter=_ITERATIONS),
        ),
        Method(
            "knn",
            "neighbours",
            settings.neighbours,
            lambda value: KNeighborsClassifier(value, algorithm="brute"),
        ),
    )


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


def pca_mean_squared_error(pca: PCA, images: Floats) -> float:
    """Measure what the components leave out of (n, d) images: the squared error per pixel."""
    values = images.astype(np.float64)
    return float(np.mean(np.square(pca.inverse_transform(pca.transform(values)) - values)))


def tune(
    method: Method,
    features: Features,
    y_train: NDArray[np.uint8],
    draws: NDArray[np.int64],
    validation: NDArray[np.int64],
) -> list[Trial]:
    """Try every setting on validation images.

    Args:
        y_train: (n_train,) class numbers.
        draws: (draws, n) indices to learn from.
        validation: (m,) indices to choose by.

    Returns:
        One trial for each setting; the best is chosen by its mean over the draws, the first of
        equals. As many neighbours as there are images are the most.
    """
    values = list(method.values)
    if method.name == "knn":
        values = list(dict.fromkeys(min(value, draws.shape[1]) for value in values))
    accuracies = [
        float(
            np.mean(
                [
                    _accuracy(
                        method.make(value),
                        features.train[train],
                        y_train[train],
                        features.train[validation],
                        y_train[validation],
                    )
                    for train in draws
                ]
            )
        )
        for value in values
    ]
    best = int(np.argmax(accuracies))
    return [
        Trial(method.setting, value, accuracy, number == best)
        for number, (value, accuracy) in enumerate(zip(values, accuracies, strict=True))
    ]


def test(
    method: Method,
    value: float,
    features: Features,
    y_train: NDArray[np.uint8],
    y_test: NDArray[np.uint8],
    draws: Iterable[NDArray[np.int64]],
) -> Iterator[float]:
    """Train on every draw and test once.

    Args:
        value: of the method's setting.
        y_train: (n_train,) class numbers.
        y_test: (n_test,) class numbers.
        draws: indices of labelled images.

    Yields:
        Test accuracies.
    """
    for draw in draws:
        yield _accuracy(
            method.make(value), features.train[draw], y_train[draw], features.test, y_test
        )


def _accuracy(
    classifier: Any,
    x_train: Floats,
    y_train: NDArray[np.uint8],
    x_evaluated: Floats,
    y_evaluated: NDArray[np.uint8],
) -> float:
    with warnings.catch_warnings():
        # Weak regularisation on few labels converges slowly, long after accuracy has settled.
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit(x_train, y_train)
    return float(np.mean(classifier.predict(x_evaluated) == y_evaluated))
