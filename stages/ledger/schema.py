"""Section `claims`: when a claim of the tutorial holds."""

from typing import Annotated

from pydantic import Field

from stages.core.params import Section

Positive = Annotated[float, Field(gt=0, le=1e6)]
Share = Annotated[float, Field(gt=0, le=1)]


class Claims(Section):
    """Thresholds; `params.yaml` says what each is held against."""

    confidence: Annotated[float, Field(gt=0.5, lt=1)]
    near_perfect_mse: Positive
    identity_error: Positive
    separation_margin: Annotated[float, Field(ge=0, le=1)]
    activation_tolerance: Positive
    denoised_share: Share
    collapsed_kl: Positive
    good_share: Share
    bad_share: Share
