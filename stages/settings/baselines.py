"""Section `baselines`: classifiers without an autoencoder."""

from typing import Annotated

from pydantic import Field

from stages.settings.section import Distinct, PositiveInt, Section, Several

Regularization = Annotated[float, Field(gt=0, le=1e6)]


class Baselines(Section):
    """What is tried on validation images, six settings at most as for the regimes, and numbers of
    principal components.
    """

    inverse_regularizations: Annotated[Several[Regularization], Distinct, Field(max_length=6)]
    neighbours: Annotated[Several[PositiveInt], Distinct, Field(max_length=6)]
    components: Annotated[Several[PositiveInt], Distinct]
