"""Gated layers against NumPy; fresh weights; stored models."""

import keras
import numpy as np
import pytest
from scipy.special import expit

from reference.gaussian_prior_vae.gated import build, initialize
from reference.gaussian_prior_vae.schema import GatedModel
from stages.models.autoencoder import Autoencoder
from stages.models.products import as_keras

FORM = GatedModel(
    hidden=(7, 5),
    latent_dim=3,
    min_log_var=-6.0,
    max_log_var=2.0,
    min_probability=1e-5,
)
SHAPE = (4, 3, 1)


@pytest.fixture
def model() -> Autoencoder:
    made = build(FORM, SHAPE)
    initialize(made, 0)
    return made


def weights_of(part: keras.Model) -> dict[str, np.ndarray]:
    return {weight.path: np.asarray(weight) for weight in part.weights}


def dense(values: np.ndarray, weights: dict[str, np.ndarray], name: str) -> np.ndarray:
    return values @ weights[f"{name}/kernel"] + weights[f"{name}/bias"]


def gated(values: np.ndarray, weights: dict[str, np.ndarray], depth: int) -> np.ndarray:
    gate = expit(dense(values, weights, f"gate_{depth}"))
    return np.asarray(dense(values, weights, f"linear_{depth}") * gate)


def test_the_encoder_is_linear_times_sigmoid_of_linear_twice(model: Autoencoder) -> None:
    x = np.random.default_rng(0).uniform(size=(6, *SHAPE)).astype(np.float32)
    weights = weights_of(model.encoder)
    hidden = gated(gated(x.reshape(6, -1), weights, 0), weights, 1)
    z_mean, z_log_var = model.encoder(x)
    np.testing.assert_allclose(z_mean, dense(hidden, weights, "z_mean"), atol=1e-5)
    expected = np.clip(dense(hidden, weights, "unlimited_z_log_var"), -6, 2)
    np.testing.assert_allclose(z_log_var, expected, atol=1e-5)


def test_the_decoder_mirrors_the_encoder(model: Autoencoder) -> None:
    z = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    weights = weights_of(model.decoder)
    hidden = gated(gated(z, weights, 1), weights, 0)
    expected = dense(hidden, weights, "pixels").reshape(6, *SHAPE)
    np.testing.assert_allclose(model.decoder(z), expected, atol=1e-5)


def test_extreme_values_stop_at_their_limits(model: Autoencoder) -> None:
    far = 1e4 * np.random.default_rng(0).normal(size=(50, *SHAPE)).astype(np.float32)
    z_log_var = np.asarray(model.encoder(far)[1])
    assert (z_log_var.min(), z_log_var.max()) == pytest.approx((-6, 2))
    codes = 1e4 * np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    probabilities = expit(np.asarray(model.decoder(codes), np.float64))
    assert probabilities.min() == pytest.approx(1e-5, rel=1e-3)
    assert 1 - probabilities.max() == pytest.approx(1e-5, rel=1e-3)


def test_no_limit_is_no_layer() -> None:
    free = build(FORM.model_copy(update={"min_probability": 0.0}), SHAPE)
    assert "logits" not in [layer.name for layer in free.decoder.layers]


def test_fresh_weights_have_the_deviations_of_he_and_pytorch() -> None:
    wide = build(FORM.model_copy(update={"hidden": (400, 300)}), (20, 20, 1))
    initialize(wide, 0)
    for path, weight in weights_of(wide.encoder).items():
        fan_in = 300 if path.startswith("z_mean") or "log_var" in path else 400
        if path.endswith("kernel"):
            if weight.size > 100:
                assert weight.std() == pytest.approx(np.sqrt(2 / fan_in), rel=0.05)
            assert np.abs(weight).max() > 2.5 * np.sqrt(2 / fan_in)  # not cut off
        else:
            assert np.abs(weight).max() <= 1 / np.sqrt(fan_in)
            if weight.size > 100:
                assert weight.std() == pytest.approx(1 / np.sqrt(3 * fan_in), rel=0.2)


def test_a_seed_gives_its_weights_again_and_another_gives_others(model: Autoencoder) -> None:
    first = np.asarray(model.encoder.get_layer("linear_0").kernel).copy()
    gate = np.asarray(model.encoder.get_layer("gate_0").kernel)
    assert not np.array_equal(first, gate)
    initialize(model, 1)
    assert not np.array_equal(first, np.asarray(model.encoder.get_layer("linear_0").kernel))
    initialize(model, 0)
    np.testing.assert_array_equal(first, np.asarray(model.encoder.get_layer("linear_0").kernel))


def test_keras_alone_loads_what_is_stored(model: Autoencoder) -> None:
    for part, shape in zip(model, (SHAPE, (3,)), strict=True):
        again = keras.models.model_from_json(as_keras(part).to_json())
        again.set_weights(part.get_weights())
        x = np.random.default_rng(0).uniform(size=(2, *shape)).astype(np.float32)
        for ours, theirs in zip(
            keras.tree.flatten(part(x)), keras.tree.flatten(again(x)), strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)
