"""Section `semi_supervised`: how encoders are compared with few labels."""

from typing import Annotated, Literal

from pydantic import Field

from stages.settings.section import Distinct, PositiveInt, Section, Several
from stages.settings.train import LearningRate

Regime = Literal["frozen", "finetuned", "finetuned_direct", "scratch", "random"]
Regimes = Annotated[Several[Regime], Distinct]
Fraction = Annotated[float, Field(gt=0, le=1)]
Draws = Annotated[int, Field(gt=0, le=1_000)]
# As many settings for every regime, and at most six, or tuning would decide the comparison.
Rates = Annotated[Several[LearningRate], Distinct, Field(max_length=6)]
Shares = Annotated[Several[Fraction], Distinct, Field(max_length=6)]


class Tuning(Section):
    """The settings that are tried for each regime, every rate with every share of the epochs, and
    on how many draws.
    """

    output_learning_rates: Rates
    encoder_learning_rates: Rates
    epoch_shares: Shares
    draws: Draws


class Fitting(Section):
    """How a classifier is trained, by Adam, whatever the number of labels."""

    epochs: Annotated[int, Field(gt=0, le=10_000)]
    frozen_fraction: Annotated[float, Field(gt=0, lt=1)]
    batch_size: PositiveInt
    output_learning_rate: LearningRate
    tuning: Tuning


class SemiSupervised(Fitting):
    """One output layer on an encoder, in several regimes."""

    label_fraction: Fraction
    draws: Draws
    regimes: Regimes
