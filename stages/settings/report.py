"""Section `report`: the notebook's parameters."""

from pydantic import RootModel

from stages.settings.dataset import Name

Value = str | int | float | bool


class Report(RootModel[dict[Name, Value]]):
    """Parameters handed to the notebook; it refuses those that it does not have."""
