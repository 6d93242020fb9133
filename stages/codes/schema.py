"""Section `extract_latents`: how codes are measured and what their figures show."""

from typing import Annotated

from pydantic import Field

from stages.core.params import PositiveInt, Section, Seed


class Quality(Section):
    """From how many images the quality of codes is measured."""

    reference_images: PositiveInt
    neighbours: Annotated[int, Field(gt=0, le=1_000)]
    silhouette_images: Annotated[int, Field(gt=3, le=1_000_000)]


class ExtractLatents(Section):
    """Sizes of what is shown and of what is measured."""

    seed: Seed
    images: Annotated[int, Field(gt=1, le=20)]
    points: PositiveInt
    active_variance: Annotated[float, Field(gt=0, le=1e6)]
    quality: Quality
