"""Validation part and labelled subsets."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stages.datasets.subsets import draw_curve, draw_labelled, draw_validation

Y = np.repeat(np.arange(4, dtype=np.uint8), 50)
HELD_OUT = draw_validation(len(Y), 0.1, seed=0)


def test_the_validation_part_has_the_size_asked_for() -> None:
    assert len(HELD_OUT) == len(set(HELD_OUT)) == 20


@given(st.floats(0.001, 0.5), st.integers(0, 10))
def test_labelled_images_are_stratified_and_outside_the_validation_part(
    fraction: float, seed: int
) -> None:
    for subset in draw_labelled(Y, HELD_OUT, fraction, draws=2, seed=seed).train:
        assert len(set(subset)) == len(subset)
        assert not set(subset) & set(HELD_OUT)
        assert len(set(np.bincount(Y[subset]))) == 1


@given(st.floats(0.001, 1.0), st.integers(0, 10))
def test_settings_are_chosen_by_no_more_labels_than_are_learned_from(
    fraction: float, seed: int
) -> None:
    labels = draw_labelled(Y, HELD_OUT, fraction, draws=1, seed=seed)
    assert set(labels.validation) <= set(HELD_OUT)
    assert 0 < len(labels.validation) <= labels.train.shape[1]


def test_only_classes_with_less_than_one_image_are_raised() -> None:
    unbalanced = np.repeat(np.arange(2, dtype=np.uint8), [400, 4])
    assert draw_labelled(unbalanced, np.array([0]), 0.1, draws=1, seed=0).raised == 1
    assert draw_labelled(unbalanced, np.array([0]), 0.25, draws=1, seed=0).raised == 0


def test_a_class_has_at_least_one_label() -> None:
    assert draw_labelled(Y, HELD_OUT, 0.0001, draws=1, seed=0).train.shape == (1, 4)


def test_another_draw_leaves_the_others_as_they_were() -> None:
    few = draw_labelled(Y, HELD_OUT, 0.1, draws=2, seed=0).train
    more = draw_labelled(Y, HELD_OUT, 0.1, draws=3, seed=0).train
    assert np.array_equal(more[:2], few)
    assert not np.array_equal(more[2], more[1])


def test_a_larger_fraction_contains_the_smaller_ones_images() -> None:
    small = draw_labelled(Y, HELD_OUT, 0.1, draws=1, seed=0).train[0]
    large = draw_labelled(Y, HELD_OUT, 0.3, draws=1, seed=0).train[0]
    assert set(small) < set(large)


def test_all_labels_are_all_but_the_validation_part_in_one_draw() -> None:
    labels = draw_labelled(Y, HELD_OUT, 1.0, draws=3, seed=0).train
    assert labels.shape == (1, len(Y) - len(HELD_OUT))
    assert set(labels[0]) | set(HELD_OUT) == set(range(len(Y)))


def test_a_curve_has_each_number_of_labels_once_and_the_fewest_first() -> None:
    curve = draw_curve(Y, HELD_OUT, [1.0, 0.1, 0.101, 0.3], draws=2, seed=0)
    assert [point.train.shape for point in curve] == [(2, 20), (2, 60), (1, 180)]


def test_a_point_of_the_curve_has_the_labels_of_the_comparison() -> None:
    (point,) = draw_curve(Y, HELD_OUT, [0.1], draws=2, seed=0)
    assert np.array_equal(point.train, draw_labelled(Y, HELD_OUT, 0.1, draws=2, seed=0).train)


def test_a_share_is_rounded_and_never_none() -> None:
    sizes = [len(draw_validation(200, share, seed=0)) for share in (1e-6, 0.0074, 0.0076, 0.5)]
    assert sizes == [1, 1, 2, 100]
    first, other = (draw_validation(200, 0.1, seed) for seed in (0, 1))
    assert first.tolist() == sorted(first)
    assert not np.array_equal(first, other)


def test_each_class_has_its_share_rounded_and_one_at_least() -> None:
    y = np.repeat(np.arange(4, dtype=np.uint8), [100, 60, 25, 3])
    held_out = np.array([0, 100, 160])
    labels = draw_labelled(y, held_out, 0.06, draws=3, seed=0)
    assert [np.bincount(y[row]).tolist() for row in labels.train] == [[6, 4, 2, 1]] * 3
    # Of the three that validate, all there are.
    assert labels.validation.tolist() == [0, 100, 160]
    assert labels.raised == 1
