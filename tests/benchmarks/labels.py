"""The labelled images that encoders are compared on."""

from typing import NamedTuple

from stages.core.formats import read_arrays
from stages.core.images import Images
from stages.few_labels.measurement import Point, labelled
from stages.few_labels.regimes import Labelled, updates_of
from tests.benchmarks.case import Case


class Labels(NamedTuple):
    """Images with labels.

    Attributes:
        data: all images.
        point: to train and to tune with.
        test: for the one measurement of each classifier.
        classes: number of them.
    """

    data: Images
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
        data,
        labelled(data, train, validation, updates),
        Labelled(data.x_test, data.y_test),
        given.classes,
    )
