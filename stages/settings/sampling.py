"""Section `sampling`: how models are asked for images of their own."""

from typing import Annotated

from pydantic import Field

from stages.settings.section import Section, Seed

Count = Annotated[int, Field(gt=1, le=20)]


class Sampling(Section):
    """What the sample figures show; all of it is drawn from one seed."""

    seed: Seed
    rows: Count
    columns: Count
    interpolations: Count
    traversals: Count
    steps: Count
