"""DVC stage train: images -> one model of one seed: its errors, its divergence, decoded codes."""

from typing import Annotated

import numpy as np
import typer

from stages.core import quiet_tensorflow  # noqa: F401  # before what imports TensorFlow

# isort: split
import tensorflow as tf

from reference.tutorial_as_printed.schema import Model, RandomCodes, Training
from reference.tutorial_as_printed.training import fit, measure
from stages.core.cli import Input, Name, Output, run
from stages.core.formats import read_arrays, write_arrays, write_json
from stages.core.params import read, validate
from stages.core.rng import rng_for
from stages.models.runtime import configure

# Keras' own loop adds in an order that depends on it, so it is no parameter.
_THREADS = 1


def main(
    model: Name,
    seed: Annotated[int, typer.Argument()],
    params: Input,
    images: Input,
    measures: Output,
    decoded: Output,
) -> None:
    """Train a model as the tutorial prints it, from one seed, and measure it.

    Args:
        model: `trivial`, `compression` or `vae`.
        seed: one of `seeds`.
        params: `params.yaml`; reads `train` and `random_codes`.
        images: npz of the data set; all training images train.
        measures: flat JSON.
        decoded: npz of images, `decoded`, one for each random code.
    """
    name: Model = validate(model, Model, "model")  # type: ignore[arg-type]
    settings = read(params, "train", Training)
    random_codes = read(params, "random_codes", RandomCodes)
    configure(_THREADS, "cpu")
    tf.config.experimental.enable_op_determinism()
    x_train, x_test = read_arrays(images, "x_train", "x_test")
    trained, loss = fit(name, seed, x_train, settings)
    shape = (random_codes.count, trained.decoder.input_shape[1])
    codes = rng_for(random_codes.seed, "codes", name).standard_normal(shape, np.float32)
    found, made = measure(trained, x_test, codes)
    of_run = {"model": name, "model_seed": seed, "weights": trained.whole.count_params()}
    write_json(measures, {**of_run, "train_loss": loss, **found._asdict()})
    write_arrays(decoded, decoded=made)


if __name__ == "__main__":
    run(main)
