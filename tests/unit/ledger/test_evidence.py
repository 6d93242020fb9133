"""What is read from tables and files: the right rows, in order, and the right bits."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from stages.core.formats import write_arrays
from stages.ledger.comparisons import compare_along_curve, compare_regimes
from stages.ledger.evidence import Evidence, Runs

RANDOM = np.random.default_rng(0)
TEST_IMAGES = 11  # no whole number of bytes
SEEDS, DRAWS = (3, 20, 100), (0, 1, 10)
VARIANTS = ("a", "b", "c")
REGIMES = ("frozen", "random", "finetuned", "finetuned_direct", "scratch", "propagated")
RIGHT = {
    (variant, regime): RANDOM.integers(0, 2, (3, 3, TEST_IMAGES))
    for variant in VARIANTS
    for regime in REGIMES
}
OF_CODES = {
    (variant, name): RANDOM.integers(0, 2, (3, TEST_IMAGES))
    for variant in VARIANTS
    for name in ("knn", "knn_2d", "probe")
}
ERRORS = {variant: RANDOM.uniform(size=(3, TEST_IMAGES)) for variant in VARIANTS}
OF_BASELINES = {
    name: RANDOM.integers(0, 2, (3, TEST_IMAGES))
    for name in ("pixels_logistic_few", "pca_4_logistic_few", "pca_4_propagated_few")
}
OF_PIXELS = {
    name: RANDOM.integers(0, 2, TEST_IMAGES)
    for name in ("pixels_knn", "pixels_knn_2d", "pixels_probe")
}
OF_COMPONENTS = RANDOM.uniform(size=TEST_IMAGES)


def packed(right: np.ndarray) -> np.ndarray:
    return np.packbits(right.astype(np.uint8), axis=-1)


def shuffled(rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows).sample(frac=1, random_state=0)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Three variants; each table's number is the mean of what its file says of single images."""
    folder = tmp_path_factory.mktemp("per_image")
    for kind in ("latents", "semi_supervised"):
        (folder / kind).mkdir()
    for name in VARIANTS:
        write_arrays(
            folder / "latents" / f"{name}.npz",
            squared_error=ERRORS[name].astype(np.float32),
            **{key: packed(OF_CODES[name, key]) for key in ("knn", "knn_2d", "probe")},
        )
        write_arrays(
            folder / "semi_supervised" / f"{name}.npz",
            **{regime: packed(RIGHT[name, regime]) for regime in REGIMES},
        )
    write_arrays(
        folder / "baselines.npz",
        pca_4_squared_error=OF_COMPONENTS.astype(np.float32),
        **{name: packed(right) for name, right in (OF_BASELINES | OF_PIXELS).items()},
    )
    latents = shuffled(
        [
            {
                "variant": name,
                "model_seed": seed,
                "test_mse": ERRORS[name][place].mean(),
                "knn_accuracy": OF_CODES[name, "knn"][place].mean(),
                "knn_accuracy_2d": OF_CODES[name, "knn_2d"][place].mean(),
                "probe_accuracy": OF_CODES[name, "probe"][place].mean(),
                "active_units": float(place),
            }
            for name in VARIANTS
            for place, seed in enumerate(SEEDS)
        ]
    )
    accuracies = shuffled(
        [
            {
                "variant": name,
                "regime": regime,
                "model_seed": seed,
                "label_draw": draw,
                "test_accuracy": RIGHT[name, regime][row, column].mean(),
            }
            for name, regime in RIGHT
            for row, seed in enumerate(SEEDS)
            for column, draw in enumerate(DRAWS)
        ]
    )
    baselines = shuffled(
        [
            {
                "features": features,
                "classifier": classifier,
                "purpose": purpose,
                "label_draw": draw,
                "test_accuracy": OF_BASELINES[f"{features}_{classifier}_few"][column].mean()
                if purpose == "few"
                else 1.0,
            }
            for features, classifier in (
                ("pixels", "logistic"),
                ("pca_4", "logistic"),
                ("pca_4", "propagated"),
            )
            for purpose in ("few", "most")
            for column, draw in enumerate(DRAWS)
        ]
    )
    samples = shuffled(
        [
            {"variant": name, "model_seed": seed, "set": kind, "coverage": place + 10 * row}
            for name in VARIANTS
            for row, kind in enumerate(("normal", "mixture"))
            for place, seed in enumerate(SEEDS)
        ]
    )
    ladder = pd.DataFrame({"control": ["blurred", "real"], "coverage": [0.7, 0.9]})
    numbers = {
        "pixels.knn_accuracy": OF_PIXELS["pixels_knn"].mean(),
        "pixels.knn_accuracy_2d": OF_PIXELS["pixels_knn_2d"].mean(),
        "pixels.probe_accuracy": OF_PIXELS["pixels_probe"].mean(),
        "pca_4.test_mse": OF_COMPONENTS.mean(),
    }
    return Evidence(latents, accuracies, baselines, samples, ladder, numbers, folder, TEST_IMAGES)


@pytest.mark.parametrize(("variant", "regime"), RIGHT)
def test_accuracies_are_those_of_the_variant_and_regime_by_seed_and_draw(
    found: Evidence, variant: str, regime: str
) -> None:
    runs = found.accuracy(variant, regime)
    assert np.array_equal(runs.each, RIGHT[variant, regime])
    assert np.array_equal(runs.means, RIGHT[variant, regime].mean(axis=2))


@pytest.mark.parametrize(
    ("column", "name"),
    [("knn_accuracy", "knn"), ("knn_accuracy_2d", "knn_2d"), ("probe_accuracy", "probe")],
)
def test_measures_of_codes_and_pixels_come_with_what_they_say_of_single_images(
    found: Evidence, column: str, name: str
) -> None:
    runs = found.latent("b", column)
    assert np.array_equal(runs.each, OF_CODES["b", name][:, np.newaxis])
    assert np.array_equal(runs.means, OF_CODES["b", name].mean(axis=1, keepdims=True))
    pixels = found.pixels(column)
    assert np.array_equal(pixels.each, OF_PIXELS[f"pixels_{name}"][np.newaxis, np.newaxis])
    assert pixels.means.tolist() == [[OF_PIXELS[f"pixels_{name}"].mean()]]


def test_errors_come_with_those_of_single_images(found: Evidence) -> None:
    runs = found.latent("b", "test_mse")
    assert runs.each == pytest.approx(ERRORS["b"][:, np.newaxis], rel=1e-6)
    assert np.array_equal(runs.means, ERRORS["b"].mean(axis=1, keepdims=True))
    components = found.principal_components(4)
    assert components is not None
    assert components.each == pytest.approx(OF_COMPONENTS[np.newaxis, np.newaxis], rel=1e-6)
    assert components.means.tolist() == [[OF_COMPONENTS.mean()]]
    assert found.principal_components(5) is None


@pytest.mark.parametrize(("error", "known"), [(0.0, False), (0.99e-12, False), (1e-12, True)])
def test_an_error_of_components_that_is_rounding_is_none(
    found: Evidence, monkeypatch: pytest.MonkeyPatch, error: float, known: bool
) -> None:
    monkeypatch.setitem(found.numbers, "pca_4.test_mse", error)  # type: ignore[arg-type]
    assert (found.principal_components(4) is not None) == known


def test_what_is_no_mean_over_images_has_none(found: Evidence) -> None:
    runs = found.latent("c", "active_units")
    assert runs.means.tolist() == [[0.0], [1.0], [2.0]]
    assert runs.each is None


@pytest.mark.parametrize(
    ("features", "classifier"),
    [("pixels", "logistic"), ("pca_4", "logistic"), ("pca_4", "propagated")],
)
def test_baselines_are_those_with_few_labels_by_draw(
    found: Evidence, features: str, classifier: str
) -> None:
    runs = found.baseline(features, classifier)
    expected = OF_BASELINES[f"{features}_{classifier}_few"]
    assert runs is not None
    assert np.array_equal(runs.each, expected[np.newaxis])
    assert np.array_equal(runs.means, expected.mean(axis=1)[np.newaxis])


def test_a_baseline_is_a_logistic_regression_unless_another_is_named(found: Evidence) -> None:
    given, named = found.baseline("pca_4"), found.baseline("pca_4", "logistic")
    assert given is not None
    assert named is not None
    assert np.array_equal(given.means, named.means)
    assert found.baseline("pixels", "propagated") is None


def test_scores_of_samples_are_those_of_the_set(found: Evidence) -> None:
    assert found.sampled("a", "coverage", "normal").means.tolist() == [[0], [1], [2]]
    assert found.sampled("a", "coverage", "mixture").means.tolist() == [[10], [11], [12]]
    assert found.control("real", "coverage") == 0.9


def test_of_different_numbers_of_draws_the_first_ones_are_compared() -> None:
    many = Runs(np.arange(8.0).reshape(2, 4), np.arange(24.0).reshape(2, 4, 3))
    few = Runs(np.ones((1, 2)), np.ones((1, 2, 3)))
    difference = many.minus(few)
    assert difference.means.tolist() == [[-1, 0], [3, 4]]
    assert difference.each is not None
    assert difference.each.tolist() == (many.each[:, :2] - 1).tolist()  # type: ignore[index]
    back = few.minus(many)
    assert back.means.tolist() == [[1, 0], [-3, -4]]
    assert back.each is not None
    assert back.each.tolist() == (1 - many.each[:, :2]).tolist()  # type: ignore[index]


@pytest.mark.parametrize("draws", [1, 3])
def test_one_seed_has_no_interval_whatever_else_there_is_of_it(draws: int) -> None:
    """Draws and images say nothing of other seeds, for which a claim is meant to hold."""
    each = RANDOM.uniform(size=(2, draws, 5))
    one, two = (Runs(part.mean(axis=2), part).estimate(0.95, "logit") for part in (each[:1], each))
    assert (one.low, one.high, one.chance(0.9)) == (None, None, 1.0)
    assert np.isclose(one.mean, expit(logit(each[0].mean(axis=1)).mean()))
    assert two.low is not None


@pytest.mark.parametrize("known", [0, 1])
def test_images_count_only_where_both_say_something_of_them(known: int) -> None:
    means = np.full((2, 3), 2.0)
    pair = [Runs(means), Runs(means)]
    pair[known] = Runs(means, np.full((2, 3, 5), 2.0))
    for runs in (pair[0].minus(pair[1]), pair[0].over(pair[1])):
        assert runs.each is None
        assert runs.means.shape == (2, 3)


def test_a_ratio_and_what_single_images_add_to_it_by_hand() -> None:
    # 2 / 4 = 1/2; an image with 1 and 2 moves it by 1/4 - 1/2 (2/4 - 1) = 1/2.
    runs = Runs(np.array([[2.0]]), np.array([[[1.0, 3.0]]]))
    ratio = runs.over(Runs(np.array([[4.0]]), np.array([[[2.0, 6.0]]])))
    assert ratio.means.tolist() == [[0.5]]
    assert ratio.each is not None
    assert ratio.each.tolist() == [[[0.5, 0.5]]]


def test_regimes_are_compared_within_a_variant_and_with_the_baselines_of_its_width(
    found: Evidence,
) -> None:
    table = compare_regimes(found, {"b": 4, "a": 5}, 0.9).set_index(["variant", "comparison"])
    pairs = {
        "fine-tuned - from scratch": ("finetuned", "scratch"),
        "frozen - untrained, frozen": ("frozen", "random"),
        "frozen first - fine-tuned at once": ("finetuned", "finetuned_direct"),
        "propagated - frozen": ("propagated", "frozen"),
    }
    expected = {
        (name, title): (RIGHT[name, first] - RIGHT[name, second]).mean()
        for name in ("b", "a")
        for title, (first, second) in pairs.items()
    }
    for name, title, baseline in (
        ("b", "pixels", "pixels"),
        ("b", "PCA", "pca_4"),
        ("a", "pixels", "pixels"),
    ):
        right = OF_BASELINES[f"{baseline}_logistic_few"]
        expected[name, f"frozen - {title}"] = (RIGHT[name, "frozen"] - right).mean()
    assert table["difference"].to_dict() == pytest.approx(expected)
    assert list(table.index.get_level_values("variant").unique()) == ["b", "a"]
    assert (table["runs"] == 9).all()
    estimate = found.accuracy("b", "finetuned").minus(found.accuracy("b", "scratch")).estimate(0.9)
    row = table.loc[("b", "fine-tuned - from scratch")]
    assert (row["low"], row["high"]) == (estimate.low, estimate.high)


def test_only_regimes_that_were_measured_are_compared(found: Evidence) -> None:
    rows = found.accuracies[found.accuracies["regime"].isin(["finetuned", "scratch"])]
    baselines = pd.DataFrame(columns=["features", "classifier", "purpose", "label_draw"])
    some = Evidence(
        *(found.latents, rows, baselines, pd.DataFrame(), pd.DataFrame(columns=["control"])),
        *({}, found._per_image, TEST_IMAGES),
    )
    assert compare_regimes(some, {"a": 4}, 0.9)["comparison"].tolist() == [
        "fine-tuned - from scratch"
    ]


COLUMNS = ["variant", "labels", "comparison", "difference", "low", "high", "runs"]


def test_tables_of_nothing_have_their_columns(found: Evidence) -> None:
    assert list(compare_regimes(found, {}, 0.9)) == [name for name in COLUMNS if name != "labels"]
    nothing = pd.DataFrame(columns=["variant", "labels", "regime"])
    assert list(compare_along_curve(nothing, 0.9)) == COLUMNS


def test_the_curve_is_compared_in_its_own_order_with_scratch_of_the_same_row() -> None:
    means = {
        ("b", 500, "finetuned"): 0.8,
        ("b", 500, "scratch"): 0.5,
        ("b", 500, "frozen"): 0.6,
        ("b", 100, "propagated"): 0.5,
        ("b", 100, "scratch"): 0.4,
        ("a", 100, "finetuned"): 0.9,
    }
    curve = pd.DataFrame(
        [
            {
                "variant": name,
                "labels": labels,
                "regime": regime,
                "model_seed": seed,
                "label_draw": 0,
                "test_accuracy": mean,
            }
            for (name, labels, regime), mean in means.items()
            for seed in range(2 if name == "b" else 1)
        ]
    )
    table = compare_along_curve(curve, 0.9)
    found = table[["variant", "labels", "comparison"]].to_numpy().tolist()
    assert found == [
        ["b", 500, "fine-tuned - from scratch"],
        ["b", 500, "frozen - from scratch"],
        ["b", 100, "propagated - from scratch"],
    ]
    assert table["difference"].tolist() == pytest.approx([0.3, 0.1, 0.1])
    # All runs are the same: the interval is its point.
    assert table["low"].tolist() == table["high"].tolist() == table["difference"].tolist()


def test_one_run_is_compared_without_an_interval() -> None:
    curve = pd.DataFrame(
        {
            "variant": "a",
            "labels": 100,
            "regime": ["frozen", "scratch"],
            "model_seed": 0,
            "label_draw": 0,
            "test_accuracy": [0.7, 0.5],
        }
    )
    table = compare_along_curve(curve, 0.9)
    assert table["difference"].tolist() == pytest.approx([0.2])
    assert table[["low", "high"]].isna().all(axis=None)
    assert table["runs"].tolist() == [1]
