"""Sections `semi_supervised`, `label_curve` and `baselines`: how encoders, and what needs no
encoder, are compared with few labels.
"""

from typing import Annotated, Literal

from pydantic import Field

from stages.core.names import Name
from stages.core.params import (
    Distinct,
    Draws,
    Fraction,
    Fractions,
    LearningRate,
    PositiveInt,
    Section,
    Several,
)

Regime = Literal["frozen", "finetuned", "finetuned_direct", "scratch", "random"]
Regimes = Annotated[Several[Regime], Distinct]
# As many settings for every regime, and at most six, or tuning would decide the comparison.
Rates = Annotated[Several[LearningRate], Distinct, Field(max_length=6)]
Shares = Annotated[Several[Fraction], Distinct, Field(max_length=6)]
Regularization = Annotated[float, Field(gt=0, le=1e6)]


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


class LabelCurve(Section):
    """Which variants and regimes, at which numbers of labels, for how long."""

    variants: Annotated[Several[Name], Distinct]
    regimes: Regimes
    fractions: Fractions
    draws: Draws
    tuning_draws: Draws
    min_updates: PositiveInt
    max_updates: PositiveInt


class Baselines(Section):
    """What is tried on validation images, six settings at most as for the regimes, and numbers of
    principal components.
    """

    inverse_regularizations: Annotated[Several[Regularization], Distinct, Field(max_length=6)]
    neighbours: Annotated[Several[PositiveInt], Distinct, Field(max_length=6)]
    components: Annotated[Several[PositiveInt], Distinct]
