"""Section `semi_supervised`: how encoders are compared with few labels."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stages.settings.section import Distinct, PositiveInt, Section, Several
from stages.settings.train import LearningRate

Regime = Literal["frozen", "finetuned", "finetuned_direct", "scratch", "random"]


class SemiSupervised(Section):
    """One output layer on an encoder, by Adam, in several regimes."""

    label_fraction: Annotated[float, Field(gt=0, le=1)]
    draws: Annotated[int, Field(gt=0, le=1_000)]
    regimes: Annotated[Several[Regime], Distinct]
    epochs: Annotated[int, Field(gt=0, le=10_000)]
    frozen_epochs: PositiveInt
    batch_size: PositiveInt
    output_learning_rate: LearningRate
    encoder_learning_rate: LearningRate

    @model_validator(mode="after")
    def _phases_fit(self) -> Self:
        if self.frozen_epochs >= self.epochs:
            raise ValueError(
                f"frozen_epochs below epochs ({self.epochs}), received {self.frozen_epochs}"
            )
        return self
