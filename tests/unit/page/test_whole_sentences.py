"""Sentences to the last word, from invented numbers on both sides of every limit."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages.page import sentences
from stages.page.reservations import same_layers
from tests.unit.page.invented_study import study, variants

GAIN = "fine-tuned - from scratch"


@pytest.mark.parametrize(
    ("values", "text"), [([], ""), (["1"], "1"), (["1", "2"], "1 and 2"), (["1"] * 3, "1, 1 and 1")]
)
def test_lists_of_numbers(values: list[str], text: str) -> None:
    assert sentences.numbers(values) == text


def test_an_error_that_equals_the_mean_images_is_no_better() -> None:
    given = study(
        params={"variants": variants(a_b={}, vae={})},
        profile={"mean_image_test_mse": 0.5},
        means={"a_b": {"test_mse": 0.5}, "vae": {"test_mse": 0.25}},
    )
    assert sentences.no_better_than_the_mean_image(given) == "A b does no better than that."


def test_the_front_in_the_order_of_the_variants() -> None:
    params = {"variants": variants(vae={}, a_b={}, c={})}
    given = study(params=params, front=["vae", "a_b", "c"])
    assert sentences.front(given) == (
        "3 variants are on the front, where no other is as good on both axes and better "
        "on one: VAE, a b and c."
    )
    assert sentences.front(study(params=params, front=["vae"])) == (
        "Only VAE is on the front: it is best on both axes."
    )


def test_fine_tuning_is_ahead_or_behind_where_the_interval_leaves_out_0() -> None:
    ends = {"d": (0.1, 0.2), "c": (0.0, 0.2), "b": (-0.2, 0.0), "a": (-0.2, -0.1), "vae": (0.1, 1)}
    ends["z"] = (-0.2, -0.1)
    rows = [
        {"variant": name, "comparison": comparison, "low": low, "high": high}
        for name, (low, high) in ends.items()
        for comparison in (GAIN, "another")
    ]
    given = study(
        params={
            "variants": variants(z={}, vae={}, a={}, b={}, c={}, d={}),
            "claims": {"accuracy_margin": 0.25},
        },
        comparisons=pd.DataFrame(rows),
    )
    assert sentences.fine_tuning(given) == (
        "Fine-tuning is ahead of training from scratch for 2 of 6 variants (VAE and d; d by less "
        "than 25 points) and behind for 2 (z and a), by intervals that are not corrected for the "
        "number of tests."
    )


def layers(**changes: Any) -> str:
    """Three variants with the same layers and one with others; the first meets all draws."""
    other = {"kind": "dense", "hidden": [], "latent_dim": 9, "latent_activation": "linear"}
    blocks = variants(vae={}, b={}, c={}) | {"d": {"architecture": other}}
    accuracy = [
        ("vae", "scratch", 0.5),
        ("vae", "finetuned", 0.75),
        ("b", "scratch", 0.6),
        ("c", "scratch", 0.7),
        ("d", "scratch", 0.99),
    ]
    known = {
        "params": {
            "variants": blocks,
            "semi_supervised": {"exploratory_draws": 2, "primary": ["vae", "d"]},
            "claims": {"confidence": 0.95},
        },
        "sizes": {"label_draws": 3},
        "tuning": pd.DataFrame(
            [
                ("vae", "scratch", 90, True),
                ("b", "scratch", 180, True),
                ("c", "scratch", 360, True),
                ("d", "scratch", 720, True),
                ("vae", "scratch", 7, False),
                ("b", "finetuned", 8, True),
            ],
            columns=["variant", "regime", "updates", "chosen"],
        ),
        "accuracy": pd.DataFrame(
            [
                {
                    "variant": name,
                    "regime": regime,
                    "model_seed": 0,
                    "label_draw": draw,
                    # The third draw is not common to all.
                    "test_accuracy": value + (0.01, -0.01, 5)[draw],
                }
                for name, regime, value in accuracy
                for draw in range(3)
            ]
        ),
    }
    return same_layers(study(**{**known, **changes}))


def test_training_from_scratch_is_compared_among_the_same_layers() -> None:
    assert layers() == (
        "From scratch, VAE, b and c are the same network with other fresh weights; yet tuning "
        "chose 90 to 360 updates, and on the draws that all share, VAE reaches 0.500, the others "
        "0.600 to 0.700."
    )
    assert layers(sizes={"label_draws": 2}) == ""  # all meet the same draws
    assert layers(params={**_params(), "variants": variants(vae={})}, tuning=_tuning(90)) == ""


def _params() -> dict[str, Any]:
    few = {"exploratory_draws": 2, "primary": ["vae"]}
    return {"semi_supervised": few, "claims": {"confidence": 0.95}}


def _tuning(updates: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"variant": ["vae"], "regime": ["scratch"], "updates": [updates], "chosen": [True]}
    )


def curve(rows: list[tuple[str, int, str, float, float | None]]) -> str:
    columns = ["variant", "labels", "comparison", "difference", "low"]
    return sentences.along_label_curve(
        study(label_curve_comparisons=pd.DataFrame(rows, columns=columns).astype({"low": float}))
    )


def test_the_label_curve_of_several_variants() -> None:
    rows = [
        ("vae", 100, GAIN, 0.025, 0.001),
        ("vae", 1200, GAIN, 0.5, 0.0),
        ("vae", 2400, GAIN, -0.0125, 0.001),
        ("vae", 9, "frozen - from scratch", 0.5, 0.5),
        ("b", 100, GAIN, 0.025, -0.001),
        ("b", 1200, GAIN, 0.025, None),
        ("c", 100, "frozen - from scratch", 0.5, 0.5),
        ("d", 100, GAIN, 0.5, None),
    ]
    assert curve(rows) == (
        "Pretraining as VAE is ahead, by the whole interval, at 2 of 3 label counts: 100 (+2.5 "
        "points) and 2,400 (-1.2 points). Pretraining as b is ahead, by the whole interval, at "
        "none of 2 label counts. For d there are too few runs for an interval."
    )


def rungs(coverage: list[float], told: list[float]) -> str:
    names = ("real", "pca", "pca_mixture", "blurred", "pca_gaussian")
    table = pd.DataFrame(
        {"control": names, "images": 100, "coverage": coverage, "two_sample_accuracy": told}
    )
    return sentences.ties_on_the_ladder(study(ladder=table))


APART = [0.9, 0.7, 0.5, 0.3, 0.1]


def test_rungs_are_apart_by_more_than_two_standard_errors() -> None:
    # Of 0.5 and 0.5 + d, each of 100 images: sqrt(0.25 + 0.25 - d ** 2) / 10.
    limit = 2 * np.sqrt(0.5 / 100 / (1 + 4 / 100))
    for distance, tied in ((limit - 1e-6, True), (limit + 1e-6, False)):
        said = rungs([0.99, 0.8, 0.5, 0.5 - distance, 0.05], APART)
        assert said == (
            "Between neighbours among the first five, coverage does not separate “principal "
            "components, mixture” from “blurred real images”."
            if tied
            else "Both measures separate each of the first five from the next."
        )


def test_rungs_without_any_coverage_are_not_apart() -> None:
    assert rungs([0.9, 0.7, 0.5, 0.0, 0.0], APART) == (
        "Between neighbours among the first five, coverage does not separate “blurred real images” "
        "from “principal components, Gaussian”. Between blurred images and the Gaussian telling "
        "apart decides alone."
    )


def test_ties_by_both_measures() -> None:
    assert rungs([0.9, 0.9, 0.5, 0.3, 0.3], [0.1, 0.3, 0.5, 0.5, 0.9]) == (
        "Between neighbours among the first five, coverage does not separate “other real images” "
        "from “real images through principal components” or “blurred real images” from “principal "
        "components, Gaussian”; telling apart does not separate “principal components, mixture” "
        "from “blurred real images”. Between blurred images and the Gaussian telling apart decides "
        "alone."
    )


def test_whose_samples_are_hardest_to_tell() -> None:
    names = ["a", "b", "c", "d", "vae"]
    told = {
        "normal": [0.9, 0.85, 0.8, 0.95, 0.99],
        "gaussian": [0.7, 0.6, 0.6, 0.75, 0.79],
        "mixture": [0.7, 0.75, 0.79, 0.78, 0.9],
    }
    scores = {
        name: {kind: {"two_sample_accuracy": values[place]} for kind, values in told.items()}
        for place, name in enumerate(names)
    }
    ladder = pd.DataFrame({"control": ["real", "pca_mixture"], "two_sample_accuracy": [0.5, 0.8]})
    ladder["images"] = 2048  # 2 sqrt(2 * 0.8 * 0.2 / 2048) is 0.025
    params = {
        "variants": variants(a={}, b={}, c={}, d={}, vae={}),
        "sampling": {"mixture_components": 4},
    }
    assert sentences.hardest_to_tell(study(params=params, scores=scores, ladder=ladder)) == (
        "Hardest to tell from real images, on average, are samples of **c** with N(0, I) (0.800), "
        "of **b and c** with a Gaussian (0.600) and of **a** with a mixture of 4 (0.700). A "
        "mixture on principal components, without a network, is told from them with 0.800. "
        "Harder to tell, by more than two standard errors (0.025), are, with N(0, I), none; with a "
        "Gaussian, 4 of 5; with a mixture of 4, a and b."
    )


def test_three_names_are_listed_and_four_counted() -> None:
    assert sentences._some(["a", "b", "c"], 5) == "a, b and c"
    assert sentences._some(["a", "b", "c", "d"], 5) == "4 of 5"


def test_linear_autoencoders_beside_their_components() -> None:
    latents = pd.DataFrame(
        {
            "variant": ["linear_one", "linear_one", "b", "wide"],
            "largest_principal_angle": [1.25, 2.5, None, 3.0],
        }
    )
    blocks = variants(linear_one={}, b={}, wide={})
    blocks["wide"]["architecture"] = {**blocks["b"]["architecture"], "latent_dim": 99}
    given = study(
        params={"variants": blocks, "train": {"epochs": 1}},
        latents=latents,
        means={name: {"test_mse": 0.015} for name in blocks},
        pixels={"pca_30.test_mse": 0.01},
    )
    assert sentences.linear_check(given) == (
        "Theory takes a linear autoencoder to the principal components (Baldi and Hornik 1989). "
        "After 1 epoch, the error of **linear one** is 1.500 times that of 30 components, and the "
        "space of its images is still tilted from theirs by 1.2 to 2.5°, at the largest angle of "
        "each seed."
    )
    given.__dict__["latents"] = latents[["variant"]]
    assert sentences.linear_check(given) == ""


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ([9, 9, 0.002, 0.0005], True),
        ([9, 0.002, 0.0005, 0.0005], False),  # only the second half counts
        ([9, 9, 0.001, 0.0005], False),  # at the limit
        ([9, 9, 0.002, 0.001], False),
    ],
)
def test_when_training_stops_matters(errors: list[float], said: bool) -> None:
    curves = pd.DataFrame(
        {
            "variant": ["vae"] * 4 + ["b"] * 2,
            "epoch": [1, 2, 3, 4, 1, 2],
            "validation_squared_error": [20 * error for error in errors] + [0.0, 1e9],
        }
    )
    params = {
        "claims": {"near_perfect_mse": 0.001},
        "dataset": "x",
        "datasets": {"x": {"height": 4, "width": 5}},
    }
    primary = [{"id": "beats_pca.b"}, {"id": "near_perfect_reconstruction.vae"}]
    text = sentences.stopping(study(params=params, primary=primary, learning_curves=curves))
    assert text == (
        "The error jumps: of 2 validation errors of VAE, one for each seed and epoch of the second "
        "half, 1 is above the limit of 0.001, up to 0.002."
        if said
        else ""
    )


def test_who_has_a_larger_error_than_components() -> None:
    given = study(
        params={"variants": variants(a={}, b={}, c={})},
        means={"a": {"test_mse": 0.2}, "b": {"test_mse": 0.1}, "c": {"test_mse": 0.3}},
        pixels={"pca_30.test_mse": 0.1},
    )
    assert sentences.beaten_by_components(given) == (
        "PCA of the same width has a smaller error than a and c."
    )


def test_codes_in_which_neighbours_do_better() -> None:
    kind = "separates_better_than_pixels_by_neighbours."
    ends = {"a": (0.001, 1.0), "b": (0.0, 1.0), "vae": (0.5, 1.0)}
    entries = [
        *(
            {"id": kind + name, "measured": 0.0125, "interval": interval}
            for name, interval in ends.items()
        ),
        {"id": "beats_pca.a", "measured": 0.5, "interval": (0.4, 0.6)},
        {"id": kind.replace("neighbours", "eye") + "c", "measured": 0.02, "interval": (0.01, 1.0)},
    ]
    assert sentences.better_than_pixels(study(exploratory=entries)) == (
        "Other codes ahead of pixels: by nearest neighbours, "
        "a and VAE; by a linear probe, none; by nearest neighbours on two principal components, c."
    )


def test_sparse_codes_beside_the_same_layers() -> None:
    penalty = {"sparsity": {"target": 0.2, "weight": 1.0}}
    blocks = variants(noisy={"noise": {"stddev": 1.0}}, a=penalty, plain={}, other=penalty)
    blocks["other"]["architecture"] = {**blocks["a"]["architecture"], "latent_dim": 9}
    means = {name: {"test_treves_rolls": 0.25 + place} for place, name in enumerate(blocks)}
    assert sentences.sparsity(study(params={"variants": blocks}, means=means)) == (
        "The penalty fixes a mean activation, which need not make a code sparse. Treves and Rolls' "
        "measure, 1 if all units are equally active and less if few are, with the penalty and with "
        "the squared error alone: a 1.25, plain 2.25."
    )


@pytest.mark.parametrize(("front", "where"), [(["a", "vae"], "is"), (["a"], "is not")])
def test_the_winner_on_test_images(front: list[str], where: str) -> None:
    blocks = variants(a={}, vae={"beta": 1.0}, again={"beta": 1.0})
    given = study(
        params={"variants": blocks, "exercise": {"settings": {"x": {}, "y": blocks["vae"]}}},
        exercise=pd.DataFrame({"setting": ["x", "y"], "winner": [False, True]}),
        means={"vae": {"test_mse": 0.01234, "knn_accuracy": 0.5}},
        front=front,
    )
    assert sentences.winner_on_test_images(given) == (
        "As VAE it is one of the variants; on test images it has an MSE of 0.0123 and an accuracy "
        f"of 0.500, and {where} on their front."
    )


def test_the_weight_with_the_best_samples_on_average_over_seeds() -> None:
    curve = pd.DataFrame({"beta": ["1", "0.5_x", "1"], "normal_coverage": [0.9, 0.5, 0.05]})
    given = study(beta_curve=curve, params={"beta_curve": {"seeds": [3, 4]}})
    assert sentences.best_weight(given) == (
        "In the sweep below, from 2 seeds, coverage by samples from N(0, I) is highest at weight "
        "0.5 x (0.500)."
    )


def test_midpoints_beside_real_images() -> None:
    columns = ("coverage", "two_sample_accuracy", "frechet_classifier")
    scores = {
        name: {"midpoints": dict(zip(columns, values, strict=True))}
        for name, values in {"vae": (0.25, 0.75, 10.0), "b": (0.5, 0.625, 20.0)}.items()
    }
    primary = [{"id": "beats_pca.b"}, {"id": "regular_latent_space.vae.b"}]
    assert sentences.midpoints_and_real_images(study(primary=primary, scores=scores)) == (
        "Against real images, midpoints of VAE and b have coverage 0.250 and 0.500, "
        "telling apart 0.750 and 0.625, Fréchet distance 10.0 and 20.0."
    )
    assert sentences.midpoints_and_real_images(study(primary=primary[:1], scores=scores)) == ""


def test_midpoints_that_hardly_vary() -> None:
    scores = {
        name: {"midpoints": {"coverage_of_reconstructions": share}}
        for name, share in (("a", 0.25), ("vae", 0.5))
    }
    given = study(params={"variants": variants(a={}, vae={})}, scores=scores)
    assert sentences.favoured_midpoints(given) == (
        "The measure favours decoders whose images hardly vary; the highest coverage, 0.500, is "
        "that of VAE."
    )


def test_more_epochs_by_variant() -> None:
    longer = pd.DataFrame(
        [
            ("vae", 10, 0.5, 0.8),
            ("vae", 10, 0.3, 0.6),
            ("vae", 30, 0.2, 0.75),
            ("b", 30, 0.4, 0.5),
            ("b", 20, 0.1, 0.1),
            ("b", 10, 0.5, 0.55),
        ],
        columns=["variant", "epochs", "validation_mse", "validation_knn_accuracy"],
    )
    assert sentences.longer_training(study(longer=longer)) == (
        "With 30 epochs in place of 10, errors on validation images are 0.50 to 0.80 times as "
        "large (b and VAE), and nearest neighbours on the codes change by -5.0 to +5.0 points."
    )


@pytest.mark.parametrize(
    ("difference", "side"), [(0.126, "0.13 nats above"), (-0.126, "0.13 nats below")]
)
def test_a_likelihood_beside_a_published_one(difference: float, side: str) -> None:
    found = {
        "verdict": "supported",
        "seeds": 1,
        "source": "a paper",
        "confidence": 0.9,
        "test_log_likelihood": -228.754,
        "test_log_likelihood_low": -229.126,
        "test_log_likelihood_high": -228.5,
        "difference": difference,
        "published_log_likelihood": -228.5,
        "published_error": 0.25,
    }
    assert sentences.likelihood(study(likelihood=found)) == (
        "1 seed of a variational autoencoder as published in a paper gives **-228.75** nats on "
        "average; 90% interval over seeds -229.13 to -228.50, "
        f"{side} the published -228.50 ± 0.25; all of the interval lies within that error, too."
    )
