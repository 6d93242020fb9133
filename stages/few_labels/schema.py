"""Sections `semi_supervised`, `label_curve` and `baselines`: classifiers with few labels."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

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

Regime = Literal[
    "frozen",
    "finetuned",
    "finetuned_direct",
    "propagated",
    "propagated_inductive",
    "scratch",
    "random",
]
# A limit, or tuning would decide the comparison.
Rates = Annotated[Several[LearningRate], Distinct, Field(max_length=8)]
Shares = Annotated[Several[Fraction], Distinct, Field(max_length=8)]
Regularization = Annotated[float, Field(gt=0, le=1e6)]


def _probe_before_fine_tuning(regimes: tuple[Regime, ...]) -> tuple[Regime, ...]:
    if "finetuned" in regimes and "frozen" not in regimes:
        raise ValueError(
            "frozen where there is finetuned, which starts from its output layer, received "
            f"{list(regimes)}"
        )
    return regimes


Regimes = Annotated[Several[Regime], Distinct, AfterValidator(_probe_before_fine_tuning)]


class Tuning(Section):
    """What is tried on validation images: every C of logistic regression, or every learning rate
    with every share of the epochs; on how many draws, and for how many pretraining seeds.
    """

    inverse_regularizations: Annotated[Several[Regularization], Distinct, Field(max_length=12)]
    learning_rates: Rates
    epoch_shares: Shares
    draws: Draws
    seeds: Draws


class Fitting(Section):
    """How classifiers are trained, whatever the number of labels."""

    epochs: Annotated[int, Field(gt=0, le=10_000)]
    batch_size: PositiveInt
    neighbours: Annotated[int, Field(gt=1, le=1_000)]
    components: PositiveInt
    tuning: Tuning


class SemiSupervised(Fitting):
    """One output layer on an encoder, in several regimes."""

    label_fraction: Fraction
    draws: Draws
    primary: Annotated[tuple[Name, ...], Distinct, Field(strict=False)]
    exploratory_draws: Draws
    regimes: Regimes


class LabelCurve(Section):
    """Which variants and regimes, at which numbers of labels, for how long."""

    variants: Annotated[Several[Name], Distinct]
    regimes: Regimes
    fractions: Fractions
    draws: Draws
    seeds: PositiveInt
    tuning_draws: Draws
    min_updates: PositiveInt
    max_updates: PositiveInt


class Baselines(Section):
    """What is tried on validation images beside `semi_supervised.tuning`, and numbers of principal
    components.
    """

    neighbours: Annotated[Several[PositiveInt], Distinct, Field(max_length=12)]
    components: Annotated[Several[PositiveInt], Distinct]
