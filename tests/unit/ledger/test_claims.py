"""Comparisons in pairs, and the ledger's verdicts on data whose truth is known."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages.core.params import load, validate
from stages.ledger.claims import Entry, Evidence, control_of, is_trivial, ledger
from stages.ledger.comparisons import (
    against_baseline,
    compare_along_curve,
    compare_regimes,
    paired,
)
from stages.ledger.schema import Claims
from stages.models.schema import Variant
from tests.support import PARAMS

VARIANTS = {
    name: validate(block, Variant, name) for name, block in load(PARAMS)["variants"].items()
}
SETTINGS = validate(load(PARAMS)["claims"], Claims, "claims")
SEEDS, DRAWS = 3, 5
REGIMES = ("frozen", "finetuned", "finetuned_direct", "scratch", "random")
RANDOM = np.random.default_rng(0)


def accuracies(means: dict[tuple[str, str], float]) -> pd.DataFrame:
    """Runs with seed and draw effects that all variants and regimes share, and a small rest."""
    seeds, draws = RANDOM.normal(0, 0.05, (2, 5))
    return pd.DataFrame(
        [
            {
                "variant": variant,
                "regime": regime,
                "model_seed": seed,
                "label_draw": draw,
                "test_accuracy": mean + seeds[seed] + draws[draw] + RANDOM.normal(0, 0.001),
            }
            for (variant, regime), mean in means.items()
            for seed in range(SEEDS)
            for draw in range(DRAWS)
        ]
    )


BASELINES = pd.DataFrame(
    [
        {
            "features": features,
            "classifier": classifier,
            "purpose": purpose,
            "label_draw": draw,
            "test_accuracy": 0.5 + draw / 100,
        }
        for features, classifier in (
            ("pixels", "logistic"),
            ("pixels", "knn"),
            ("pca_30", "logistic"),
        )
        for purpose, draws in (("few", DRAWS), ("most", 1))
        for draw in range(draws)
    ]
)


def evidence(**latents: Any) -> Evidence:
    """Measurements for all variants: accuracy .7, and what the arguments say of the codes."""
    rows = pd.DataFrame(
        [
            {
                "variant": name,
                "model_seed": seed,
                "test_mse": 0.01,
                "uniform_noise_mse_share": 0.5,
                "knn_accuracy_2d": 0.1,
                "knn_accuracy": 0.8,
                "test_mean_activation": 0.2,
                "unusual_inputs_correlation_at_equal_brightness": 0.3,
                "test_mse_of_noisy_input": 0.09,
                "test_mse_from_noisy_input": 0.01,
                "test_kl": 20.0,
                "active_units": 30,
                **{key: value + RANDOM.normal(0, 1e-6) for key, value in latents.items()},
            }
            for name in VARIANTS
            for seed in range(SEEDS)
        ]
    )
    samples = pd.DataFrame(
        [
            {
                "variant": name,
                "model_seed": seed,
                "set": kind,
                "frechet_classifier": {"normal": 9.0, "mixture": 5.0}.get(kind, 3.0),
                "precision": 0.3 + RANDOM.normal(0, 1e-3),
                "recall": 0.8 + RANDOM.normal(0, 1e-3),
            }
            for name in VARIANTS
            for seed in range(SEEDS)
            for kind in ("normal", "mixture", "midpoints")
        ]
    )
    means = {(name, regime): 0.7 for name in VARIANTS for regime in REGIMES}
    numbers = {
        "pixels.knn_accuracy_2d": 0.05,
        "pixels.knn_accuracy": 0.85,
        "pca_30.test_mse": 0.015,
        "real_images.precision": 0.9,
        "real_images.recall": 0.8,
    }
    return Evidence(VARIANTS, 784, rows, accuracies(means), BASELINES, samples, numbers)


def entries(found: Evidence) -> dict[str, Entry]:
    return {entry.id: entry for entry in ledger(found, SETTINGS)}


LEDGER = entries(evidence())


def test_every_claim_has_an_id_of_its_own_and_a_sentence() -> None:
    listed = ledger(evidence(), SETTINGS)
    assert len({entry.id for entry in listed}) == len(listed)
    for entry in listed:
        assert entry.claim[0].isupper()
        assert any(sign in entry.criterion for sign in ("<", ">", "within"))
        low, high = entry.interval or (0, 0)
        assert low <= entry.measured <= high


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("near_perfect_reconstruction.trivial", "not supported"),
        ("decoder_inverts_encoder.trivial", "not supported"),
        ("separates_no_better_than_pixels_by_eye.trivial", "not supported"),
        ("separates_no_better_than_pixels_by_neighbours.trivial", "supported"),
        ("separates_better_than_pixels_by_eye.denoising", "supported"),
        ("separates_better_than_pixels_by_neighbours.denoising", "not supported"),
        ("beats_pca.compression", "supported"),
        ("reaches_target_activation.sparse", "supported"),
        ("unusual_inputs_use_more_units.combined", "supported"),
        ("removes_noise.denoising", "supported"),
        ("samples_badly.compression", "supported"),
        ("samples_well.vae", "not supported"),
        ("samples_vary.vae_unbalanced", "supported"),
        ("samples_better_than_mixture.vae.compression", "not supported"),
        ("posterior_collapses.vae_unbalanced", "not supported"),
        ("no_active_units.vae_unbalanced", "not supported"),
    ],
)
def test_verdicts_follow_the_measurements(name: str, verdict: str) -> None:
    assert LEDGER[name].verdict == verdict


def test_what_speaks_the_other_way_turns_the_verdict() -> None:
    other = entries(
        evidence(
            test_mse=1e-5,
            uniform_noise_mse_share=0.001,
            test_mean_activation=0.4,
            test_kl=1e-9,
            active_units=0,
            test_mse_from_noisy_input=0.08,
        )
    )
    for name, verdict in {
        "near_perfect_reconstruction.trivial": "supported",
        "decoder_inverts_encoder.trivial": "supported",
        "reaches_target_activation.sparse": "not supported",
        "removes_noise.denoising": "not supported",
        "posterior_collapses.vae_unbalanced": "supported",
        "no_active_units.vae_unbalanced": "supported",
    }.items():
        assert other[name].verdict == verdict


@pytest.mark.long
def test_claims_without_an_effect_are_rarely_supported() -> None:
    verdicts = [
        entry.verdict
        for _ in range(40)
        for entry in ledger(evidence(), SETTINGS)
        if entry.id.startswith(("pretraining_helps", "freezing_first_helps"))
    ]
    decided = np.mean([verdict != "inconclusive" for verdict in verdicts])
    assert 0 < decided < 0.08


def test_an_effect_that_runs_hide_shows_in_pairs() -> None:
    # Seeds and draws move accuracies by .05, the effect is .005: only pairs can tell.
    means = {(name, regime): 0.7 for name in VARIANTS for regime in REGIMES}
    means["vae", "finetuned"] = 0.705
    found = evidence()._replace(accuracies=accuracies(means))
    assert entries(found)["pretraining_helps.vae"].verdict == "supported"
    runs = found.accuracies.query("variant == 'vae'").groupby("regime")["test_accuracy"]
    assert runs.std()["finetuned"] > 5 * (runs.mean()["finetuned"] - runs.mean()["scratch"])


def test_pairs_meet_whatever_the_order_of_the_rows() -> None:
    means = {("a", "finetuned"): 0.8, ("a", "scratch"): 0.7}
    table = accuracies(means)
    shuffled = table.sample(frac=1, random_state=0)
    first, second = (
        paired(rows, ("a", "finetuned"), ("a", "scratch")) for rows in (table, shuffled)
    )
    assert first.shape == (SEEDS, DRAWS)
    assert np.array_equal(first, second)


def test_a_baseline_is_met_draw_by_draw_with_the_same_number_of_labels() -> None:
    table = accuracies({("a", "frozen"): 0.6})
    difference = against_baseline(table, ("a", "frozen"), BASELINES, "pixels")
    expected = table["test_accuracy"].to_numpy().reshape(SEEDS, DRAWS) - (
        0.5 + np.arange(DRAWS) / 100
    )
    assert np.allclose(difference, expected)


def test_comparisons_are_listed_for_what_was_measured() -> None:
    table = accuracies(
        {("a", "frozen"): 0.6, ("b", "frozen"): 0.6, ("a", "random"): 0.5, ("b", "random"): 0.5}
    )
    found = compare_regimes(table, BASELINES, {"a": 30, "b": 7}, 0.95)
    listed = set(zip(found["variant"], found["comparison"], strict=True))
    assert listed == {
        ("a", "frozen - untrained, frozen"),
        ("a", "frozen - pixels"),
        ("a", "frozen - PCA"),
        ("b", "frozen - untrained, frozen"),
        ("b", "frozen - pixels"),
    }
    assert (found["low"] < found["difference"]).all()


def test_the_curve_is_compared_at_each_number_of_labels() -> None:
    few = accuracies({("a", "finetuned"): 0.6, ("a", "scratch"): 0.5}).assign(labels=100)
    every = few[few["label_draw"] == 0].assign(labels=54000)
    found = compare_along_curve(pd.concat([few, every]), 0.95)
    assert found["labels"].tolist() == [100, 54000]
    assert found["difference"].tolist() == pytest.approx([0.1, 0.1], abs=0.005)
    assert found["runs"].tolist() == [15, 3]


def test_a_control_has_the_same_architecture_and_the_squared_error_alone() -> None:
    assert {name: control_of(name, VARIANTS) for name in VARIANTS} == {
        **dict.fromkeys(VARIANTS),
        "sparse": "sparse_control",
        "denoising": "compression",
        "combined": "combined_control",
    }


def test_a_linear_autoencoder_is_trivial_only_with_room_for_the_identity() -> None:
    assert [name for name in VARIANTS if is_trivial(VARIANTS[name], 784)] == ["trivial"]
    assert not is_trivial(VARIANTS["trivial"], 1001)
