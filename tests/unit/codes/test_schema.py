"""What `extract_latents` may say."""

from typing import Any

import pytest
from pydantic import BaseModel

from stages.codes.schema import ExtractLatents, Quality
from tests.bounds import allows


@pytest.mark.parametrize(
    ("schema", "field", "allowed", "refused"),
    [
        (Quality, "reference_images", [2, 10**9], [1, 10**9 + 1]),
        (Quality, "neighbours", [1, 1000], [0, 1001]),
        (
            Quality,
            "inverse_regularizations",
            [(1e-9,), (1e6,), tuple(range(1, 13))],
            [(), (0,), (1e6 + 1,), (1, 1), tuple(range(1, 14))],
        ),
        (Quality, "unusual_images", [4, 10**6], [3, 10**6 + 1]),
        (ExtractLatents, "seed", [0, 2**31 - 1], [-1, 2**31]),
        (ExtractLatents, "images", [2, 20], [1, 21]),
        (ExtractLatents, "noise_stddev", [1e-9, 10], [0, 10.1]),
        (ExtractLatents, "active_variance", [1e-9, 1e6], [0, 1e6 + 1]),
    ],
)
def test_values_are_allowed_within_their_bounds_alone(
    schema: type[BaseModel], field: str, allowed: list[Any], refused: list[Any]
) -> None:
    assert [value for value in allowed if not allows(schema, field, value)] == []
    assert [value for value in refused if allows(schema, field, value)] == []
