"""Encoders and decoders."""

from typing import Any

import numpy as np
import pytest

from stages.core.params import validate
from stages.models.architecture import build, initialize
from stages.models.autoencoder import Autoencoder
from stages.models.schema import Architecture

DENSE = {
    "kind": "dense",
    "hidden": [7, 5],
    "activation": "relu",
    "latent_dim": 3,
    "latent_activation": "linear",
}
CONVOLUTIONAL = {
    "kind": "convolutional",
    "filters": [2, 4],
    "kernel_size": 3,
    "activation": "relu",
    "latent_dim": 3,
    "latent_activation": "linear",
}


def built(architecture: dict[str, Any], shape: tuple[int, int, int], **changes: Any) -> Autoencoder:
    checked: Any = validate(architecture, Architecture, "architecture")  # type: ignore[arg-type]
    return build(checked, shape, changes.get("variational", False))


@pytest.mark.parametrize("architecture", [DENSE, CONVOLUTIONAL], ids=["dense", "convolutional"])
@pytest.mark.parametrize("shape", [(28, 28, 1), (8, 8, 1), (7, 10, 1)], ids=str)
def test_reconstructions_have_the_images_shape(architecture: dict[str, Any], shape: Any) -> None:
    encoder, decoder = built(architecture, shape)
    codes = encoder(np.zeros((2, *shape), np.float32))
    assert codes.shape == (2, 3)
    assert decoder(codes).shape == (2, *shape)


def test_a_variational_encoder_gives_mean_and_log_variance() -> None:
    encoder, _ = built(DENSE, (4, 4, 1), variational=True)
    z_mean, z_log_var = encoder(np.zeros((2, 4, 4, 1), np.float32))
    assert z_mean.shape == z_log_var.shape == (2, 3)


def test_the_decoder_mirrors_the_encoder() -> None:
    encoder, decoder = built(DENSE, (4, 4, 1))
    assert [weight.shape for weight in encoder.weights[::2]] == [(16, 7), (7, 5), (5, 3)]
    assert [weight.shape for weight in decoder.weights[::2]] == [(3, 5), (5, 7), (7, 16)]


def test_an_architecture_without_hidden_layers_and_activation_is_linear() -> None:
    encoder, decoder = built({**DENSE, "hidden": [], "activation": None}, (4, 4, 1))
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 1)).astype(np.float32)
    assert np.allclose(decoder(encoder(3 * x)), 3 * np.asarray(decoder(encoder(x))), atol=1e-5)


@pytest.mark.parametrize("architecture", [DENSE, CONVOLUTIONAL], ids=["dense", "convolutional"])
def test_the_second_model_of_a_process_is_described_like_the_first(
    architecture: dict[str, Any],
) -> None:
    first, second = (built(architecture, (8, 8, 1)) for _ in range(2))
    assert [model.to_json() for model in first] == [model.to_json() for model in second]


def test_weights_are_glorot_uniform_and_biases_zero() -> None:
    encoder, _ = built({**DENSE, "hidden": [200]}, (20, 20, 1))
    initialize(encoder, 0, "test")
    kernel, bias = encoder.get_weights()[:2]
    limit = np.sqrt(6 / (400 + 200))
    assert not bias.any()
    assert limit * 0.99 < kernel.max() <= limit
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.01)


def test_initial_weights_depend_on_seed_and_purpose_alone() -> None:
    encoder, _ = built(DENSE, (4, 4, 1))

    def weights(seed: int, purpose: str) -> Any:
        initialize(encoder, seed, purpose)
        return encoder.get_weights()[0]

    assert np.array_equal(weights(0, "a"), weights(0, "a"))
    assert not np.array_equal(weights(0, "a"), weights(1, "a"))
    assert not np.array_equal(weights(0, "a"), weights(0, "b"))
