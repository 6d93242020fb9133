"""What `datasets` and `split` may say."""

from typing import Any

import pytest
from pydantic import BaseModel

from stages.datasets.schema import (
    Checksums,
    Dataset,
    DebianPackage,
    EnvironmentFolder,
    Folder,
    Https,
    Npz,
    Split,
)
from tests.bounds import allows


@pytest.mark.parametrize(
    ("schema", "field", "allowed", "refused"),
    [
        (Checksums, "train_images", ["0123456789abcdef" * 4], ["0" * 63, "0" * 65, "G" * 64]),
        (EnvironmentFolder, "variable", ["A", "A_1", "A" * 100], ["", "a", "1A", "A" * 101]),
        (DebianPackage, "package", ["ab", "0a+.-", "a" * 100], ["a", "A", "-a", "a" * 101]),
        (Dataset, "height", [4, 1024], [3, 1025]),
        (Dataset, "width", [4, 1024], [3, 1025]),
        (Dataset, "largest_value", [1, 255], [0, 256]),
        (Dataset, "sources", [[{"kind": "scikit-learn"}]], [[]]),
        (Folder, "path", ["a", "a" * 1000], ["", "a" * 1001]),
        (Npz, "path", ["a", "a" * 1000], ["", "a" * 1001]),
        (Https, "url", ["https://a/"], ["http://a/", "https://a", "https:///"]),
        (DebianPackage, "path", ["usr/share", "..a/b"], ["/usr", "usr/../..", ".."]),
        (Split, "validation_fraction", [1e-9, 0.5], [0, 0.51]),
    ],
)
def test_values_are_allowed_within_their_bounds_alone(
    schema: type[BaseModel], field: str, allowed: list[Any], refused: list[Any]
) -> None:
    assert [value for value in allowed if not allows(schema, field, value)] == []
    assert [value for value in refused if allows(schema, field, value)] == []


def test_arrays_have_the_shapes_that_their_data_set_says() -> None:
    made = Dataset.model_construct(train_images=60, test_images=10, height=4, width=5)
    assert made.shapes == {
        "train_images": (60, 4, 5),
        "train_labels": (60,),
        "test_images": (10, 4, 5),
        "test_labels": (10,),
    }
