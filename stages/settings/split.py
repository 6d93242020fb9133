"""Section `split`: which training images validate."""

from typing import Annotated

from pydantic import Field

from stages.settings.section import Section, Seed


class Split(Section):
    """How training images are divided."""

    seed: Seed
    validation_fraction: Annotated[float, Field(gt=0, le=0.5)]
