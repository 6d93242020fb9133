"""How well codes that were learned without labels separate the classes."""

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Floats = NDArray[np.float32] | NDArray[np.float64]
Labels = NDArray[np.uint8]

# When L-BFGS stops fitting the probe: at this gradient of the mean loss, or after so many steps. On
# the pixels of 10 000 images, a tenth of the gradient takes three times the steps for half a point
# of accuracy.
_GRADIENT = 1e-3
_STEPS = 500


def knn_accuracy(
    codes_train: Floats, y_train: Labels, codes_test: Floats, y_test: Labels, neighbours: int
) -> float:
    """Accuracy of the majority among the nearest training codes (Cover & Hart 1967).

    If classes have equally many votes, the one with the lowest number wins.

    Args:
        codes_train: (n, latent_dim), in any unit: distances are Euclidean, nothing is rescaled.
        y_train: (n,) class numbers.
        codes_test: (m, latent_dim).
        y_test: (m,) class numbers.
        neighbours: how many vote, in [1, n].

    Returns:
        Share of the test codes, in [0, 1].
    """
    origin = codes_train[0]
    classifier = KNeighborsClassifier(neighbours, algorithm="brute")
    classifier.fit(_relative_to(origin, codes_train), y_train)
    return float(np.mean(classifier.predict(_relative_to(origin, codes_test)) == y_test))


def probe_accuracy(
    codes_train: Floats, y_train: Labels, codes_test: Floats, y_test: Labels
) -> float:
    """Accuracy of a linear classifier on standardised codes (Alain & Bengio 2016).

    The classifier is multinomial logistic regression with scikit-learn's L2 penalty. L-BFGS stops
    at a gradient of 0.001 or after 500 steps; a classifier that has not converged by then is used
    as it is, since further steps move its weights along flat directions and change few predictions.

    Args:
        codes_train: (n, latent_dim), in any unit.
        y_train: (n,) class numbers, two classes at least.
        codes_test: (m, latent_dim), standardised by the training codes' moments.
        y_test: (m,) class numbers.

    Returns:
        Share of the test codes, in [0, 1].
    """
    probe = make_pipeline(StandardScaler(), LogisticRegression(tol=_GRADIENT, max_iter=_STEPS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        probe.fit(codes_train.astype(np.float64), y_train)
    return float(np.mean(probe.predict(codes_test.astype(np.float64)) == y_test))


def silhouette(points: Floats, labels: Labels) -> float:
    """How much nearer points are to their own class than to the next one (Rousseeuw 1987).

    Args:
        points: (n, d), in any unit; distances are Euclidean.
        labels: (n,) class numbers.

    Returns:
        The mean over all points, in [-1, 1]; 0 where there is nothing to compare: fewer than two
        classes, or no class of two points.
    """
    if not 1 < len(np.unique(labels)) < len(labels):
        return 0.0
    return float(silhouette_score(_relative_to(points[0], points), labels))


def _relative_to(origin: Floats, points: Floats) -> NDArray[np.float64]:
    """Subtract one of the points: scikit-learn computes distances from inner products. Codes that
    are all equal then have a distance of exactly 0, without rounding error.
    """
    return points.astype(np.float64) - origin
