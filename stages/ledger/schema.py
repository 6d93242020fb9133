"""Section `claims`: when a claim of the tutorial holds."""

from typing import Annotated

from pydantic import AfterValidator, Field

from stages.core.params import Distinct, Section
from stages.ledger.texts import CLAIMS

Positive = Annotated[float, Field(gt=0, le=1e6)]
Share = Annotated[float, Field(gt=0, le=1)]


def _known(name: str) -> str:
    kind = name.split(".")[0]
    if kind not in CLAIMS:
        raise ValueError(
            f"a claim and its variants, the claim one of {list(CLAIMS)}, received {name}"
        )
    return name


# As in claims.json: a claim and the variants that it is made of, which need not be there.
Id = Annotated[str, Field(max_length=200), AfterValidator(_known)]


class Claims(Section):
    """Thresholds; `params.yaml` says what each is held against."""

    confidence: Annotated[float, Field(gt=0.5, lt=1)]
    near_perfect_mse: Positive
    identity_error: Positive
    separation_margin: Share
    accuracy_margin: Share
    activation_tolerance: Positive
    collapsed_kl: Positive
    printed_margin: Annotated[float, Field(gt=1, le=10)]
    settled: Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
    primary: Annotated[tuple[Id, ...], Distinct, Field(max_length=14, strict=False)]
