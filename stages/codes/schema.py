"""Section `extract_latents`: how codes are measured and what their figures show."""

from typing import Annotated

from pydantic import Field

from stages.core.params import Distinct, PositiveInt, Section, Seed, Several

Regularization = Annotated[float, Field(gt=0, le=1e6)]


class Quality(Section):
    """On how many images the quality of codes is measured, and with which settings."""

    reference_images: Annotated[int, Field(gt=1, le=1_000_000_000)]
    neighbours: Annotated[int, Field(gt=0, le=1_000)]
    inverse_regularizations: Annotated[Several[Regularization], Distinct, Field(max_length=12)]
    unusual_images: Annotated[int, Field(gt=3, le=1_000_000)]


class ExtractLatents(Section):
    """How many images are shown, and what codes are measured by."""

    seed: Seed
    images: Annotated[int, Field(gt=1, le=20)]
    points: PositiveInt
    noise_stddev: Annotated[float, Field(gt=0, le=10)]
    active_variance: Annotated[float, Field(gt=0, le=1e6)]
    quality: Quality
