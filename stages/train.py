"""DVC stage train: images and split -> encoders, decoders, learning curves."""

import numpy as np
import pandas as pd

from stages.core import quiet_tensorflow  # noqa: F401
from stages.core.cli import Input, Name, Output, run
from stages.core.formats import read_arrays, replacing, write_table
from stages.core.params import Device, Threads, read
from stages.models.loading import folder_of_seed
from stages.models.runtime import configure
from stages.models.schema import Variant
from stages.models.storage import save
from stages.training.pretraining import pretrain
from stages.training.schema import Train
from stages.training.trainer import Epoch


def main(
    name: Name,
    params: Input,
    images: Input,
    validation: Input,
    models: Output,
    learning_curves: Output,
) -> None:
    """Train one variant from every pretraining seed.

    Args:
        params: `params.yaml`; reads `threads`, `device`, `train` and `variants.<name>`.
        images: npz of the data set; its test images are not read.
        validation: npz with the indices of the validation part.
        models: folder; one folder inside for each seed.
        learning_curves: CSV of losses after every epoch.
    """
    settings = read(params, "train", Train)
    variant = read(params, f"variants.{name}", Variant)
    configure(read(params, "threads", Threads), read(params, "device", Device))
    (x_train,) = read_arrays(images, "x_train")
    (held_out,) = read_arrays(validation, "indices")
    x_validation, x_train = x_train[held_out], np.delete(x_train, held_out, axis=0)
    rows = []
    with replacing(models) as folder:
        for seed, autoencoder, epochs in pretrain(name, variant, settings, x_train, x_validation):
            rows += [_row(name, seed, epoch) for epoch in epochs]
            save(autoencoder, folder_of_seed(folder, seed))
    write_table(learning_curves, pd.DataFrame(rows))


def _row(name: str, seed: int, epoch: Epoch) -> dict[str, str | int | float]:
    """One line of the table of learning curves."""
    return {
        "variant": name,
        "model_seed": seed,
        "epoch": epoch.number,
        **{f"train_{key}": value for key, value in epoch.train._asdict().items()},
        **{f"validation_{key}": value for key, value in epoch.validation._asdict().items()},
    }


if __name__ == "__main__":
    run(main)
