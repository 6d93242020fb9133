"""The labelled images that encoders are compared on."""

from typing import NamedTuple

from stages.datasets.arrays import Images
from stages.evaluation.classifiers import Labelled, updates_of
from stages.evaluation.few_labels import Point, labelled
from stages.files.formats import read_arrays
from tools.benchmark.case import Case


class Labels(NamedTuple):
    """Images with labels.

    Attributes:
        point: to train and to tune with.
        test: for the one measurement of each classifier.
        classes: number of them.
    """

    point: Point
    test: Labelled
    classes: int


def labels_of(given: Case) -> Labels:
    """Read the labelled images.

    Args:
        given: a project in which they have been drawn.

    Returns:
        Those of all draws.
    """
    folder = given.project / "data"
    data = Images(*read_arrays(folder / "images.npz", *Images._fields))
    train, validation = read_arrays(folder / "labels.npz", "train", "validation")
    updates = updates_of(given.semi_supervised, train.shape[1])
    return Labels(
        labelled(data, train, validation, updates),
        Labelled(data.x_test, data.y_test),
        given.classes,
    )
