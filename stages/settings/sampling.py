"""Section `sampling`: how models are asked for images of their own."""

from typing import Annotated

from pydantic import Field

from stages.settings.section import PositiveInt, Section, Seed

Count = Annotated[int, Field(gt=1, le=20)]


class Sampling(Section):
    """What is drawn, all of it from one seed, and how it is measured."""

    seed: Seed
    images: Annotated[int, Field(gt=1, le=1_000_000)]
    neighbours: Annotated[int, Field(gt=0, le=1_000)]
    mixture_components: Annotated[int, Field(gt=0, le=1_000)]
    mixture_images: Annotated[int, Field(gt=1, le=10_000_000)]
    mixture_dimensions: PositiveInt
    copies: PositiveInt
    columns: Count
    interpolations: Count
    traversals: Count
    steps: Count
