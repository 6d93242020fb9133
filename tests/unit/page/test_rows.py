"""Whole rows of the report's tables, from invented numbers."""

from typing import Any

import pandas as pd
import pytest

from stages.page import tables
from tests.unit.page.invented_study import study

DENSE = {"kind": "dense", "hidden": [9, 8], "latent_dim": 5, "latent_activation": "relu"}
SIGMOID = {"kind": "dense", "hidden": [], "latent_dim": 7, "latent_activation": "sigmoid"}
FILTERS = {
    "kind": "convolutional",
    "filters": [3, 4],
    "kernel_size": 3,
    "latent_dim": 6,
    "latent_activation": "linear",
}
VARIANTS = {
    "vae": {"architecture": FILTERS, "beta": 2.5},
    "noisy_one": {"architecture": DENSE, "noise": {"stddev": 0.25}},
    "sparse": {"architecture": SIGMOID, "sparsity": {"target": 0.2, "weight": 0.5}},
    "control": {"architecture": SIGMOID, "sparsity": None, "noise": None},
}
PARAMS: dict[str, Any] = {
    "variants": VARIANTS,
    "dataset": "x",
    "datasets": {"x": {"height": 4, "width": 5}},
    "train": {"batch_size": 32},
    "claims": {"confidence": 0.9},
    "semi_supervised": {"regimes": ["frozen", "scratch"]},
    "baselines": {"components": [5, 6]},
    "extract_latents": {"quality": {"neighbours": 3}},
    "sampling": {"mixture_components": 4},
    "classifier": {"architecture": {**FILTERS, "latent_dim": 2}},
}


def test_each_variant_is_described() -> None:
    rows = tables.autoencoders(study(params=PARAMS))
    assert [list(row.values()) for row in rows] == [
        ["vae", "convolutional", "3, 4", "6, linear", "–", "squared error + 2.5 × KL to N(0, I)"],
        ["noisy_one", "dense", "9, 8", "5, ReLU", "0.25", "squared error"],
        [
            *("sparse", "dense", "none", "7, sigmoid", "–"),
            "squared error + 0.5 × KL to a mean activation of 0.2",
        ],
        ["control", "dense", "none", "7, sigmoid", "–", "squared error"],
    ]


@pytest.mark.parametrize(
    ("values", "text"),
    [([0.001, 0.001], "0.001 ± 0.000"), ([-0.0004], "-4.0e-04"), ([1.0, 3.0], "2.000 ± 1.414")],
)
def test_small_means_are_written_with_an_exponent(values: list[float], text: str) -> None:
    assert tables.spread(pd.Series(values), 3) == text


def test_headline_numbers_are_means_over_the_runs_of_a_variant_and_regime() -> None:
    latents = pd.DataFrame(
        {
            "variant": ["vae", "vae", "control"],
            "test_mse": [0.1, 0.3, 0.05],
            "live_units": [4, 5, 7],
        }
    )
    accuracy = pd.DataFrame(
        [
            ("vae", "frozen", 0.5),
            ("vae", "frozen", 0.7),
            ("vae", "scratch", 0.4),
            ("control", "frozen", 0.9),
            ("control", "scratch", 0.1),
        ],
        columns=["variant", "regime", "test_accuracy"],
    )
    params = {**PARAMS, "variants": {name: VARIANTS[name] for name in ("control", "vae")}}
    assert tables.headline(study(params=params, latents=latents, accuracy=accuracy), 2) == [
        {
            "Variant": "control",
            "Code": 7,
            "Alive": "7.0",
            "Test MSE": "0.05",
            "frozen": "0.900",
            "from scratch": "0.100",
        },
        {
            "Variant": "vae",
            "Code": 6,
            "Alive": "4.5",
            "Test MSE": "0.20 ± 0.14",
            "frozen": "0.600 ± 0.141",
            "from scratch": "0.400",
        },
    ]


def claim(name: str, *measured: float, **changes: Any) -> dict[str, Any]:
    measurements = [
        {
            "quantity": f"quantity {number}",
            "unit": "ratio",
            "measured": value,
            "interval": (value / 2, 2 * value),
            "criterion": f"< {number}",
        }
        for number, value in enumerate(measured)
    ]
    return {
        "id": name,
        "claim": f"The claim {name}",
        "source": "a section",
        "section": "A long heading",
        "evidence": "latents",
        "verdict": "not supported",
        "chance": 0.25,
        "criterion": "quantity 0 < 0",
        "measurements": measurements,
        **changes,
    }


def test_the_primary_questions_link_to_their_evidence() -> None:
    (row,) = tables.verdicts(study(primary=[claim("a.b", 0.5, 2.0)]))
    assert row == {
        "id": "claim-a.b",
        "Question": '<a href="#A-long-heading">The claim a.b</a>',
        "Verdict": '<span class="verdict not-supported">not supported</span>',
        "Measured": "0.50, 0.25 to 1.00<br>2.00, 1.00 to 4.00",
        "Criterion": "quantity 0 &lt; 0<br>quantity 1 &lt; 1",
        "p, corrected": "0.25",
    }


def test_a_criterion_is_said_once_where_it_is_the_same() -> None:
    kinds = ["samples_badly", "samples_well"]
    entries = [
        claim("samples_well.a", 0.5, source="one"),
        claim("samples_well.b", 0.25, source="two", criterion="quantity 0 < 3", evidence="ladder"),
        claim("samples_badly.a", 0.5),
        claim("samples_badly.b", 0.25),
    ]
    found = dict(tables.exploratory(study(exploratory=entries)))
    same, different = (
        next(rows for rows in found.values() if str(rows[0]["id"]).startswith(f"claim-{kind}"))
        for kind in kinds
    )
    assert [list(row) for row in same] == [["id", "Comparison", "Measured"]] * 2
    assert [row["Criterion"] for row in different] == ["quantity 0 &lt; 0"] * 2
    captions = [caption.partition(". ")[2] for caption in found]
    assert sorted(captions) == [
        "Source: a section. Numbers: latents in reports/metrics. Criterion: quantity 0 < 0",
        "Source: one, two. Numbers: latents, ladder in reports/metrics.",
    ]


MEANS = {
    "test_mse": 0.125,
    "test_mse_from_noisy_input": 0.25,
    "uniform_noise_mse_share": 0.5,
    "knn_accuracy": 0.75,
    "knn_accuracy_2d": 0.5,
    "probe_accuracy": 0.625,
    "test_variance_on_two_components": 0.25,
    "live_units": 4.0,
    "active_units": 3.5,
    "test_mean_activation": 0.2,
    "test_treves_rolls": 0.3,
    "test_active_share": 0.1,
    "unusual_inputs_correlation": 0.6,
    "unusual_inputs_correlation_at_equal_brightness": 0.4,
    "test_squared_error_of_sampled_code": 12.5,
    "test_kl": 6.25,
}


def known(**more: Any) -> Any:
    return study(params=PARAMS, means=dict.fromkeys(VARIANTS, MEANS), **more)


PIXELS = {
    "pca_5.test_mse": 0.0625,
    "pca_5.test_mse_from_noisy_input": 0.09375,
    "pixels.knn_accuracy": 0.8,
    "pixels.knn_accuracy_2d": 0.4,
    "pixels.probe_accuracy": 0.85,
}


def test_errors_stand_beside_those_of_components_of_the_same_width() -> None:
    rows = tables.errors(known(pixels=PIXELS), 3)
    assert [list(row.values()) for row in rows] == [
        ["vae", "0.125", "–", "–", "0.250", "0.5"],
        ["noisy_one", "0.125", "0.062", "0.25", "0.250", "0.5"],
        ["sparse", "0.125", "–", "–", "0.250", "0.5"],
        ["control", "0.125", "–", "–", "0.250", "0.5"],
    ]
    assert tables.errors_of_components(known(pixels=PIXELS), 4) == [
        {"Components": "5", "Test MSE": "0.0625", "MSE from noisy input": "0.0938"}
    ]


def test_longer_training_is_averaged_over_seeds_in_the_order_of_the_table() -> None:
    longer = pd.DataFrame(
        [
            ("b", 9, 0.5, 0.25, 3),
            ("b", 3, 1.0, 0.5, 4),
            ("a", 3, 1.0, 0.5, 4),
            ("b", 9, 1, 0.75, 4),
        ],
        columns=["variant", "epochs", "validation_mse", "validation_knn_accuracy", "live_units"],
    )
    rows = tables.longer(study(longer=longer), 2)
    assert [list(row.values()) for row in rows] == [
        ["b", 9, "0.75", "0.500", "3.5"],
        ["b", 3, "1.00", "0.500", "4.0"],
        ["a", 3, "1.00", "0.500", "4.0"],
    ]


def test_separation_begins_with_pixels() -> None:
    rows = tables.separation(known(pixels=PIXELS))
    assert rows[0] == {
        "Code": "pixels",
        "Width": 20,
        "3 neighbours": "0.800",
        "Linear probe": "0.850",
        "Neighbours on two components": "0.400",
        "Variance on two": "–",
        "Live units": "–",
    }
    assert [row["Code"] for row in rows] == ["pixels", "VAE", "noisy one", "sparse", "control"]
    assert list(rows[2].values()) == ["noisy one", 5, "0.750", "0.625", "0.500", "25%", "4.0"]


def test_of_a_code_that_does_not_vary_no_share_of_its_variance_is_shown() -> None:
    still = study(means={"a": {**MEANS, "live_units": 0.0}})
    assert still.variance_on_two("a") == "–"
    assert known().variance_on_two("vae") == "25%"


def test_sparse_codes_are_those_between_0_and_1() -> None:
    rows = tables.sparse_codes(known())
    measured = ["0.200", "0.300", "0.100", "3.5", "0.600", "0.400"]
    assert [list(row.values()) for row in rows] == [
        ["sparse", 0.2, *measured],
        ["control", "–", *measured],
    ]


def test_the_exercise_says_who_wins() -> None:
    exercise = pd.DataFrame(
        {
            "setting": ["a_b", "c", "d"],
            "latent_dim": 5,
            "latent_activation": "relu",
            "sparsity_weight": [0.5, 0, 0],
            "noise_stddev": [0, 0.25, 0],
            "validation_mse": 0.125,
            "validation_knn_accuracy": 0.75,
            "live_units": 4,
            "winner": [True, False, False],
            "on_front": [True, True, False],
        }
    )
    rows = tables.exercise(study(exercise=exercise), 3)
    measured = ["0.125", "0.750", 4]
    assert [list(row.values()) for row in rows] == [
        ["a b", "5, relu", "0.5", "0", *measured, "winner"],
        ["c", "5, relu", "0", "0.25", *measured, "yes"],
        ["d", "5, relu", "0", "0", *measured, ""],
    ]


def test_baselines_end_with_the_most_labels_of_the_curve() -> None:
    baselines = pd.DataFrame(
        [
            ("pixels", "logistic", "few", 600, 0.5),
            ("pixels", "logistic", "few", 600, 0.7),
            ("pca_30", "knn", "most", 60000, 0.8),
            ("pca_30", "knn", "few", 600, 0.6),
        ],
        columns=["features", "classifier", "purpose", "labels", "test_accuracy"],
    )
    curve = pd.DataFrame(
        [
            ("vae", "scratch", 1200, 0.9),
            ("vae", "scratch", 600, 0.1),
            ("vae", "frozen", 1200, 0.8),
            ("vae", "frozen", 1200, 0.6),
        ],
        columns=["variant", "regime", "labels", "test_accuracy"],
    )
    rows = tables.baselines(study(baselines=baselines, label_curve=curve))
    assert [list(row.values()) for row in rows] == [
        ["logistic regression on pixels", "600", "0.600 ± 0.141"],
        ["nearest neighbours on PCA 30", "60,000", "0.800"],
        ["nearest neighbours on PCA 30", "600", "0.600"],
        ["VAE, from scratch", "1,200", "0.900"],
        ["VAE, frozen", "1,200", "0.700 ± 0.141"],
    ]


def test_differences_along_the_curve_are_in_points() -> None:
    table = pd.DataFrame(
        {
            "variant": ["a"],
            "labels": [1200],
            "comparison": ["x - y"],
            "difference": [0.425],
            "low": [-0.005],
            "high": [0.06],
        }
    )
    (row,) = tables.label_curve_differences(study(params=PARAMS, label_curve_comparisons=table))
    assert list(row.items()) == [
        *(("Variant", "a"), ("Labels", "1,200"), ("Comparison", "x - y"), ("Points", "+42.5")),
        ("90% interval", "-0.5 to 6.0"),
    ]


def test_only_settings_that_were_chosen_are_listed() -> None:
    tuning = pd.DataFrame(
        {
            "variant": ["a", "a", "b"],
            "regime": ["frozen", "frozen", "scratch"],
            "inverse_regularization": [0.5, 1.0, None],
            "learning_rate": [None, None, 0.001],
            "updates": [None, None, 90],
            "validation_accuracy": [0.5, 0.75, 0.625],
            "chosen": [False, True, True],
            "at_edge": [True, False, True],
        }
    )
    rows = tables.chosen_settings(study(tuning=tuning))
    assert [list(row.values()) for row in rows] == [
        ["a", "frozen", "1", "–", "–", "0.750", ""],
        ["b", "from scratch", "–", "0.001", "90", "0.625", "yes"],
    ]


SCORE = {
    "coverage": 0.5,
    "two_sample_accuracy": 0.75,
    "frechet_classifier": 12.25,
    "nearest_training_image": float("nan"),
    "coverage_of_reconstructions": 0.25,
    "two_sample_accuracy_of_reconstructions": 0.625,
    "frechet_classifier_of_reconstructions": 3.125,
}
KINDS = ("normal", "gaussian", "mixture", "reconstructions", "midpoints")


def test_scores_are_listed_by_variant_and_sampler_variational_ones_first() -> None:
    scores = {name: dict.fromkeys(KINDS, SCORE) for name in VARIANTS}
    scores["vae"] = {**scores["vae"], "normal": {**SCORE, "nearest_training_image": 1.25}}
    rows = tables.samples(known(scores=scores))
    assert [row["Variant"] for row in rows[::4]] == ["vae", "noisy_one", "sparse", "control"]
    assert [list(row.values())[1:] for row in rows[:4]] == [
        ["N(0, I)", "0.500", "0.750", "12.2", "1.25", "0.250", "0.625"],
        ["Gaussian", "0.500", "0.750", "12.2", "–", "0.250", "0.625"],
        ["mixture of 4", "0.500", "0.750", "12.2", "–", "0.250", "0.625"],
        ["(reconstructions)", "0.500", "0.750", "12.2", "–", "0.250", "0.625"],
    ]
    rows = tables.midpoints(known(scores=scores))
    assert [list(row.values()) for row in rows] == [
        [name, "0.250", "0.625", "3.1"] for name in VARIANTS
    ]


def test_each_row_has_the_numbers_of_its_own_variant_and_set() -> None:
    # Here they are the variant's place, and a quarter for each set before the set.
    places = {name: float(place) for place, name in enumerate(VARIANTS, start=1)}
    means = {name: dict.fromkeys(MEANS, place) for name, place in places.items()}
    scores = {
        name: {kind: dict.fromkeys(SCORE, place + before / 4) for before, kind in enumerate(KINDS)}
        for name, place in places.items()
    }
    given = study(params=PARAMS, means=means, scores=scores, pixels=PIXELS)
    assert [row["Test MSE"] for row in tables.errors(given, 1)] == ["1.0", "2.0", "3.0", "4.0"]
    separation = tables.separation(given)[1:]
    assert [row["Linear probe"] for row in separation] == ["1.000", "2.000", "3.000", "4.000"]
    assert [row["Variance on two"] for row in separation] == ["100%", "200%", "300%", "400%"]
    assert [row["Active units"] for row in tables.sparse_codes(given)] == ["3.0", "4.0"]
    assert [row["Active units"] for row in tables.weights_of_kl(given, 1)] == ["1.0 of 6"]
    midpoints = [row["Coverage"] for row in tables.midpoints(given)]
    assert midpoints == ["2.000", "3.000", "4.000", "5.000"]
    coverage = [row["Coverage"] for row in tables.samples(given)]
    assert coverage == [f"{n}.{m}" for n in range(1, 5) for m in ("000", "250", "500", "750")]


def test_the_ladder_names_its_controls() -> None:
    ladder = pd.DataFrame(
        {
            "control": ["pca"],
            "coverage": [0.5],
            "two_sample_accuracy": [0.75],
            "two_sample_accuracy_of_pixels": [1.0],
            "frechet_classifier": [2.25],
        }
    )
    (row,) = tables.ladder(study(ladder=ladder))
    assert list(row.values()) == [
        *("real images through principal components", "0.500", "0.750", "1.000", "2.2"),
    ]


@pytest.mark.parametrize(
    ("beta", "weight"),
    [(2.5, "2.5"), (999.0, "999"), (1000.0, "1,000"), ("calibrated", "1.25")],
)
def test_weights_of_the_kl(beta: float | str, weight: str) -> None:
    params = {**PARAMS, "variants": {"vae": {"architecture": FILTERS, "beta": beta}}}
    given = study(params=params, means={"vae": MEANS})
    (row,) = tables.weights_of_kl(given, 2)
    assert list(row.values()) == ["vae", weight, "12.50", "6.25", "3.5 of 6", "0.12"]


def test_the_sweep_of_weights_is_averaged_over_seeds_in_its_own_order() -> None:
    curve = pd.DataFrame(
        {
            "beta": ["4", "0.5_x", "4"],
            "test_kl": [2.0, 8.0, 4.0],
            "test_mse": [0.5, 0.25, 0.5],
            "active_units": [3, 4, 4],
            "normal_coverage": [0.5, 0.25, 0.5],
            "normal_two_sample_accuracy": [0.75, 0.5, 0.25],
            "normal_frechet_classifier": [3.0, 1.0, 4.0],
            "reconstructions_two_sample_accuracy": [0.5, 0.625, 1.0],
        }
    )
    rows = tables.beta_curve(study(beta_curve=curve), 2)
    assert [list(row.values()) for row in rows] == [
        ["4", "3", "0.50", "3.5", "0.500", "0.500", "3.5", "0.750"],
        ["0.5 x", "8", "0.25", "4.0", "0.250", "0.500", "1.0", "0.625"],
    ]


def test_the_printed_program_stands_beside_the_study() -> None:
    table = pd.DataFrame(
        {
            "variant": ["a"],
            "printed": [0.0125],
            "study": [0.01],
            "ratio": [1.25],
            "low": [1.125],
            "high": [1.5],
            "verdict": ["different"],
        }
    )
    (row,) = tables.printed(study(params=PARAMS, printed=table))
    assert list(row.items())[:-1] == [
        *(("Variant", "a"), ("As printed", "0.0125"), ("Here", "0.01"), ("Ratio", "1.25")),
        ("90% interval", "1.12 to 1.50"),
    ]


def published(likelihood: dict[str, Any] | None) -> list[dict[str, Any]]:
    table = pd.DataFrame(
        {
            "quantity": "accuracy",
            "published": 0.91,
            "metric": ["classifier.test_accuracy", "noisy_one.test_mse", "unknown.test_mse"],
            "set_up": "there",
            "source": "a paper",
        }
    )
    summary = {"classifier.test_accuracy": 0.90625, "noisy_one.test_mse": 0.0125}
    given = study(
        params=PARAMS,
        published=table,
        summary=summary,
        likelihood=likelihood,
        sizes={"train_images": 54000},
    )
    return [dict(row) for row in tables.published(given)]


def test_published_numbers_say_on_what_they_were_measured() -> None:
    rows = published(None)
    assert [(row["Published"], row["Here"], row["Set-up here"]) for row in rows] == [
        ("0.91", "0.9062", "convolutional, 3-4-2, trained on 54,000 images"),
        ("0.91", "0.0125", "9-8-5 and back, ReLU code"),
        ("0.91", "–", "–"),
    ]


@pytest.mark.parametrize(("deviation", "text"), [(None, "-228.75"), (0.5, "-228.75 ± 0.50")])
def test_a_published_likelihood_has_a_row(deviation: float | None, text: str) -> None:
    found = {
        "published_log_likelihood": -228.5,
        "published_error": 0.25,
        "test_log_likelihood": -228.75,
        "test_log_likelihood_sd": deviation,
        "samples": 5000,
        "source": "a paper",
    }
    row = published(found)[-1]
    assert (row["Published"], row["Here"]) == ("-228.50 ± 0.25", text)
    assert "5,000 importance-weighted" in row["Set-up there"]


def test_the_likelihood_of_each_seed_by_number_of_codes() -> None:
    seeds = pd.DataFrame(
        {
            "model_seed": [3],
            "epochs": [9],
            "best_epoch": [8],
            "validation_bound": [-230.5],
            "test_bound": [-231.25],
            "test_log_likelihood_5000": [-228.5],
            "test_log_likelihood_5000_sd": [0.125],
            "test_log_likelihood_100": [-229.5],
            "test_log_likelihood_100_sd": [0.25],
            "test_active_units": [12],
        }
    )
    (row,) = tables.likelihood_of_seeds(study(likelihood_of_seeds=seeds))
    assert list(row.items()) == [
        *(("Seed", 3), ("Epochs", 9), ("Best epoch", 8)),
        *(("Bound, validation", "-230.50"), ("Bound, test", "-231.25")),
        ("log p(x), 100 codes", "-229.500 ± 0.250"),
        ("log p(x), 5,000 codes", "-228.500 ± 0.125"),
        ("Active units", 12),
    ]
