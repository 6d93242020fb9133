"""Validation part and labelled subsets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.datasets.subsets import classes_raised_to_one, draw_labelled, draw_validation
from stages.files.errors import InputError

Y = np.repeat(np.arange(4, dtype=np.uint8), 50)
HELD_OUT = draw_validation(len(Y), 0.1, seed=0)


def test_the_validation_part_has_the_size_asked_for() -> None:
    assert len(HELD_OUT) == len(set(HELD_OUT)) == 20


@given(st.floats(0.001, 0.5), st.integers(0, 10))
def test_labelled_images_are_stratified_and_outside_the_validation_part(
    fraction: float, seed: int
) -> None:
    subsets = draw_labelled(Y, HELD_OUT, fraction, draws=2, seed=seed)
    for subset in subsets:
        assert len(set(subset)) == len(subset)
        assert not set(subset) & set(HELD_OUT)
        assert len(set(np.bincount(Y[subset]))) == 1


def test_only_classes_with_less_than_one_image_are_raised() -> None:
    unbalanced = np.repeat(np.arange(2, dtype=np.uint8), [400, 4])
    assert classes_raised_to_one(unbalanced, 0.1) == [1]
    assert classes_raised_to_one(unbalanced, 0.25) == []


def test_a_class_has_at_least_one_label() -> None:
    assert draw_labelled(Y, HELD_OUT, 0.0001, draws=1, seed=0).shape == (1, 4)


def test_another_draw_leaves_the_others_as_they_were() -> None:
    few = draw_labelled(Y, HELD_OUT, 0.1, draws=2, seed=0)
    more = draw_labelled(Y, HELD_OUT, 0.1, draws=3, seed=0)
    assert np.array_equal(more[:2], few)
    assert not np.array_equal(more[2], more[1])


def test_a_larger_fraction_contains_the_smaller_ones_images() -> None:
    small = draw_labelled(Y, HELD_OUT, 0.1, draws=1, seed=0)[0]
    large = draw_labelled(Y, HELD_OUT, 0.3, draws=1, seed=0)[0]
    assert set(small) < set(large)


def test_more_labels_than_images_are_refused() -> None:
    with pytest.raises(InputError, match="semi_supervised.label_fraction: expected at most"):
        draw_labelled(Y, HELD_OUT, 1.0, draws=1, seed=0)
