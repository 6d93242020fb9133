"""Linear probes: multinomial logistic regression on codes of a common scale."""

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float32]

# With few labels L-BFGS converges in fewer steps; with all labels, accuracy hardly changes by then.
_STEPS = 1_000
# The logit of a class without a label.
_NEVER = -1e9


class Probe(NamedTuple):
    """A linear layer on codes as they are.

    Attributes:
        kernel: (latent_dim, classes) float32.
        bias: (classes,) float32.
    """

    kernel: Floats
    bias: Floats


def fit(codes: Floats, y: NDArray[np.uint8], inverse_regularization: float, classes: int) -> Probe:
    """Fit a probe by L-BFGS (Alain & Bengio 2016).

    For the fit, codes are centred and all units divided by one number, so that C means the same for
    every code. To divide each unit by its own deviation would make units that hardly vary as
    important as the others.

    Args:
        codes: (n, latent_dim), in any unit.
        y: (n,) class numbers.
        inverse_regularization: C of scikit-learn's L2 penalty.
        classes: number of classes; one without a label is never predicted.
    """
    present = np.unique(y)
    kernel = np.zeros((codes.shape[1], classes))
    bias = np.full(classes, _NEVER)
    if len(present) == 1:
        bias[present] = 0.0
        return Probe(kernel.astype(np.float32), bias.astype(np.float32))
    values = codes.astype(np.float64)
    mean = np.mean(values, axis=0)
    scale = float(np.sqrt(np.mean(np.square(values - mean)))) or 1.0
    model = LogisticRegression(C=inverse_regularization, max_iter=_STEPS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit((values - mean) / scale, y)
    weights, intercepts = model.coef_, model.intercept_
    if len(present) == 2:  # scikit-learn gives the second class's logit alone
        weights = np.concatenate([np.zeros_like(weights), weights])
        intercepts = np.concatenate([np.zeros_like(intercepts), intercepts])
    kernel[:, present] = weights.T / scale
    bias[present] = intercepts - (weights / scale) @ mean
    return Probe(kernel.astype(np.float32), bias.astype(np.float32))


def predict(probe: Probe, codes: Floats) -> NDArray[np.int64]:
    """Classify codes.

    Args:
        probe: the layer.
        codes: (n, latent_dim).

    Returns:
        (n,) class numbers, the lowest of equals.
    """
    logits = codes.astype(np.float64) @ probe.kernel.astype(np.float64) + probe.bias
    return np.asarray(np.argmax(logits, axis=1))
