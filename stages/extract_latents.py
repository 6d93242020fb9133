"""DVC stage extract_latents: images and models -> codes, how good they are, pictures."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.codes.quality import (
    active_units,
    code_quality,
    live_units,
    sparseness,
    unusualness_and_use,
)
from stages.codes.reconstruction import (
    gaussian_kl,
    largest_principal_angle,
    mean_squared_error,
    project,
    squared_errors,
)
from stages.codes.schema import ExtractLatents
from stages.core import quiet_tensorflow  # noqa: F401
from stages.core.cli import Input, Name, Output, run
from stages.core.formats import read_arrays, write_arrays, write_table
from stages.core.images import Images
from stages.core.params import Device, Seeds, Threads, read
from stages.core.rng import rng_for
from stages.figures.tiles import save_tiles
from stages.models.inference import batched, codes
from stages.models.loading import folder_of_seed, load
from stages.models.runtime import configure
from stages.models.schema import Variant
from stages.models.storage import load_weights


def main(
    name: Name,
    params: Input,
    images: Input,
    validation: Input,
    models: Input,
    latents: Output,
    metrics: Output,
    units: Output,
    points: Output,
    per_image: Output,
    reconstructions: Output,
) -> None:
    """Encode everything, decode the test images and measure.

    Args:
        params: `params.yaml`; reads `threads`, `device`, `train.seeds`, `extract_latents` and
            `variants.<name>`.
        images: npz of the data set.
        validation: npz with the indices of the validation part, which chooses the probe's setting.
        models: folder of the variant's models.
        latents: npz with `z_train_seed_<n>` and `z_test_seed_<n>`.
        metrics: CSV, one row for each pretraining seed.
        units: CSV, one row for each pretraining seed and unit of the code.
        points: CSV, test images on the two principal components of pixels and of codes, and their
            class; first seed, three digits behind the point.
        per_image: npz, (seeds, n_test) squared errors per pixel, and as bits in bytes whether the
            neighbours, those on two components and the probe are right.
        reconstructions: PNG, test images, their reconstructions, the same with noise, and what
            becomes of these, first seed.
    """
    settings = read(params, "extract_latents", ExtractLatents)
    variant = read(params, f"variants.{name}", Variant)
    seeds = read(params, "train.seeds", Seeds)
    configure(read(params, "threads", Threads), read(params, "device", Device))
    data = Images(*read_arrays(images, *Images._fields))
    (held_out,) = read_arrays(validation, "indices")
    x = data.x_test
    noise = rng_for(settings.seed, "noise").standard_normal(x.shape, np.float32)
    noisy = x + np.float32(settings.noise_stddev) * noise
    uniform = rng_for(settings.seed, "uniform").random(x.shape, np.float32)
    shown = rng_for(settings.seed, "shown").permutation(len(x))[: settings.images]
    autoencoder = load(folder_of_seed(models, seeds[0]))
    encode, decode = batched(autoencoder.encoder), batched(autoencoder.decoder)
    form = variant.architecture
    linear = form.kind == "dense" and not form.hidden and form.latent_activation == "linear"
    arrays, rows, unit_rows = {}, [], []
    each: dict[str, list[Any]] = {"squared_error": [], "knn": [], "knn_2d": [], "probe": []}
    for seed in seeds:
        load_weights(autoencoder, folder_of_seed(models, seed))
        encoded = encode(x)
        z_test = codes(encoded)
        reconstruction = decode(z_test)
        z_train = codes(encode(data.x_train))
        quality = code_quality(
            z_train,
            data.y_train,
            z_test,
            data.y_test,
            held_out,
            settings.quality,
            settings.seed,
        )
        row = {
            "variant": name,
            "model_seed": seed,
            "test_mse": mean_squared_error(x, reconstruction),
            # Images that no training image is like tell an inverse from a good memory.
            "uniform_noise_mse_share": mean_squared_error(uniform, decode(codes(encode(uniform))))
            / float(np.var(uniform, dtype=np.float64)),
            "test_mse_of_noisy_input": mean_squared_error(x, noisy),
            "test_mse_from_noisy_input": mean_squared_error(x, decode(codes(encode(noisy)))),
            "live_units": live_units(z_train),
            "active_units": active_units(z_train, settings.active_variance),
            **quality.summary(),
        }
        each["squared_error"].append(squared_errors(x, reconstruction).astype(np.float32))
        each["knn"].append(np.packbits(quality.knn))
        each["knn_2d"].append(np.packbits(quality.knn_2d))
        each["probe"].append(np.packbits(quality.probe.correct))
        table = pd.DataFrame(
            {
                "variant": name,
                "model_seed": seed,
                "unit": range(z_test.shape[1]),
                "test_mean": np.mean(z_test, axis=0, dtype=np.float64),
                "train_variance": np.var(z_train, axis=0, dtype=np.float64),
            }
        )
        if variant.variational:
            table["test_kl"] = gaussian_kl(*encoded)
            row["test_kl"] = float(table["test_kl"].sum())
            random = rng_for(settings.seed, "code noise", seed)
            deviation = np.exp(encoded[1] / 2)
            sampled = z_test + deviation * random.standard_normal(z_test.shape, np.float32)
            row["test_squared_error_of_sampled_code"] = x[0].size * mean_squared_error(
                x, decode(sampled)
            )
        if linear and z_test.shape[1] < min(x[0].size, len(z_train) - len(held_out)):
            origin = decode(np.zeros((1, z_test.shape[1]), np.float32))
            directions = decode(np.eye(z_test.shape[1], dtype=np.float32)) - origin
            trained_on = np.delete(data.x_train, held_out, axis=0)
            row["largest_principal_angle"] = largest_principal_angle(trained_on, directions)
        if form.latent_activation == "sigmoid":
            row["test_mean_activation"] = float(np.mean(z_test, dtype=np.float64))
            row |= {f"test_{key}": value for key, value in sparseness(z_test)._asdict().items()}
            found = unusualness_and_use(data.x_train, x, z_test, settings.quality, settings.seed)
            row["unusual_inputs_correlation"] = found.plain
            row["unusual_inputs_correlation_at_equal_brightness"] = found.at_equal_brightness
        unit_rows.append(table)
        projection = project(z_test)
        row["test_variance_on_two_components"] = float(np.sum(projection.explained))
        if seed == seeds[0]:
            denoised = decode(codes(encode(noisy[shown])))
            pictures = (x[shown], reconstruction[shown], noisy[shown], denoised)
            save_tiles(np.stack(pictures), reconstructions)
            write_table(
                points,
                pd.DataFrame(
                    {
                        "class": data.y_test,
                        **_columns("pixels", project(x).points),
                        **_columns("code", projection.points),
                    }
                )[: settings.points],
            )
        arrays[f"z_train_seed_{seed}"] = z_train
        arrays[f"z_test_seed_{seed}"] = z_test
        rows.append(row)
    write_arrays(latents, **arrays)
    write_table(metrics, pd.DataFrame(rows))
    write_table(units, pd.concat(unit_rows))
    write_arrays(per_image, **{key: np.stack(values) for key, values in each.items()})


def _columns(name: str, points: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Points on two principal components as columns of a table."""
    first, second = points.round(3).T
    return {f"{name}_first": first, f"{name}_second": second}


if __name__ == "__main__":
    run(main)
