"""Sections `classifier` and `sampling`: how models are sampled from, and the network in whose
features the samples are compared with real images.
"""

from typing import Annotated

from pydantic import Field

from stages.core.params import LearningRate, PositiveInt, Section, Seed
from stages.models.schema import Architecture

Count = Annotated[int, Field(gt=1, le=20)]


class Classifier(Section):
    """An encoder with an output layer, trained by Adam; its code gives the features."""

    seed: Seed
    architecture: Architecture
    epochs: Annotated[int, Field(gt=0, le=1_000)]
    batch_size: PositiveInt
    learning_rate: LearningRate


class Sampling(Section):
    """How many images and codes are drawn, all from one seed, and how they are measured; what the
    controls are that samples are compared with.
    """

    seed: Seed
    # A classifier that is to tell them from real ones learns from half of them; the rest test it.
    images: Annotated[int, Field(ge=4, le=1_000_000)]
    neighbours: Annotated[int, Field(gt=0, le=1_000)]
    components: PositiveInt
    blur: Annotated[float, Field(gt=0, le=100)]
    mixture_components: Annotated[int, Field(gt=0, le=1_000)]
    mixture_images: Annotated[int, Field(gt=1, le=10_000_000)]
    mixture_dimensions: PositiveInt
    copies: PositiveInt
    columns: Count
    interpolations: Count
    traversals: Count
    steps: Count
