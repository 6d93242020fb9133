"""Classifiers with few labels."""

from typing import Any, get_args

import numpy as np
import pytest

from stages.autoencoders.architecture import build, initialize
from stages.datasets.arrays import Images
from stages.evaluation.classifiers import Comparison, Labelled, recipe
from stages.settings.section import validate
from stages.settings.semi_supervised import Regime, SemiSupervised
from stages.settings.variant import Dense

REGIMES = list(get_args(Regime))


def settings(**changes: Any) -> SemiSupervised:
    return validate(
        {
            "label_fraction": 0.1,
            "draws": 2,
            "regimes": REGIMES,
            "epochs": 20,
            "frozen_fraction": 0.5,
            "batch_size": 16,
            "output_learning_rate": 5e-2,
            "encoder_learning_rate": 1e-2,
            **changes,
        },
        SemiSupervised,
        "semi_supervised",
    )


def comparison(toy: Images, **changes: Any) -> tuple[Comparison, Any]:
    architecture = Dense(
        kind="dense", hidden=(), activation="relu", latent_dim=8, latent_activation="linear"
    )
    encoder = build(architecture, toy.x_train.shape[1:], variational=True).encoder
    initialize(encoder, 0, "pretraining")
    weights = encoder.get_weights()
    test = Labelled(toy.x_test, toy.y_test)
    return Comparison(encoder, 3, settings(**changes), test), weights


def draws(toy: Images, count: int) -> list[Labelled]:
    subsets = [slice(30 * number, 30 * (number + 1)) for number in range(count)]
    return [Labelled(toy.x_train[subset], toy.y_train[subset]) for subset in subsets]


@pytest.mark.parametrize("regime", REGIMES)
def test_every_regime_has_the_same_number_of_epochs(regime: Regime) -> None:
    plan = recipe(regime, settings())
    assert plan.frozen_epochs + plan.open_epochs == 20


def test_easy_classes_are_told_apart_in_every_regime(toy: Images) -> None:
    compare, weights = comparison(toy)
    results = list(compare.run(weights, draws(toy, 2), seed=0))
    assert [(result.regime, result.draw) for result in results] == [
        (regime, draw) for regime in REGIMES for draw in range(2)
    ]
    assert min(result.test_accuracy for result in results) > 0.9


def test_a_constant_code_is_as_good_as_guessing(toy: Images) -> None:
    compare, weights = comparison(toy, regimes=["frozen"])
    constant = [np.zeros_like(weight) for weight in weights]
    (result,) = compare.run(constant, draws(toy, 1), seed=0)
    assert result.test_accuracy == pytest.approx(1 / 3)


def test_another_draw_or_regime_leaves_the_others_as_they_were(toy: Images) -> None:
    hard = toy._replace(y_train=np.random.default_rng(0).permutation(toy.y_train))
    compare, weights = comparison(hard, regimes=["finetuned"])
    alone = list(compare.run(weights, draws(hard, 1), seed=0))
    compare, weights = comparison(hard)
    among_others = list(compare.run(weights, draws(hard, 3), seed=0))
    assert alone[0] in among_others


def test_fewer_labels_than_a_batch_are_one_batch(toy: Images) -> None:
    compare, weights = comparison(toy, regimes=["frozen"], epochs=100)
    few = [Labelled(toy.x_train[:3], toy.y_train[:3])]
    (result,) = compare.run(weights, few, seed=0)
    assert result.test_accuracy > 0.5
