"""Self-training: a classifier learns from its own confident predictions, too (Yarowsky 1995)."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.semi_supervised import SelfTrainingClassifier

Floats = NDArray[np.float32] | NDArray[np.float64]

# scikit-learn's defaults: nothing is tuned here.
_CONFIDENCE = 0.75
_ROUNDS = 10
# Of L-BFGS, in each round.
_STEPS = 1_000


def self_trained(
    classifier: Any, x_labelled: Floats, y: NDArray[np.uint8], x_unlabelled: Floats
) -> Any:
    """Fit a classifier to labels, then again and again to these and to what it is sure of.

    In each round, what is predicted with a probability above 0.75 keeps that class for good and
    joins the labels. It ends after 10 rounds, or when nothing joins or nothing is left. One round
    is the pseudo-label of Lee (2013) with a threshold.

    Args:
        classifier: of scikit-learn, with probabilities; it is copied.
        x_labelled: (n, d).
        y: (n,) class numbers, two classes at least.
        x_unlabelled: (m, d); none at all leave the classifier fitted to the labels alone.

    Returns:
        What was fitted last; `predict` gives classes.
    """
    features = np.concatenate([x_labelled, x_unlabelled])
    targets = np.full(len(features), -1, np.int64)
    targets[: len(y)] = y
    trained = SelfTrainingClassifier(classifier, threshold=_CONFIDENCE, max_iter=_ROUNDS)
    with warnings.catch_warnings():
        # As for the other baselines: accuracy has settled long before the weights have.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "y contains no unlabeled samples", UserWarning)
        trained.fit(features, targets)
    return trained


def self_training(
    labelled: Floats,
    y: NDArray[np.uint8],
    unlabelled: Floats,
    asked: Floats,
    inverse_regularization: float,
) -> NDArray[np.integer[Any]]:
    """Classify features by self-trained logistic regression, scaled as a linear probe's are.

    Args:
        labelled: (n, d).
        y: (n,) class numbers, two classes at least.
        unlabelled: (m, d).
        asked: (k, d) to classify.
        inverse_regularization: C.

    Returns:
        (k,) class numbers.
    """
    mean = np.mean(labelled, axis=0, dtype=np.float64)
    scale = float(np.sqrt(np.mean(np.square(labelled - mean)))) or 1.0
    known, others, wanted = ((part - mean) / scale for part in (labelled, unlabelled, asked))
    model = LogisticRegression(C=inverse_regularization, max_iter=_STEPS)
    return np.asarray(self_trained(model, known, y, others).predict(wanted))
