"""DVC stage beta_curve: models with one weight of the KL -> rate, distortion, scores of samples."""

import numpy as np
import pandas as pd

from stages.codes.quality import active_units
from stages.codes.reconstruction import gaussian_kl, mean_squared_error
from stages.core import quiet_tensorflow  # noqa: F401
from stages.core.cli import Input, Name, Output, run
from stages.core.formats import read_arrays, write_table
from stages.core.params import Device, Seeds, Threads, read
from stages.core.rng import rng_for
from stages.models.inference import batched, codes
from stages.models.loading import folder_of_seed, load
from stages.models.runtime import configure
from stages.models.storage import load_weights
from stages.samples import feature_network
from stages.samples.generation import draw_codes, halves, score
from stages.samples.schema import Classifier, Sampling


def main(
    beta: Name, params: Input, images: Input, models: Input, classifier: Input, metrics: Output
) -> None:
    """Measure on test images what one weight of the KL gives.

    Args:
        params: `params.yaml`; reads `threads`, `device`, `beta_curve.seeds`, `classifier`,
            `sampling`, and `seed` and `active_variance` of `extract_latents`.
        images: npz of the data set.
        models: folder of the models that were trained with this weight.
        classifier: npz of the network in whose features samples are compared.
        metrics: CSV, one row for each pretraining seed: the rate in nats per image, the distortion
            as the squared error per image from random codes and as the MSE per pixel from
            `z_mean`, the active units, and the scores of decoded N(0, I) and of reconstructions.
    """
    settings = read(params, "sampling", Sampling)
    seeds = read(params, "beta_curve.seeds", Seeds)
    noise_seed = read(params, "extract_latents.seed", int)
    active_variance = read(params, "extract_latents.active_variance", float)
    configure(read(params, "threads", Threads), read(params, "device", Device))
    x_train, x_test = read_arrays(images, "x_train", "x_test")
    network = feature_network.load(
        classifier, read(params, "classifier", Classifier), x_test.shape[1:]
    )
    parts = halves(len(x_test), settings)
    reference = x_test[parts.reference]
    autoencoder = load(folder_of_seed(models, seeds[0]))
    encode, decode = batched(autoencoder.encoder), batched(autoencoder.decoder)
    rows = []
    for seed in seeds:
        load_weights(autoencoder, folder_of_seed(models, seed))
        z_train = codes(encode(x_train))
        z_mean, z_log_var = encoded = encode(x_test)
        noise = rng_for(noise_seed, "code noise", seed).standard_normal(z_mean.shape, np.float32)
        sampled = decode(z_mean + np.exp(z_log_var / 2) * noise)
        reconstruction = decode(z_mean)
        row = {
            "beta": beta,
            "model_seed": seed,
            "test_kl": float(np.sum(gaussian_kl(*encoded))),
            "test_squared_error_of_sampled_code": x_test[0].size
            * mean_squared_error(x_test, sampled),
            "test_mse": mean_squared_error(x_test, reconstruction),
            "latent_dim": z_mean.shape[1],
            "active_units": active_units(z_train, active_variance),
        }
        made = decode(draw_codes("normal", z_train, len(reference), settings))
        for kind, pictures in (
            ("normal", made),
            ("reconstructions", reconstruction[parts.others]),
        ):
            scores = score(network, reference, pictures, settings)._asdict()
            row |= {f"{kind}_{measure}": value for measure, value in scores.items()}
        rows.append(row)
    write_table(metrics, pd.DataFrame(rows))


if __name__ == "__main__":
    run(main)
