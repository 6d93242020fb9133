"""Section `report`: what the page shows first, and how."""

from typing import Annotated

from pydantic import Field

from stages.core.names import Name
from stages.core.params import Distinct, Section
from stages.ledger.schema import Id

# YAML gives lists; frozen objects hold tuples.
Names = Annotated[tuple[Name, ...], Field(strict=False), Distinct]


class Report(Section):
    """Parameters of `reports/report.ipynb` besides the paths that the stage hands to it.

    Names that are no variants of the study, and questions that it does not answer, are left out.

    Attributes:
        decimals: of errors.
        headline: ids of the questions that are answered first.
        overview: variants in the first figure.
        panels: variants whose codes are shown.
        interpolations: variants whose interpolations are shown.
    """

    decimals: Annotated[int, Field(ge=0, le=10)]
    headline: Annotated[tuple[Id, ...], Distinct, Field(strict=False)]
    overview: Names
    panels: Names
    interpolations: Names
