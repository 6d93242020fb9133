"""Section `report`: the notebook's parameters."""

from typing import Annotated

from pydantic import Field

from stages.core.params import Section


class Report(Section):
    """Parameters of `reports/report.ipynb` besides the paths that the stage hands to it."""

    decimals: Annotated[int, Field(ge=0, le=10)]
