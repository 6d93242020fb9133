"""DVC stage ladder: images -> what the measures of samples say of sets whose quality is known."""

import numpy as np
import pandas as pd

from stages.core import quiet_tensorflow  # noqa: F401
from stages.core.cli import Input, Output, run
from stages.core.formats import read_arrays, write_table
from stages.core.images import Images
from stages.core.params import Device, Threads, read
from stages.models.runtime import configure
from stages.samples import feature_network
from stages.samples.controls import controls
from stages.samples.generation import halves, score, tell_pixels_apart
from stages.samples.schema import Classifier, Sampling


def main(
    params: Input, images: Input, validation: Input, classifier: Input, ladder: Output
) -> None:
    """Score real images, made worse step by step, and images made without a network.

    Args:
        params: `params.yaml`; reads `threads`, `device`, `classifier` and `sampling`.
        images: npz of the data set.
        validation: npz with the indices of the validation part, which nothing is fitted to.
        classifier: npz of the network in whose features samples are compared.
        ladder: CSV, one row for each control, in a fixed order.
    """
    settings = read(params, "sampling", Sampling)
    configure(read(params, "threads", Threads), read(params, "device", Device))
    data = Images(*read_arrays(images, *Images._fields))
    (held_out,) = read_arrays(validation, "indices")
    network = feature_network.load(
        classifier, read(params, "classifier", Classifier), data.x_test.shape[1:]
    )
    parts = halves(len(data.x_test), settings)
    reference, others = data.x_test[parts.reference], data.x_test[parts.others]
    x_train = np.delete(data.x_train, held_out, axis=0)
    y_train = np.delete(data.y_train, held_out)
    rows = [
        {
            "control": name,
            "images": len(made),
            **score(network, reference, made, settings)._asdict(),
            "two_sample_accuracy_of_pixels": tell_pixels_apart(reference, made, settings),
        }
        for name, made in controls(others, x_train, y_train, settings)
    ]
    write_table(ladder, pd.DataFrame(rows))


if __name__ == "__main__":
    run(main)
