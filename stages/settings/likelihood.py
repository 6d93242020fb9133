"""Sections of experiments whose result is a likelihood: binary images, a gated variational
autoencoder, training until validation stops it.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from stages.settings.section import PositiveInt, Section, Seed
from stages.settings.train import LearningRate
from stages.settings.variant import Width, Widths


class BinarySplit(Section):
    """Which images train, and how those that judge become binary, once."""

    training_images: PositiveInt
    binarization_seed: Seed


class GatedModel(Section):
    """Gated dense layers of the given widths, then the code; the decoder is the mirror image.

    `smallest_probability` is that of a pixel's rarer value: 0 for no limit.
    """

    hidden: Annotated[Widths, Field(min_length=1)]
    latent_dim: Width
    least_log_var: Annotated[float, Field(ge=-50, le=50)]
    greatest_log_var: Annotated[float, Field(ge=-50, le=50)]
    smallest_probability: Annotated[float, Field(ge=0, lt=0.5)]

    @model_validator(mode="after")
    def _limits_in_order(self) -> Self:
        if self.least_log_var >= self.greatest_log_var:
            raise ValueError(
                f"greatest_log_var above least_log_var, {self.least_log_var}, received "
                f"{self.greatest_log_var}"
            )
        return self


class UntilStopped(Section):
    """Adam until the validation bound has not improved for `patience` epochs after the warm-up."""

    batch_size: PositiveInt
    learning_rate: LearningRate
    normalized_gradients: bool
    warm_up_epochs: Annotated[int, Field(ge=0, le=100_000)]
    patience: Annotated[int, Field(ge=0, le=100_000)]
    most_epochs: Annotated[int, Field(gt=0, le=100_000)]
