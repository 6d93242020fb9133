"""Pretraining."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from stages.codes.reconstruction import largest_principal_angle
from stages.core.errors import InputError
from stages.core.images import Images
from stages.core.params import validate
from stages.models.architecture import build
from stages.models.schema import Variant
from stages.training.schema import Train
from stages.training.trainer import Epoch, Trainer

SPARSE = {
    "architecture": {
        "kind": "dense",
        "hidden": [],
        "latent_dim": 12,
        "latent_activation": "sigmoid",
    },
    "sparsity": {"target": 0.2, "weight": 1.0},
}
VAE = {
    "architecture": {**SPARSE["architecture"], "latent_activation": "linear"},
    "noise": {"stddev": 0.1},
    "beta": 1.0,
}

# Everything that a block can ask for at once.
CONVOLUTIONAL_VAE = {
    **VAE,
    "architecture": {
        "kind": "convolutional",
        "filters": [4],
        "kernel_size": 3,
        "activation": "relu",
        "latent_dim": 12,
        "latent_activation": "linear",
    },
}


def trainer(
    toy: Images, variant: dict[str, Any], name: str = "toy", **changes: Any
) -> tuple[Trainer, Any]:
    settings = validate(
        {"epochs": 3, "batch_size": 16, "learning_rate": 1e-2, "seeds": [0], **changes},
        Train,
        "train",
    )
    checked = validate(variant, Variant, "variants.toy")
    models = build(checked.architecture, toy.x_train.shape[1:], checked.variational)
    return Trainer(name, checked, settings, models, toy.x_train, toy.x_test), models


VARIANTS = {"sparse": SPARSE, "vae": VAE, "convolutional vae": CONVOLUTIONAL_VAE}
Shared = Callable[[str], tuple[Trainer, Any]]


@pytest.fixture(scope="module")
def shared(toy: Images) -> Shared:
    """One of each variant for all tests, since compiling takes seconds; each fit starts afresh."""
    return cache(lambda name: trainer(toy, VARIANTS[name]))


def quiet(epoch: Epoch) -> None:
    """Say nothing."""


@pytest.mark.parametrize(
    "name", ["sparse", "vae", pytest.param("convolutional vae", marks=pytest.mark.long)]
)
def test_losses_fall(shared: Shared, name: str) -> None:
    epochs = shared(name)[0].fit(0, quiet)
    assert [epoch.number for epoch in epochs] == [1, 2, 3]
    assert epochs[-1].train.loss < epochs[0].train.loss
    assert epochs[-1].validation.loss < epochs[0].validation.loss


def test_the_loss_is_made_of_its_parts(shared: Shared) -> None:
    for losses in shared("sparse")[0].fit(0, quiet)[-1][1:]:
        assert losses.loss == pytest.approx(losses.squared_error + losses.sparsity, rel=1e-5)
    for losses in shared("vae")[0].fit(0, quiet)[-1][1:]:
        assert losses.loss == pytest.approx(losses.squared_error + losses.kl, rel=1e-5)


def test_a_seed_gives_the_same_weights_under_any_name_and_whatever_was_trained_before(
    toy: Images, shared: Shared
) -> None:
    several, models = shared("vae")
    several.fit(7, quiet)
    several.fit(0, quiet)
    after_another = [weight for model in models for weight in model.get_weights()]
    alone, models = trainer(toy, VAE, name="control")
    alone.fit(0, quiet)
    for first, second in zip(
        after_another, (w for model in models for w in model.get_weights()), strict=True
    ):
        assert np.array_equal(first, second)


def test_validation_losses_are_those_of_full_batches_of_validation_images(
    toy: Images, shared: Shared
) -> None:
    one, models = shared("sparse")
    *_, last = one.fit(0, quiet)
    full = toy.x_test[: len(toy.x_test) // 16 * 16]
    assert len(full) < len(toy.x_test)
    squares = np.square(np.asarray(models.decoder(models.encoder(full))) - full)
    expected = squares.sum(axis=(1, 2, 3)).mean()
    assert last.validation.squared_error == pytest.approx(expected, rel=1e-5)


def test_other_seeds_give_other_weights(shared: Shared) -> None:
    one, models = shared("sparse")
    one.fit(0, quiet)
    first = models.encoder.get_weights()[0]
    one.fit(1, quiet)
    assert not np.array_equal(first, models.encoder.get_weights()[0])


def test_fewer_images_than_a_batch_are_one_batch(toy: Images) -> None:
    epochs = trainer(toy, SPARSE, batch_size=1000)[0].fit(0, quiet)
    assert epochs[-1].train.loss < epochs[0].train.loss


def test_a_strong_penalty_brings_the_code_to_its_target(toy: Images) -> None:
    strong = {**SPARSE, "sparsity": {"target": 0.2, "weight": 50.0}}
    one, models = trainer(toy, strong, epochs=40)
    one.fit(0, quiet)
    assert np.mean(models.encoder(toy.x_train)) == pytest.approx(0.2, abs=0.02)


@pytest.mark.long
def test_a_linear_autoencoder_finds_the_principal_components() -> None:
    # Baldi and Hornik (1989): the error's only minimum is on the space of the components.
    random = np.random.default_rng(0)
    spread = np.array([1.0, 0.8, 0.6, 0.1, 0.1, 0.1])
    directions = np.linalg.qr(random.standard_normal((48, len(spread))))[0].T
    images = 0.5 + random.standard_normal((512, len(spread))) * spread @ directions
    x = images.astype(np.float32).reshape(-1, 8, 6, 1)
    linear = {
        "architecture": {
            "kind": "dense",
            "hidden": [],
            "latent_dim": 3,
            "latent_activation": "linear",
        }
    }
    data = Images(x, np.zeros(len(x), np.uint8), x, np.zeros(len(x), np.uint8))
    one, models = trainer(data, linear, epochs=200, batch_size=64, learning_rate=5e-3)
    epochs = one.fit(0, quiet)
    lost = np.square(np.linalg.svd(images - images.mean(axis=0))[1])[3:].sum() / len(images)
    assert epochs[-1].validation.squared_error == pytest.approx(lost, rel=0.01)
    origin = models.decoder(np.zeros((1, 3), np.float32))
    found = np.asarray(models.decoder(np.eye(3, dtype=np.float32)) - origin)
    assert largest_principal_angle(x, found) < 1


def test_what_diverges_is_refused_with_variant_seed_and_epoch(
    toy: Images, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, _ = shared("sparse")
    monkeypatch.setattr(broken, "_x_train", tf.constant(np.full_like(toy.x_train, np.nan)))
    with pytest.raises(InputError, match=r"variants.toy, seed 5, epoch 1: expected finite losses"):
        broken.fit(5, quiet)
