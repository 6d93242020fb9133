"""Models on disk: Keras' own JSON for the layers, npz for the weights.

The same model always gives the same bytes; a `.keras` file does not, since it contains a date. Any
Keras loads them without this project:

    model = keras.models.model_from_json(open("encoder.json").read())
    weights = numpy.load("encoder.npz")
    model.set_weights([weights[weight.path] for weight in model.weights])
"""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from stages.core.errors import InputError
from stages.core.formats import read_arrays, write_arrays, write_json
from stages.models.architecture import Autoencoder
from stages.models.products import as_keras, as_products


def save(autoencoder: Autoencoder, folder: Path) -> None:
    """Write encoder and decoder.

    Args:
        autoencoder: with or without the layers of the module `products`.
        folder: gets `encoder.json`, `encoder.npz`, `decoder.json`, `decoder.npz`.
    """
    for part, model in autoencoder._asdict().items():
        write_json(folder / f"{part}.json", json.loads(as_keras(model).to_json()))
        write_arrays(
            folder / f"{part}.npz",
            **{weight.path: np.asarray(weight) for weight in model.weights},
        )


def load(folder: Path) -> Autoencoder:
    """Read what `save` wrote; layers of a kind that no model here has are refused.

    Raises:
        InputError: a file is missing, damaged, or does not fit its architecture.
    """
    autoencoder = Autoencoder(_load_layers(folder, "encoder"), _load_layers(folder, "decoder"))
    load_weights(autoencoder, folder)
    return autoencoder


def load_weights(autoencoder: Autoencoder, folder: Path) -> None:
    """Give models the weights of another pretraining seed; compiled programs stay usable.

    Args:
        autoencoder: as `load` gave it; its weights are overwritten.

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


def folder_of_seed(models: Path, seed: int) -> Path:
    """Name the folder of one pretraining seed inside that of a variant's models."""
    return models / f"seed_{seed}"


def _load_layers(folder: Path, part: str) -> keras.Model:
    path = folder / f"{part}.json"
    try:
        text = path.read_text(encoding="utf-8")
        if unknown := _classes(json.loads(text)) - _ALLOWED:
            raise ValueError(f"{', '.join(sorted(map(str, unknown)))}, which no model here has")
        model = keras.models.model_from_json(text)
        if not isinstance(model, keras.Model):
            raise TypeError(f"a {type(model).__name__}")
        return as_products(model)
    # What Keras and TensorFlow raise for layers that do not fit each other or need too much memory.
    except (
        OSError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ArithmeticError,
        RuntimeError,
        MemoryError,
        tf.errors.OpError,
    ) as error:
        raise InputError(f"{path}: expected a Keras model, received: {error!r}") from error


# What may be loaded: Keras would import any module that a description names, and some of its own
# layers run code.
_ALLOWED = {
    ("keras.src.models.functional", "Functional", "Functional"),
    ("keras", "DTypePolicy", None),
    (None, "__keras_tensor__", None),
    *(("keras.initializers", name, None) for name in ("GlorotUniform", "Zeros")),
    *(
        ("keras.layers", name, None)
        for name in (
            "Conv2D",
            "Conv2DTranspose",
            "Cropping2D",
            "Dense",
            "Flatten",
            "InputLayer",
            "MaxPooling2D",
            "Reshape",
        )
    ),
}


def _classes(description: Any) -> set[tuple[Any, Any, Any]]:
    """Collect what a model's description asks Keras to make: module, class and registered name."""
    found = set()
    inner = description
    if isinstance(description, dict):
        if {"class_name", "module", "registered_name"} & description.keys():
            module, name, registered = map(
                description.get, ("module", "class_name", "registered_name")
            )
            # As text, since a file from elsewhere may have any value there.
            found.add((module and str(module), name and str(name), registered and str(registered)))
        inner = description.values()
    if isinstance(inner, list | type({}.values())):
        for value in inner:
            found |= _classes(value)
    return found
