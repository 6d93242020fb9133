"""Drawing the training images that validate, and those whose labels are used."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.core.rng import rng_for

Indices = NDArray[np.int64]


class Labels(NamedTuple):
    """Labelled subsets of one size.

    Attributes:
        train: (draws, n_labelled) indices of images to learn from; each row sorted.
        validation: (n_validation,) sorted indices of images to choose settings by; no more than
            n_labelled.
        raised: number of classes that have one image although their share rounds to none.
    """

    train: NDArray[np.int64]
    validation: Indices
    raised: int


def draw_validation(n_train: int, fraction: float, seed: int) -> Indices:
    """Choose the validation part of the training images.

    Args:
        fraction: share that validates, in (0, 1).

    Returns:
        Sorted indices into the training images, at least one, int64.
    """
    count = max(1, round(fraction * n_train))
    return np.sort(rng_for(seed, "validation").permutation(n_train)[:count])


def draw_labelled(
    y_train: NDArray[np.uint8], validation: Indices, fraction: float, draws: int, seed: int
) -> Labels:
    """Draw labelled subsets, stratified by class: outside the validation part to learn from, and
    inside it to choose settings by.

    Of each class the fraction is drawn, rounded, but at least one image and at most all there are.
    A larger fraction contains the images of a smaller one, and a further draw does not change the
    others. Where all images are drawn, there is only one draw, since all would be equal.

    Args:
        y_train: (n_train,) class numbers.
        fraction: share of all training images, in (0, 1].
        draws: number of subsets to learn from.
    """
    eligible = np.setdiff1d(np.arange(len(y_train)), validation)
    classes, counts = np.unique(y_train, return_counts=True)
    shares = np.rint(fraction * counts).astype(np.int64)
    wanted = np.maximum(shares, 1)

    def draw(pool: Indices, *purpose: str | int) -> Indices:
        chosen = []
        for label, count in zip(classes, wanted, strict=True):
            members = pool[y_train[pool] == label]
            chosen.append(rng_for(seed, *purpose, int(label)).permutation(members)[:count])
        return np.sort(np.concatenate(chosen))

    rows = [draw(eligible, "labels", number) for number in range(draws)]
    if len(rows[0]) == len(eligible):
        rows = rows[:1]
    raised = int(np.count_nonzero(shares == 0))
    return Labels(np.stack(rows), draw(validation, "labels", "validation"), raised)


def draw_curve(
    y_train: NDArray[np.uint8],
    validation: Indices,
    fractions: Sequence[float],
    draws: int,
    seed: int,
) -> list[Labels]:
    """Draw labelled subsets of several sizes, the smallest first, each size once.

    Args:
        y_train: (n_train,) class numbers.
        fractions: shares of all training images; those that give the same number of labels count as
            one.
        draws: number of subsets of each size, as for `draw_labelled`.
    """
    drawn = [
        draw_labelled(y_train, validation, fraction, draws, seed) for fraction in sorted(fractions)
    ]
    sizes = {labels.train.shape[1]: labels for labels in reversed(drawn)}
    return [sizes[size] for size in sorted(sizes)]
