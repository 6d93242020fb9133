"""DVC stage estimate: the model of one seed -> bounds and log-likelihood of the test images."""

import math
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray

from stages.core import quiet_tensorflow  # noqa: F401  # before what imports TensorFlow

# isort: split
from reference.gaussian_prior_vae.bernoulli import binarize_once
from reference.gaussian_prior_vae.gated import build
from reference.gaussian_prior_vae.importance import Weigher, likelihood
from reference.gaussian_prior_vae.schema import BinarySplit, Estimate, GatedModel
from reference.gaussian_prior_vae.stopping import best_epoch
from stages.core.cli import Input, Output, run
from stages.core.formats import read_arrays, write_json
from stages.core.params import Threads, read
from stages.models.inference import batched
from stages.models.runtime import configure
from stages.models.storage import load_weights


def main(
    seed: Annotated[int, typer.Argument()],
    params: Input,
    images: Input,
    model: Input,
    learning_curves: Input,
    estimates: Output,
) -> None:
    """Estimate the likelihood of the test images under one model.

    Args:
        seed: one of `seeds`.
        params: `params.yaml`; reads `threads`, `split`, `model` and `estimate`.
        images: npz of the data set.
        model: folder of encoder and decoder.
        learning_curves: CSV of losses after every epoch.
        estimates: flat JSON, nats per image where a key names no other unit.
    """
    split = read(params, "split", BinarySplit)
    form = read(params, "model", GatedModel)
    settings = read(params, "estimate", Estimate)
    configure(read(params, "threads", Threads), "cpu")
    x_train, x_test = read_arrays(images, "x_train", "x_test")
    x_validation, x_test = binarize_once(
        split.binarization_seed, x_train[split.training_images :], x_test
    )
    autoencoder = build(form, x_test.shape[1:])
    load_weights(autoencoder, model)
    weigher = Weigher(autoencoder)

    def weights(x: NDArray[np.float32], samples: int, purpose: str) -> NDArray[np.float32]:
        return weigher.log_weights(x, samples, settings.seed, "estimate", purpose, seed)

    most = settings.samples[-1]
    of_validation = weights(x_validation, settings.samples[0], "validation")
    of_test = weights(x_test, most, "test")
    some = x_test[: settings.repeated_images]
    repeated = weights(some, settings.repeats * most, "repeated")
    losses = pd.read_csv(learning_curves)["validation_loss"].tolist()
    z_mean, _ = batched(autoencoder.encoder)(x_test)
    values = {
        "model_seed": seed,
        "epochs": len(losses),
        "best_epoch": best_epoch(losses),
        "validation_bound": float(of_validation.mean(dtype=np.float64)),
        "test_bound": float(of_test.mean(dtype=np.float64)),
        "test_active_units": int((z_mean.var(axis=0) > settings.active_variance).sum()),
        "pixels": math.prod(x_test.shape[1:]),
    }
    for samples in settings.samples:
        found = likelihood(of_test, repeated, samples)
        values[f"test_log_likelihood_{samples}"] = found.mean
        values[f"test_log_likelihood_{samples}_sd"] = found.sd
    write_json(estimates, values)


if __name__ == "__main__":
    run(main)
