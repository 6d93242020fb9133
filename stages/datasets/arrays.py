"""From raw bytes to arrays that every later stage can rely on."""

import numpy as np
from numpy.typing import NDArray

from stages.core.errors import InputError
from stages.core.images import Images
from stages.datasets import idx
from stages.datasets.schema import Dataset


def normalize(raw: dict[str, bytes], dataset: Dataset) -> Images:
    """Parse the four files of a data set and scale the images to [0, 1].

    Args:
        raw: IDX files, keys as in `idx.FILES`.
        dataset: sizes, largest value and classes that the files must agree with.

    Raises:
        InputError: a file is not what the description says.
    """

    def images(name: str, count: int) -> NDArray[np.float32]:
        values = idx.parse(raw[name], (count, dataset.height, dataset.width), idx.FILES[name])
        if values.max() > dataset.largest_value:
            raise InputError(
                f"{idx.FILES[name]}: expected values up to {dataset.largest_value}, "
                f"received {values.max()}"
            )
        return values[..., np.newaxis].astype(np.float32) / np.float32(dataset.largest_value)

    def labels(name: str, count: int) -> NDArray[np.uint8]:
        values = idx.parse(raw[name], (count,), idx.FILES[name])
        if values.max() >= len(dataset.classes):
            raise InputError(
                f"{idx.FILES[name]}: expected labels below {len(dataset.classes)}, "
                f"received {values.max()}"
            )
        return values

    return Images(
        images("train_images", dataset.train_images),
        labels("train_labels", dataset.train_images),
        images("test_images", dataset.test_images),
        labels("test_labels", dataset.test_images),
    )


def profile(images: Images, classes: int) -> dict[str, float]:
    """Describe a data set in a few numbers.

    Returns:
        For `train` and `test`: number of images, images in each class, mean and standard
        deviation of the pixels, all pixels together; and `mean_image_test_mse`, the error of the
        best constant reconstruction, the training images' mean.
    """
    numbers: dict[str, float] = {}
    for part, x, y in (
        ("train", images.x_train, images.y_train),
        ("test", images.x_test, images.y_test),
    ):
        numbers[f"{part}_images"] = len(x)
        numbers[f"{part}_mean"] = float(np.mean(x, dtype=np.float64))
        numbers[f"{part}_std"] = float(np.std(x, dtype=np.float64))
        for label, count in enumerate(np.bincount(y, minlength=classes)):
            numbers[f"{part}_images_of_class_{label}"] = int(count)
    mean_image = np.mean(images.x_train, axis=0, dtype=np.float64)
    numbers["mean_image_test_mse"] = float(np.mean(np.square(images.x_test - mean_image)))
    return numbers
