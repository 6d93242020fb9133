"""Controls that samples are compared with."""

import numpy as np
import pandas as pd
import pytest

from stages.core.images import Images
from stages.core.params import read
from stages.samples.controls import controls
from stages.samples.schema import Sampling
from tests.support import PARAMS, PROJECT

SETTINGS = read(PARAMS, "sampling", Sampling)
# The best first; those that follow are worse than all of these by both measures that decide.
ORDER = ["real", "pca", "pca_mixture", "blurred", "pca_gaussian"]


def made(toy: Images, **changes: float) -> dict[str, np.ndarray]:
    settings = SETTINGS.model_copy(update={"components": 5, **changes})
    return dict(controls(toy.x_test, toy.x_train, toy.y_train, settings))


def test_every_control_is_as_many_images(toy: Images) -> None:
    for images in made(toy).values():
        assert images.shape == toy.x_test.shape
        assert images.dtype == np.float32
        assert np.isfinite(images).all()


def test_controls_are_what_they_say(toy: Images) -> None:
    found = made(toy)
    assert np.array_equal(found["real"], toy.x_test)
    assert len(np.unique(found["mean"], axis=0)) == 1
    assert len(np.unique(found["class_means"], axis=0)) == 3
    assert found["dimmed"].max() <= 0.1 + 1e-6
    flat = found["pca"].reshape(len(toy.x_test), -1)
    assert np.linalg.matrix_rank(flat - flat.mean(axis=0), tol=1e-4) == 5
    assert np.var(found["blurred"]) < np.var(toy.x_test)
    assert np.allclose(made(toy, blur=0.01)["blurred"], toy.x_test)


def test_controls_without_a_network_come_from_principal_components(toy: Images) -> None:
    found = made(toy)
    train = toy.x_train.reshape(len(toy.x_train), -1).astype(float)
    centre = train.mean(axis=0)
    axes = np.linalg.svd(train - centre, full_matrices=False)[2][:5]
    test = toy.x_test.reshape(len(toy.x_test), -1)
    nearest = centre + (test - centre) @ axes.T @ axes
    assert found["pca"].reshape(len(test), -1) == pytest.approx(nearest, abs=1e-5)
    for name in ("pca_mixture", "pca_gaussian"):
        drawn = found[name].reshape(len(test), -1) - centre
        assert drawn @ axes.T @ axes == pytest.approx(drawn, abs=1e-5)
        assert drawn.std() == pytest.approx((nearest - centre).std(), rel=0.2)
    # Three clusters that stay apart, and one cloud over all of them.
    prototypes = np.stack([train[toy.y_train == label].mean(axis=0) for label in range(3)])
    distances = {
        name: np.linalg.norm(found[name].reshape(len(test), 1, -1) - prototypes, axis=2).min(axis=1)
        for name in ("pca_mixture", "pca_gaussian")
    }
    assert distances["pca_mixture"].mean() < 0.7 * distances["pca_gaussian"].mean()


def test_blur_spreads_each_image_over_its_own_neighbours(toy: Images) -> None:
    one = Images(toy.x_train, toy.y_train, np.zeros((3, 21, 21, 1), np.float32), toy.y_test[:3])
    one.x_test[1, 10, 10] = 1
    train = np.zeros((9, 21, 21, 1), np.float32)
    train[:, 0, 0, 0] = np.arange(9)
    settings = SETTINGS.model_copy(update={"components": 2, "blur": 1.5})
    y = np.zeros(9, np.uint8)
    blurred = dict(controls(one.x_test, train, y, settings))["blurred"][..., 0]
    assert not blurred[[0, 2]].any()
    assert blurred[1].sum() == pytest.approx(1, abs=1e-3)
    places = np.arange(21) - 10
    for axis in (0, 1):
        assert blurred[1].sum(axis=axis) @ places**2 == pytest.approx(1.5**2, rel=0.03)


def test_other_controls_are_known_to_the_pixel(toy: Images) -> None:
    found = made(toy)
    assert found["dimmed"] == pytest.approx(0.1 * toy.x_test)
    for place, image in enumerate(found["class_means"]):
        expected = toy.x_train[toy.y_train == place % 3].mean(axis=0)
        assert image == pytest.approx(expected, abs=1e-6)
    for image in found["mean"]:
        assert image == pytest.approx(toy.x_train.mean(axis=0), abs=1e-6)
    noise = found["noise"]
    assert np.histogram(noise, 4, (0, 1))[0] / noise.size == pytest.approx(0.25, abs=0.03)
    assert not np.array_equal(noise, made(toy, seed=1)["noise"])


def test_both_deciding_measures_order_the_published_ladder() -> None:
    ladder = pd.read_csv(PROJECT / "reports" / "metrics" / "ladder.csv").set_index("control")
    good, bad = ladder.loc[ORDER], ladder.drop(index=ORDER)
    for column, sign in (("coverage", 1), ("two_sample_accuracy", -1)):
        share = good[column].to_numpy()
        variance = share * (1 - share) / good["images"]
        # A worse set may come out equal, but not better by more than chance explains.
        error = np.sqrt(variance.to_numpy()[1:] + variance.to_numpy()[:-1])
        assert (sign * np.diff(share) < 2 * error).all(), column
        assert sign * (share[0] - share[-1]) > 0.4, column
    assert bad["coverage"].max() < good["coverage"].min()
    assert bad["two_sample_accuracy"].min() > good["two_sample_accuracy"].max()
