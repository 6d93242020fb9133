"""Charts: complete, labelled, and the same bytes whatever a user's own settings are."""

import base64
import io
import re
from collections.abc import Callable

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from stages.ledger.front import judged
from stages.page.charts.accuracy import accuracy_by_regime
from stages.page.charts.codes import projections
from stages.page.charts.differences import differences
from stages.page.charts.kl import kl_of_latents
from stages.page.charts.label_curve import label_curve
from stages.page.charts.learning_curves import learning_curves
from stages.page.charts.pictures import Row, picture_grid
from stages.page.charts.reconstruction import error_by_live_units, trade_off
from stages.page.charts.samples import coverage_and_telling_apart
from stages.page.charts.style import logarithmic, look, looks, new_chart
from stages.page.charts.svg import to_svg
from stages.page.charts.sweeps import exercise_front, rate_distortion

RANDOM = np.random.default_rng(0)


def codes() -> Figure:
    points = pd.DataFrame(RANDOM.normal(size=(60, 2)), columns=["first", "second"])
    return projections({"pixels": points.assign(**{"class": np.arange(60) % 3})}, ["a", "b", "c"])


def curves() -> Figure:
    rows = [
        {
            "variant": name,
            "model_seed": seed,
            "epoch": epoch,
            "train_squared_error": 1 / epoch,
            "validation_squared_error": 2 / epoch,
        }
        for name in ("a", "b_c")
        for seed in (0, 1)
        for epoch in (1, 2, 3)
    ]
    return learning_curves(pd.DataFrame(rows), ["a", "b_c"], pixels=4)


def accuracies() -> Figure:
    rows = [
        {"variant": name, "regime": regime, "test_accuracy": RANDOM.uniform()}
        for name in ("a", "b")
        for regime in ("frozen", "scratch")
        for _ in range(3)
    ]
    return accuracy_by_regime(pd.DataFrame(rows), ["a", "b"])


def images() -> Figure:
    tiles = RANDOM.integers(0, 256, (3, 8, 6)).astype(np.uint8)
    rows = [Row("one", (tiles, tiles[:0]), ("0.5",)), Row("sparse_control", (tiles, tiles[:2]))]
    return picture_grid(rows, ["left", "right"], 30, 80, ["number"])


def compared() -> Figure:
    rows = [
        {"variant": name, "comparison": title, "difference": mean, "low": mean - 0.01, "high": high}
        for name, mean, high in (("a", 0.02, 0.03), ("b_c", 0.0, np.nan))
        for title in ("one - other", "two - other")
    ]
    return differences(pd.DataFrame(rows), ["a", "b_c", "missing"])


def along_the_curve() -> Figure:
    rows = [
        {"variant": name, "labels": labels, "regime": regime, "test_accuracy": RANDOM.uniform()}
        for name in ("a", "b_c")
        for labels in (10, 100, 1293)
        for regime in ("frozen", "scratch")
        for _ in range(2)
    ]
    return label_curve(pd.DataFrame(rows), ["a", "b_c"], 100)


def latents() -> pd.DataFrame:
    rows = [
        {
            "variant": name,
            "test_mse": RANDOM.uniform(0.001, 0.1),
            "knn_accuracy": 0.8,
            "live_units": live,
        }
        for name, live in (("a", 0), ("b_c", 30))
        for _ in range(3)
    ]
    return pd.DataFrame(rows)


def exercise() -> Figure:
    return trade_off(latents(), 0.85, ["a"], ["a", "b_c"])


def errors() -> Figure:
    return error_by_live_units(latents(), {30: 0.015, 100: 0.008}, ["a", "b_c"])


def graded() -> Figure:
    controls = pd.DataFrame(
        {"control": ["real", "mean"], "coverage": [0.96, 0.0], "two_sample_accuracy": [0.5, 1.0]}
    )
    scores = {"a": {"coverage": 0.5, "two_sample_accuracy": 0.95}}
    names = {"real": "other real images", "mean": "mean"}
    return coverage_and_telling_apart(scores, controls, names, 2500)


def nats() -> Figure:
    rows = [
        {"variant": name, "model_seed": seed, "test_kl": nats}
        for name, nats in (("vae", 2.0), ("vae", 0.5), ("vae_unbalanced", 1e-8))
        for seed in (0, 1)
    ]
    names = ["vae", "vae_unbalanced"]
    return kl_of_latents(pd.DataFrame(rows), names, ["a", *names])


def weights() -> Figure:
    rows = [
        {
            "beta": beta,
            "test_kl": 40 / (number + 1) ** 2,
            "test_squared_error_of_sampled_code": 8.0 * (number + 1),
            "latent_dim": 30,
            "active_units": 30 - 9 * number,
            "normal_frechet_classifier": 20.0 + number,
            "reconstructions_frechet_classifier": 5.0 + number,
        }
        for number, beta in enumerate((0.01, 1, "pixels_times_batch_size"))
        for _ in range(2)
    ]
    return rate_distortion(pd.DataFrame(rows))


def settings() -> Figure:
    rows = [
        {
            "setting": f"{activation}_{width}",
            "latent_dim": width,
            "latent_activation": activation,
            "sparsity_weight": weight,
            "noise_stddev": noise,
            "validation_mse": RANDOM.uniform(0.001, 0.1),
            "validation_knn_accuracy": RANDOM.uniform(0.7, 0.9),
        }
        for activation, weight in (("linear", 0.0), ("sigmoid", 0.784))
        for width in (30, 200)
        for noise in (0.0, 0.3)
    ]
    return exercise_front(judged(pd.DataFrame(rows), 0.005))


DRAWN = [
    codes,
    curves,
    accuracies,
    images,
    compared,
    along_the_curve,
    exercise,
    errors,
    graded,
    nats,
    weights,
    settings,
]


def svg(draw: Callable[[], Figure]) -> str:
    return to_svg(draw(), "name", "Title", "What it shows.")


@pytest.mark.parametrize("draw", DRAWN)
def test_a_chart_is_the_same_bytes_twice_and_not_empty(draw: Callable[[], Figure]) -> None:
    state = RANDOM.bit_generator.state
    first = svg(draw)
    RANDOM.bit_generator.state = state
    assert svg(draw) == first
    assert first.count("<text") > 3


def test_what_would_hide_everything_else_is_written_instead() -> None:
    rows = [
        {"variant": name, "comparison": "one - other", "difference": mean, "low": low, "high": high}
        for name, mean, low, high in (
            ("a", 0.01, 0.0, 0.02),
            ("b", -0.01, -0.02, 0.0),
            ("collapsed", -0.64, -0.65, -0.63),
        )
    ]
    (axes,) = differences(pd.DataFrame(rows), ["a", "b", "collapsed"]).axes
    assert axes.get_xlim()[0] > -5
    assert [text.get_text() for text in axes.texts] == ["◀ -64 (-65 to -63)"]
    rows = [
        {"variant": name, "test_mse": mse, "knn_accuracy": accuracy}
        for name, mse, accuracy in (("a", 0.01, 0.8), ("b", 0.02, 0.85), ("collapsed", 0.09, 0.1))
    ]
    figure = trade_off(pd.DataFrame(rows), 0.82, ["a"], ["a", "b", "collapsed"])
    assert figure.axes[0].get_ylim()[0] > 0.5
    assert figure.get_supxlabel() == "Outside the picture: collapsed (0.09, 0.10)"


@pytest.mark.parametrize(
    ("values", "scale"),
    [([0.1, 1.0, 20.0], "log"), ([0.0, 0.1, 20.0], "symlog"), ([0.0, 0.0, 0.0], "linear")],
)
def test_no_value_is_lost_on_a_logarithmic_axis(values: list[float], scale: str) -> None:
    figure = new_chart(200, 200)
    axes = figure.subplots()
    axes.scatter(values, values)
    logarithmic(axes.xaxis, plain=True)
    logarithmic(axes.yaxis)
    assert (axes.get_xscale(), axes.get_yscale()) == (scale, scale)
    low, high = axes.get_xlim()
    assert low < min(values) <= max(values) < high
    assert to_svg(figure, "name", "Title", "What it shows.").count("<use") >= len(values)


@pytest.mark.parametrize("error", [[0.0, 0.0, 0.0], [0.0, 0.01, 0.02]])
def test_errors_of_zero_are_drawn(error: list[float]) -> None:
    latents = pd.DataFrame(
        {"variant": ["a", "b", "c"], "test_mse": error, "knn_accuracy": [0.8, 0.85, 0.9]}
    ).assign(live_units=[0, 1, 2])
    names = ["a", "b", "c"]
    for figure in (
        trade_off(latents, 0.8, ["a"], names),
        error_by_live_units(latents, {1: 0.0, 2: 0.1}, names),
    ):
        axes = figure.axes[0]
        axis = axes.xaxis if axes.get_xlabel().startswith("Test MSE") else axes.yaxis
        low, high = axis.get_view_interval()
        assert low < 0 < max(error) + 1e-9 < high


def test_where_nothing_was_compared_the_figure_says_so() -> None:
    empty = pd.DataFrame(columns=["variant", "comparison", "difference", "low", "high"])
    (text,) = differences(empty, ["a"]).texts
    assert text.get_text() == "No two regimes to compare"


def test_a_users_own_settings_change_nothing() -> None:
    state = RANDOM.bit_generator.state
    before = svg(graded)
    RANDOM.bit_generator.state = state
    with matplotlib.rc_context({"font.size": 30, "savefig.facecolor": "red", "svg.hashsalt": "x"}):
        assert svg(graded) == before


def test_axes_and_legends_are_labelled() -> None:
    for draw in (codes, curves, along_the_curve, exercise, errors, graded, nats, settings):
        figure = draw()
        assert figure.legends
        assert all(axes.get_xlabel() for axes in figure.axes)


def test_many_things_look_different() -> None:
    assert len({look(number) for number in range(49)}) == 49
    names = [f"variant_{number}" for number in range(49)]
    assert len(set(looks(names).values())) == len(names)


@pytest.mark.parametrize("draw", [curves, compared, exercise, errors, graded, nats, images])
def test_a_variants_parts_can_be_found(draw: Callable[[], Figure]) -> None:
    known = ("a", "b_c", "vae", "vae_unbalanced", "sparse_control")
    assert any(f'data-variant="{name}"' in svg(draw) for name in known)


def test_a_variant_looks_the_same_in_every_chart() -> None:
    def colors(figure: Figure) -> set[str]:
        text = to_svg(figure, "name", "Title", "Text.")
        return {
            color
            for color in (each.color for each in looks(names).values())
            if color.lower() in text
        }

    names = ["a", "b", "c"]
    rows = pd.DataFrame(
        {
            "variant": ["c"],
            "comparison": ["x - y"],
            "difference": [0.1],
            "low": [0.05],
            "high": [0.2],
        }
    )
    units = pd.DataFrame({"variant": ["c"] * 2, "model_seed": [0, 0], "test_kl": [1.0, 2.0]})
    assert colors(differences(rows, names)) == {looks(names)["c"].color}
    assert colors(kl_of_latents(units, ["c"], names)) == {looks(names)["c"].color}


def test_numbers_of_labels_are_written_apart() -> None:
    rows = [
        {"variant": "a", "labels": labels, "regime": "scratch", "test_accuracy": 0.5}
        for labels in (100, 400, 600, 800, 54000)
    ]
    (axes,) = label_curve(pd.DataFrame(rows), ["a"], 600).axes
    written = [label.get_text() for label in axes.get_xticklabels()]
    assert written == ["100", "", "600", "", "54,000"]


def test_a_grid_keeps_the_pixels() -> None:
    tiles = RANDOM.integers(0, 256, (3, 8, 6)).astype(np.uint8)
    text = to_svg(picture_grid([Row("one", (tiles,))], ["left"], 30, 80), "name", "Title", "Text.")
    (content,) = re.findall(r'base64,([^"]+)"', text)
    with Image.open(io.BytesIO(base64.b64decode(content))) as picture:
        grey, alpha = (np.asarray(part) for part in picture.split())
    assert np.array_equal(grey.reshape(8, 3, 7)[..., :6].swapaxes(0, 1), tiles)
    assert set(alpha.reshape(8, 3, 7)[..., 6].ravel()) == {0}  # a gap after each image
