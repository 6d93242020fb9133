"""Section `extract_latents`: how codes are measured and what their figures show."""

from typing import Annotated

from pydantic import Field

from stages.core.params import PositiveInt, Section, Seed


class Quality(Section):
    """On how many images the quality of codes is measured."""

    reference_images: PositiveInt
    neighbours: Annotated[int, Field(gt=0, le=1_000)]
    silhouette_images: Annotated[int, Field(gt=3, le=1_000_000)]


class ExtractLatents(Section):
    """How many images are shown, and what codes are measured by."""

    seed: Seed
    images: Annotated[int, Field(gt=1, le=20)]
    points: PositiveInt
    active_variance: Annotated[float, Field(gt=0, le=1e6)]
    quality: Quality
