"""Sections `train`, `beta_curve` and `exercise`: how the variants are pretrained, and what is
trained beside them to see how results depend on a setting.
"""

from typing import Annotated

from pydantic import Field

from stages.core.names import Name
from stages.core.params import (
    Distinct,
    LearningRate,
    PositiveInt,
    Section,
    Seed,
    Seeds,
    Several,
)
from stages.models.schema import Betas, Variant


class Train(Section):
    """Pretraining by Adam."""

    epochs: Annotated[int, Field(gt=0, le=10_000)]
    batch_size: PositiveInt
    learning_rate: LearningRate
    seeds: Seeds


class BetaCurve(Section):
    """One architecture with many weights of the KL, each trained as the variants are."""

    variant: Name
    betas: Betas
    seeds: Seeds


class Longer(Section):
    """Variants that are also trained for more epochs, from the first of `train.seeds`."""

    variants: Annotated[Several[Name], Distinct]
    epochs: Annotated[int, Field(gt=0, le=10_000)]
    seeds: PositiveInt


class Exercise(Section):
    """Settings of which one is chosen on validation images; each is a block as a variant has it."""

    seed: Seed
    margin: Annotated[float, Field(ge=0, le=1)]
    settings: Annotated[dict[Name, Variant], Field(min_length=1)]
