"""DVC stage longer: images, models and split -> what more epochs change on validation images."""

import pandas as pd

from stages.core import quiet_tensorflow  # noqa: F401

# isort: split
from stages.codes.validation import divide, measure
from stages.core.cli import Input, Name, Output, run
from stages.core.formats import read_arrays, write_table
from stages.core.params import Device, Threads, read
from stages.models.loading import folder_of_seed, load
from stages.models.runtime import configure
from stages.models.schema import Variant
from stages.training.pretraining import pretrain
from stages.training.schema import Train


def main(
    name: Name, params: Input, images: Input, validation: Input, models: Input, metrics: Output
) -> None:
    """Train a variant for longer and measure it beside the models of `train`.

    Args:
        params: `params.yaml`; reads `threads`, `device`, `train`, `variants.<name>`, `epochs` and
            `seeds` of `longer`, and of `extract_latents` the seed and how neighbours are asked.
        images: npz of the data set; its test images are not read.
        validation: npz with the indices of the validation part.
        models: folder of the variant's models.
        metrics: CSV, one row for each pretraining seed and number of epochs: the MSE per pixel of
            validation images, the share of them whose nearest training codes have their class, and
            the units of the code that vary.
    """
    train = read(params, "train", Train)
    more = read(params, "longer.epochs", int)
    seeds = train.seeds[: read(params, "longer.seeds", int)]
    variant = read(params, f"variants.{name}", Variant)
    seed_of_measures = read(params, "extract_latents.seed", int)
    reference_images = read(params, "extract_latents.quality.reference_images", int)
    neighbours = read(params, "extract_latents.quality.neighbours", int)
    configure(read(params, "threads", Threads), read(params, "device", Device))
    (held_out,) = read_arrays(validation, "indices")
    x_train, y_train = read_arrays(images, "x_train", "y_train")
    divided = divide(x_train, y_train, held_out)
    settings = train.model_copy(update={"epochs": more, "seeds": seeds})
    rows = []
    for seed, autoencoder, _ in pretrain(
        name, variant, settings, divided.x_train, divided.x_validation
    ):
        trained = {
            train.epochs: load(folder_of_seed(models, seed)),
            more: autoencoder,
        }
        for epochs, parts in trained.items():
            found = measure(*parts, divided, neighbours, reference_images, seed_of_measures)
            row = {"variant": name, "model_seed": seed, "epochs": epochs}
            rows.append({**row, **found._asdict()})
    write_table(metrics, pd.DataFrame(rows))


if __name__ == "__main__":
    run(main)
