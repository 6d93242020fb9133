"""What `claims` may say."""

from typing import Any

import pytest
from pydantic import BaseModel

from stages.ledger.schema import Claims
from stages.ledger.texts import CLAIMS
from tests.bounds import allows

KINDS = [f"{kind}.a" for kind in CLAIMS]


@pytest.mark.parametrize(
    ("schema", "field", "allowed", "refused"),
    [
        (Claims, "confidence", [0.51, 0.999], [0.5, 1.0]),
        (Claims, "near_perfect_mse", [1e-9, 1e6], [0.0, 1e6 + 1]),
        (Claims, "identity_error", [1e-9, 1e6], [0.0, 1e6 + 1]),
        (Claims, "activation_tolerance", [1e-9, 1e6], [0.0, 1e6 + 1]),
        (Claims, "collapsed_kl", [1e-9, 1e6], [0.0, 1e6 + 1]),
        (Claims, "separation_margin", [1e-9, 1.0], [0.0, 1.1]),
        (Claims, "accuracy_margin", [1e-9, 1.0], [0.0, 1.1]),
        (Claims, "printed_margin", [1.01, 10], [1.0, 10.1]),
        (Claims, "settled", ["0123456789abcdef" + 24 * "0"], ["0" * 39, "0" * 41, "g" * 40]),
        (
            Claims,
            "primary",
            [(), ("samples_well.vae",), tuple(KINDS[:14]), ["samples_well." + "x" * 187]],
            [
                ("samples_wel.vae",),
                ("samples_well.a",) * 2,
                tuple(KINDS[:15]),
                ["samples_well." + "x" * 188],
            ],
        ),
    ],
)
def test_values_are_allowed_within_their_bounds_alone(
    schema: type[BaseModel], field: str, allowed: list[Any], refused: list[Any]
) -> None:
    assert [value for value in allowed if not allows(schema, field, value)] == []
    assert [value for value in refused if allows(schema, field, value)] == []
