"""Pretraining from several seeds, and the names that stages of the curve get from the weights."""

import numpy as np
import pytest

from stages.core.errors import InputError
from stages.core.images import Images
from stages.core.params import validate
from stages.models.schema import Betas, Variant
from stages.training.pretraining import pretrain
from stages.training.schema import Train

LINEAR = {"kind": "dense", "hidden": [], "latent_dim": 4, "latent_activation": "linear"}


def test_every_seed_gives_a_model_of_its_own(toy: Images) -> None:
    settings = Train(epochs=2, batch_size=16, learning_rate=1e-2, seeds=(3, 5))
    variant = validate({"architecture": LINEAR, "beta": 0.1}, Variant, "toy")
    found = [
        (seed, autoencoder.encoder.get_weights()[0], epochs)
        for seed, autoencoder, epochs in pretrain("toy", variant, settings, toy.x_train, toy.x_test)
    ]
    assert [seed for seed, *_ in found] == [3, 5]
    assert [len(epochs) for *_, epochs in found] == [2, 2]
    assert not np.array_equal(found[0][1], found[1][1])


@pytest.mark.parametrize("beta", [0.01, 1, 3.0, 1e-05, "pixels_times_batch_size"])
def test_a_weight_of_the_kl_survives_its_name(beta: float | str) -> None:
    (read,) = validate([beta], Betas, "betas")
    (named,) = validate((str(read),), Betas, "betas")
    assert str(read) == str(beta)
    assert named == beta


@pytest.mark.parametrize("name", ["-1", "nan", "inf", "one"])
def test_a_name_that_is_no_weight_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"beta_curve\.betas\.0\.\S+: expected"):
        validate((name,), Betas, "beta_curve.betas")
