"""Classifiers on one variant's encoders."""

from typing import Any, get_args

import numpy as np
import pytest

from stages.core.errors import InputError
from stages.core.images import Images
from stages.core.params import validate
from stages.few_labels.comparison import Comparison, Labels
from stages.few_labels.measurement import measure
from stages.few_labels.regimes import (
    RECIPES,
    AdamSetting,
    ProbeSetting,
    Result,
    Setting,
)
from stages.few_labels.schema import Regime, SemiSupervised
from stages.models.architecture import build, initialize
from stages.models.loading import Encoders
from stages.models.schema import Dense

REGIMES: list[Regime] = list(get_args(Regime))
TUNED = [regime for regime in REGIMES if RECIPES[regime].method != "graph"]
UPDATES = 40
PROBE, TRAINING = ProbeSetting(1.0), AdamSetting(1e-2, UPDATES)
ALL: dict[Regime, Setting] = {
    regime: PROBE if RECIPES[regime].method == "probe" else TRAINING for regime in TUNED
}


def settings(**changes: Any) -> SemiSupervised:
    return validate(
        {
            "label_fraction": 0.1,
            "draws": 2,
            "regimes": REGIMES,
            "epochs": 20,
            "batch_size": 16,
            "neighbours": 5,
            "components": 30,
            "primary": [],
            "exploratory_draws": 2,
            "tuning": {
                "inverse_regularizations": [1e-9, 1.0],
                "learning_rates": [1e-6, 1e-2],
                "epoch_shares": [0.5, 1.0],
                "draws": 2,
                "seeds": 1,
            },
            **changes,
        },
        SemiSupervised,
        "semi_supervised",
    )


def comparison(
    toy: Images, regimes: list[Regime] = REGIMES, broken: float | None = None, **changes: Any
) -> Comparison:
    architecture = Dense(kind="dense", hidden=(), latent_dim=8, latent_activation="linear")
    encoder = build(architecture, toy.x_train.shape[1:], variational=True).encoder
    initialize(encoder, 0, "pretraining")
    weights = encoder.get_weights()
    if broken is not None:
        weights = [np.full_like(weight, broken) for weight in weights]
    encoders = Encoders(encoder, {0: weights, 5: weights})
    return Comparison("toy", encoders, toy, 3, settings(**changes), regimes)


@pytest.fixture(scope="module")
def shared(toy: Images) -> Comparison:
    """One of all regimes for several tests, since compiling takes seconds."""
    return comparison(toy)


@pytest.fixture(scope="module")
def untrained(toy: Images) -> Encoders:
    """Encoders of two pretraining seeds."""
    architecture = Dense(kind="dense", hidden=(), latent_dim=8, latent_activation="linear")
    encoder = build(architecture, toy.x_train.shape[1:], variational=True).encoder
    weights = {}
    for seed in (0, 5):
        initialize(encoder, seed, "pretraining")
        weights[seed] = encoder.get_weights()
    return Encoders(encoder, weights)


def labels(draws: int, updates: int = UPDATES) -> Labels:
    return Labels(np.arange(30 * draws).reshape(draws, 30), np.arange(100, 160), updates)


def permuted(toy: Images) -> Images:
    """Images whose classes cannot be learned."""
    return toy._replace(y_train=np.random.default_rng(0).permutation(toy.y_train))


def accuracies(results: list[Result]) -> dict[Regime, float]:
    return {result.regime: float(np.mean(result.correct)) for result in results}


def test_easy_classes_are_told_apart_in_every_regime(shared: Comparison) -> None:
    results = list(shared.test(0, labels(2), ALL))
    assert [(result.regime, result.draw) for result in results] == [
        (regime, draw) for regime in REGIMES for draw in range(2)
    ]
    assert min(np.mean(result.correct) for result in results) > 0.9


def test_a_constant_code_is_as_good_as_guessing(toy: Images) -> None:
    some: list[Regime] = ["frozen", "propagated", "propagated_inductive"]
    found = accuracies(list(comparison(toy, some, broken=0.0).test(0, labels(1), ALL)))
    assert list(found.values()) == pytest.approx([1 / 3] * 3)


def test_another_draw_or_regime_leaves_the_others_as_they_were(toy: Images) -> None:
    hard = permuted(toy)
    some: list[Regime] = ["frozen", "finetuned"]
    alone = list(comparison(hard, some).test(0, labels(1), ALL))
    among_others = list(comparison(hard).test(0, labels(3), ALL))
    for result in alone:
        (same,) = (r for r in among_others if (r.regime, r.draw) == (result.regime, 0))
        assert np.array_equal(result.correct, same.correct)


def test_what_diverges_is_refused_with_variant_regime_seed_draw_and_update(toy: Images) -> None:
    compare = comparison(toy, ["finetuned_direct"], broken=np.nan)
    with pytest.raises(
        InputError,
        match=r"variants.toy, regime finetuned_direct, seed 0, draw 0, update 40: expected finite",
    ):
        list(compare.test(0, labels(1), ALL))


def test_fewer_labels_than_a_batch_are_one_batch(toy: Images) -> None:
    few = Labels(np.arange(3)[np.newaxis], np.arange(100, 160), UPDATES)
    (result,) = comparison(toy, ["finetuned_direct"]).test(0, few, ALL)
    assert np.mean(result.correct) > 0.5


def test_tuning_chooses_the_highest_validation_accuracy_and_the_first_of_equals(
    shared: Comparison,
) -> None:
    trials = list(shared.tune(labels(2)))
    assert {trial.regime for trial in trials} == set(TUNED)
    for regime in TUNED:
        tried = [trial for trial in trials if trial.regime == regime]
        found = [trial.validation_accuracy for trial in tried]
        assert [trial.chosen for trial in tried].index(True) == found.index(max(found))
        assert sum(trial.chosen for trial in tried) == 1


@pytest.mark.long
@pytest.mark.parametrize("updates", [1, UPDATES])  # shares of one update are one update
def test_a_setting_is_worth_the_same_whether_or_not_its_training_was_shared(
    toy: Images, updates: int
) -> None:
    hard = permuted(toy)
    compare = comparison(hard, TUNED)
    given = labels(2, updates)
    trials = list(compare.tune(given))
    as_test = hard._replace(
        x_test=hard.x_train[given.validation], y_test=hard.y_train[given.validation]
    )
    alone = comparison(as_test, TUNED)
    probe = {trial.regime: trial.setting for trial in trials if trial.chosen}["frozen"]
    for trial in trials:
        chosen: dict[Regime, Setting] = {"frozen": probe, trial.regime: trial.setting}
        results = [r for r in alone.test(0, given, chosen) if r.regime == trial.regime]
        if trial.regime != "frozen":
            assert trial.validation_accuracy == np.mean([np.mean(r.correct) for r in results])


def test_fine_tuning_starts_from_the_output_layer_of_the_probe(toy: Images) -> None:
    hard = permuted(toy)
    compare = comparison(hard, ["frozen", "finetuned"])
    # At this rate nothing learns.
    chosen: dict[Regime, Setting] = {"frozen": PROBE, "finetuned": AdamSetting(1e-30, 5)}
    frozen, finetuned = compare.test(0, labels(1, 5), chosen)
    assert np.mean(frozen.correct == finetuned.correct) > 0.99  # ties in float32 aside


def test_the_tables_have_a_row_for_each_setting_and_each_classifier(shared: Comparison) -> None:
    heard: list[str] = []
    measured = measure("vae", shared, 0.125, labels(2), heard.append)
    assert len(measured.tuning) == 2 * 2 + 3 * 4
    assert set(measured.tuning["validation_labels"]) == {60}
    assert measured.tuning.groupby("regime")["chosen"].sum().eq(1).all()
    assert len(measured.accuracies) == 7 * 2 * 2
    assert set(measured.accuracies["model_seed"]) == {0, 5}
    assert len(heard) == 16 + 28
    means = measured.accuracies.groupby("regime")["test_accuracy"].mean()
    for regime, bits in measured.correct.items():
        assert bits.shape[:2] == (2, 2)
        assert bits.mean() == pytest.approx(means[regime])


def of_seeds(encoders: Encoders, *seeds: int) -> Encoders:
    return encoders._replace(pretrained={seed: encoders.pretrained[seed] for seed in seeds})


def test_tuning_looks_at_the_first_draws_and_seeds_only(toy: Images, untrained: Encoders) -> None:
    hard = permuted(toy)

    def tried(seeds: list[int], draws: int) -> list[float]:
        encoders = of_seeds(untrained, *seeds)
        compared = Comparison("toy", encoders, hard, 3, settings(), ["frozen"])
        return [trial.validation_accuracy for trial in compared.tune(labels(draws))]

    assert tried([0, 5], 5) == tried([0], 2)
    assert tried([0, 5], 2) != tried([5, 0], 2)
    assert tried([0], 2) != tried([0], 1)


def test_each_seed_is_tested_with_its_own_encoder(toy: Images, untrained: Encoders) -> None:
    hard = permuted(toy)
    some: list[Regime] = ["frozen", "propagated"]

    def tested(*seeds: int) -> dict[int, list[list[bool]]]:
        """Which images the classifiers of some seeds, tested in this order, are right about."""
        encoders = of_seeds(untrained, *seeds)
        compared = Comparison("toy", encoders, hard, 3, settings(), some)
        return {
            seed: [result.correct.tolist() for result in compared.test(seed, labels(1), ALL)]
            for seed in seeds
        }

    both = tested(0, 5)
    assert both == {**tested(0), **tested(5)}
    assert all(first != second for first, second in zip(both[0], both[5], strict=True))
