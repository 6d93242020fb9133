"""DVC stage train: images -> the best weights of one seed, and its learning curves."""

import hashlib
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from tqdm import tqdm

from stages.core import quiet_tensorflow  # noqa: F401  # before what imports TensorFlow

# isort: split
from reference.gaussian_prior_vae.bernoulli import binarize_once
from reference.gaussian_prior_vae.gated import build
from reference.gaussian_prior_vae.long_training import Checkpoint, Epoch, LongTrainer
from reference.gaussian_prior_vae.schema import BinarySplit, GatedModel, UntilStopped
from stages.core.change_guard import LOCK
from stages.core.cli import Input, Output, run
from stages.core.formats import read_arrays, replacing, write_table
from stages.core.params import Threads, read
from stages.models.runtime import configure
from stages.models.storage import save


def main(
    seed: Annotated[int, typer.Argument()],
    params: Input,
    images: Input,
    checkpoint: Output,
    model: Output,
    learning_curves: Output,
) -> None:
    """Train from one seed until the validation bound stops improving.

    Args:
        seed: one of `seeds`.
        params: `params.yaml`; reads `threads`, `split`, `model` and `train`.
        images: npz of the data set; the first training images train, the others validate.
        checkpoint: npz from which an interrupted run goes on; removed at the end.
        model: folder of encoder and decoder.
        learning_curves: CSV of losses after every epoch.
    """
    split = read(params, "split", BinarySplit)
    form = read(params, "model", GatedModel)
    settings = read(params, "train", UntilStopped)
    configure(read(params, "threads", Threads), "cpu")
    x_train, x_test = read_arrays(images, "x_train", "x_test")
    x_train, x_validation = np.split(x_train, [split.training_images])
    x_validation, _ = binarize_once(split.binarization_seed, x_validation, x_test)
    autoencoder = build(form, x_train.shape[1:])
    trainer = LongTrainer(settings, autoencoder, x_train, x_validation)
    key = _digest(
        images.read_bytes(),
        repr((seed, split, form, settings)).encode(),
        *(path.read_bytes() for path in _used_files()),
    )
    file = Checkpoint(checkpoint, key)
    with tqdm(total=settings.max_epochs, desc=f"seed {seed}", unit="epoch") as bar:

        def show(epoch: Epoch) -> None:
            bar.set_postfix(validation=f"{epoch.validation_loss:.2f}")
            bar.update()

        epochs = trainer.fit(seed, file, show)
    with replacing(model) as folder:
        save(autoencoder, folder)
    table = pd.DataFrame(epochs).rename(columns={"number": "epoch"})
    table.insert(0, "model_seed", seed)
    table["validation_loss"] = [epoch.validation_loss for epoch in epochs]
    write_table(learning_curves, table)
    file.remove()


def _used_files() -> list[Path]:
    """The project's modules that are imported, and the lock file of packages."""
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    own = {LOCK.with_name("stages"), LOCK.with_name("reference")}
    used = {Path(name) for name in files if name}
    return [*sorted(path for path in used if own.intersection(path.parents)), LOCK]


def _digest(*contents: bytes) -> bytes:
    """Compute one SHA-256 of several contents."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in contents)).digest()


if __name__ == "__main__":
    run(main)
