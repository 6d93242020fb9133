"""How well codes that were learned without labels separate the classes."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

Floats = NDArray[np.float32] | NDArray[np.float64]
Labels = NDArray[np.uint8]

# When L-BFGS stops fitting the probe: at this gradient of the mean loss, or after so many steps. On
# the pixels of 10 000 images, a tenth of the gradient takes three times the steps for half a point
# of accuracy.
_GRADIENT = 1e-3
_STEPS = 500


class Known(NamedTuple):
    """Codes with their classes.

    Attributes:
        codes: (n, latent_dim), in any unit.
        y: (n,) class numbers.
    """

    codes: Floats
    y: Labels


class Probed(NamedTuple):
    """What a probe measured.

    Attributes:
        correct: (m,) bool, whether it is right about a test code.
        inverse_regularization: the C that validation codes chose.
    """

    correct: NDArray[np.bool_]
    inverse_regularization: float


def knn_correct(train: Known, test: Known, neighbours: int) -> NDArray[np.bool_]:
    """Ask the majority among the nearest training codes (Cover & Hart 1967).

    If classes have equally many votes, the one with the lowest number wins.

    Args:
        train: distances are Euclidean, nothing is rescaled.
        test: (m, latent_dim).
        neighbours: how many vote, in [1, n].

    Returns:
        (m,) whether they are right.
    """
    origin = train.codes[0]
    classifier = KNeighborsClassifier(neighbours, algorithm="brute")
    classifier.fit(_relative_to(origin, train.codes), train.y)
    return np.asarray(classifier.predict(_relative_to(origin, test.codes)) == test.y)


def probe(
    train: Known, validation: Known, test: Known, inverse_regularizations: Sequence[float]
) -> Probed:
    """Classify with a linear classifier (Alain & Bengio 2016).

    Codes are centred and all units divided by one number, so that C means the same for every code.
    The classifier is multinomial logistic regression with scikit-learn's L2 penalty, whose C is the
    one with the highest accuracy on validation codes, the first of equals. L-BFGS stops at a
    gradient of 0.001 or after 500 steps; a classifier that has not converged by then is used as it
    is, since further steps move its weights along flat directions and change few predictions.

    Args:
        train: two classes at least; their moments give the centre and the scale.
        validation: to choose by.
        test: to measure.
        inverse_regularizations: the values of C that are tried.
    """
    mean = np.mean(train.codes, axis=0, dtype=np.float64)
    scale = float(np.sqrt(np.mean(np.square(train.codes - mean)))) or 1.0
    scaled = [(part.codes - mean) / scale for part in (train, validation, test)]
    fitted = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for c in inverse_regularizations:
            model = LogisticRegression(C=c, tol=_GRADIENT, max_iter=_STEPS)
            fitted.append(model.fit(scaled[0], train.y))
    accuracies = [np.mean(model.predict(scaled[1]) == validation.y) for model in fitted]
    best = int(np.argmax(accuracies))
    correct = np.asarray(fitted[best].predict(scaled[2]) == test.y)
    return Probed(correct, inverse_regularizations[best])


def _relative_to(origin: Floats, points: Floats) -> NDArray[np.float64]:
    """Subtract one of the points: scikit-learn computes distances from inner products. Codes that
    are all equal then have a distance of exactly 0, without rounding error.
    """
    return points.astype(np.float64) - origin
