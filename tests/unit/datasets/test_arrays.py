"""From raw bytes to arrays."""

from typing import Any

import numpy as np
import pytest

from stages.core.errors import InputError
from stages.core.images import Images
from stages.datasets import idx
from stages.datasets.arrays import check, normalize, profile
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


def refusal(**changes: Any) -> str:
    with pytest.raises(InputError) as refused:
        normalize(raw(**changes), DESCRIPTION)
    return str(refused.value)


def test_what_is_refused_is_said_with_its_numbers() -> None:
    assert refusal(test_labels=np.array([0, 3])) == (
        "t10k-labels-idx1-ubyte: expected labels below 2, received 3"
    )
    assert refusal(test_images=np.full((2, 2, 3), 7)) == (
        "t10k-images-idx3-ubyte: expected values up to 4, received 7"
    )
    assert refusal(train_labels=np.array([1, 1, 1, 0]), test_labels=np.array([0, 0])) == (
        "train-labels-idx1-ubyte: expected the labels 0 to 1, each at least 2 times, received 0 "
        "(1), 1 (3); label 0: 1 here, 2 in t10k-labels-idx1-ubyte"
    )


@pytest.mark.parametrize(("classes", "more"), [(21, ""), (22, ", …")])
def test_twenty_labels_are_listed_at_most(classes: int, more: str) -> None:
    # The last class has no training image.
    labels = np.repeat(np.arange(classes - 1, dtype=np.uint8), 2)
    images = np.zeros((len(labels), 2, 3), np.uint8)
    values = {
        "train_images": images,
        "train_labels": labels,
        "test_images": images,
        "test_labels": labels,
    }
    description = DESCRIPTION.model_copy(update={"classes": tuple(map(str, range(classes)))})
    with pytest.raises(InputError) as refused:
        check(values, description, idx.FILES)
    listed = ", ".join(f"{label} (2)" for label in range(20))
    assert f"received {listed}{more}; label {classes - 1}: 0 here" in str(refused.value)


def test_two_images_of_each_class_are_enough_and_the_largest_value_is_allowed() -> None:
    images = normalize(raw(train_labels=np.array([0, 0, 1, 1])), DESCRIPTION)
    assert images.x_test.max() == 1
    assert images.y_test.tolist() == [1, 1]


def test_a_class_without_test_images_is_counted_as_none() -> None:
    numbers = profile(normalize(raw(test_labels=np.array([0, 0])), DESCRIPTION), classes=2)
    assert [numbers[f"test_images_of_class_{label}"] for label in (0, 1)] == [2, 0]
    assert (numbers["train_images"], numbers["test_images"]) == (4, 2)


def test_the_profile_has_all_digits_of_its_numbers() -> None:
    random = np.random.default_rng(0)
    x = random.uniform(size=(30, 5, 4, 1)).astype(np.float32)
    y = np.zeros(15, np.uint8)
    numbers = profile(Images(x[:15], y, x[15:], y), classes=1)
    for part, values in (("train", x[:15].astype(float)), ("test", x[15:].astype(float))):
        assert numbers[f"{part}_mean"] == pytest.approx(values.mean(), rel=1e-12)
        assert numbers[f"{part}_std"] == pytest.approx(values.std(), rel=1e-12)
    errors = (x[15:].astype(float) - x[:15].astype(float).mean(axis=0)) ** 2
    assert numbers["mean_image_test_mse"] == pytest.approx(errors.mean(), rel=1e-12)
