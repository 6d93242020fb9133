"""The tutorial's calls of `fit`, and what is measured of the models that they train."""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from reference.tutorial_as_printed.printed import BUILDERS, Printed
from reference.tutorial_as_printed.schema import Model, Training
from stages.models.gaussian import gaussian_kl

Floats = NDArray[np.float32]


class Measures(NamedTuple):
    """Of one trained model.

    Attributes:
        test_mse: squared error per pixel of what the whole model gives for test images; the
            variational one reconstructs from a sampled code.
        test_mse_of_mean_code: the same, but from the code mu; equal for the other models.
        test_kl: nats per test image; None of a model that is not variational.
        live_units: units of the code that vary over the test images; of mu for a variational one.
        decoded_variance: mean over pixels of the variance over decoded codes from N(0, I).
    """

    test_mse: float
    test_mse_of_mean_code: float
    test_kl: float | None
    live_units: int
    decoded_variance: float


def fit(name: Model, seed: int, x_train: Floats, settings: Training) -> tuple[Printed, float]:
    """Build and train a model as the tutorial does.

    Args:
        name: of the model.
        seed: of Keras' and TensorFlow's own random numbers.
        x_train: (n, height, width, 1).
        settings: epochs and size of the batches.

    Returns:
        The trained model, and the mean of its loss over the last epoch.
    """
    keras.utils.set_random_seed(seed)
    model = BUILDERS[name](x_train.shape[1:])
    # The zeros stand for a ground truth that the second loss ignores.
    variational = len(model.whole.outputs) > 1
    pixels = x_train.reshape(len(x_train), -1)
    history = model.whole.fit(
        x_train,
        [x_train, tf.zeros(len(x_train))] if variational else pixels,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        shuffle=True,
        verbose=2,
    )
    return model, float(history.history["loss"][-1])


def measure(model: Printed, x_test: Floats, codes: Floats) -> tuple[Measures, Floats]:
    """Reconstruct test images and decode random codes.

    Args:
        model: trained.
        x_test: (n, height, width, 1).
        codes: (count, latent_dim) from N(0, I).

    Returns:
        What was measured, and the decoded codes (count, height, width, 1).
    """

    def error(reconstruction: Floats) -> float:
        difference = np.reshape(reconstruction, x_test.shape) - x_test
        return float(np.mean(np.square(difference), dtype=np.float64))

    code = np.asarray(model.encoder(x_test))
    decoded = np.reshape(model.decoder(codes), (len(codes), *x_test.shape[1:]))
    outputs = model.whole(x_test)
    kl = None
    if isinstance(outputs, list):
        outputs, (mu, log_var) = outputs
        of_latents = gaussian_kl(np.asarray(mu, np.float64), np.asarray(log_var, np.float64))
        kl = float(np.mean(np.sum(of_latents, axis=1)))
    found = Measures(
        test_mse=error(outputs),
        test_mse_of_mean_code=error(model.decoder(code)),
        test_kl=kl,
        live_units=int(np.count_nonzero(np.ptp(code, axis=0))),
        decoded_variance=float(np.mean(np.var(decoded, axis=0, dtype=np.float64))),
    )
    return found, decoded
