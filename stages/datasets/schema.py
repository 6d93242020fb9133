"""Sections `datasets.<name>` and `split`: what a data set is, where its bytes may come from, and
how many of its training images validate.
"""

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from stages.core.names import Classes, Text
from stages.core.params import PositiveInt, Section, Seed, Several

# Training images of a class: one to learn from and one to validate on.
FEWEST_OF_A_CLASS = 2
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _inside(path: str) -> str:
    if ".." in PurePosixPath(path).parts:
        raise ValueError(f"a path inside the package, received {path!r}")
    return path


class EnvironmentFolder(Section):
    """A folder of IDX files (plain or .gz) that an environment variable names."""

    kind: Literal["environment"]
    variable: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,99}$")]


class Folder(Section):
    """A folder of IDX files (plain or .gz), for example an installed system package's."""

    kind: Literal["folder"]
    path: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class Npz(Section):
    """One file with the arrays `x_train`, `y_train`, `x_test`, `y_test`; whole numbers."""

    kind: Literal["npz"]
    path: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class Https(Section):
    """A web folder of gzipped IDX files."""

    kind: Literal["https"]
    url: Annotated[str, StringConstraints(pattern=r"^https://[^\s]{1,1000}/$")]


class DebianPackage(Section):
    """A Debian package, downloaded by `apt-get download` and unpacked without root."""

    kind: Literal["debian"]
    package: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]{1,99}$")]
    path: Annotated[str, StringConstraints(pattern=r"^[^/].{0,1000}$"), AfterValidator(_inside)]


class ScikitLearn(Section):
    """The digits inside scikit-learn's package; the last `test_images` of them are for testing."""

    kind: Literal["scikit-learn"]


Source = Annotated[
    EnvironmentFolder | Folder | Npz | Https | DebianPackage | ScikitLearn,
    Field(discriminator="kind"),
]


class Checksums(Section):
    """SHA-256 of the four decompressed IDX files, so that the source cannot change a result."""

    train_images: Sha256
    train_labels: Sha256
    test_images: Sha256
    test_labels: Sha256


class Dataset(Section):
    """A labelled set of grey images of one size."""

    title: Text
    height: Annotated[int, Field(ge=4, le=1024)]
    width: Annotated[int, Field(ge=4, le=1024)]
    largest_value: Annotated[int, Field(ge=1, le=255)]
    # Fewer could not be divided: a tenth of the training images validates, and a classifier learns
    # on half of each half of the test images.
    train_images: Annotated[PositiveInt, Field(ge=10)]
    test_images: Annotated[PositiveInt, Field(ge=8)]
    classes: Classes
    sha256: Checksums
    sources: Several[Source]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the arrays in the four IDX files."""
        train, test, image = self.train_images, self.test_images, (self.height, self.width)
        return {
            "train_images": (train, *image),
            "train_labels": (train,),
            "test_images": (test, *image),
            "test_labels": (test,),
        }


class Split(Section):
    """How training images are divided."""

    seed: Seed
    validation_fraction: Annotated[float, Field(gt=0, le=0.5)]
