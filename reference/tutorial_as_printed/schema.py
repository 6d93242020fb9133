"""Sections of this experiment's `params.yaml`: training, random codes; names of models."""

from typing import Annotated, Literal

from pydantic import Field

from stages.core.params import PositiveInt, Section, Seed

Model = Literal["trivial", "compression", "vae"]


class Training(Section):
    """What the tutorial's calls of `fit` have in common."""

    epochs: Annotated[int, Field(gt=0, le=1_000)]
    batch_size: PositiveInt


class RandomCodes(Section):
    """How many codes from N(0, I) are decoded."""

    seed: Seed
    count: Annotated[int, Field(ge=2, le=10_000)]


ShownCodes = Annotated[int, Field(gt=0, le=20)]
