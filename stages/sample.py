"""DVC stage sample: models and codes -> decoded N(0, I), interpolations, traversals."""

import numpy as np

from stages.autoencoders.inference import mapped
from stages.autoencoders.runtime import configure
from stages.autoencoders.storage import folder_of_seed, load
from stages.evaluation.generation import interpolate, most_active, standard_normal, traverse
from stages.figures.images import rows_of_images
from stages.figures.style import save
from stages.files.command import Input, Name, Output, run
from stages.files.formats import read_arrays
from stages.randomness import stream
from stages.settings.sampling import Sampling
from stages.settings.section import read
from stages.settings.train import Seeds, Threads


def main(
    name: Name,
    params: Input,
    images: Input,
    models: Input,
    latents: Input,
    samples: Output,
    interpolations: Output,
    traversals: Output,
) -> None:
    """Ask the first pretraining seed's decoder for images of its own.

    Args:
        name: of the variant, for messages.
        params: `params.yaml`; reads `threads`, `train.seeds` and `sampling`.
        images: npz of the data set; the test images are what is interpolated.
        models: folder of the variant's models.
        latents: npz of the variant's codes.
        samples: PNG of decoded N(0, I).
        interpolations: PNG, straight lines between codes of two test images.
        traversals: PNG, one row for each of the most active latents.
    """
    settings = read(params, "sampling", Sampling)
    seed = read(params, "train.seeds", Seeds)[0]
    configure(read(params, "threads", Threads))
    (x_test,) = read_arrays(images, "x_test")
    z_train, z_test = read_arrays(latents, f"z_train_seed_{seed}", f"z_test_seed_{seed}")
    decode = mapped(load(folder_of_seed(models, seed)).decoder)

    def decoded(codes: np.ndarray) -> np.ndarray:
        """Decode (rows, columns, latent_dim) to (rows, columns, height, width, 1)."""
        rows, columns, latent_dim = codes.shape
        return decode(codes.reshape(-1, latent_dim)).reshape(rows, columns, *x_test.shape[1:])

    drawn = standard_normal(settings.rows * settings.columns, z_train.shape[1], settings.seed)
    grid = decoded(drawn.reshape(settings.rows, settings.columns, -1))
    save(rows_of_images(grid, [""] * settings.rows), samples)

    count = 2 * settings.interpolations
    pairs = stream(settings.seed, "pairs").permutation(len(x_test))[:count]
    start, end = np.split(pairs, 2)
    between = decoded(interpolate(z_test[start], z_test[end], settings.steps))
    ends = (x_test[start][:, np.newaxis], between, x_test[end][:, np.newaxis])
    save(
        rows_of_images(np.concatenate(ends, axis=1), [""] * settings.interpolations),
        interpolations,
    )

    latent_numbers = most_active(z_train, settings.traversals)
    around = z_test[stream(settings.seed, "traversed").integers(len(z_test))]
    varied = decoded(traverse(around, z_train, latent_numbers, settings.steps))
    save(rows_of_images(varied, [f"latent {number}" for number in latent_numbers]), traversals)


if __name__ == "__main__":
    run(main)
