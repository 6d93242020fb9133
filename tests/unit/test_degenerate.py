"""Measures of data and codes that are valid and degenerate: numbers, or none, never a warning."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stages.check_params import Params
from stages.codes.quality import (
    active_units,
    code_quality,
    live_units,
    sparseness,
    unusualness_and_use,
)
from stages.codes.reconstruction import (
    gaussian_kl,
    largest_principal_angle,
    mean_squared_error,
    project,
    squared_errors,
)
from stages.codes.validation import divide
from stages.core.errors import InputError
from stages.core.images import Images
from stages.core.params import load, validate
from stages.datasets.arrays import profile
from stages.datasets.subsets import draw_curve, draw_labelled, draw_validation
from stages.few_labels.baselines import (
    fit_pca,
    logistic,
    nearest_neighbours,
    pca_squared_errors,
    pixels,
    tune,
)
from stages.few_labels.comparison import Labels
from stages.few_labels.linear_probe import fit, predict
from stages.few_labels.measurement import measure
from stages.few_labels.propagation import Spread
from stages.few_labels.regimes import ProbeSetting, Result, Trial, edge_is_better
from stages.few_labels.self_training import self_training
from stages.ledger.evidence import Runs
from stages.samples.controls import controls
from stages.samples.fidelity import coverage, frechet_distance, nearest, two_sample_accuracy
from stages.samples.generation import (
    draw_codes,
    halves,
    interpolate,
    most_active,
    tell_pixels_apart,
    traverse,
)
from tests.support import PARAMS

# Where nothing varies, scikit-learn's PCA divides 0 by 0 for shares of a variance that is 0. Nobody
# reads them but `project`, which gives 0.
pytestmark = pytest.mark.filterwarnings(
    "ignore:invalid value encountered in divide:RuntimeWarning:sklearn"
)

Floats = NDArray[np.float32]
SETTINGS = validate(load(PARAMS), Params, "params.yaml")
SAMPLERS = ("normal", "gaussian", "mixture")


def images(x_train: Floats, x_test: Floats, classes: int = 3, there: int = 3) -> Images:
    """Images of as many classes, of which the first ones occur in the test part."""
    y_train = (np.arange(len(x_train)) % classes).astype(np.uint8)
    y_test = (np.arange(len(x_test)) % there).astype(np.uint8)
    return Images(x_train, y_train, x_test, y_test)


def some(count: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).random((count, 5, 4, 1), np.float32)


def one_pixel(count: int) -> Floats:
    x = np.zeros((count, 5, 4, 1), np.float32)
    x[:, 2, 2, 0] = np.arange(count) % 3 / 255
    return x


DATA = {
    "as few as there may be": images(some(10), some(8, 1)),
    "black": images(np.zeros((30, 5, 4, 1), np.float32), np.zeros((12, 5, 4, 1), np.float32)),
    "one grey image": images(np.full((30, 5, 4, 1), 0.3, np.float32), some(12)[:1].repeat(12, 0)),
    "glyphs that repeat": images(some(3)[np.arange(30) % 3], some(3)[np.arange(12) % 3]),
    "one pixel that hardly varies": images(one_pixel(30), one_pixel(12)),
    "two classes": images(some(30), some(12, 1), classes=2, there=2),
    "a class without test images": images(some(30), some(12, 1), there=2),
}


@pytest.fixture(params=DATA)
def data(request: pytest.FixtureRequest) -> Images:
    return DATA[request.param]


@pytest.fixture(params=["pixels", "one unit", "no unit is alive"])
def codes(request: pytest.FixtureRequest, data: Images) -> tuple[Floats, Floats]:
    """Codes of the training and the test images."""
    width = {"pixels": None, "one unit": 1, "no unit is alive": 6}[request.param]
    parts = [part.reshape(len(part), -1)[:, :width] for part in (data.x_train, data.x_test)]
    if request.param == "no unit is alive":
        parts = [np.zeros_like(part) for part in parts]
    return parts[0], parts[1]


def shares(values: object) -> bool:
    """Whether all are numbers from 0 to 1."""
    found = np.asarray(values, np.float64)
    return bool(np.all((found >= 0) & (found <= 1)))


def test_profiles_and_subsets_are_counted(data: Images) -> None:
    numbers = profile(data, 3)
    assert np.all(np.isfinite(list(numbers.values())))
    assert numbers["train_images_repeated"] < numbers["train_images"] == len(data.x_train)
    held_out = draw_validation(len(data.y_train), 0.1, 0)
    for labels in (
        draw_labelled(data.y_train, held_out, 0.01, 2, 0),
        *draw_curve(data.y_train, held_out, [0.01, 0.5, 1.0], 2, 0),
    ):
        assert not np.intersect1d(labels.train, held_out).size
        assert set(labels.validation) <= set(held_out)
        assert labels.train.shape[1] > 0


def test_codes_are_measured(data: Images, codes: tuple[Floats, Floats]) -> None:
    z_train, z_test = codes
    held_out, settings = draw_validation(len(data.y_train), 0.1, 0), SETTINGS.extract_latents
    found = code_quality(
        z_train, data.y_train, z_test, data.y_test, held_out, settings.quality, settings.seed
    )
    assert shares([value for key, value in found.summary().items() if "accuracy" in key])
    assert active_units(z_train, 0.01) <= live_units(z_train) <= z_train.shape[1]
    assert shares(sparseness(z_test))
    both = unusualness_and_use(data.x_train, data.x_test, z_test, settings.quality, 0)
    assert np.all(np.abs(both) <= 1 + 1e-12)
    assert shares(project(z_test).explained)
    if z_train.shape[1] > 2:
        assert 0 <= largest_principal_angle(z_train, np.eye(2, z_train.shape[1])) <= 90


def test_codes_of_one_class_are_all_told_rightly() -> None:
    z, y = some(20).reshape(20, -1), np.repeat([0, 1], [18, 2]).astype(np.uint8)
    held_out, settings = np.array([0, 18, 19]), SETTINGS.extract_latents.quality
    # All images of the rare class validate: what is left says one class of everything.
    found = code_quality(z, y, z, y, held_out, settings, 0)
    assert np.array_equal(found.probe.correct, y == 0)


def test_a_space_of_more_directions_than_images_has_no_components_to_compare_with() -> None:
    with pytest.raises(InputError, match="expected .* received"):
        largest_principal_angle(some(9), some(12, 1))


def test_errors_of_what_is_equal_are_zero(data: Images) -> None:
    assert mean_squared_error(data.x_test, data.x_test) == 0
    assert np.array_equal(squared_errors(data.x_test, data.x_test), np.zeros(len(data.x_test)))
    # The Kullback-Leibler divergence from N(m, 1) to N(0, 1) is m² / 2.
    z_mean = data.x_test.reshape(len(data.x_test), -1)
    assert np.allclose(gaussian_kl(z_mean, 0 * z_mean), np.mean(np.square(z_mean), axis=0) / 2)


def test_what_trains_and_what_validates_are_all_images(data: Images) -> None:
    held_out = draw_validation(len(data.y_train), 0.01, 0)
    parts = divide(data.x_train, data.y_train, held_out)
    assert len(parts.y_validation) == 1
    assert len(parts.x_train) + len(parts.x_validation) == len(data.x_train)


def test_codes_classify(data: Images, codes: tuple[Floats, Floats]) -> None:
    z_train, z_test = codes
    for labelled in (np.arange(4), np.array([0]), np.arange(len(z_train))):
        y = data.y_train[labelled]
        for transductive in (True, False):
            spread = Spread(z_train, z_test, 10, SETTINGS.semi_supervised.components, transductive)
            assert set(spread.classes(labelled, y, 3)) <= set(y)
        assert set(predict(fit(z_train[labelled], y, 1.0, 3), z_test)) <= set(y)
        assert set(logistic([1.0], 3).classify(1.0, z_train[labelled], y, z_test)) <= set(y)


def test_settings_are_tuned_on_one_draw_and_one_image(data: Images) -> None:
    features = pixels(data.x_train, data.x_test)
    draws, validation = np.array([[0, 1, 2]]), np.array([3])
    for method in (logistic([0.1, 1.0], 3), nearest_neighbours([1, 5])):
        trials = tune(method, features, data.y_train, draws, validation)
        assert shares([trial.validation_accuracy for trial in trials])
        assert [trial.chosen for trial in trials].count(True) == 1
    y = data.y_train[:3]
    others = [features.train[3:], features.train[:0]]
    for unlabelled in others:
        found = self_training(features.train[:3], y, unlabelled, features.test, 1.0)
        assert set(found) <= set(y)


@pytest.mark.parametrize("runs", [1, 2])
@pytest.mark.parametrize("accuracy", [0.0, 0.5, 1.0])
def test_of_equal_settings_none_is_clearly_better(runs: int, accuracy: float) -> None:
    tried = [ProbeSetting(c) for c in (0.1, 1.0, 10.0)]
    # The first of equals is chosen; a single run cannot say how clear that is.
    assert edge_is_better(tried, np.full((runs, 3), accuracy)) == (runs == 1)
    assert not edge_is_better(tried[:1], np.full((runs, 1), accuracy))


@pytest.mark.parametrize("right", [False, True])
def test_one_seed_and_one_draw_make_a_table(right: bool) -> None:
    setting = ProbeSetting(1.0)
    labels = Labels(np.array([[0]]), np.array([1]), 1)
    comparison: Any = SimpleNamespace(
        seeds=[0],
        tune=lambda _: iter([Trial("frozen", setting, float(right), True, False)]),
        test=lambda *_: iter([Result("frozen", 0, np.array([right]))]),
    )
    found = measure("a", comparison, 1.0, labels, lambda _: None)
    assert found.accuracies["test_accuracy"].tolist() == [float(right)]
    assert found.correct["frozen"].shape == (1, 1, 1)
    assert found.tuning[["labels", "validation_labels"]].to_numpy().tolist() == [[1, 1]]


def test_components_reconstruct(data: Images) -> None:
    x_train, x_test = (part.reshape(len(part), -1) for part in (data.x_train, data.x_test))
    errors = pca_squared_errors(fit_pca(x_train, 2), x_test, x_test)
    assert np.all(np.isfinite(errors) & (errors >= 0))


def test_samples_are_drawn_and_compared(data: Images, codes: tuple[Floats, Floats]) -> None:
    z_train, z_test = codes
    settings, half = SETTINGS.sampling, len(z_test) // 2
    sets = {sampler: draw_codes(sampler, z_train, half, settings) for sampler in SAMPLERS}
    sets |= {"others": z_test[-half:], "the same": z_test[:half]}
    for made in sets.values():
        assert made.shape == (half, z_train.shape[1])
        assert shares(coverage(z_test[:half], made, min(5, half - 1)))
        assert shares(two_sample_accuracy(z_test[:half], made, 0))
        assert 0 <= frechet_distance(z_test[:half], made) < np.inf
        assert np.all(nearest(made, z_train).distance >= 0)
    units = most_active(z_train, 4)
    assert np.all(np.isfinite(traverse(z_test[0], z_train, units, 5)))
    assert np.all(np.isfinite(interpolate(z_test[:1], z_test[1:2], 5)))


def test_halves_of_the_fewest_test_images_have_none_in_common(data: Images) -> None:
    parts = halves(len(data.x_test), SETTINGS.sampling)
    reference, others = data.x_test[parts.reference], data.x_test[parts.others]
    assert not np.intersect1d(parts.reference, parts.others).size
    assert (parts.partners != parts.others).all()
    assert shares(tell_pixels_apart(reference, others, SETTINGS.sampling))
    for made in (-others, 1e6 * others):
        assert shares(tell_pixels_apart(reference, made, SETTINGS.sampling))


def test_controls_are_made(data: Images) -> None:
    others = data.x_test[:4]
    for _, made in controls(others, data.x_train, data.y_train, SETTINGS.sampling):
        assert made.shape == others.shape
        assert np.all(np.isfinite(made))


@pytest.mark.parametrize("scale", ["identity", "log", "logit"])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (3, 1), (3, 3)])
def test_runs_that_all_say_the_same_have_an_interval_or_none(
    shape: tuple[int, int], value: float, scale: str
) -> None:
    runs = Runs(np.full(shape, value))
    found = runs.estimate(0.95, scale)  # type: ignore[arg-type]
    assert found.mean == pytest.approx(value)
    assert (found.low, found.high) == ((None, None) if shape[0] == 1 else (found.mean,) * 2)
    # As many images that all say the same, too.
    each = Runs(runs.means, np.full((*shape, 7), value)).estimate(0.95, scale)  # type: ignore[arg-type]
    assert each.low in (None, each.mean)
