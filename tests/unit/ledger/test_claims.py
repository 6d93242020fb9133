"""Comparisons in pairs, and the ledger's verdicts on data whose truth is known."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages.ledger.claims import Entry, control_of, is_trivial, ledger
from stages.ledger.comparisons import compare_along_curve, compare_regimes
from stages.ledger.evidence import Evidence, Runs
from stages.ledger.verdicts import corrected
from tests.unit.ledger.invented_runs import (
    DRAWS,
    FILES,
    REGIMES,
    SEEDS,
    SETTINGS,
    TEST_IMAGES,
    VARIANTS,
)

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
            ("pca_30", "propagated"),
        )
        for purpose, draws in (("few", DRAWS), ("most", 1))
        for draw in range(draws)
    ]
)
LADDER = pd.DataFrame(
    {
        "control": ["blurred", "pca_gaussian"],
        "coverage": [0.7, 0.3],
        "two_sample_accuracy": [0.8, 0.9],
    }
)


def evidence(table: pd.DataFrame | None = None, **columns: Any) -> Evidence:
    """Measurements for all variants: accuracy .7, and what the arguments say of codes, samples."""

    def noise() -> float:
        return float(RANDOM.normal(0, 1e-6))

    rows = pd.DataFrame(
        [
            {
                "variant": name,
                "model_seed": seed,
                "test_mse": 0.01 + noise(),
                "uniform_noise_mse_share": 0.5,
                "knn_accuracy_2d": 0.2 + noise(),
                "knn_accuracy": 0.8 + noise(),
                "probe_accuracy": 0.805 + noise(),
                "test_mean_activation": 0.2 + noise(),
                "test_treves_rolls": (0.3 if VARIANTS[name].sparsity else 0.5) + noise(),
                "unusual_inputs_correlation_at_equal_brightness": (
                    (0.3 if VARIANTS[name].sparsity else 0.1) + noise()
                ),
                "test_mse_from_noisy_input": (0.01 if VARIANTS[name].noise else 0.03) + noise(),
                "test_kl": 20.0 + noise(),
                "active_units": 30 + noise(),
                **{key: value + noise() for key, value in columns.items()},
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
                "coverage": 0.1 + noise(),
                "two_sample_accuracy": {"normal": 0.95, "mixture": 0.8}.get(kind, 0.9) + noise(),
                "coverage_of_reconstructions": (
                    (0.5 if VARIANTS[name].variational else 0.2) + noise()
                ),
                "two_sample_accuracy_of_reconstructions": (
                    (0.7 if VARIANTS[name].variational else 0.9) + noise()
                ),
                **{key: value + noise() for key, value in columns.items()},
            }
            for name in VARIANTS
            for seed in range(SEEDS)
            for kind in ("normal", "mixture", "midpoints")
        ]
    )
    means = {(name, regime): 0.7 for name in VARIANTS for regime in REGIMES}
    numbers = {
        "pixels.knn_accuracy_2d": 0.1,
        "pixels.knn_accuracy": 0.85,
        "pixels.probe_accuracy": 0.8,
        "pca_30.test_mse": 0.015,
        "pca_30.test_mse_from_noisy_input": 0.02,
    }
    found = accuracies(means) if table is None else table
    return Evidence(rows, found, BASELINES, samples, LADDER, numbers, FILES, TEST_IMAGES)


def entries(found: Evidence) -> dict[str, Entry]:
    return {entry.id: entry for entry in ledger(VARIANTS, 784, found, SETTINGS)}


LEDGER = entries(evidence())


def test_every_claim_has_an_id_of_its_own_and_a_sentence() -> None:
    listed = ledger(VARIANTS, 784, evidence(), SETTINGS)
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
        ("separates_like_pixels_by_eye.trivial", "not supported"),
        ("separates_like_pixels_by_probe.trivial", "supported"),
        ("separates_better_than_pixels_by_eye.denoising", "supported"),
        ("separates_better_than_pixels_by_neighbours.denoising", "not supported"),
        ("separates_better_than_pixels_by_probe.denoising", "equivalent"),
        ("beats_pca.compression", "supported"),
        ("reaches_target_activation.sparse", "supported"),
        ("makes_sparse.combined", "supported"),
        ("unusual_inputs_use_more_units.combined", "supported"),
        ("removes_noise.denoising.compression", "supported"),
        ("removes_noise.denoising.pca_30", "supported"),
        ("samples_badly.compression", "supported"),
        ("samples_well.vae", "not supported"),
        ("regular_latent_space.vae.compression", "supported"),
        ("samples_better_than_mixture.vae.compression", "not supported"),
        ("posterior_collapses.vae_unbalanced", "not supported"),
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
            test_kl=1e-2,
            active_units=0,
            test_mse_from_noisy_input=0.08,
            coverage=0.9,
            two_sample_accuracy=0.6,
        )
    )
    for name, verdict in {
        "near_perfect_reconstruction.trivial": "supported",
        "decoder_inverts_encoder.trivial": "supported",
        "reaches_target_activation.sparse": "not supported",
        "removes_noise.denoising.pca_30": "not supported",
        "samples_badly.compression": "not supported",
        "samples_well.vae": "supported",
        "posterior_collapses.vae_unbalanced": "supported",
    }.items():
        assert other[name].verdict == verdict, name


def test_one_grey_image_for_every_code_is_not_good() -> None:
    # Precision would call it perfect; it covers nothing and is told apart.
    other = entries(evidence(coverage=0.004, two_sample_accuracy=0.998))
    assert other["samples_well.vae_unbalanced"].verdict == "not supported"
    assert other["samples_badly.compression"].verdict == "supported"


def test_every_primary_question_is_asked_and_is_one_claim() -> None:
    asked = {entry.id for entry in LEDGER.values() if entry.primary}
    assert asked == set(SETTINGS.primary)
    assert len(asked) <= 14


def test_primary_questions_are_corrected_for_their_number() -> None:
    means = {
        (name, regime): 0.7 + (0.0065 + 0.0002 * place) * (regime == "finetuned")
        for place, name in enumerate(VARIANTS)
        for regime in REGIMES
    }
    found = evidence(accuracies(means))
    asked = tuple(f"pretraining_helps.{name}" for name in VARIANTS)[:13]
    alone, together = (
        {
            entry.id: entry
            for entry in ledger(
                VARIANTS, 784, found, SETTINGS.model_copy(update={"primary": primary})
            )
        }
        for primary in ((), asked)
    )
    wanted = corrected(
        [(alone[key].verdict, alone[key].chance) for key in asked], SETTINGS.confidence
    )
    assert [(together[key].verdict, together[key].chance) for key in asked] == wanted
    assert any(together[key].verdict != alone[key].verdict for key in asked)
    for key in alone.keys() - set(asked):
        assert together[key] == alone[key]


@pytest.mark.long
def test_claims_without_an_effect_are_rarely_supported() -> None:
    settings = SETTINGS.model_copy(update={"accuracy_margin": 1e-9, "primary": ()})
    verdicts = [
        entry.verdict
        for _ in range(40)
        for entry in ledger(VARIANTS, 784, evidence(), settings)
        if entry.id.startswith(("pretraining_helps", "freezing_first_helps"))
    ]
    decided = np.mean([verdict != "inconclusive" for verdict in verdicts])
    assert 0 < decided < 0.08


def test_an_effect_that_runs_hide_shows_in_pairs() -> None:
    # Seeds and draws move accuracies by .05, the effect is .015: only pairs can tell.
    means = {(name, regime): 0.7 for name in VARIANTS for regime in REGIMES}
    means["vae", "finetuned"] = 0.715
    found = evidence(accuracies(means))
    assert entries(found)["pretraining_helps.vae"].verdict == "supported"
    runs = found.accuracies.query("variant == 'vae'").groupby("regime")["test_accuracy"]
    assert runs.std()["finetuned"] > 2 * (runs.mean()["finetuned"] - runs.mean()["scratch"])


def test_pairs_meet_whatever_the_order_of_the_rows() -> None:
    table = accuracies({("a", "finetuned"): 0.8, ("a", "scratch"): 0.7})
    first, second = (
        evidence(rows).accuracy("a", "finetuned").minus(evidence(rows).accuracy("a", "scratch"))
        for rows in (table, table.sample(frac=1, random_state=0))
    )
    assert first.means.shape == (SEEDS, DRAWS)
    assert np.array_equal(first.means, second.means)


def test_a_baseline_is_met_draw_by_draw_with_the_same_number_of_labels() -> None:
    table = accuracies({("a", "frozen"): 0.6})
    found = evidence(table)
    pixels = found.baseline("pixels")
    assert pixels is not None
    difference = found.accuracy("a", "frozen").minus(pixels)
    expected = table["test_accuracy"].to_numpy().reshape(SEEDS, DRAWS) - (
        0.5 + np.arange(DRAWS) / 100
    )
    assert np.allclose(difference.means, expected)
    assert difference.each is not None
    assert difference.each.shape == (SEEDS, DRAWS, TEST_IMAGES)


def test_comparisons_are_listed_for_what_was_measured() -> None:
    table = accuracies(
        {("a", "frozen"): 0.6, ("b", "frozen"): 0.6, ("a", "random"): 0.5, ("b", "random"): 0.5}
    )
    found = compare_regimes(evidence(table), {"a": 30, "b": 7}, 0.95)
    listed = set(zip(found["variant"], found["comparison"], strict=True))
    assert listed == {
        ("a", "frozen - untrained, frozen"),
        ("a", "frozen - pixels"),
        ("a", "frozen - PCA"),
        ("b", "frozen - untrained, frozen"),
        ("b", "frozen - pixels"),
    }
    assert (found["low"] < found["difference"]).all()


def test_a_ratio_of_errors_counts_images_by_linearisation() -> None:
    random = np.random.default_rng(0)
    each = random.uniform(0.5, 1.5, (3, 1, 500))
    other = random.uniform(1, 3, (1, 1, 500))
    ratio = Runs(each.mean(axis=2), each).over(Runs(other.mean(axis=2), other))
    assert ratio.each is not None
    assert ratio.each.mean(axis=2) == pytest.approx(ratio.means)
    # The delta method's variance of a ratio of independent means.
    relative = each[0, 0].var() / each[0, 0].mean() ** 2 + other.var() / other.mean() ** 2
    assert ratio.each[0, 0].var() / ratio.means[0, 0] ** 2 == pytest.approx(relative, rel=0.2)


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
        "exercise_winner": "sparse_control",
        "combined": "combined_control",
        "vae": "compression_linear",
        "vae_calibrated": "compression_linear",
        "vae_unbalanced": "compression_linear",
    }


def test_a_linear_autoencoder_is_trivial_only_with_room_for_the_identity() -> None:
    assert [name for name in VARIANTS if is_trivial(VARIANTS[name], 784)] == ["trivial"]
    assert not is_trivial(VARIANTS["trivial"], 1001)
