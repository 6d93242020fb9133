"""Which training images validate, and which ones have labels."""

import numpy as np
from numpy.typing import NDArray

from stages.files.errors import InputError
from stages.randomness import stream

Indices = NDArray[np.int64]


def draw_validation(n_train: int, fraction: float, seed: int) -> Indices:
    """Choose the validation part of the training images.

    Args:
        n_train: number of training images.
        fraction: share that validates, in (0, 1).
        seed: of the split.

    Returns:
        Sorted indices into the training images, at least one, int64.
    """
    count = max(1, round(fraction * n_train))
    return np.sort(stream(seed, "validation").permutation(n_train)[:count])


def labels_of_class(y_train: NDArray[np.uint8], fraction: float) -> dict[int, int]:
    """Tell how many images of each class a labelled subset has.

    Args:
        y_train: (n_train,) class numbers.
        fraction: share of all training images, in (0, 1].

    Returns:
        Class and number of images: the fraction of the class, rounded, but at least one.
    """
    classes, counts = np.unique(y_train, return_counts=True)
    return {
        int(label): max(1, round(fraction * int(count)))
        for label, count in zip(classes, counts, strict=True)
    }


def classes_raised_to_one(y_train: NDArray[np.uint8], fraction: float) -> list[int]:
    """Find the classes of which the fraction is less than one image.

    Args:
        y_train: (n_train,) class numbers.
        fraction: share of all training images, in (0, 1].

    Returns:
        Their numbers.
    """
    classes, counts = np.unique(y_train, return_counts=True)
    return [
        int(label)
        for label, count in zip(classes, counts, strict=True)
        if round(fraction * int(count)) == 0
    ]


def draw_labelled(
    y_train: NDArray[np.uint8], validation: Indices, fraction: float, draws: int, seed: int
) -> NDArray[np.int64]:
    """Draw labelled subsets outside the validation part, stratified by class.

    A larger fraction contains the smaller one's images; another draw leaves the others as they
    were.

    Args:
        y_train: (n_train,) class numbers.
        validation: indices that must not be drawn.
        fraction: share of all training images, in (0, 1].
        draws: number of subsets.
        seed: of the split.

    Returns:
        (draws, n_labelled) indices into the training images; each row sorted.

    Raises:
        InputError: a class has fewer images outside the validation part than are asked for.
    """
    eligible = np.setdiff1d(np.arange(len(y_train)), validation)
    rows = []
    for draw in range(draws):
        chosen = []
        for label, wanted in labels_of_class(y_train, fraction).items():
            members = eligible[y_train[eligible] == label]
            if len(members) < wanted:
                raise InputError(
                    f"semi_supervised.label_fraction: expected at most the {len(members)} images "
                    f"of class {label} outside the validation part, received a fraction that "
                    f"asks for {wanted}"
                )
            chosen.append(stream(seed, "labels", draw, label).permutation(members)[:wanted])
        rows.append(np.sort(np.concatenate(chosen)))
    return np.stack(rows)
