"""Section `train`: how every variant is pretrained."""

from typing import Annotated

from pydantic import Field

from stages.core.params import LearningRate, PositiveInt, Section, Seeds


class Train(Section):
    """Pretraining by Adam."""

    epochs: Annotated[int, Field(gt=0, le=10_000)]
    batch_size: PositiveInt
    learning_rate: LearningRate
    seeds: Seeds
