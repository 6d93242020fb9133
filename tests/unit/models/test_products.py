"""Products whose bits depend neither on the processor nor on the number of threads."""

import json
import re
import subprocess
import sys
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from pydantic import TypeAdapter

from stages.core.params import load
from stages.few_labels.fine_tuning import Classifier
from stages.models.architecture import build
from stages.models.autoencoder import Autoencoder
from stages.models.optimization import full_batches, noise_seed
from stages.models.products import Dense, as_keras
from stages.models.schema import Variant
from stages.samples.feature_network import compiled_epoch
from stages.training.schema import Train
from stages.training.trainer import Trainer
from tests.support import PARAMS, PROJECT

RANDOM = np.random.default_rng(0)
VARIANTS = load(PARAMS)["variants"]
TRAIN = Train.model_validate({**load(PARAMS)["train"], "epochs": 1})
# Linear layers, deep ones, convolutions, distributions.
KINDS = ("trivial", "combined", "convolutional", "vae")
IMAGES = RANDOM.random((128, 28, 28, 1), np.float32)
ORDER = tf.constant(full_batches(np.arange(128), 64))


def untransposed(optimized: str) -> list[bool]:
    """For each product in XLA's optimised program, whether YNNPACK takes it."""
    products = [line for line in optimized.splitlines() if re.search(r" dot\(", line)]
    return [_is_untransposed(line) for line in products]


def _is_untransposed(line: str) -> bool:
    result = re.search(r"= f32\[([\d,]*)\]\{([\d,]*)\} dot", line)
    left, right = (
        re.search(rf"{side}_contracting_dims={{(\d+)}}", line) for side in ("lhs", "rhs")
    )
    assert result, line
    assert left, line
    assert right, line
    batch = len(re.findall(r"\d+", (re.search(r"lhs_batch_dims={([\d,]*)}", line) or ["", ""])[1]))
    axes = len(result[1].split(","))
    rows_first = result[2] == ",".join(map(str, reversed(range(axes))))
    return rows_first and int(left[1]) == batch + 1 and int(right[1]) == batch


def program(compiled: Any, *arguments: Any) -> str:
    """What XLA makes of a compiled function."""
    return str(compiled.experimental_get_compiler_ir(*arguments)(stage="optimized_hlo"))


def of_variant(name: str) -> tuple[Variant, Autoencoder]:
    variant: Variant = TypeAdapter(Variant).validate_python(VARIANTS[name])
    return variant, build(variant.architecture, IMAGES.shape[1:], variant.variational)


def layers_with_weights(*models: keras.Model) -> int:
    return sum(bool(layer.weights) for model in models for layer in model.layers)


def test_a_transposed_factor_is_noticed() -> None:
    x, kernel = tf.zeros((64, 300)), tf.zeros((300, 500))
    plain = tf.function(lambda x, y: x @ y, jit_compile=True)
    folded = tf.function(lambda x, y: x @ tf.transpose(y), jit_compile=True)
    assert untransposed(program(plain, x, kernel)) == [True]
    assert untransposed(program(folded, x, tf.zeros((500, 300)))) == [False]


@pytest.mark.long
@pytest.mark.parametrize("name", KINDS)
def test_every_product_of_pretraining_is_one_that_ynnpack_takes(name: str) -> None:
    variant, autoencoder = of_variant(name)
    trainer = Trainer(name, variant, TRAIN, autoencoder, IMAGES, IMAGES)
    arguments = (tf.constant(IMAGES), ORDER, noise_seed(0, "noise", 1))
    evaluated = untransposed(program(trainer._evaluate, *arguments))
    learned = untransposed(program(trainer._learn, *arguments))
    layers = layers_with_weights(*autoencoder)
    assert evaluated == [True] * layers
    assert learned == [True] * (3 * layers - 1)  # twice backwards, but not to the input's pixels


@pytest.mark.parametrize("name", KINDS)
def test_every_product_of_a_classifier_is_one_that_ynnpack_takes(name: str) -> None:
    encoder = of_variant(name)[1].encoder
    features = keras.Model(encoder.inputs, encoder.outputs[0])
    arguments = (
        tf.constant(IMAGES),
        tf.zeros(len(IMAGES), tf.int32),
        ORDER,
        tf.constant(0),
        tf.constant(2),
    )
    found = untransposed(program(Classifier(encoder, 10)._train, *arguments))
    layers = layers_with_weights(features) + 1
    assert found == [True] * (3 * layers - 1)


def test_every_product_of_the_feature_network_is_one_that_ynnpack_takes() -> None:
    encoder = of_variant("convolutional")[1].encoder
    model = keras.Model(encoder.inputs, Dense(10, name="logits")(encoder.outputs[0]))
    arguments = (tf.constant(IMAGES), tf.zeros(len(IMAGES), tf.int32), ORDER)
    found = untransposed(program(compiled_epoch(model, keras.optimizers.Adam()), *arguments))
    assert found == [True] * (3 * layers_with_weights(model) - 1)


THREADS = """
import hashlib, json, sys
import stages
import numpy as np
import tensorflow as tf
from stages.models.architecture import build
from stages.models.runtime import configure
from stages.models.schema import Variant
from stages.core.params import load
from pathlib import Path
from pydantic import TypeAdapter
from stages.training.schema import Train
from stages.training.trainer import Trainer

configure(int(sys.argv[1]), "cpu")
params = load(Path("params.yaml"))
x = np.random.default_rng(0).random((640, 28, 28, 1), np.float32)
train = Train.model_validate({**params["train"], "epochs": 1})
hashes = {}
for name in ("trivial", "compression", "vae"):
    variant = TypeAdapter(Variant).validate_python(params["variants"][name])
    autoencoder = build(variant.architecture, x.shape[1:], variant.variational)
    epochs = Trainer(name, variant, train, autoencoder, x, x[:128]).fit(0, lambda epoch: None)
    content = repr(epochs).encode()
    for model in autoencoder:
        content += b"".join(weight.tobytes() for weight in model.get_weights())
    hashes[name] = hashlib.sha256(content).hexdigest()
print(json.dumps(hashes))
"""


@pytest.mark.long
def test_the_number_of_threads_changes_no_bit_where_products_are_not_thin() -> None:
    def trained(threads: int) -> Any:
        done = subprocess.run(
            [sys.executable, "-c", THREADS, str(threads)],
            cwd=PROJECT,
            check=True,
            capture_output=True,
            text=True,
        )
        return json.loads(done.stdout)

    assert trained(1) == trained(3) == trained(16)


def test_a_model_of_our_layers_is_described_as_keras_own() -> None:
    def built(kind: type) -> keras.Model:
        code = keras.Input((3,), name="code")
        return keras.Model(code, kind(2, "relu", name="first")(code), name="model")

    assert as_keras(built(Dense)).to_json() == built(keras.layers.Dense).to_json()
