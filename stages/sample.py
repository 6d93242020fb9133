"""DVC stage sample: models and codes -> decoded random codes and their quality, interpolations,
traversals.
"""

from collections.abc import Callable
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.core import quiet_tensorflow  # noqa: F401
from stages.core.cli import Input, Name, Output, run
from stages.core.formats import read_arrays, write_table
from stages.core.params import Device, Seeds, Threads, read
from stages.core.rng import rng_for
from stages.figures.tiles import save_tiles
from stages.models.inference import batched
from stages.models.loading import folder_of_seed, load
from stages.models.runtime import configure
from stages.models.storage import load_weights
from stages.samples import feature_network
from stages.samples.fidelity import nearest
from stages.samples.generation import (
    Sampler,
    draw_codes,
    halves,
    interpolate,
    most_active,
    score,
    traverse,
)
from stages.samples.schema import Classifier, Sampling

Floats = NDArray[np.float32]


def main(
    name: Name,
    params: Input,
    images: Input,
    models: Input,
    latents: Input,
    classifier: Input,
    metrics: Output,
    samples: Output,
    interpolations: Output,
    traversals: Output,
) -> None:
    """Sample from every decoder and score the samples; show those of the first pretraining seed.

    Args:
        params: `params.yaml`; reads `threads`, `device`, `train.seeds`, `classifier` and
            `sampling`.
        images: npz of the data set.
        models: folder of the variant's models.
        latents: npz of the variant's codes.
        classifier: npz of the network in whose features samples are compared.
        metrics: CSV, one row for each pretraining seed and set of images.
        samples: PNG, decoded codes from N(0, I), the training images nearest to them, and decoded
            codes from the Gaussian and from the mixture.
        interpolations: PNG, straight lines between codes of two test images.
        traversals: PNG, one row for each of the most active latents.
    """
    settings = read(params, "sampling", Sampling)
    seeds = read(params, "train.seeds", Seeds)
    configure(read(params, "threads", Threads), read(params, "device", Device))
    x_train, x_test = read_arrays(images, "x_train", "x_test")
    network = feature_network.load(
        classifier, read(params, "classifier", Classifier), x_test.shape[1:]
    )
    parts = halves(len(x_test), settings)
    reference, others = x_test[parts.reference], x_test[parts.others]
    far = float(np.median(nearest(others[: settings.copies], x_train).distance))
    autoencoder = load(folder_of_seed(models, seeds[0]))
    decode = batched(autoencoder.decoder)
    rows = []
    for seed in seeds:
        load_weights(autoencoder, folder_of_seed(models, seed))
        z_train, z_test = read_arrays(latents, f"z_train_seed_{seed}", f"z_test_seed_{seed}")
        drawn = {
            sampler: draw_codes(sampler, z_train, len(reference), settings)
            for sampler in get_args(Sampler)
        }
        middle = (z_test[parts.others] + z_test[parts.partners]) / 2
        sets = {sampler: decode(z) for sampler, z in drawn.items()}
        # Of held-out images by the same decoder, so that its blur is on both sides.
        like = decode(z_test[parts.reference])
        for kind, made in (
            *sets.items(),
            ("midpoints", decode(middle)),
            ("reconstructions", decode(z_test[parts.others])),
        ):
            row = {"variant": name, "model_seed": seed, "set": kind, "images": len(made)}
            row |= score(network, reference, made, settings)._asdict()
            among = score(network, like, made, settings)._asdict()
            row |= {f"{measure}_of_reconstructions": value for measure, value in among.items()}
            if kind in sets:
                distance = nearest(np.clip(made[: settings.copies], 0, 1), x_train).distance
                # There is no ratio where real images, too, are copies of training images.
                row["nearest_training_image"] = float(np.median(distance)) / far if far else np.nan
            rows.append(row)
        if seed == seeds[0]:
            first = {sampler: made[: settings.columns] for sampler, made in sets.items()}
            copied = x_train[nearest(np.clip(first["normal"], 0, 1), x_train).number]
            pictures = (first["normal"], copied, first["gaussian"], first["mixture"])
            save_tiles(np.stack(pictures), samples)

            chosen = rng_for(settings.seed, "pairs").permutation(len(x_test))
            start, end = np.split(chosen[: 2 * settings.interpolations], 2)
            between = decoded(decode, interpolate(z_test[start], z_test[end], settings.steps))
            ends = (x_test[start][:, np.newaxis], between, x_test[end][:, np.newaxis])
            save_tiles(np.concatenate(ends, axis=1), interpolations)

            units = most_active(z_train, settings.traversals)
            around = z_test[rng_for(settings.seed, "traversed").integers(len(z_test))]
            varied = decoded(decode, traverse(around, z_train, units, settings.steps))
            save_tiles(varied, traversals)
    write_table(metrics, pd.DataFrame(rows))


def decoded(decode: Callable[[Floats], Floats], grid: Floats) -> Floats:
    """Decode a grid of codes.

    Args:
        decode: (n, latent_dim) to (n, height, width, 1).
        grid: (rows, columns, latent_dim).

    Returns:
        (rows, columns, height, width, 1).
    """
    flat = decode(grid.reshape(-1, grid.shape[-1]))
    return flat.reshape(*grid.shape[:2], *flat.shape[1:])


if __name__ == "__main__":
    run(main)
