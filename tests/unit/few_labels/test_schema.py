"""What may be said of classifiers with few labels."""

from typing import Any

import pytest
from pydantic import BaseModel

from stages.few_labels.schema import Baselines, LabelCurve, SemiSupervised, Tuning
from tests.bounds import allows


@pytest.mark.parametrize(
    ("schema", "field", "allowed", "refused"),
    [
        (
            Tuning,
            "inverse_regularizations",
            [(1e-9,), (1e6,), tuple(range(1, 13))],
            [(), (0,), (1e6 + 1,), (1, 1), tuple(range(1, 14))],
        ),
        (
            Tuning,
            "learning_rates",
            [(1e-9,), (1.0,), tuple(k / 8 for k in range(1, 9))],
            [(), (0.0,), (1.1,), (0.5, 0.5), tuple(k / 9 for k in range(1, 10))],
        ),
        (
            Tuning,
            "epoch_shares",
            [(1e-9,), (1.0,), tuple(k / 8 for k in range(1, 9))],
            [(), (0.0,), (1.1,), (0.5, 0.5), tuple(k / 9 for k in range(1, 10))],
        ),
        (Tuning, "draws", [1, 1000], [0, 1001]),
        (Tuning, "seeds", [1, 1000], [0, 1001]),
        (SemiSupervised, "epochs", [1, 10_000], [0, 10_001]),
        (SemiSupervised, "neighbours", [2, 1000], [1, 1001]),
        (SemiSupervised, "label_fraction", [1e-9, 1.0], [0.0, 1.1]),
        (SemiSupervised, "primary", [(), ("a", "b")], [("a", "a")]),
        (
            SemiSupervised,
            "regimes",
            [("frozen",), ("frozen", "finetuned"), ("scratch",)],
            [(), ("finetuned",), ("frozen", "frozen"), ("other",)],
        ),
        (LabelCurve, "variants", [("a",)], [(), ("a", "a")]),
        (LabelCurve, "fractions", [(1e-9,), (1.0, 0.5)], [(), (0.0,), (1.1,), (0.5, 0.5)]),
        (
            Baselines,
            "neighbours",
            [(1,), tuple(range(1, 13))],
            [(), (0,), (1, 1), tuple(range(1, 14))],
        ),
        (Baselines, "components", [(1, 2)], [(), (0,), (1, 1)]),
    ],
)
def test_values_are_allowed_within_their_bounds_alone(
    schema: type[BaseModel], field: str, allowed: list[Any], refused: list[Any]
) -> None:
    assert [value for value in allowed if not allows(schema, field, value)] == []
    assert [value for value in refused if allows(schema, field, value)] == []
