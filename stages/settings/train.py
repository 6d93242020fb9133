"""Sections `train`, `threads` and `device`: what all variants share when they train."""

from typing import Annotated

from pydantic import Field

from stages.settings.section import Distinct, PositiveInt, Section, Seed, Several

Device = Annotated[str, Field(pattern="^(cpu|gpu)$")]
Threads = Annotated[int, Field(gt=0, le=64)]
Seeds = Annotated[Several[Seed], Distinct, Field(max_length=1_000)]
LearningRate = Annotated[float, Field(gt=0, le=1)]


class Train(Section):
    """Pretraining by Adam."""

    epochs: Annotated[int, Field(gt=0, le=10_000)]
    batch_size: PositiveInt
    learning_rate: LearningRate
    seeds: Seeds
