"""Sections of experiments whose result is a likelihood: its estimate, and other people's."""

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from stages.settings.dataset import Name
from stages.settings.section import PositiveInt, Section, Seed, Several


def _each_divides_the_next(samples: tuple[int, ...]) -> tuple[int, ...]:
    for fewer, more in pairwise(samples):
        if more <= fewer or more % fewer:
            raise ValueError(f"multiples of the number before, received {more} after {fewer}")
    return samples


# In tens, since codes are drawn in blocks.
Count = Annotated[int, Field(gt=0, le=1_000_000, multiple_of=10)]
Samples = Annotated[Several[Count], AfterValidator(_each_divides_the_next)]


class Estimate(Section):
    """How the likelihood is estimated, and how far estimates with other noise are apart."""

    seed: Seed
    samples: Samples
    repeats: Annotated[int, Field(ge=2, le=1_000)]
    repeated_images: PositiveInt
    active_variance: Annotated[float, Field(gt=0)]


class Published(Section):
    """Somebody else's number for the test images of a data set, in nats per image."""

    dataset: Name
    log_likelihood: float
    error: Annotated[float, Field(gt=0)]
    source: Annotated[str, Field(min_length=1, max_length=200)]
