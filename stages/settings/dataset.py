"""Section `datasets.<name>`: what a data set is and where its bytes may come from."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from stages.settings.section import Distinct, PositiveInt, Section, Several

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[
    str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^<>&\"\x00-\x1f]*$")
]


def _unmistakable(name: str) -> str:
    if name in _MISTAKABLE or name.startswith("pca_"):
        raise ValueError(f"a name that tables cannot mistake for something else, received {name!r}")
    return name


# What readers of CSV take for numbers and gaps, and first parts of keys in summary.json.
_MISTAKABLE = {"nan", "na", "n_a", "null", "none", "inf", "infinity", "true", "false"}
_MISTAKABLE |= {"pixels", "classifier", "real_images", "images_in_each_set"}
Name = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$"), AfterValidator(_unmistakable)
]
Classes = Annotated[Several[Text], Field(min_length=2, max_length=256), Distinct]


class EnvironmentFolder(Section):
    """A folder of IDX files (plain or .gz) that an environment variable names."""

    kind: Literal["environment"]
    variable: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]


class Folder(Section):
    """A folder of IDX files (plain or .gz), for example an installed system package's."""

    kind: Literal["folder"]
    path: Annotated[str, StringConstraints(min_length=1)]


class Https(Section):
    """A web folder of gzipped IDX files."""

    kind: Literal["https"]
    url: Annotated[str, StringConstraints(pattern=r"^https://[^\s]+/$")]


class DebianPackage(Section):
    """A Debian package, downloaded by `apt-get download` and unpacked without root."""

    kind: Literal["debian"]
    package: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]+$")]
    path: Annotated[str, StringConstraints(pattern=r"^[^/].*$")]


class ScikitLearn(Section):
    """The digits inside scikit-learn's package; the last `test_images` of them are for testing."""

    kind: Literal["scikit-learn"]


Source = Annotated[
    EnvironmentFolder | Folder | Https | DebianPackage | ScikitLearn, Field(discriminator="kind")
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
    train_images: PositiveInt
    test_images: PositiveInt
    classes: Classes
    sha256: Checksums
    sources: Several[Source]
