"""Controls that samples are compared with."""

import numpy as np
import pandas as pd

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
