"""From raw bytes to arrays."""

from typing import Any

import numpy as np
import pytest

from stages.core.errors import InputError
from stages.datasets import idx
from stages.datasets.arrays import normalize, profile
from stages.datasets.schema import Dataset

DESCRIPTION: Dataset = Dataset.model_construct(
    height=2, width=3, largest_value=4, train_images=4, test_images=2, classes=("a", "b")
)


def raw(**changes: Any) -> dict[str, bytes]:
    arrays = {
        "train_images": np.arange(24).reshape(4, 2, 3) % 5,
        "train_labels": np.array([0, 1, 0, 1]),
        "test_images": np.full((2, 2, 3), 4),
        "test_labels": np.array([1, 1]),
        **changes,
    }
    return {name: idx.serialize(values.astype(np.uint8)) for name, values in arrays.items()}


def test_images_are_float32_in_the_unit_interval_with_a_channel() -> None:
    images = normalize(raw(), DESCRIPTION)
    assert images.x_train.shape == (4, 2, 3, 1)
    assert images.x_train.dtype == np.float32
    assert images.x_train.min() == 0.0
    assert images.x_train.max() == 1.0
    assert images.y_train.tolist() == [0, 1, 0, 1]


def test_a_label_beyond_the_classes_is_refused() -> None:
    with pytest.raises(InputError, match="t10k-labels-idx1-ubyte: expected labels below 2"):
        normalize(raw(test_labels=np.array([0, 2])), DESCRIPTION)


def test_a_value_beyond_the_largest_is_refused() -> None:
    with pytest.raises(InputError, match="train-images-idx3-ubyte: expected values up to 4"):
        normalize(raw(train_images=np.full((4, 2, 3), 5)), DESCRIPTION)


def test_fewer_images_than_described_are_refused() -> None:
    with pytest.raises(InputError, match="train-images-idx3-ubyte: expected dimensions"):
        normalize(raw(train_images=np.zeros((2, 2, 3))), DESCRIPTION)


def test_the_profile_counts_and_averages() -> None:
    numbers = profile(normalize(raw(), DESCRIPTION), classes=2)
    assert numbers["train_images_of_class_0"] == 2
    assert numbers["test_images_of_class_0"] == 0
    assert numbers["test_mean"] == 1.0
    assert numbers["test_std"] == 0.0
    mean_image = (np.arange(24).reshape(4, 2, 3) % 5).mean(axis=0) / 4
    assert numbers["mean_image_test_mse"] == pytest.approx(np.mean((1 - mean_image) ** 2))


def test_images_that_occur_more_than_once_are_counted_by_part() -> None:
    train = np.arange(24).reshape(4, 2, 3) % 5
    train[2] = train[3] = train[0]
    test = np.stack([train[1], train[1]])
    numbers = profile(normalize(raw(train_images=train, test_images=test), DESCRIPTION), classes=2)
    assert numbers["train_images_repeated"] == 2
    assert numbers["test_images_repeated"] == 1
    assert numbers["test_images_in_train"] == 2


def test_a_class_with_too_few_training_images_is_refused_and_what_is_there_is_listed() -> None:
    for labels, there in (([0, 0, 0, 1], r"0 \(3\), 1 \(1\)"), ([0, 0, 0, 0], r"0 \(4\)")):
        with pytest.raises(
            InputError, match=rf"train-labels-idx1-ubyte: .* received {there}; label 1"
        ):
            normalize(raw(train_labels=np.array(labels)), DESCRIPTION)
