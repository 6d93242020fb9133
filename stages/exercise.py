"""DVC stage exercise: images, labels and split -> one setting's error and separation on validation
images.
"""

import pandas as pd

from stages.core import quiet_tensorflow  # noqa: F401

# isort: split
from stages.codes.validation import divide, measure
from stages.core.cli import Input, Name, Output, run
from stages.core.formats import read_arrays, write_table
from stages.core.params import Device, Seed, Threads, read
from stages.models.runtime import configure
from stages.models.schema import Variant
from stages.training.pretraining import pretrain
from stages.training.schema import Train


def main(name: Name, params: Input, images: Input, validation: Input, metrics: Output) -> None:
    """Train one setting of the tutorial's exercise and measure it without any test image.

    Args:
        params: `params.yaml`; reads `threads`, `device`, how `train` trains, `exercise.seed`,
            `exercise.settings.<name>`, and of `extract_latents` the seed and how nearest neighbours
            are asked.
        images: npz of the data set; its test images are not read.
        validation: npz with the indices of the validation part.
        metrics: CSV with one row: the MSE per pixel of validation images, the share of them whose
            nearest training codes have their class, and the units of the code that vary.
    """
    setting = read(params, f"exercise.settings.{name}", Variant)
    settings = Train(
        epochs=read(params, "train.epochs", int),
        batch_size=read(params, "train.batch_size", int),
        learning_rate=read(params, "train.learning_rate", float),
        seeds=(read(params, "exercise.seed", Seed),),
    )
    measure_seed = read(params, "extract_latents.seed", int)
    reference_images = read(params, "extract_latents.quality.reference_images", int)
    neighbours = read(params, "extract_latents.quality.neighbours", int)
    configure(read(params, "threads", Threads), read(params, "device", Device))
    (held_out,) = read_arrays(validation, "indices")
    x_train, y_train = read_arrays(images, "x_train", "y_train")
    divided = divide(x_train, y_train, held_out)
    trained = pretrain(name, setting, settings, divided.x_train, divided.x_validation)
    rows = [
        {
            "setting": name,
            "model_seed": seed,
            **measure(*autoencoder, divided, neighbours, reference_images, measure_seed)._asdict(),
        }
        for seed, autoencoder, _ in trained
    ]
    write_table(metrics, pd.DataFrame(rows))


if __name__ == "__main__":
    run(main)
