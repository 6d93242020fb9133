"""Models on disk: Keras' own JSON for the layers, npz for the weights.

The same model always gives the same bytes; a `.keras` file does not, since it contains a date. Any
Keras loads them without this project:

    model = keras.models.model_from_json(open("encoder.json").read())
    weights = numpy.load("encoder.npz")
    model.set_weights([weights[weight.path] for weight in model.weights])
"""

import json
from pathlib import Path

import numpy as np

from stages.core.errors import InputError
from stages.core.formats import read_arrays, write_arrays, write_json
from stages.models.autoencoder import Autoencoder
from stages.models.products import as_keras


def save(autoencoder: Autoencoder, folder: Path) -> None:
    """Write encoder and decoder.

    Args:
        autoencoder: with layers of Keras or of this project.
        folder: gets `encoder.json`, `encoder.npz`, `decoder.json`, `decoder.npz`.
    """
    for part, model in autoencoder._asdict().items():
        write_json(folder / f"{part}.json", json.loads(as_keras(model).to_json()))
        write_arrays(
            folder / f"{part}.npz",
            **{weight.path: np.asarray(weight) for weight in model.weights},
        )


def load_weights(autoencoder: Autoencoder, folder: Path) -> None:
    """Give models the weights of another pretraining seed; compiled programs stay usable.

    Args:
        autoencoder: of the same layers; its weights are overwritten.

    Raises:
        InputError: a file is missing, damaged, or does not fit the architecture.
    """
    for part, model in autoencoder._asdict().items():
        path = folder / f"{part}.npz"
        weights = read_arrays(path, *(weight.path for weight in model.weights))
        try:
            model.set_weights(list(weights))
        except ValueError as error:
            raise InputError(f"{path}: expected the weights of {model.name}: {error}") from error
