"""What `classifier` and `sampling` may say."""

from typing import Any

import pytest
from pydantic import BaseModel

from stages.samples.schema import Classifier, Sampling
from tests.bounds import allows


@pytest.mark.parametrize(
    ("schema", "field", "allowed", "refused"),
    [
        (Classifier, "epochs", [1, 1000], [0, 1001]),
        (Sampling, "images", [4, 10**6], [3, 10**6 + 1]),
        (Sampling, "neighbours", [1, 1000], [0, 1001]),
        (Sampling, "blur", [1e-9, 100], [0, 100.1]),
        (Sampling, "mixture_components", [1, 1000], [0, 1001]),
        (Sampling, "mixture_images", [2, 10**7], [1, 10**7 + 1]),
        (Sampling, "columns", [2, 20], [1, 21]),
    ],
)
def test_values_are_allowed_within_their_bounds_alone(
    schema: type[BaseModel], field: str, allowed: list[Any], refused: list[Any]
) -> None:
    assert [value for value in allowed if not allows(schema, field, value)] == []
    assert [value for value in refused if allows(schema, field, value)] == []
