"""Classifiers with few labels."""

from typing import Any, get_args

import numpy as np
import pytest

from stages.core.errors import InputError
from stages.core.images import Images
from stages.core.params import validate
from stages.few_labels.comparison import Comparison
from stages.few_labels.measurement import Subject, labelled, measure
from stages.few_labels.regimes import Labelled, Result, Setting, grid, recipe, updates_of
from stages.few_labels.schema import Regime, SemiSupervised
from stages.models.architecture import build, initialize
from stages.models.schema import Dense

REGIMES: list[Regime] = list(get_args(Regime))
UPDATES = 40
ALL = {
    regime: Setting(5e-2 if regime in ("frozen", "random") else 1e-2, UPDATES) for regime in REGIMES
}


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
            "tuning": {
                "output_learning_rates": [1e-5, 5e-2],
                "encoder_learning_rates": [1e-6, 1e-2],
                "epoch_shares": [0.5, 1.0],
                "draws": 1,
            },
            **changes,
        },
        SemiSupervised,
        "semi_supervised",
    )


def comparison(
    toy: Images, regimes: list[Regime] = REGIMES, **changes: Any
) -> tuple[Comparison, Any]:
    architecture = Dense(kind="dense", hidden=(), latent_dim=8, latent_activation="linear")
    encoder = build(architecture, toy.x_train.shape[1:], variational=True).encoder
    initialize(encoder, 0, "pretraining")
    return Comparison("toy", encoder, 3, settings(**changes), regimes), encoder.get_weights()


@pytest.fixture(scope="module")
def shared(toy: Images) -> tuple[Comparison, Any]:
    """One of all regimes for several tests, since compiling takes seconds."""
    tuning = settings().tuning.model_dump() | {"epoch_shares": (1.0, 0.5), "draws": 2}
    return comparison(toy, tuning=tuning)


def draws(toy: Images, count: int) -> list[Labelled]:
    subsets = [slice(30 * number, 30 * (number + 1)) for number in range(count)]
    return [Labelled(toy.x_train[subset], toy.y_train[subset]) for subset in subsets]


def results_of(
    compare: Comparison, weights: Any, data: list[Labelled], toy: Images
) -> list[Result]:
    test = Labelled(toy.x_test, toy.y_test)
    return list(compare.test(weights, data, test, ALL, UPDATES, seed=0))


def test_every_regime_is_tuned_with_as_many_settings_and_the_same_updates() -> None:
    grids = [grid(regime, settings(), 100) for regime in REGIMES]
    assert {len(tried) for tried in grids} == {4}
    assert {tuple(setting.updates for setting in tried) for tried in grids} == {(50, 50, 100, 100)}


def test_the_rate_that_is_tuned_is_that_of_what_learns() -> None:
    for regime in REGIMES:
        alone = recipe(regime, settings()).frozen == 1
        rates = {setting.learning_rate for setting in grid(regime, settings(), 10)}
        assert rates == ({1e-5, 5e-2} if alone else {1e-6, 1e-2})


def test_updates_are_epochs_times_full_batches() -> None:
    assert updates_of(settings(), 33) == 20 * 2
    assert updates_of(settings(), 3) == 20


def test_easy_classes_are_told_apart_in_every_regime(
    toy: Images, shared: tuple[Comparison, Any]
) -> None:
    results = results_of(*shared, draws(toy, 2), toy)
    assert [(result.regime, result.draw) for result in results] == [
        (regime, draw) for regime in REGIMES for draw in range(2)
    ]
    assert min(result.test_accuracy for result in results) > 0.9


def test_a_constant_code_is_as_good_as_guessing(
    toy: Images, shared: tuple[Comparison, Any]
) -> None:
    compare, weights = shared
    constant = [np.zeros_like(weight) for weight in weights]
    accuracies = {
        result.regime: result.test_accuracy
        for result in results_of(compare, constant, draws(toy, 1), toy)
    }
    assert accuracies["frozen"] == pytest.approx(1 / 3)


def test_another_draw_or_regime_leaves_the_others_as_they_were(
    toy: Images, shared: tuple[Comparison, Any]
) -> None:
    hard = toy._replace(y_train=np.random.default_rng(0).permutation(toy.y_train))
    alone = results_of(*comparison(hard, ["finetuned"]), draws(hard, 1), hard)
    among_others = results_of(*shared, draws(hard, 3), hard)
    assert alone[0] in among_others


def test_what_diverges_is_refused_with_variant_regime_seed_draw_and_update(toy: Images) -> None:
    compare, weights = comparison(toy, ["finetuned_direct"])
    broken = [Labelled(np.full_like(toy.x_train[:30], np.nan), toy.y_train[:30])]
    with pytest.raises(
        InputError,
        match=r"variants.toy, regime finetuned_direct, seed 0, draw 0, update 40: expected finite",
    ):
        results_of(compare, weights, broken, toy)


def test_fewer_labels_than_a_batch_are_one_batch(toy: Images) -> None:
    few = [Labelled(toy.x_train[:3], toy.y_train[:3])]
    (result,) = results_of(*comparison(toy, ["frozen"]), few, toy)
    assert result.test_accuracy > 0.5


def test_tuning_chooses_the_highest_validation_accuracy_and_the_first_of_equals(
    toy: Images, shared: tuple[Comparison, Any]
) -> None:
    compare, weights = shared
    validation = Labelled(toy.x_train[100:160], toy.y_train[100:160])
    trials = list(compare.tune(weights, draws(toy, 2), validation, UPDATES, seed=0))
    for regime in REGIMES:
        tried = [trial for trial in trials if trial.regime == regime]
        accuracies = [trial.validation_accuracy for trial in tried]
        assert [trial.chosen for trial in tried].index(True) == accuracies.index(max(accuracies))
        assert sum(trial.chosen for trial in tried) == 1
        if recipe(regime, settings()).frozen in (0, 1):
            # A rate of almost nothing leaves the classifier where it started.
            assert tried[1].validation_accuracy > tried[0].validation_accuracy


@pytest.mark.parametrize("updates", [1, UPDATES])  # shares of one update are one update
def test_a_setting_is_worth_the_same_whether_or_not_its_training_was_shared(
    toy: Images, shared: tuple[Comparison, Any], updates: int
) -> None:
    hard = toy._replace(y_train=np.random.default_rng(0).permutation(toy.y_train))
    compare, weights = shared
    some, validation = draws(hard, 2), Labelled(hard.x_train[100:160], hard.y_train[100:160])
    trials = list(compare.tune(weights, some, validation, updates, seed=0))
    assert len(trials) == 4 * len(REGIMES)
    for number in range(4):
        tried = {trial.regime: trial for trial in trials[number::4]}
        chosen = {regime: trial.setting for regime, trial in tried.items()}
        alone = list(compare.test(weights, some, validation, chosen, updates, seed=0))
        for regime in REGIMES:
            expected = np.mean([each.test_accuracy for each in alone if each.regime == regime])
            assert tried[regime].validation_accuracy == expected, regime


def test_the_first_phase_of_fine_tuning_leaves_the_encoder_alone(toy: Images) -> None:
    compare, weights = comparison(toy, ["finetuned", "frozen"])
    chosen: dict[Regime, Setting] = {
        "finetuned": Setting(1e-30, 10),  # at this rate the second phase changes nothing
        "frozen": Setting(5e-2, 5),
    }
    test = Labelled(toy.x_test, toy.y_test)
    first, second = compare.test(weights, draws(toy, 1), test, chosen, 10, seed=0)
    assert first.test_accuracy == second.test_accuracy


def test_the_tables_have_a_row_for_each_setting_and_each_classifier(
    toy: Images, shared: tuple[Comparison, Any]
) -> None:
    compare, weights = shared
    train = np.arange(60).reshape(2, 30)
    point = labelled(toy, train, np.arange(60, 90), UPDATES)
    heard: list[str] = []
    subject = Subject("vae", toy, compare, {0: weights, 5: weights})
    tables = measure(subject, 0.125, point, heard.append)
    assert len(tables.tuning) == 5 * 4
    assert set(tables.tuning["validation_labels"]) == {30}
    assert tables.tuning.groupby("regime")["chosen"].sum().eq(1).all()
    assert len(tables.accuracies) == 5 * 2 * 2
    assert set(tables.accuracies["model_seed"]) == {0, 5}
    assert len(heard) == 20 + 20
