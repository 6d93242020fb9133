"""Figures: complete, and the same bytes whatever a user's own settings are."""

from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image
from stages.figures.codes import projections
from stages.figures.images import rows_of_images

from stages.codes.reconstruction import project
from stages.figures.style import look, save
from stages.ledger.front import judged
from stages.page.charts.accuracy import accuracy_by_regime
from stages.page.charts.differences import differences
from stages.page.charts.kl import kl_of_latents
from stages.page.charts.label_curve import label_curve
from stages.page.charts.learning_curves import learning_curves
from stages.page.charts.sweeps import exercise_front, rate_distortion
from stages.page.charts.trade_off import trade_off

RANDOM = np.random.default_rng(0)


def codes() -> Figure:
    values = RANDOM.normal(size=(60, 5)).astype(np.float32)
    labels = np.arange(60, dtype=np.uint8) % 3
    return projections({"Pixels": project(values)}, labels, ["a", "b", "c"])


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
    return rows_of_images(RANDOM.uniform(size=(2, 3, 8, 6, 1)).astype(np.float32), ["one", "two"])


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
    return label_curve(pd.DataFrame(rows), ["a", "b_c"])


def exercise() -> Figure:
    rows = [
        {"variant": name, "test_mse": RANDOM.uniform(0.001, 0.1), "knn_accuracy": 0.8}
        for name in ("a", "b_c")
        for _ in range(3)
    ]
    return trade_off(pd.DataFrame(rows), 0.85, ["a", "b_c"])


def nats() -> Figure:
    rows = [
        {"variant": name, "model_seed": seed, "test_kl": nats}
        for name, nats in (("vae", 2.0), ("vae", 0.5), ("vae_unbalanced", 1e-8))
        for seed in (0, 1)
    ]
    return kl_of_latents(pd.DataFrame(rows), ["vae", "vae_unbalanced"])


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
    nats,
    weights,
    settings,
]


@pytest.mark.parametrize("draw", DRAWN)
def test_a_figure_is_the_same_bytes_twice_and_not_empty(
    draw: Callable[[], Figure], tmp_path: Path
) -> None:
    state = RANDOM.bit_generator.state
    save(draw(), tmp_path / "first.png")
    RANDOM.bit_generator.state = state
    save(draw(), tmp_path / "second.png")
    content = (tmp_path / "first.png").read_bytes()
    assert content == (tmp_path / "second.png").read_bytes()
    assert b"Software" not in content
    with Image.open(tmp_path / "first.png") as picture:
        assert len(np.unique(np.asarray(picture.convert("L")))) > 10


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
    figure = trade_off(pd.DataFrame(rows), 0.82, ["a", "b", "collapsed"])
    assert figure.axes[0].get_ylim()[0] > 0.5
    assert figure.get_supxlabel() == "Outside the picture: collapsed (0.09, 0.10)"


def test_where_nothing_was_compared_the_figure_says_so() -> None:
    empty = pd.DataFrame(columns=["variant", "comparison", "difference", "low", "high"])
    for figure in (differences(empty, ["a"]), kl_of_latents(pd.DataFrame(), [])):
        (text,) = figure.texts
        assert text.get_text().startswith("No ")


def test_a_users_own_settings_change_nothing(tmp_path: Path) -> None:
    def drawn(name: str) -> bytes:
        random = np.random.default_rng(1)
        rows = random.uniform(size=(1, 2, 4, 4, 1)).astype(np.float32)
        save(rows_of_images(rows, ["row"]), tmp_path / name)
        return (tmp_path / name).read_bytes()

    before = drawn("a.png")
    with matplotlib.rc_context({"font.size": 30, "savefig.facecolor": "red"}):
        assert drawn("b.png") == before


def test_axes_and_legends_are_labelled() -> None:
    for figure in (codes(), curves(), along_the_curve(), exercise(), nats(), settings()):
        assert figure.legends
        assert all(axes.get_xlabel() for axes in figure.axes)


def test_many_things_look_different() -> None:
    assert len({look(number) for number in range(49)}) == 49
