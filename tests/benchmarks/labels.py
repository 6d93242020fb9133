"""The labelled images that encoders are compared on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.core.formats import read_arrays
from stages.core.images import Images
from stages.few_labels.comparison import Labels
from stages.few_labels.regimes import updates_of
from stages.few_labels.schema import Regime
from tests.benchmarks.case import Case

# Those that train by Adam alone, which Keras' `fit` can do, too.
REGIMES: tuple[Regime, ...] = ("finetuned_direct", "scratch")


class Labelled(NamedTuple):
    """Images with their classes.

    Attributes:
        x: (n, height, width, 1) float32 in [0, 1].
        y: (n,) class numbers.
    """

    x: NDArray[np.float32]
    y: NDArray[np.uint8]


class LabelledImages(NamedTuple):
    """What classifiers are compared on.

    Attributes:
        data: all images.
        labels: indices of those with labels.
        classes: number of them.
    """

    data: Images
    labels: Labels
    classes: int

    @property
    def train(self) -> list[Labelled]:
        """The draws."""
        return [
            Labelled(self.data.x_train[row], self.data.y_train[row]) for row in self.labels.train
        ]

    @property
    def validation(self) -> Labelled:
        """To choose settings by."""
        row = self.labels.validation
        return Labelled(self.data.x_train[row], self.data.y_train[row])

    @property
    def test(self) -> Labelled:
        """For the one measurement of each classifier."""
        return Labelled(self.data.x_test, self.data.y_test)


def labels_of(given: Case) -> LabelledImages:
    """Read the labelled images of a project in which they have been drawn."""
    folder = given.project / "data"
    data = Images(*read_arrays(folder / "images.npz", *Images._fields))
    train, validation = read_arrays(folder / "labels.npz", "train", "validation")
    updates = updates_of(given.semi_supervised, train.shape[1])
    return LabelledImages(data, Labels(train, validation, updates), given.classes)
