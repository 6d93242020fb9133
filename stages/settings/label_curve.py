"""Section `label_curve`: accuracy against the number of labels."""

from typing import Annotated

from stages.settings.dataset import Name
from stages.settings.section import Distinct, PositiveInt, Section, Several
from stages.settings.semi_supervised import Draws, Fraction, Regimes

Fractions = Annotated[Several[Fraction], Distinct]


class LabelCurve(Section):
    """Which variants and regimes, at which numbers of labels, for how long."""

    variants: Annotated[Several[Name], Distinct]
    regimes: Regimes
    fractions: Fractions
    draws: Draws
    tuning_draws: Draws
    fewest_updates: PositiveInt
    most_updates: PositiveInt
