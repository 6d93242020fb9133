"""What all contenders work on: the study's variants and some thousands of its images."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stages.core.formats import read_arrays
from stages.core.names import Classes
from stages.core.names import Name as DatasetName
from stages.core.params import Threads, read
from stages.few_labels.schema import SemiSupervised
from stages.models.schema import Variant
from stages.training.schema import Train

# An epoch's time is that from the end of the one before.
EPOCHS = 2


class Case:
    """A project in which the data have been made.

    Args:
        project: its folder.
        count: training images to use, at most; full batches of them are.
    """

    def __init__(self, project: str, count: str) -> None:
        self.project = Path(project)
        self._count = int(count)

    @cached_property
    def images(self) -> NDArray[np.float32]:
        """(n, height, width, 1) in [0, 1]."""
        (x,) = read_arrays(self.project / "data" / "images.npz", "x_train")
        size = self.train.batch_size
        return x[: min(self._count, len(x)) // size * size]

    @cached_property
    def threads(self) -> int:
        """Size of the pool that computes."""
        return read(self._params, "threads", Threads)

    @cached_property
    def train(self) -> Train:
        """How autoencoders are trained, but for the number of epochs."""
        return read(self._params, "train", Train).model_copy(update={"epochs": EPOCHS})

    @cached_property
    def semi_supervised(self) -> SemiSupervised:
        """How encoders are compared."""
        return read(self._params, "semi_supervised", SemiSupervised)

    @cached_property
    def classes(self) -> int:
        """Number of them."""
        current = read(self._params, "dataset", DatasetName)
        return len(read(self._params, f"datasets.{current}.classes", Classes))

    def variant(self, name: str) -> Variant:
        """Read a variant's block.

        Args:
            name: of the variant.

        Returns:
            Its architecture and its objective.
        """
        return read(self._params, f"variants.{name}", Variant)

    @property
    def _params(self) -> Path:
        return self.project / "params.yaml"


def images_per_second(images: int, ends: Sequence[float]) -> float:
    """Tell the speed of the last epoch; earlier ones have compiled.

    Args:
        images: in an epoch.
        ends: when each epoch ended, in seconds.

    Returns:
        Images per second.
    """
    return images / (ends[-1] - ends[-2])
