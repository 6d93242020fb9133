"""DVC stage train_beta_curve: images and split -> one autoencoder with one weight of the KL."""

from typing import Any

import numpy as np

from stages.core import quiet_tensorflow  # noqa: F401
from stages.core.cli import Input, Name, Output, run
from stages.core.formats import read_arrays, replacing
from stages.core.params import Device, Seeds, Threads, read, validate
from stages.models.loading import folder_of_seed
from stages.models.runtime import configure
from stages.models.schema import Betas, Variant
from stages.models.storage import save
from stages.training.pretraining import pretrain
from stages.training.schema import Train


def main(
    beta: Name,
    variant: Name,
    params: Input,
    images: Input,
    validation: Input,
    models: Output,
) -> None:
    """Train a variant's architecture with another weight of the KL, from every seed of the curve.

    Args:
        params: `params.yaml`; reads `threads`, `device`, `beta_curve.seeds`, how `train` trains,
            and `variants.<variant>.architecture`, whose code is made linear.
        images: npz of the data set; its test images are not read.
        validation: npz with the indices of the validation part.
        models: folder; one folder inside for each seed.
    """
    architecture = read(params, f"variants.{variant}.architecture", dict[str, Any])
    (weight,) = validate((beta,), Betas, "beta_curve.betas")
    weighed = validate(
        {"architecture": {**architecture, "latent_activation": "linear"}, "beta": weight},
        Variant,
        f"{params}: variants.{variant}",
    )
    settings = Train(
        epochs=read(params, "train.epochs", int),
        batch_size=read(params, "train.batch_size", int),
        learning_rate=read(params, "train.learning_rate", float),
        seeds=read(params, "beta_curve.seeds", Seeds),
    )
    configure(read(params, "threads", Threads), read(params, "device", Device))
    (x_train,) = read_arrays(images, "x_train")
    (held_out,) = read_arrays(validation, "indices")
    x_validation, x_train = x_train[held_out], np.delete(x_train, held_out, axis=0)
    with replacing(models) as folder:
        for seed, autoencoder, _ in pretrain(
            f"beta {beta}", weighed, settings, x_train, x_validation
        ):
            save(autoencoder, folder_of_seed(folder, seed))


if __name__ == "__main__":
    run(main)
