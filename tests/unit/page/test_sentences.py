"""Sentences that depend on what was measured: true on invented tables with opposite results."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stages.page import sentences
from stages.page.study import Study


def study(**known: Any) -> Study:
    """A study of which nothing is known but what is given."""
    nowhere = Path("nowhere")
    made = Study(*[nowhere] * 7)
    made.__dict__.update(known)
    return made


def variants(**blocks: Any) -> dict[str, Any]:
    form = {"kind": "dense", "hidden": [], "latent_dim": 30, "latent_activation": "linear"}
    return {name: {"architecture": form} | block for name, block in blocks.items()}


def test_numbers_and_nouns_agree() -> None:
    assert sentences.plural(1, "seed") == "1 seed"
    assert sentences.plural(1200, "seed") == "1,200 seeds"
    assert sentences.numbers(["1", "2", "3"]) == "1, 2 and 3"


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


@pytest.mark.parametrize(
    ("accuracies", "text"),
    [
        ((0.8, 0.9), "2 variants are on the front"),
        ((0.9, 0.8), "Only a is on the front"),
    ],
)
def test_the_front(accuracies: tuple[float, float], text: str) -> None:
    means = {
        name: {"test_mse": mse, "knn_accuracy": accuracy}
        for name, mse, accuracy in zip(("a", "b"), (0.1, 0.2), accuracies, strict=True)
    }
    given = study(params={"variants": variants(a={}, b={})}, means=means)
    assert sentences.front(given).startswith(text)


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((0.01, 0.03), "ahead of training from scratch for 1 of 1 variants (a) and behind for 0"),
        ((-0.03, -0.01), "ahead of training from scratch for 0 of 1 variants (none) and behind"),
        ((-0.01, 0.01), "for 0 of 1 variants (none) and behind for 0 (none)"),
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
    given = study(params={"variants": variants(a={})}, comparisons=rows)
    assert text in sentences.fine_tuning(given)
    given = study(params={"variants": variants(a={})}, comparisons=rows[:0])
    assert sentences.fine_tuning(given) == ""


def test_the_label_curve() -> None:
    rows = pd.DataFrame(
        [
            {
                "variant": "a",
                "labels": labels,
                "comparison": "fine-tuned - from scratch",
                "difference": 0.005,
                "low": low,
                "high": 0.02,
            }
            for labels, low in ((100, -0.1), (54000, 0.001))
        ]
    )
    given = study(label_curve_comparisons=rows)
    assert sentences.along_label_curve(given) == (
        "Pretraining as a is clearly ahead at 1 of 2 label counts: 54,000 (+0.5 points)."
    )
    given = study(label_curve_comparisons=rows[:1])
    assert "at none of 1 label counts" in sentences.along_label_curve(given)


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


def test_ties_on_the_ladder() -> None:
    assert sentences.ties_on_the_ladder(study(ladder=ladder())).startswith("No two")
    tied = sentences.ties_on_the_ladder(study(ladder=ladder(pca=0.51)))
    assert tied.startswith("Within two standard errors of each other are real images through")
    assert tied.count(" by coverage") == 1


@pytest.mark.parametrize(
    ("accuracy", "text"),
    [
        (
            0.75,
            "from N(0, I), those of a; from a Gaussian, those of a; from a mixture of 10, "
            "those of a.",
        ),
        (0.85, "Harder than that are: none."),
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
    assert sentences.hardest_to_tell(given).endswith(text)


def test_longer_training_with_one_variant_and_with_none() -> None:
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
    assert sentences.longer_training(study(longer=rows[:0])) == ""


@pytest.mark.parametrize(
    ("verdict", "low", "text"),
    [
        ("supported", -229.0, "all of the interval lies within that error"),
        ("inconclusive", -229.0, "reaches both into the published error and out of it"),
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
    assert text in sentences.likelihood(study(likelihood=found))
    assert sentences.likelihood(study(likelihood=None)) == ""
