"""Models on disk."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from stages.core.errors import InputError
from stages.models.architecture import build, initialize
from stages.models.autoencoder import Autoencoder
from stages.models.inference import batched, codes
from stages.models.loading import folder_of_seed, load, load_encoders
from stages.models.schema import Convolutional, Dense
from stages.models.storage import load_weights, save

X = np.random.default_rng(0).uniform(size=(7, 8, 8, 1)).astype(np.float32)


def models(seed: int, variational: bool = True) -> Autoencoder:
    architecture = Dense(
        kind="dense", hidden=(6,), activation="relu", latent_dim=3, latent_activation="linear"
    )
    autoencoder = build(architecture, (8, 8, 1), variational)
    for model in autoencoder:
        initialize(model, seed, "test")
    return autoencoder


def test_what_is_loaded_computes_what_was_saved(tmp_path: Path) -> None:
    saved = models(0)
    save(saved, tmp_path)
    loaded = load(tmp_path)
    assert np.array_equal(np.stack(saved.encoder(X)), np.stack(loaded.encoder(X)))


def test_keras_alone_loads_a_model_as_the_docstring_says(tmp_path: Path) -> None:
    saved = models(0)
    save(saved, tmp_path)
    model = keras.models.model_from_json((tmp_path / "decoder.json").read_text())
    with np.load(tmp_path / "decoder.npz") as weights:
        model.set_weights([weights[weight.path] for weight in model.weights])
    z = np.ones((2, 3), np.float32)
    assert np.array_equal(model(z), saved.decoder(z))


def test_the_same_model_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        save(models(0), tmp_path / name)
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()


def test_models_take_the_weights_of_another_seed(tmp_path: Path) -> None:
    save(models(1), tmp_path)
    autoencoder = models(0)
    load_weights(autoencoder, tmp_path)
    assert np.array_equal(np.stack(autoencoder.encoder(X)), np.stack(models(1).encoder(X)))


def test_encoders_have_the_weights_of_their_seeds(tmp_path: Path) -> None:
    for seed in (1, 2):
        save(models(seed), folder_of_seed(tmp_path, seed))
    pretrained = load_encoders(tmp_path, [2, 1]).pretrained
    assert list(pretrained) == [2, 1]
    for seed, weights in pretrained.items():
        for found, expected in zip(weights, models(seed).encoder.get_weights(), strict=True):
            assert np.array_equal(found, expected)


@pytest.mark.parametrize("name", ["encoder.json", "encoder.npz", "decoder.npz"])
@pytest.mark.parametrize("content", [b"", b"{}", b"PK\x03\x04 nothing"], ids=["", "{}", "zip"])
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    save(models(0), tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name}: expected"):
        load(tmp_path)


def test_a_flipped_byte_in_the_weights_is_noticed(tmp_path: Path) -> None:
    save(models(0), tmp_path)
    path = tmp_path / "encoder.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"encoder.npz: expected the arrays"):
        load(tmp_path)


LAMBDA = {
    "class_name": "Lambda",
    "module": "keras.layers",
    "registered_name": None,
    "config": {
        "name": "hidden",
        "function": {"class_name": "__lambda__", "config": {"code": "4wAAAA=="}},
    },
}


@pytest.mark.parametrize(
    ("layer", "named"),
    [
        (LAMBDA, "Lambda"),
        ({**LAMBDA, "class_name": "TFSMLayer", "config": {"filepath": "/tmp/x"}}, "TFSMLayer"),
        ({**LAMBDA, "class_name": "Popen", "module": "subprocess"}, "subprocess"),
        ({**LAMBDA, "class_name": "Dense", "module": "hostile"}, "hostile"),
        ({**LAMBDA, "class_name": "Dense", "registered_name": "evil>Dense"}, "evil>Dense"),
        ({**LAMBDA, "class_name": ["Dense"]}, "Dense"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_model_that_asks_for_other_code_is_refused(
    tmp_path: Path, layer: dict[str, object], named: str
) -> None:
    save(models(0), tmp_path)
    path = tmp_path / "encoder.json"
    description = json.loads(path.read_text())
    description["config"]["layers"].append(layer)
    path.write_text(json.dumps(description))
    with pytest.raises(InputError, match=f"encoder.json: expected a Keras model, .*{named}"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"units": 6', '"units": -6'),
        ('"units": 6', '"units": "x"'),
        ('"activation": "relu"', '"activation": "evil"'),
        ('"activation": "relu"', '"activation": {"class_name": "function"}'),
        ('"dtype": "float32"', '"dtype": "float33"'),
        ('"layers": [', '"layers": [[],'),
        ('"name": "encoder"', '"nome": 1'),
        ("hidden_0", "z_mean"),
    ],
)
def test_layers_that_make_no_model_are_refused(tmp_path: Path, old: str, new: str) -> None:
    save(models(0), tmp_path)
    path = tmp_path / "encoder.json"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(InputError, match=r"encoder\.(json|npz): expected"):
        load(tmp_path)


def test_a_description_without_end_is_refused(tmp_path: Path) -> None:
    save(models(0), tmp_path)
    (tmp_path / "encoder.json").write_text("[" * 100_000)
    with pytest.raises(InputError, match="encoder.json: expected a Keras model, received"):
        load(tmp_path)


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    save(models(0), tmp_path)
    architecture = Dense(
        kind="dense", hidden=(5,), activation="relu", latent_dim=3, latent_activation="linear"
    )
    with pytest.raises(InputError, match=r"encoder.npz: expected the weights of encoder"):
        load_weights(build(architecture, (8, 8, 1), True), tmp_path)


@pytest.mark.parametrize("count", [1, 500, 501])
@pytest.mark.parametrize("variational", [False, True])
def test_a_model_is_mapped_over_any_number_of_images(count: int, variational: bool) -> None:
    encoder = models(0, variational).encoder
    x = np.random.default_rng(count).uniform(size=(count, 8, 8, 1)).astype(np.float32)
    outputs = batched(encoder)(x)
    expected = encoder(x)
    assert np.allclose(codes(outputs), expected[0] if variational else expected, atol=1e-5)
    assert outputs.shape == ((2, count, 3) if variational else (count, 3))


def test_a_mapped_model_follows_its_weights() -> None:
    encoder = models(0).encoder
    encode = batched(encoder)
    before = encode(X)
    initialize(encoder, 1, "test")
    assert not np.array_equal(before, encode(X))


def test_convolutional_models_are_stored_too(tmp_path: Path) -> None:
    architecture = Convolutional(
        kind="convolutional",
        filters=(2, 3),
        kernel_size=3,
        activation="relu",
        latent_dim=3,
        latent_activation="linear",
    )
    saved = build(architecture, (8, 8, 1), variational=False)
    save(saved, tmp_path)
    assert np.array_equal(saved.encoder(X), load(tmp_path).encoder(X))
    # With Keras' own layers, and without this project's.
    model = keras.models.model_from_json((tmp_path / "encoder.json").read_text())
    assert {type(layer).__module__.split(".")[0] for layer in model.layers} == {"keras"}
    with np.load(tmp_path / "encoder.npz") as weights:
        model.set_weights([weights[weight.path] for weight in model.weights])
    assert np.allclose(model(X), saved.encoder(X), atol=1e-5)
