"""The tutorial's printed models, its loss, its training, and what is measured of them."""

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import get_args

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from ruamel.yaml import YAML
from scipy import stats

from reference.tutorial_as_printed.printed import BUILDERS, Printed, kld_loss, sampling
from reference.tutorial_as_printed.result import result
from reference.tutorial_as_printed.schema import Model, Training
from reference.tutorial_as_printed.summary import error_of_mean_image, summary_of
from reference.tutorial_as_printed.training import Measures, fit, measure
from stages.models.gaussian import gaussian_kl
from tests.support import PROJECT

RANDOM = np.random.default_rng(0)
# What the tutorial prints: units and activation of each dense layer, for its images.
LAYERS = {
    "trivial": [(1000, "linear"), (784, "linear")],
    "compression": [
        (1000, "relu"),
        (500, "relu"),
        (30, "relu"),
        (500, "relu"),
        (1000, "relu"),
        (784, "linear"),
    ],
    "vae": [
        (1000, "relu"),
        (500, "relu"),
        (30, "linear"),
        (30, "linear"),
        (500, "relu"),
        (1000, "relu"),
        (784, "linear"),
    ],
}
WEIGHTS = {
    "trivial": 784 * 1000 + 1000 + 1000 * 784 + 784,
    "compression": 2 * (784 * 1000 + 1000 * 500 + 500 * 30) + 1000 + 500 + 30 + 500 + 1000 + 784,
    "vae": 2 * (784 * 1000 + 1000 * 500 + 500 * 30) + 500 * 30 + 1500 + 60 + 1500 + 784,
}


def flat(model: keras.Model) -> Iterator[keras.Layer]:
    """All layers in order, those of models inside models in their place."""
    for layer in model.layers:
        yield from flat(layer) if isinstance(layer, keras.Model) else [layer]


@pytest.fixture(scope="module", params=get_args(Model))
def printed(request: pytest.FixtureRequest) -> tuple[Model, Printed]:
    return request.param, BUILDERS[request.param]((28, 28, 1))


def test_models_have_the_printed_layers_and_weights(printed: tuple[Model, Printed]) -> None:
    name, model = printed
    dense = [
        (layer.units, layer.activation.__name__)
        for layer in flat(model.whole)
        if isinstance(layer, keras.layers.Dense)
    ]
    assert dense == LAYERS[name]
    assert model.whole.count_params() == WEIGHTS[name]
    assert isinstance(model.whole.optimizer, keras.optimizers.Adam)
    assert float(model.whole.optimizer.learning_rate) == pytest.approx(1e-3)


def test_a_model_consists_of_its_parts(printed: tuple[Model, Printed]) -> None:
    name, model = printed
    x = RANDOM.uniform(size=(3, 28, 28, 1)).astype(np.float32)
    outputs = model.whole(x)
    if name == "vae":
        reconstruction, distribution = outputs
        assert reconstruction.shape == x.shape
        assert distribution.shape == (2, 3, 30)
        np.testing.assert_allclose(distribution[0], model.encoder(x), atol=1e-6)
        assert model.decoder(distribution[0]).shape == x.shape
    else:
        np.testing.assert_array_equal(outputs, model.decoder(model.encoder(x)))


def test_the_pipeline_trains_every_model() -> None:
    file = PROJECT / "reference" / "tutorial_as_printed" / "dvc.yaml"
    stages = YAML(typ="safe").load(file)["stages"]
    assert stages["train"]["matrix"]["model"] == list(get_args(Model)) == list(BUILDERS)


def test_the_printed_loss_is_the_batch_times_the_mean_divergence() -> None:
    mu, log_var = RANDOM.normal(size=(2, 64, 30))
    per_image = np.sum(gaussian_kl(mu, log_var), axis=1)
    loss = float(kld_loss(None, tf.stack([mu, log_var])))
    assert loss == pytest.approx(64 * np.mean(per_image), rel=1e-12)


def test_keras_adds_the_sum_over_the_batch_to_the_mean_over_pixels() -> None:
    model = BUILDERS["vae"]((2, 2, 1)).whole
    x = np.zeros((6, 2, 2, 1), np.float32)
    reconstruction = RANDOM.normal(size=x.shape).astype(np.float32)
    mu, log_var = RANDOM.normal(size=(2, 6, 30)).astype(np.float32)
    loss = model.compute_loss(x, [x, tf.zeros(6)], [reconstruction, tf.stack([mu, log_var])])
    expected = np.mean(np.square(reconstruction)) + np.sum(gaussian_kl(mu, log_var))
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_sampled_codes_have_the_distribution_that_the_encoder_says() -> None:
    keras.utils.set_random_seed(0)
    mu, log_var = np.full((2, 20_000, 1), [[[2.0]], [[np.log(0.25)]]], np.float32)
    codes = np.asarray(sampling(tf.stack([mu, log_var])), np.float64)[:, 0]
    assert stats.kstest(codes, stats.norm(2, 0.5).cdf).pvalue > 0.01


@pytest.mark.long
def test_a_seed_gives_the_same_model_again_and_another_gives_another() -> None:
    x = RANDOM.uniform(size=(64, 3, 3, 1)).astype(np.float32)
    settings = Training(epochs=1, batch_size=32)
    losses = [fit("vae", seed, x, settings)[1] for seed in (0, 0, 1)]
    assert losses[0] == losses[1] != losses[2]


class Constant:
    """Stands for a trained model: reconstructs everything as it was told."""

    def __init__(self, outputs: object) -> None:
        self.outputs = outputs

    def __call__(self, _: object) -> object:
        return self.outputs


def test_measures_of_a_plain_model() -> None:
    x = np.full((2, 2, 1, 1), 0.5, np.float32)
    code = tf.constant([[1.0, 0.0, 2.0], [0.0, 0.0, 2.0]])  # the first unit alone varies
    decoded = np.array([[0.0, 1.0], [2.0, 1.0]], np.float32)  # variances 1 and 0
    model = Printed(Constant(tf.zeros((2, 2))), Constant(code), Constant(decoded))
    found, images = measure(model, x, np.zeros((2, 3), np.float32))
    assert found == Measures(0.25, 0.75, None, 1, 0.5)
    assert images.shape == (2, 2, 1, 1)


def test_measures_of_a_variational_model() -> None:
    x = np.full((2, 2, 1, 1), 0.5, np.float32)
    mu = tf.constant([[1.0], [1.0]])
    distribution = tf.stack([mu, tf.zeros((2, 1))])  # each N(1, 1): 1/2 nat
    sampled, of_mean = tf.fill(x.shape, 0.25), tf.ones(x.shape)
    model = Printed(Constant([sampled, distribution]), Constant(mu), Constant(of_mean))
    found, _ = measure(model, x, np.zeros((2, 1), np.float32))
    assert found == Measures(0.0625, 0.25, 0.5, 0, 0.0)


def test_the_summary_has_means_and_deviations_over_seeds() -> None:
    table = pd.DataFrame(
        {
            "model": ["trivial", "trivial", "vae", "vae"],
            "model_seed": [0, 1, 0, 1],
            "test_mse": [1.0, 3.0, 5.0, 5.0],
            "test_mse_of_mean_code": [1.0, 3.0, 4.0, 6.0],
            "test_kl": [np.nan, np.nan, 0.5, 1.5],
            "live_units": [4, 4, 2, 2],
            "decoded_variance": [2.0, 2.0, 0.0, 0.0],
        }
    )
    found = summary_of(table)
    assert found["seeds"] == 2
    assert (found["trivial.test_mse"], found["trivial.test_mse_sd"]) == (2.0, np.sqrt(2))
    assert (found["vae.test_mse_of_mean_code"], found["vae.test_kl"]) == (5.0, 1.0)
    assert not [key for key in found if key.startswith("trivial.test_kl")]
    assert not [key for key in summary_of(table.iloc[[0]]) if key.endswith("_sd")]


def test_the_mean_image_is_that_of_the_training_images() -> None:
    x_train = np.array([0.0, 1.0], np.float32).reshape(2, 1, 1, 1)
    x_test = np.array([0.5, 1.5], np.float32).reshape(2, 1, 1, 1)
    assert error_of_mean_image(x_train, x_test) == 0.5


@pytest.mark.parametrize("file", sorted(PROJECT.glob("reference/*/metrics/summary.json")), ids=str)
def test_the_result_in_words_has_the_numbers_of_the_summary(file: Path) -> None:
    experiment = file.parents[1].name
    summary = json.loads(file.read_text())
    words = import_module(f"reference.{experiment}.result").result(summary)
    assert f"{summary['seeds']} seeds" in words


def test_the_result_in_words_is_a_line() -> None:
    errors = {"trivial": 1e-4, "compression": 0.0115, "vae": 0.0979, "mean_image": 0.0866}
    words = result({"seeds": 3, **{f"{name}.test_mse": mse for name, mse in errors.items()}})
    assert words == (
        "test MSE, mean over 3 seeds: trivial 0.00010, compression 0.01150, vae 0.09790, "
        "mean_image 0.08660"
    )
