"""What may be said of training."""

from typing import Any

import pytest
from pydantic import BaseModel

from stages.training.schema import Exercise, Longer, Train
from tests.bounds import allows


@pytest.mark.parametrize(
    ("schema", "field", "allowed", "refused"),
    [
        (Train, "epochs", [1, 10_000], [0, 10_001]),
        (Train, "learning_rate", [1e-9, 1], [0, 1.1]),
        (Train, "seeds", [(0,), tuple(range(1000))], [(), (1, 1), (-1,), tuple(range(1001))]),
        (Longer, "epochs", [1, 10_000], [0, 10_001]),
        (Longer, "variants", [("a",)], [(), ("a", "a")]),
        (Exercise, "margin", [0, 1], [-0.1, 1.1]),
        (Exercise, "settings", [], [{}]),
    ],
)
def test_values_are_allowed_within_their_bounds_alone(
    schema: type[BaseModel], field: str, allowed: list[Any], refused: list[Any]
) -> None:
    assert [value for value in allowed if not allows(schema, field, value)] == []
    assert [value for value in refused if allows(schema, field, value)] == []
