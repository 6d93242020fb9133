"""Section `classifier`: the judge of samples."""

from typing import Annotated

from pydantic import Field

from stages.settings.section import PositiveInt, Section, Seed, Several
from stages.settings.train import LearningRate
from stages.settings.variant import Width


class Classifier(Section):
    """Dense layers, trained by Adam; the last hidden layer is the space of features."""

    seed: Seed
    hidden: Annotated[Several[Width], Field(max_length=10)]
    epochs: Annotated[int, Field(gt=0, le=1_000)]
    batch_size: PositiveInt
    learning_rate: LearningRate
