"""Sentences that depend on what was measured: true on invented tables with opposite results."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages.page import sentences
from stages.page.names import plural
from stages.page.reservations import same_layers
from tests.unit.page.invented_study import study, variants


def test_numbers_and_nouns_agree() -> None:
    assert plural(1, "seed") == "1 seed"
    assert plural(1200, "seed") == "1,200 seeds"
    assert plural(1, "class", "classes") == "1 class"
    assert plural(0, "class", "classes") == "0 classes"
    assert sentences.numbers(["1", "2", "3"]) == "1, 2 and 3"


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ((0, 0, 0), "No image occurs twice, within the two parts or between them."),
        (
            (0, 0, 1200),
            "1,200 test images repeat a training one: part of what is measured may be memorized.",
        ),
        (
            (2, 1, 0),
            "2 training images repeat an earlier one and 1 test image repeats an earlier one: part "
            "of what is measured may be memorized.",
        ),
    ],
)
def test_images_that_occur_more_than_once(counts: tuple[int, int, int], text: str) -> None:
    names = ("train_images_repeated", "test_images_repeated", "test_images_in_train")
    assert sentences.repeated_images(study(profile=dict(zip(names, counts, strict=True)))) == text


@pytest.mark.parametrize(
    ("errors", "text"),
    [
        ((0.01, 0.02), "Every variant does better than that."),
        ((0.01, 0.09), "VAE does no better than that."),
        ((0.1, 0.09), "A and VAE do no better than that."),
    ],
)
def test_who_is_no_better_than_the_mean_image(errors: tuple[float, float], text: str) -> None:
    means = {name: {"test_mse": mse} for name, mse in zip(("a", "vae"), errors, strict=True)}
    given = study(
        params={"variants": variants(a={}, vae={})},
        profile={"mean_image_test_mse": 0.0866},
        means=means,
    )
    assert sentences.no_better_than_the_mean_image(given) == text


def test_equals_are_on_the_front_together_and_one_variant_is_on_none() -> None:
    same = {"test_mse": 0.1, "knn_accuracy": 0.8}
    given = study(params={"variants": variants(a={}, b={})}, means={"a": same, "b": same})
    assert sentences.front(given).endswith("better on one: a and b.")
    assert sentences.front(study(params={"variants": variants(a={})}, means={"a": same})) == ""


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((0.01, 0.03), "ahead of training from scratch for 1 of 1 variant (a) and behind for 0"),
        ((-0.03, -0.01), "ahead of training from scratch for 0 of 1 variant (none) and behind"),
        ((-0.01, 0.01), "for 0 of 1 variant (none) and behind for 0 (none)"),
        ((0.0, 0.0), "for 0 of 1 variant (none) and behind for 0 (none)"),
        ((float("nan"), float("nan")), "There are too few runs for intervals"),
    ],
)
def test_fine_tuning(ends: tuple[float, float], text: str) -> None:
    rows = pd.DataFrame(
        [
            {
                "variant": "a",
                "comparison": "fine-tuned - from scratch",
                "low": ends[0],
                "high": ends[1],
            }
        ]
    )
    params = {"variants": variants(a={}), "claims": {"accuracy_margin": 0.01}}
    given = study(params=params, comparisons=rows)
    assert text in sentences.fine_tuning(given)
    given = study(params=params, comparisons=rows[:0])
    assert sentences.fine_tuning(given) == ""


def test_who_has_no_interval_is_neither_ahead_nor_behind() -> None:
    rows = pd.DataFrame({"variant": ["a", "b"], "low": [0.01, float("nan")]})
    rows = rows.assign(comparison="fine-tuned - from scratch", high=rows["low"])
    params = {"variants": variants(a={}, b={}), "claims": {"accuracy_margin": 0.01}}
    said = sentences.fine_tuning(study(params=params, comparisons=rows))
    assert "for 1 of 1 variant with enough runs for an interval (a)" in said


def ladder(**changes: float) -> pd.DataFrame:
    coverage = {"real": 0.97, "pca": 0.6, "pca_mixture": 0.5, "blurred": 0.4, "pca_gaussian": 0.1}
    accuracy = {"real": 0.5, "pca": 0.7, "pca_mixture": 0.8, "blurred": 0.9, "pca_gaussian": 0.95}
    return pd.DataFrame(
        [
            {
                "control": name,
                "images": 2500,
                "coverage": (coverage | changes)[name],
                "two_sample_accuracy": accuracy[name],
            }
            for name in coverage
        ]
    )


@pytest.mark.parametrize(
    ("accuracy", "text"),
    [
        (0.75, "(0.023), are, with N(0, I), a; with a Gaussian, a; with a mixture of 10, a."),
        (0.85, "with N(0, I), none; with a Gaussian, none; with a mixture of 10, none."),
    ],
)
def test_who_beats_a_mixture_without_a_network(accuracy: float, text: str) -> None:
    scores = {
        "a": {
            sampler: {"two_sample_accuracy": accuracy}
            for sampler in ("normal", "gaussian", "mixture")
        }
    }
    sampling = {"components": 30, "mixture_components": 10}
    given = study(
        params={"variants": variants(a={}), "sampling": sampling}, scores=scores, ladder=ladder()
    )
    said = sentences.hardest_to_tell(given)
    assert said.endswith(text)
    # Of one variant, none is the hardest.
    assert said.startswith("A mixture on principal components, without a network, is told ")
    assert "from real images with 0.800. Harder to tell, by more than two " in said


@pytest.mark.parametrize(
    ("second", "text"),
    [
        (0.7, "of **a and b** with N(0, I) (0.700)"),
        (0.7004, "of **a and b** with N(0, I) (0.700)"),  # nobody sees a difference
        (0.71, "of **a** with N(0, I) (0.700)"),
    ],
)
def test_all_that_are_equally_hard_to_tell_are_named(second: float, text: str) -> None:
    scores = {
        name: {
            sampler: {"two_sample_accuracy": accuracy}
            for sampler in ("normal", "gaussian", "mixture")
        }
        for name, accuracy in (("a", 0.7), ("b", second))
    }
    given = study(
        params={"variants": variants(a={}, b={}), "sampling": {"mixture_components": 10}},
        scores=scores,
        ladder=ladder(),
    )
    assert text in sentences.hardest_to_tell(given)
    assert "is told from them with 0.800. " in sentences.hardest_to_tell(given)


@pytest.mark.parametrize(
    ("angles", "text"),
    [
        ([0.31, 0.29, np.nan], "tilted from theirs by 0.3°, at the largest angle."),
        ([0.31], "tilted from theirs by 0.3°, at the largest angle."),
        ([0.31, 12.0], "theirs by 0.3 to 12.0°, at the largest angle of each seed."),
    ],
)
def test_a_range_of_angles_has_two_ends_or_is_none(angles: list[float], text: str) -> None:
    given = study(
        params={"variants": variants(a={}), "train": {"epochs": 10}},
        latents=pd.DataFrame({"variant": "a", "largest_principal_angle": angles}),
        means={"a": {"test_mse": 0.02}},
        pixels={"pca_30.test_mse": 0.02},
    )
    assert text in sentences.linear_check(given)
    given.__dict__["pixels"] = {"pca_30.test_mse": 0.0}
    assert sentences.linear_check(given) == ""
    given.architecture("a")["latent_dim"] = 1
    given.__dict__["pixels"] = {"pca_1.test_mse": 0.02}
    assert "1.000 times that of 1 component, and" in sentences.linear_check(given)


def test_longer_training_with_one_variant() -> None:
    rows = pd.DataFrame(
        {
            "variant": ["a", "a"],
            "epochs": [10, 30],
            "validation_mse": [0.02, 0.01],
            "validation_knn_accuracy": [0.8, 0.81],
        }
    )
    said = sentences.longer_training(study(longer=rows))
    assert "are 0.50 times as large (a)" in said
    assert "change by +1.0 points" in said
    same = rows.assign(validation_knn_accuracy=[0.8, 0.79999])
    assert sentences.longer_training(study(longer=same)).endswith("change by +0.0 points.")
    # Nothing is so many times as large as an error of 0, and as many epochs are not more.
    assert sentences.longer_training(study(longer=rows.assign(validation_mse=0.0))) == ""
    assert sentences.longer_training(study(longer=rows.assign(epochs=10))) == ""


@pytest.mark.parametrize(
    ("verdict", "low", "text"),
    [
        ("supported", -229.0, "all of the interval lies within that error"),
        ("inconclusive", -229.0, "reaches into the published error and out of it"),
        ("inconclusive", None, "one seed has no interval"),
        ("not supported", -229.0, "all of the interval lies outside"),
    ],
)
def test_a_published_likelihood(verdict: str, low: float | None, text: str) -> None:
    found = {
        "verdict": verdict,
        "seeds": 3,
        "source": "a paper",
        "confidence": 0.95,
        "test_log_likelihood": -228.7,
        "test_log_likelihood_low": low,
        "test_log_likelihood_high": low and -228.0,
        "difference": -0.01,
        "published_log_likelihood": -228.7,
        "published_error": 0.15,
    }
    said = sentences.likelihood(study(likelihood=found))
    assert text in said
    assert "0.01 nats below the published" in said
    assert sentences.likelihood(study(likelihood=None)) == ""
    said = sentences.likelihood(study(likelihood=found | {"seeds": 1, "difference": 0.0}))
    assert said.startswith("1 seed of a variational autoencoder as published in a paper gives ")
    assert "less than 0.01 nats from the published" in said


def test_who_is_beaten_by_principal_components() -> None:
    given = study(
        params={"variants": variants(a={}, vae={})},
        means={"a": {"test_mse": 0.01}, "vae": {"test_mse": 0.02}},
        pixels={"pca_30.test_mse": 0.015},
    )
    assert sentences.beaten_by_components(given).endswith("than VAE.")
    given.__dict__["pixels"] = {}
    assert sentences.beaten_by_components(given) == ""


def test_other_codes_that_separate_better_than_pixels() -> None:
    kind = "separates_better_than_pixels_by_neighbours"
    entries = [
        {"id": f"{kind}.{name}", "measured": measured, "interval": interval}
        for name, measured, interval in (
            ("a", 0.02, (0.01, 0.03)),
            ("b", 0.02, (-0.01, 0.03)),
            ("c", 0.02, None),
        )
    ]
    assert sentences.better_than_pixels(study(exploratory=entries)).endswith(
        "ahead of pixels: by nearest neighbours, a; by a linear probe, none; by nearest neighbours "
        "on two principal components, none."
    )
    assert sentences.better_than_pixels(study(exploratory=entries[1:])) == ""
    # Of those that were compared, not of all variants.
    entries += [{"id": f"{kind}.d{n}", "interval": (0.01, 0.03)} for n in range(3)]
    entries += [{"id": f"{kind}.e", "interval": (-0.03, -0.01)}]
    assert "by nearest neighbours, 4 of 6 (1 behind);" in sentences.better_than_pixels(
        study(exploratory=entries)
    )


def test_sparsity_is_said_beside_the_same_layers_with_the_error_alone() -> None:
    penalty = {"sparsity": {"target": 0.2, "weight": 1.0}}
    means = {name: {"test_treves_rolls": 0.7 + 0.1 * n} for n, name in enumerate("abc")}
    blocks = variants(a=penalty, b={"sparsity": None, "noise": None}, c={"noise": {"stddev": 0.3}})
    said = sentences.sparsity(study(params={"variants": blocks}, means=means))
    assert said.endswith("with the penalty and with the squared error alone: a 0.70, b 0.80.")
    noisy = variants(a=penalty | {"noise": {"stddev": 0.3}}, b={})
    said = sentences.sparsity(study(params={"variants": noisy}, means=means))
    assert said == ""  # noise besides: the difference would not be the penalty's
    assert sentences.sparsity(study(params={"variants": variants(a=penalty)})) == ""


def rows_of(accuracies: dict[tuple[str, str], tuple[float, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "variant": name,
                "regime": regime,
                "model_seed": 0,
                "label_draw": draw,
                "test_accuracy": accuracy,
            }
            for (name, regime), values in accuracies.items()
            for draw, accuracy in enumerate(values)
        ]
    )


def said_of(updates: tuple[int, int]) -> str:
    tuning = pd.DataFrame(
        {"variant": ["a", "b"], "regime": "scratch", "chosen": True, "updates": updates}
    )
    accuracy = {
        ("a", "scratch"): (0.70, 0.9),
        ("a", "finetuned"): (0.80, 0.9),
        ("b", "scratch"): (0.79, 0.1),
    }
    few = {"exploratory_draws": 1, "primary": ["a"]}
    given = study(
        params={
            "variants": variants(a={}, b={}),
            "semi_supervised": few,
            "claims": {"confidence": 0.95},
        },
        sizes={"label_draws": 2},
        tuning=tuning,
        accuracy=rows_of(accuracy),
    )
    return same_layers(given)


def test_the_setting_from_scratch_is_said_where_it_matters_on_common_draws() -> None:
    said = said_of((180, 720))
    assert "tuning chose 180 to 720 updates" in said
    assert said.endswith("and on the draws that all share, a reaches 0.700, the other 0.790.")
    assert said_of((180, 180)) == ""


def test_the_winner_is_followed_to_test_images() -> None:
    blocks = variants(a={}, best={"noise": {}})
    params = {"variants": blocks, "exercise": {"settings": {"x": blocks["best"]}}}
    given = study(
        params=params,
        exercise=pd.DataFrame({"setting": ["x"], "winner": [True]}),
        means={name: {"test_mse": 0.01, "knn_accuracy": 0.8} for name in blocks},
        front=["a"],
    )
    assert sentences.winner_on_test_images(given).startswith("As best it is one of the variants")
    assert sentences.winner_on_test_images(given).endswith("and is not on their front.")
    params["exercise"] = {"settings": {"x": {}}}
    assert sentences.winner_on_test_images(given) == ""


def test_the_best_weight_and_the_favoured_midpoints() -> None:
    curve = pd.DataFrame({"beta": ["0.1", "a_b"], "normal_coverage": [0.2, 0.6]})
    given = study(beta_curve=curve, params={"beta_curve": {"seeds": [3]}})
    assert (
        "from 1 seed, coverage by samples from N(0, I) is highest at weight a b (0.600)."
        in sentences.best_weight(given)
    )
    given.__dict__["beta_curve"] = curve.assign(normal_coverage=0.2)
    assert "is the same at all weights (0.200)." in sentences.best_weight(given)
    three = pd.DataFrame({"beta": [1.0, 0.1, 5.0], "normal_coverage": [0.6001, 0.6, 0.2]})
    given.__dict__["beta_curve"] = three
    assert "is highest at weights 1.0 and 0.1 (0.600)." in sentences.best_weight(given)
    given.__dict__["beta_curve"] = curve[:1]  # of one, none is the highest
    assert sentences.best_weight(given) == ""
    scores = {
        name: {"midpoints": {"coverage_of_reconstructions": share}}
        for name, share in (("a", 0.5), ("b", 1.0))
    }
    given = study(params={"variants": variants(a={}, b={})}, scores=scores)
    assert sentences.favoured_midpoints(given).endswith("1.000, is that of b.")
    scores["a"]["midpoints"]["coverage_of_reconstructions"] = 1.0
    assert sentences.favoured_midpoints(given).endswith("1.000, is that of a and b.")
    given = study(params={"variants": variants(a={})}, scores=scores)
    assert sentences.favoured_midpoints(given).endswith("whose images hardly vary.")


def test_what_the_most_updates_gain() -> None:
    rows = [
        {"variant": "a", "regime": "scratch", "updates": updates, "validation_accuracy": accuracy}
        for updates, accuracy in ((90, 0.7), (180, 0.8), (360, 0.81), (360, 0.82))
    ]
    linear = {"variant": "a", "regime": "frozen", "updates": None, "validation_accuracy": 0.9}
    few = {"semi_supervised": {"regimes": ["frozen", "scratch"]}}

    def gains(*tried: dict[str, Any]) -> dict[str, float]:
        return study(params=few, tuning=pd.DataFrame([*tried, linear])).gains_of_most_updates

    assert gains(*rows) == {"scratch": pytest.approx(2.0)}
    assert gains(*rows[2:]) == gains() == {}


def test_a_vae_beside_mixtures_is_counted() -> None:
    ends = [(-0.2, -0.1), (0.1, 0.2), (0.0, 0.2), (0.1, 0.3), None]
    entries = [
        {"id": f"samples_better_than_mixture.vae.{n}", "interval": interval}
        for n, interval in enumerate(ends)
    ]
    assert sentences.beside_mixtures(study(exploratory=entries)).endswith(
        "is easier to tell in 2 of 4 comparisons and harder in 1."
    )
    assert sentences.beside_mixtures(study(exploratory=entries[4:])) == ""


def test_pixels_are_said_with_and_without_the_labels_that_tune() -> None:
    table = pd.DataFrame(
        [
            ("pixels", "logistic", "few", 0.75),
            ("pixels", "logistic", "few", 0.85),
            ("pixels", "logistic", "few_and_tuning", 0.9),
            ("pixels", "knn", "few", 0.1),
            ("pca_30", "logistic", "few", 0.1),
        ],
        columns=["features", "classifier", "purpose", "test_accuracy"],
    )
    params = {
        "variants": variants(a={}, b={}),
        "semi_supervised": {
            "regimes": ["frozen", "finetuned"],
            "exploratory_draws": 1,
            "primary": ["b"],
        },
    }
    accuracy = rows_of({("b", "finetuned"): (0.7, 0.8), ("b", "frozen"): (0.1, 0.1)})

    def said(draws: int, rows: int = len(table)) -> str:
        given = study(
            params=params,
            sizes={"label_draws": draws},
            accuracy=accuracy,
            baselines=table[:rows],
        )
        return sentences.without_autoencoder(given)

    words = "reaches 0.800, and 0.900 if it also learns from the labels that tuning uses"
    assert said(2).endswith(f"{words}; b fine-tuned 0.750.")
    assert said(1).endswith(f"{words}.")
    assert said(2, rows=2) == ""


@pytest.mark.parametrize(
    ("few", "codes", "text"),
    [
        (0.01, 0.01, "1 point"),
        (0.02, 0.02, "2 points"),
        (0.01, 0.05, "1 point (with few labels) or 5 points (on codes)"),
    ],
)
def test_both_margins_are_said_where_they_differ(few: float, codes: float, text: str) -> None:
    claims = {"accuracy_margin": few, "separation_margin": codes}
    assert sentences.margins(study(params={"claims": claims})) == text
