"""How good codes are."""

import numpy as np
import pytest

from stages.codes.quality import (
    active_units,
    code_quality,
    live_units,
    sparseness,
    unusualness_and_use,
)
from stages.codes.schema import Quality

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
