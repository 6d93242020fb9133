"""Loading what `train` has stored: autoencoders of any variant, from one seed or from all."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from stages.core.errors import InputError
from stages.models.autoencoder import Autoencoder
from stages.models.convolution import as_products
from stages.models.storage import load_weights


class Encoders(NamedTuple):
    """One architecture with the weights of every pretraining seed.

    Attributes:
        model: image -> code, or the code's mean and log-variance.
        pretrained: the model's weights by pretraining seed.
    """

    model: keras.Model
    pretrained: dict[int, list[NDArray[np.float32]]]


def load_encoders(models: Path, seeds: Sequence[int]) -> Encoders:
    """Read the encoders of a variant, one for each pretraining seed.

    Raises:
        InputError: a file is missing, damaged, or does not fit its architecture.
    """
    autoencoder = load(folder_of_seed(models, seeds[0]))
    pretrained = {}
    for seed in seeds:
        load_weights(autoencoder, folder_of_seed(models, seed))
        pretrained[seed] = autoencoder.encoder.get_weights()
    return Encoders(autoencoder.encoder, pretrained)


def load(folder: Path) -> Autoencoder:
    """Read what `save` wrote; layers of a kind that no model here has are refused.

    Raises:
        InputError: a file is missing, damaged, or does not fit its architecture.
    """
    autoencoder = Autoencoder(_load_layers(folder, "encoder"), _load_layers(folder, "decoder"))
    load_weights(autoencoder, folder)
    return autoencoder


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
