"""DVC stage classifier: real images -> the network in whose features samples are compared."""

import numpy as np

from stages.core import quiet_tensorflow  # noqa: F401
from stages.core.cli import Input, Output, run
from stages.core.formats import read_arrays, write_json
from stages.core.images import Images
from stages.core.params import Device, Threads, read
from stages.models.runtime import configure
from stages.samples import feature_network
from stages.samples.schema import Classifier


def main(
    params: Input, images: Input, validation: Input, classifier: Output, metrics: Output
) -> None:
    """Train the feature network on real images.

    Args:
        params: `params.yaml`; reads `threads`, `device` and `classifier`.
        images: npz of the data set.
        validation: npz with the indices of the validation part, which is not trained on.
        classifier: npz of the network's weights.
        metrics: flat JSON, its accuracy.
    """
    settings = read(params, "classifier", Classifier)
    configure(read(params, "threads", Threads), read(params, "device", Device))
    data = Images(*read_arrays(images, *Images._fields))
    (held_out,) = read_arrays(validation, "indices")
    network = feature_network.train(
        np.delete(data.x_train, held_out, axis=0), np.delete(data.y_train, held_out), settings
    )
    feature_network.save(network, classifier)
    accuracies = {
        f"classifier.{name}_accuracy": float(np.mean(feature_network.classes(network, x) == y))
        for name, x, y in (
            ("validation", data.x_train[held_out], data.y_train[held_out]),
            ("test", data.x_test, data.y_test),
        )
    }
    write_json(metrics, accuracies)


if __name__ == "__main__":
    run(main)
