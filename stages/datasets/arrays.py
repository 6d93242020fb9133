"""From raw bytes to arrays that every later stage can rely on."""

from collections.abc import Mapping
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from stages.core.errors import InputError
from stages.core.images import Images
from stages.datasets import idx
from stages.datasets.schema import FEWEST_OF_A_CLASS, Dataset

# Labels that a message lists.
_LISTED = 20


def normalize(raw: Mapping[str, bytes], dataset: Dataset) -> Images:
    """Parse the four files of a data set and scale the images to [0, 1].

    Args:
        raw: IDX files, keys as in `idx.FILES`.
        dataset: sizes, largest value and classes that the files must agree with.

    Raises:
        InputError: a file is not what the description says, or `check` refuses it.
    """
    values = {
        key: idx.parse(raw[key], shape, idx.FILES[key]) for key, shape in dataset.shapes.items()
    }
    check(values, dataset, idx.FILES)

    def scaled(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return images[..., np.newaxis].astype(np.float32) / np.float32(dataset.largest_value)

    return Images(
        scaled(values["train_images"]),
        values["train_labels"],
        scaled(values["test_images"]),
        values["test_labels"],
    )


def check(
    values: Mapping[str, NDArray[np.uint8]], dataset: Dataset, subjects: Mapping[str, str]
) -> None:
    """Refuse values that do not fit the description of their data set, or that cannot be studied.

    Args:
        values: images and labels, keys as in `idx.FILES`, shapes as the description says.
        dataset: the description.
        subjects: by the same keys, what messages call each of them.

    Raises:
        InputError: a value is larger than the largest, a label is none of the classes, or a class
            has too few training images.
    """
    for part in ("train", "test"):
        largest = values[f"{part}_images"].max()
        if largest > dataset.largest_value:
            raise InputError(
                f"{subjects[f'{part}_images']}: expected values up to {dataset.largest_value}, "
                f"received {largest}"
            )
    classes = len(dataset.classes)
    train, test = (
        np.bincount(values[f"{part}_labels"], minlength=classes) for part in ("train", "test")
    )
    for key, counts in {"train_labels": train, "test_labels": test}.items():
        if len(counts) > classes:
            raise InputError(
                f"{subjects[key]}: expected labels below {classes}, received {len(counts) - 1}"
            )
    rare = np.flatnonzero(train < FEWEST_OF_A_CLASS)
    if rare.size:
        there = [f"{label} ({count})" for label, count in enumerate(train) if count]
        raise InputError(
            f"{subjects['train_labels']}: expected the labels 0 to {classes - 1}, each at least "
            f"{FEWEST_OF_A_CLASS} times, received {', '.join(there[:_LISTED])}"
            f"{', …' if len(there) > _LISTED else ''}; label {rare[0]}: {train[rare[0]]} here, "
            f"{test[rare[0]]} in {subjects['test_labels']}"
        )


def profile(images: Images, classes: int) -> dict[str, float]:
    """Describe a data set in a few numbers.

    Returns:
        For `train` and `test`: number of images, images in each class, mean and standard
        deviation of the pixels, all pixels together, and how many images equal an earlier one of
        their part; `test_images_in_train`, how many test images equal a training image; and
        `mean_image_test_mse`, the error of the best constant reconstruction, the training images'
        mean.
    """
    numbers: dict[str, float] = {}
    digests: dict[str, list[bytes]] = {}
    for part, x, y in (
        ("train", images.x_train, images.y_train),
        ("test", images.x_test, images.y_test),
    ):
        numbers[f"{part}_images"] = len(x)
        digests[part] = [sha256(image.tobytes()).digest() for image in x]
        numbers[f"{part}_images_repeated"] = len(x) - len(set(digests[part]))
        numbers[f"{part}_mean"] = float(np.mean(x, dtype=np.float64))
        numbers[f"{part}_std"] = float(np.std(x, dtype=np.float64))
        for label, count in enumerate(np.bincount(y, minlength=classes)):
            numbers[f"{part}_images_of_class_{label}"] = int(count)
    known = set(digests["train"])
    numbers["test_images_in_train"] = len([1 for digest in digests["test"] if digest in known])
    mean_image = np.mean(images.x_train, axis=0, dtype=np.float64)
    numbers["mean_image_test_mse"] = float(np.mean(np.square(images.x_test - mean_image)))
    return numbers
