"""How good codes are."""

import numpy as np
import pytest
from scipy import stats

from stages.codes.quality import (
    active_units,
    code_quality,
    live_units,
    sparseness,
    unusualness_and_use,
)
from stages.codes.reconstruction import fit_projection
from stages.codes.schema import Quality
from stages.codes.separation import Known, knn_correct, probe

SETTINGS = Quality(
    reference_images=150, neighbours=3, inverse_regularizations=(1.0,), unusual_images=100
)
RANDOM = np.random.default_rng(0)


def test_separated_codes_are_good_by_every_measure_and_constant_ones_by_none() -> None:
    y = (np.arange(300) % 3).astype(np.uint8)
    z = (10 * np.eye(3)[y] + RANDOM.normal(0, 0.1, (300, 3))).astype(np.float32)
    held_out = np.arange(150, 200)
    good = code_quality(z[:200], y[:200], z[200:], y[200:], held_out, SETTINGS, 0).summary()
    names = ("knn_accuracy", "knn_accuracy_2d", "probe_accuracy")
    assert min(good[name] for name in names) > 0.9
    bad = code_quality(0 * z[:200], y[:200], 0 * z[200:], y[200:], held_out, SETTINGS, 0)
    assert max(bad.summary()[name] for name in names) < 0.4


def test_images_that_choose_the_probe_are_not_learned_from() -> None:
    y = (np.arange(300) % 3).astype(np.uint8)
    z = (10 * np.eye(3)[y]).astype(np.float32)
    held_out = np.arange(50, 200)
    wrong = y.copy()
    wrong[held_out] = (y[held_out] + 1) % 3
    found = code_quality(z[:200], wrong[:200], z[200:], y[200:], held_out, SETTINGS, 0).summary()
    assert found["knn_accuracy"] == found["probe_accuracy"] == 1


def test_a_unit_that_never_varies_is_dead() -> None:
    z = np.float32([[0, 0.1, 1], [0, 0.1, 1], [0, 0.1, 1.001]])
    assert live_units(z) == 1


def test_sparseness_of_codes_known_by_hand() -> None:
    one_of_four = np.float32([[0, 3, 0, 0], [0, 0, 0, 7]])
    assert sparseness(one_of_four) == (pytest.approx(1 / 4), pytest.approx(1 / 4))
    assert sparseness(np.full((3, 4), 0.2, np.float32)) == (pytest.approx(1), 1)
    assert sparseness(np.zeros((3, 4), np.float32)) == (0, 0)


def test_units_are_active_if_they_vary() -> None:
    z = RANDOM.normal(size=(5000, 3)).astype(np.float32) * np.float32([1, 0.2, 0.05])
    assert active_units(z, 0.01) == 2


def images(brightness: np.ndarray) -> np.ndarray:
    return (brightness[:, np.newaxis, np.newaxis, np.newaxis] * np.ones((1, 4, 4, 1))).astype(
        np.float32
    )


def test_use_that_follows_unusualness_correlates() -> None:
    known = RANDOM.normal(0, 0.01, (200, 4, 4, 1)).astype(np.float32)
    scale = RANDOM.uniform(0, 1, 150)
    unusual = (RANDOM.normal(size=(150, 4, 4, 1)) * scale[:, None, None, None]).astype(np.float32)
    found = unusualness_and_use(known, unusual, scale[:, None].astype(np.float32), SETTINGS, 0)
    assert found.plain > 0.9
    assert found.at_equal_brightness > 0.9


def test_use_that_follows_brightness_alone_does_not_at_equal_brightness() -> None:
    known = images(np.zeros(200))
    brightness = RANDOM.uniform(0, 1, 400)
    bright = images(brightness) + RANDOM.normal(0, 0.05, (400, 4, 4, 1)).astype(np.float32)
    use = bright.mean(axis=(1, 2, 3))[:, None] + RANDOM.normal(0, 0.05, (400, 1))
    settings = SETTINGS.model_copy(update={"unusual_images": 400})
    found = unusualness_and_use(known, bright, use.astype(np.float32), settings, 0)
    assert found.plain > 0.9
    assert abs(found.at_equal_brightness) < 0.2


def test_constant_codes_correlate_with_nothing() -> None:
    known, x = images(np.zeros(10)), images(RANDOM.uniform(size=30))
    assert unusualness_and_use(known, x, np.zeros((30, 2), np.float32), SETTINGS, 0) == (0, 0)


def test_use_that_is_brightness_itself_has_nothing_left_at_equal_brightness() -> None:
    known, x = images(np.zeros(10)), images(RANDOM.uniform(0.1, 1, 30))
    use = x.mean(axis=(1, 2, 3))[:, None]
    assert unusualness_and_use(known, x, use, SETTINGS, 0) == (pytest.approx(1), 0)


def everything(**changes: int) -> Quality:
    """Settings by which all images are used."""
    return SETTINGS.model_copy(
        update={"reference_images": 999, "unusual_images": 999, "neighbours": 3, **changes}
    )


def left_by(values: np.ndarray, explained_by: np.ndarray) -> np.ndarray:
    """What is left of values after a straight line through others."""
    line = np.polynomial.Polynomial.fit(explained_by, values, 1)
    return values - line(explained_by)


@pytest.mark.parametrize("neighbours", [1, 3, 999])
def test_unusualness_and_use_are_correlated_by_ranks(neighbours: int) -> None:
    x_train, x_test = (RANDOM.uniform(size=(n, 3, 2, 1)).astype(np.float32) for n in (40, 60))
    z_test = RANDOM.uniform(size=(60, 5)).astype(np.float32)
    z_test[:, 0] += 3 * x_test.mean(axis=(1, 2, 3))
    differences = x_test[:, np.newaxis].astype(float) - x_train
    distances = np.sort(np.square(differences).sum(axis=(2, 3, 4)), axis=1)
    unusual, use, bright = (
        stats.rankdata(values)
        for values in (
            distances[:, min(neighbours, 40) - 1],
            z_test.astype(float).sum(axis=1),
            x_test.mean(axis=(1, 2, 3), dtype=np.float64),
        )
    )
    found = unusualness_and_use(x_train, x_test, z_test, everything(neighbours=neighbours), 0)
    assert found.plain == pytest.approx(np.corrcoef(unusual, use)[0, 1])
    rest = np.corrcoef(left_by(unusual, bright), left_by(use, bright))[0, 1]
    assert found.at_equal_brightness == pytest.approx(rest)


def test_what_does_not_vary_correlates_with_nothing() -> None:
    x_train, x = images(np.zeros(10)), images(RANDOM.uniform(size=30))
    z = RANDOM.uniform(size=(30, 2)).astype(np.float32)
    for train, test in ((x_train, images(np.ones(30))), (x_train, 0 * x)):
        assert unusualness_and_use(train, test, z, everything(), 0) == (0, 0)


def test_codes_are_measured_by_the_images_outside_the_validation_part() -> None:
    y = (np.arange(300) % 3).astype(np.uint8)
    random = np.random.default_rng(0)
    z = (np.eye(3, 5)[y] + random.normal(0, 0.5, (300, 5))).astype(np.float32)
    held_out = np.arange(20, 60)
    outside = np.setdiff1d(np.arange(200), held_out)
    train, validation = Known(z[outside], y[outside]), Known(z[held_out], y[held_out])
    test = Known(z[200:], y[200:])
    tried = (0.001, 1.0)
    settings = everything().model_copy(update={"inverse_regularizations": tried})
    found = code_quality(z[:200], y[:200], z[200:], y[200:], held_out, settings, 0)
    on_two = fit_projection(train.codes)
    flat, flat_test = (Known(on_two(part.codes), part.y) for part in (train, test))
    probed = probe(train, validation, test, tried)
    assert np.array_equal(found.knn, knn_correct(train, test, 3))
    assert np.array_equal(found.knn_2d, knn_correct(flat, flat_test, 3))
    assert np.array_equal(found.probe.correct, probed.correct)
    assert found.summary() == {
        "knn_accuracy": found.knn.mean(),
        "knn_accuracy_2d": found.knn_2d.mean(),
        "probe_accuracy": probed.correct.mean(),
        "probe_inverse_regularization": probed.inverse_regularization,
    }
    assert not np.array_equal(found.knn, found.knn_2d)


@pytest.mark.filterwarnings("ignore:The number of unique classes is greater")
@pytest.mark.parametrize(("wanted", "used"), [(25, 25), (999, 90)])
def test_so_many_reference_images_are_used(wanted: int, used: int) -> None:
    # Each code is at a place and in a class of its own: it is found if it is used.
    z = np.arange(100, dtype=np.float32)[:, np.newaxis] * np.float32([1, 0])
    y = np.arange(100, dtype=np.uint8)
    settings = everything(reference_images=wanted, neighbours=1)
    found = code_quality(z, y, z, y, np.arange(10), settings, 0)
    assert found.knn.sum() == used
    assert not found.knn[:10].any()
    other = code_quality(z, y, z, y, np.arange(10), settings, 1)
    assert np.array_equal(found.knn, other.knn) == (wanted > 90)


def test_all_images_are_neighbours_at_most() -> None:
    z = RANDOM.normal(size=(12, 2)).astype(np.float32)
    y = np.uint8([0] * 7 + [1] * 5)
    found = code_quality(z, y, z, y, np.arange(2), everything(neighbours=999), 0)
    assert np.array_equal(found.knn, y == 0)


def test_a_unit_at_half_of_the_largest_activation_is_not_above_it() -> None:
    assert sparseness(np.float32([[1, 2, 4, 3]])).active_share == 0.5


def test_a_unit_at_the_limit_is_not_active() -> None:
    z = np.float32([[0, 0, 0], [2, 4, 1]])  # variances 1, 4 and 1/4
    assert [active_units(z, variance) for variance in (0.2, 0.25, 1, 4)] == [3, 2, 1, 0]


def test_every_unit_that_varies_is_live() -> None:
    z = np.float32([[0, 0.1, 1, 2], [0, 0.1, 1.001, 2], [0, 0.1, 1, 3]])
    assert [live_units(part) for part in (z, z[:2], z[:1])] == [2, 1, 0]


def test_sparseness_is_averaged_over_images() -> None:
    assert sparseness(np.float32([[1, 1, 1, 1], [0, 0, 0, 7]])) == (0.625, 0.625)


def test_small_variances_far_from_0_have_their_digits() -> None:
    # Half of the codes are a last bit of float32 above 4096, so that their mean is no float32.
    z = 4096 + np.float32([[0], [2**-11]])
    assert [active_units(z, share * 2.0**-24) for share in (0.9, 1.1)] == [1, 0]
