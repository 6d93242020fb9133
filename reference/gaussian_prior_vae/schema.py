"""Sections of this experiment's `params.yaml`: binary images, a gated variational autoencoder,
training with early stopping, the estimate of the likelihood, the published likelihood.
"""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from stages.core.names import Name
from stages.core.params import (
    LearningRate,
    PositiveInt,
    Section,
    Seed,
    Several,
    Width,
    Widths,
)


class BinarySplit(Section):
    """How many images train, and the seed that makes the other images binary, once."""

    training_images: PositiveInt
    binarization_seed: Seed


class GatedModel(Section):
    """Gated dense layers of the given widths, then the code; the decoder is the mirror image.

    `min_probability` is that of a pixel's rarer value: 0 for no limit.
    """

    hidden: Annotated[Widths, Field(min_length=1)]
    latent_dim: Width
    min_log_var: Annotated[float, Field(ge=-50, le=50)]
    max_log_var: Annotated[float, Field(ge=-50, le=50)]
    min_probability: Annotated[float, Field(ge=0, lt=0.5)]

    @model_validator(mode="after")
    def _limits_in_order(self) -> Self:
        if self.min_log_var >= self.max_log_var:
            raise ValueError(
                f"max_log_var above min_log_var, {self.min_log_var}, received {self.max_log_var}"
            )
        return self


class UntilStopped(Section):
    """Training by Adam with early stopping: it ends when the validation bound has not improved for
    more than `patience` epochs. Epochs before the end of the warm-up do not count.
    """

    batch_size: PositiveInt
    learning_rate: LearningRate
    normalized_gradients: bool
    warm_up_epochs: Annotated[int, Field(ge=0, le=100_000)]
    patience: Annotated[int, Field(ge=0, le=100_000)]
    max_epochs: Annotated[int, Field(gt=0, le=100_000)]


def _each_divides_the_next(samples: tuple[int, ...]) -> tuple[int, ...]:
    for fewer, more in pairwise(samples):
        if more <= fewer or more % fewer:
            raise ValueError(f"multiples of the number before, received {more} after {fewer}")
    return samples


# A multiple of 10, since codes are drawn in blocks of 10.
Count = Annotated[int, Field(gt=0, le=1_000_000, multiple_of=10)]
Samples = Annotated[Several[Count], AfterValidator(_each_divides_the_next)]


class Estimate(Section):
    """How the likelihood is estimated, and from what the spread of estimates is measured."""

    seed: Seed
    samples: Samples
    repeats: Annotated[int, Field(ge=2, le=1_000)]
    repeated_images: PositiveInt
    active_variance: Annotated[float, Field(gt=0)]


class Published(Section):
    """A published log-likelihood of a data set's test images, in nats per image."""

    dataset: Name
    log_likelihood: float
    error: Annotated[float, Field(gt=0)]
    source: Annotated[str, Field(min_length=1, max_length=200)]
