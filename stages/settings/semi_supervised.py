"""Section `semi_supervised`: how encoders are compared with few labels."""

from typing import Annotated, Literal

from pydantic import Field

from stages.settings.section import Distinct, PositiveInt, Section, Several
from stages.settings.train import LearningRate

Regime = Literal["frozen", "finetuned", "finetuned_direct", "scratch", "random"]


class SemiSupervised(Section):
    """One output layer on an encoder, by Adam, in several regimes."""

    label_fraction: Annotated[float, Field(gt=0, le=1)]
    draws: Annotated[int, Field(gt=0, le=1_000)]
    regimes: Annotated[Several[Regime], Distinct]
    epochs: Annotated[int, Field(gt=0, le=10_000)]
    frozen_fraction: Annotated[float, Field(gt=0, lt=1)]
    batch_size: PositiveInt
    output_learning_rate: LearningRate
    encoder_learning_rate: LearningRate
