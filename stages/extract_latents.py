"""DVC stage extract_latents: images and models -> codes, reconstruction errors, figures of both."""

import numpy as np
import pandas as pd

from stages.autoencoders.inference import codes, mapped
from stages.autoencoders.runtime import configure
from stages.autoencoders.storage import folder_of_seed, load, load_weights
from stages.datasets.arrays import Images
from stages.evaluation.reconstruction import gaussian_kl, mean_squared_error, project
from stages.figures.codes import projections
from stages.figures.images import rows_of_images
from stages.figures.style import save
from stages.files.command import Input, Name, Output, run
from stages.files.formats import read_arrays, write_arrays, write_table
from stages.randomness import stream
from stages.settings import dataset
from stages.settings.extract_latents import ExtractLatents
from stages.settings.section import read
from stages.settings.train import Seeds, Threads
from stages.settings.variant import Variant


def main(
    name: Name,
    params: Input,
    images: Input,
    models: Input,
    latents: Output,
    metrics: Output,
    reconstructions: Output,
    codes_figure: Output,
) -> None:
    """Encode everything, decode the test images, measure and draw.

    Args:
        name: of the variant.
        params: `params.yaml`; reads `threads`, `train.seeds`, `extract_latents`,
            `variants.<name>` and the data set's classes.
        images: npz of the data set.
        models: folder of the variant's models.
        latents: npz with `z_train_seed_<n>` and `z_test_seed_<n>`.
        metrics: CSV, one row for each pretraining seed.
        reconstructions: PNG, test images above their reconstructions, first seed.
        codes_figure: PNG, codes on two principal components beside the pixels, first seed.
    """
    settings = read(params, "extract_latents", ExtractLatents)
    variant = read(params, f"variants.{name}", Variant)
    seeds = read(params, "train.seeds", Seeds)
    current = read(params, "dataset", dataset.Name)
    classes = read(params, f"datasets.{current}.classes", dataset.Classes)
    configure(read(params, "threads", Threads))
    data = Images(*read_arrays(images, *Images._fields))
    x = data.x_test
    noisy = x
    if variant.noise:
        noise = stream(settings.seed, "noise").standard_normal(x.shape, np.float32)
        noisy = x + np.float32(variant.noise.stddev) * noise
    shown = stream(settings.seed, "shown").permutation(len(x))[: settings.images]
    autoencoder = load(folder_of_seed(models, seeds[0]))
    encode, decode = mapped(autoencoder.encoder), mapped(autoencoder.decoder)
    arrays, rows = {}, []
    for seed in seeds:
        load_weights(autoencoder, folder_of_seed(models, seed))
        encoded = encode(x)
        z_test = codes(encoded)
        reconstruction = decode(z_test)
        row = {
            "variant": name,
            "model_seed": seed,
            "test_mse": mean_squared_error(x, reconstruction),
            "test_mean_activation": float(np.mean(z_test, dtype=np.float64)),
        }
        if variant.variational:
            row["test_kl"] = float(np.sum(gaussian_kl(*encoded)))
        pictures = {"input": x[shown], "reconstruction": reconstruction[shown]}
        if variant.noise:
            cleaned = decode(codes(encode(noisy)))
            row["test_mse_of_noisy_input"] = mean_squared_error(x, noisy)
            row["test_mse_from_noisy_input"] = mean_squared_error(x, cleaned)
            pictures["noisy input"] = noisy[shown]
            pictures["from noisy input"] = cleaned[shown]
        projection = project(z_test)
        row["test_variance_on_two_components"] = float(np.sum(projection.explained))
        if seed == seeds[0]:
            save(rows_of_images(np.stack([*pictures.values()]), [*pictures]), reconstructions)
            some = slice(settings.points)
            panels = {"Pixels": project(x), f"Codes: {name.replace('_', ' ')}": projection}
            panels = {
                title: panel._replace(points=panel.points[some]) for title, panel in panels.items()
            }
            save(projections(panels, data.y_test[some], classes), codes_figure)
        arrays[f"z_train_seed_{seed}"] = codes(encode(data.x_train))
        arrays[f"z_test_seed_{seed}"] = z_test
        rows.append(row)
    write_arrays(latents, **arrays)
    write_table(metrics, pd.DataFrame(rows))


if __name__ == "__main__":
    run(main)
