"""Sections of experiments whose result is a likelihood: its estimate, and other people's."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from stages.settings.section import Distinct, PositiveInt, Section, Seed, Several


class Estimate(Section):
    """How the likelihood is estimated, and how far estimates with other noise are apart."""

    seed: Seed
    samples: Annotated[Several[PositiveInt], Distinct]
    repeats: Annotated[int, Field(ge=2, le=1_000)]
    repeated_images: PositiveInt
    active_variance: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _each_divides_the_next(self) -> Self:
        for fewer, more in zip(self.samples, self.samples[1:], strict=False):
            if more <= fewer or more % fewer:
                raise ValueError(
                    f"samples of which each is a multiple of the one before, received {fewer} and "
                    f"then {more}"
                )
        return self


class Published(Section):
    """Somebody else's number, in nats per image."""

    log_likelihood: float
    error: Annotated[float, Field(gt=0)]
    source: Annotated[str, Field(min_length=1, max_length=200)]
