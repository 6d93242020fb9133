"""Sections `train`, `beta_curve` and `exercise`: how the variants are pretrained, and what is
trained beside them to see how results depend on a setting.
"""

from typing import Annotated

from pydantic import Field

from stages.core.names import Name
from stages.core.params import LearningRate, PositiveInt, Section, Seed, Seeds
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


class Exercise(Section):
    """Settings of which one is chosen on validation images; each is a block as a variant has it."""

    seed: Seed
    margin: Annotated[float, Field(ge=0, le=1)]
    settings: Annotated[dict[Name, Variant], Field(min_length=1)]
