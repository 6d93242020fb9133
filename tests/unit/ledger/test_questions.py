"""Which claims are made, of what, and from which tables: on invented numbers that all differ."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from stages.core.params import validate
from stages.ledger.claims import Entry, control_of, is_restricted, is_trivial, ledger
from stages.ledger.evidence import Evidence
from stages.models.schema import Variant
from tests.unit.ledger.invented_runs import (
    DRAWS,
    FILES,
    REGIMES,
    SEEDS,
    SETTINGS,
    TEST_IMAGES,
    VARIANTS,
)

LATENTS = (
    *("test_mse", "uniform_noise_mse_share", "knn_accuracy_2d", "knn_accuracy", "probe_accuracy"),
    *("test_mean_activation", "test_treves_rolls", "test_mse_from_noisy_input", "test_kl"),
    *("unusual_inputs_correlation_at_equal_brightness", "active_units"),
)
SAMPLES = (
    *("coverage", "two_sample_accuracy"),
    *("coverage_of_reconstructions", "two_sample_accuracy_of_reconstructions"),
)
ACCURACY = ("test_accuracy",)
NUMBERS = (
    *("pixels.knn_accuracy_2d", "pixels.knn_accuracy", "pixels.probe_accuracy"),
    *("pca_30.test_mse", "pca_30.test_mse_from_noisy_input"),
)
# The tables, named as a claim names its evidence.
TABLES = ("latents", "semi_supervised", "baselines", "samples", "ladder", "pixels")
VARIATIONAL = {name for name, variant in VARIANTS.items() if variant.beta is not None}
PLAIN = set(VARIANTS) - VARIATIONAL


RUNS = {"model_seed": range(SEEDS), "label_draw": range(DRAWS)}
# Columns of each table, and what its rows stand for.
COLUMNS: dict[str, tuple[tuple[str, ...], dict[str, Iterable[Any]]]] = {
    "latents": (LATENTS, {"variant": VARIANTS, "model_seed": range(SEEDS)}),
    "semi_supervised": (ACCURACY, {"variant": VARIANTS, "regime": REGIMES, **RUNS}),
    "baselines": (
        ACCURACY,
        {
            "features": ("pixels", "pca_30"),
            "classifier": ("logistic", "knn", "propagated"),
            "purpose": ("few", "most"),
            "label_draw": range(DRAWS),
        },
    ),
    "samples": (
        SAMPLES,
        {
            "variant": VARIANTS,
            "model_seed": range(SEEDS),
            "set": ("normal", "mixture", "midpoints"),
        },
    ),
    "ladder": (SAMPLES[:2], {"control": ("blurred", "pca_gaussian", "real")}),
}


def tables(drawn_anew: str = "") -> dict[str, Any]:
    """All tables, one of them with other numbers than usual."""
    found: dict[str, Any] = {}
    for place, name in enumerate(TABLES):
        random = np.random.default_rng([place, name == drawn_anew])
        if name == "pixels":
            found[name] = {key: random.uniform(0.1, 0.9) for key in NUMBERS}
            continue
        columns, keys = COLUMNS[name]
        index = pd.MultiIndex.from_product([list(each) for each in keys.values()], names=keys)
        drawn = random.uniform(0.1, 0.9, (len(index), len(columns)))
        found[name] = pd.DataFrame(drawn, index, list(columns)).reset_index()
    return found


def evidence(found: Mapping[str, Any]) -> Evidence:
    return Evidence(*(found[name] for name in TABLES), FILES, TEST_IMAGES)


def entries(found: Mapping[str, Any]) -> dict[str, Entry]:
    return {entry.id: entry for entry in ledger(VARIANTS, 784, evidence(found), SETTINGS)}


USUAL = tables()
LEDGER = entries(USUAL)


def kind(name: str) -> str:
    return name.split(".")[0]


def made(found: Mapping[str, Any]) -> dict[str, set[str]]:
    """What each claim is made of, by claim."""
    listed: dict[str, set[str]] = {}
    for name in entries(found):
        claim, _, of = name.partition(".")
        listed.setdefault(claim, set()).add(of)
    return listed


def latent(name: str, column: str) -> np.ndarray:
    return USUAL["latents"].query("variant == @name")[column].to_numpy()


def accuracy(name: str, regime: str) -> np.ndarray:
    rows = USUAL["semi_supervised"].query("variant == @name and regime == @regime")
    return rows.pivot_table("test_accuracy", "model_seed", "label_draw").to_numpy()


def baseline(features: str, classifier: str) -> np.ndarray:
    rows = USUAL["baselines"].query(
        "features == @features and classifier == @classifier and purpose == 'few'"
    )
    return rows["test_accuracy"].to_numpy()


def sampled(name: str, kind: str, column: str) -> np.ndarray:
    return USUAL["samples"].query("variant == @name and set == @kind")[column].to_numpy()


def control(name: str, column: str) -> str:
    return f"{USUAL['ladder'].set_index('control')[column][name]:g}"


def geometric(values: np.ndarray) -> float:
    return float(np.exp(np.mean(np.log(values))))


def of_odds(values: np.ndarray) -> float:
    return float(expit(np.mean(logit(values))))


PIXELS = USUAL["pixels"]
MARGIN = "> 0 (within 0.01: equivalent)"
# For an example of each claim: what is measured, and its criterion.
EXPECTED = {
    "near_perfect_reconstruction.trivial": [
        (geometric(latent("trivial", "test_mse")), "< 0.001"),
    ],
    "decoder_inverts_encoder.trivial": [
        (geometric(latent("trivial", "uniform_noise_mse_share")), "< 0.05"),
    ],
    "separates_like_pixels_by_eye.trivial": [
        (
            latent("trivial", "knn_accuracy_2d").mean() - PIXELS["pixels.knn_accuracy_2d"],
            "within 0.01 of 0",
        ),
    ],
    "separates_better_than_pixels_by_neighbours.vae": [
        (latent("vae", "knn_accuracy").mean() - PIXELS["pixels.knn_accuracy"], MARGIN),
    ],
    "separates_better_than_pixels_by_probe.vae": [
        (latent("vae", "probe_accuracy").mean() - PIXELS["pixels.probe_accuracy"], MARGIN),
    ],
    "beats_pca.compression": [
        (geometric(latent("compression", "test_mse")) / PIXELS["pca_30.test_mse"], "< 1"),
    ],
    "reaches_target_activation.sparse": [
        (latent("sparse", "test_mean_activation").mean(), "within 0.02 of 0.2"),
    ],
    "makes_sparse.sparse": [
        (
            np.mean(
                latent("sparse", "test_treves_rolls")
                - latent("sparse_control", "test_treves_rolls")
            ),
            "< 0",
        ),
    ],
    "unusual_inputs_use_more_units.combined": [
        (
            np.mean(
                latent("combined", "unusual_inputs_correlation_at_equal_brightness")
                - latent("combined_control", "unusual_inputs_correlation_at_equal_brightness")
            ),
            "> 0",
        ),
    ],
    "removes_noise.denoising.compression": [
        (
            geometric(
                latent("denoising", "test_mse_from_noisy_input")
                / latent("compression", "test_mse_from_noisy_input")
            ),
            "< 1",
        ),
    ],
    "removes_noise.denoising.pca_30": [
        (
            geometric(latent("denoising", "test_mse_from_noisy_input"))
            / PIXELS["pca_30.test_mse_from_noisy_input"],
            "< 1",
        ),
    ],
    "pretraining_helps.vae": [
        (np.mean(accuracy("vae", "finetuned") - accuracy("vae", "scratch")), MARGIN),
    ],
    "freezing_first_helps.vae": [
        (np.mean(accuracy("vae", "finetuned") - accuracy("vae", "finetuned_direct")), MARGIN),
    ],
    "frozen_beats_pixels.vae": [
        (np.mean(accuracy("vae", "frozen") - baseline("pixels", "logistic")), MARGIN),
    ],
    "propagation_beats_pca.vae": [
        (np.mean(accuracy("vae", "propagated") - baseline("pca_30", "propagated")), MARGIN),
    ],
    "objective_helps_frozen.vae": [
        (np.mean(accuracy("vae", "frozen") - accuracy("compression_linear", "frozen")), MARGIN),
    ],
    "objective_helps_finetuned.denoising": [
        (
            np.mean(accuracy("denoising", "finetuned") - accuracy("compression", "finetuned")),
            MARGIN,
        ),
    ],
    "samples_badly.compression": [
        (
            of_odds(sampled("compression", "normal", "coverage")),
            f"< {control('pca_gaussian', 'coverage')}",
        ),
        (
            of_odds(sampled("compression", "normal", "two_sample_accuracy")),
            f"> {control('pca_gaussian', 'two_sample_accuracy')}",
        ),
    ],
    "samples_well.vae": [
        (
            of_odds(sampled("vae", "normal", "coverage")),
            f"> {control('blurred', 'coverage')}",
        ),
        (
            of_odds(sampled("vae", "normal", "two_sample_accuracy")),
            f"< {control('blurred', 'two_sample_accuracy')}",
        ),
    ],
    "regular_latent_space.vae.compression": [
        (
            np.mean(
                sampled("vae", "midpoints", f"{column}_of_reconstructions")
                - sampled("compression", "midpoints", f"{column}_of_reconstructions")
            ),
            criterion,
        )
        for column, criterion in (("coverage", "> 0"), ("two_sample_accuracy", "< 0"))
    ],
    "samples_better_than_mixture.vae.compression": [
        (
            np.mean(
                sampled("vae", "normal", "two_sample_accuracy")
                - sampled("compression", "mixture", "two_sample_accuracy")
            ),
            "< 0",
        ),
    ],
    "posterior_collapses.vae_unbalanced": [
        (geometric(latent("vae_unbalanced", "test_kl")), "< 0.1"),
        (latent("vae_unbalanced", "active_units").mean(), "< 1"),
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_claim_measures_what_it_says(name: str) -> None:
    measured, criteria = zip(*EXPECTED[name], strict=True)
    listed = LEDGER[name].measurements
    assert [each["measured"] for each in listed] == pytest.approx(measured)
    assert [each["criterion"] for each in listed] == [*criteria]
    assert LEDGER[name].measured == listed[0]["measured"]
    assert LEDGER[name].interval == listed[0]["interval"]


def test_every_claim_has_an_example_above() -> None:
    examples, claims = (
        {kind(name).partition("_by_")[0] for name in names} for names in (EXPECTED, LEDGER)
    )
    assert examples == claims


@pytest.mark.parametrize("table", TABLES)
def test_a_claim_names_the_tables_that_its_numbers_come_from(table: str) -> None:
    other = entries(tables(table))

    def numbers(entry: Entry) -> list[tuple[float, str]]:
        return [(each["measured"], each["criterion"]) for each in entry.measurements]

    moved = {kind(name) for name in LEDGER if numbers(LEDGER[name]) != numbers(other[name])}
    named = {kind(name) for name in LEDGER if table in LEDGER[name].evidence.split(", ")}
    assert moved == named


def test_each_claim_is_made_of_the_variants_that_it_concerns() -> None:
    plain_pairs = {f"{name}.{other}" for name in ("vae", "vae_calibrated") for other in PLAIN}
    with_control = set(VARIANTS) - PLAIN | {"sparse", "denoising", "combined", "exercise_winner"}
    sparse = {"sparse", "combined", "exercise_winner"}
    of_width_30 = {
        name for name, variant in VARIANTS.items() if variant.architecture.latent_dim == 30
    }
    expected = {
        "near_perfect_reconstruction": {"trivial"},
        "decoder_inverts_encoder": {"trivial"},
        **{
            f"separates_{how}_by_{ending}": names
            for how, names in (
                ("like_pixels", {"trivial"}),
                ("better_than_pixels", set(VARIANTS) - {"trivial"}),
            )
            for ending in ("eye", "neighbours", "probe")
        },
        "beats_pca": {"compression", "compression_linear", "convolutional", "linear"},
        "reaches_target_activation": sparse,
        "makes_sparse": sparse,
        "unusual_inputs_use_more_units": sparse,
        "removes_noise": {
            "denoising.compression",
            "denoising.pca_30",
            "combined.combined_control",
            "exercise_winner.sparse_control",
        },
        "pretraining_helps": set(VARIANTS),
        "freezing_first_helps": set(VARIANTS),
        "frozen_beats_pixels": set(VARIANTS),
        "propagation_beats_pca": of_width_30,
        "objective_helps_frozen": with_control,
        "objective_helps_finetuned": with_control,
        "samples_badly": PLAIN,
        "samples_well": VARIATIONAL,
        "regular_latent_space": {
            f"{name}.{other}"
            for name in ("vae", "vae_calibrated")
            for other in ("compression", "compression_linear")
        },
        "samples_better_than_mixture": plain_pairs,
        "posterior_collapses": {"vae_unbalanced"},
    }
    assert made(USUAL) == expected


# What each claim about few labels needs.
NEEDS = {
    "pretraining_helps": {"finetuned", "scratch"},
    "freezing_first_helps": {"finetuned", "finetuned_direct"},
    "frozen_beats_pixels": {"frozen"},
    "propagation_beats_pca": {"propagated"},
    "objective_helps_frozen": {"frozen"},
    "objective_helps_finetuned": {"finetuned"},
}


@pytest.mark.parametrize(
    "measured",
    [
        ("finetuned",),
        ("frozen",),
        ("scratch", "random"),
        ("finetuned", "scratch"),
        ("finetuned", "finetuned_direct"),
        ("propagated", "finetuned_direct"),
        REGIMES,
    ],
    ids=" ".join,
)
def test_claims_about_few_labels_are_made_where_their_regimes_were_measured(
    measured: tuple[str, ...],
) -> None:
    rows = USUAL["semi_supervised"]
    found = made({**USUAL, "semi_supervised": rows[rows["regime"].isin(measured)]})
    assert found.keys() & NEEDS.keys() == {
        claim for claim, needed in NEEDS.items() if needed <= {*measured}
    }


def test_nothing_is_compared_with_what_was_not_measured() -> None:
    rows = USUAL["baselines"]
    assert "frozen_beats_pixels" not in made(
        {**USUAL, "baselines": rows[rows["features"] != "pixels"]}
    )
    assert "propagation_beats_pca" not in made(
        {**USUAL, "baselines": rows[rows["features"] == "pixels"]}
    )
    found = made({**USUAL, "pixels": {key: PIXELS[key] for key in NUMBERS[:3]}})
    assert "beats_pca" not in found
    assert found["removes_noise"] == made(USUAL)["removes_noise"] - {"denoising.pca_30"}


def test_each_claim_says_where_it_stands_in_the_tutorial_and_in_the_report() -> None:
    codes = ("Compression, Sparsity, Denoising", "Codes")
    labels = ("Semi-supervised learning", "Few labels")
    own = "a question of this study"
    sampling = "Variational Autoencoders"
    expected = {
        "near_perfect_reconstruction": ("1. Trivial Reconstruction", "Reconstruction"),
        "decoder_inverts_encoder": ("Visualizing Latent Space", "Reconstruction"),
        "separates_like_pixels_by_eye": ("Visualizing Latent Space", "Codes"),
        "separates_better_than_pixels_by_eye": codes,
        "beats_pca": ("Introduction", "Reconstruction"),
        "reaches_target_activation": codes,
        "makes_sparse": codes,
        "unusual_inputs_use_more_units": codes,
        "removes_noise": (codes[0], "Reconstruction"),
        "pretraining_helps": labels,
        "freezing_first_helps": labels,
        "frozen_beats_pixels": (own, labels[1]),
        "propagation_beats_pca": (own, labels[1]),
        "objective_helps_frozen": (own, labels[1]),
        "samples_badly": (sampling, "Sampling"),
        "samples_well": (sampling, "Sampling"),
        "regular_latent_space": (sampling, "Between two images"),
        "samples_better_than_mixture": (own, "Sampling"),
        "posterior_collapses": (f"{sampling} (the code)", "How much the KL weighs"),
    }
    found = {kind(name): (entry.source, entry.section) for name, entry in LEDGER.items()}
    assert {claim: found[claim] for claim in expected} == expected


def variant(**changes: Any) -> Variant:
    """The tutorial's first autoencoder, for four pixels, with changes."""
    form = {"kind": "dense", "hidden": [], "latent_dim": 4, "latent_activation": "linear"}
    form |= {key: changes.pop(key) for key in [*changes] if key in ("hidden", "activation")}
    form |= {key: changes.pop(key) for key in [*changes] if key.startswith("latent")}
    if changes.pop("convolutional", False):
        del form["hidden"]
        form |= {"kind": "convolutional", "filters": [2], "kernel_size": 3, "activation": "linear"}
    return validate({"architecture": form, **changes}, Variant, "invented")


NOISE = {"noise": {"stddev": 0.3}}
SPARSITY = {"sparsity": {"target": 0.2, "weight": 1.0}, "latent_activation": "sigmoid"}


@pytest.mark.parametrize(
    ("changes", "trivial"),
    [
        ({}, True),
        ({"latent_dim": 5}, True),
        ({"latent_dim": 3}, False),
        ({"hidden": [9], "activation": "linear"}, True),
        ({"hidden": [9], "activation": "relu"}, False),
        ({"latent_activation": "relu"}, False),
        ({"convolutional": True}, False),
        (NOISE, False),
        (SPARSITY, False),
        ({"beta": 1.0}, False),
    ],
    ids=str,
)
def test_trivial_is_what_can_be_the_identity_and_nothing_hinders(
    changes: dict[str, Any], trivial: bool
) -> None:
    assert is_trivial(variant(**changes), 4) == trivial


def test_noise_and_sparsity_restrict_each_by_itself() -> None:
    assert not is_restricted(variant())
    assert is_restricted(variant(**NOISE))
    assert is_restricted(variant(**SPARSITY))


def test_a_control_is_neither_restricted_nor_variational_and_has_none_itself() -> None:
    variants = {
        "noisy": variant(**NOISE),
        "variational": variant(beta=1.0),
        "wider": variant(latent_dim=5),
        "plain": variant(),
        "again": variant(),
    }
    assert {name: control_of(name, variants) for name in variants} == {
        "noisy": "plain",
        "variational": "plain",
        "wider": None,
        "plain": None,
        "again": None,
    }
    del variants["plain"], variants["again"]
    assert control_of("noisy", variants) is None
