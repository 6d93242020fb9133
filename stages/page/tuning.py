"""Whether the settings that tuning tried reach far enough."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import pandas as pd


class Reach(NamedTuple):
    """How many choices lie at an edge of what was tried.

    Attributes:
        choices: all of them.
        at_edge: those that lie at an edge.
        clear: of these, those that are clearly better than every setting inside.
        slow: of these, the smallest rate with some updates inside the range. A smaller rate would
            probably need more updates for the same way, and more at this rate were tried.
        beyond: the rest, behind which a better setting may lie.
    """

    choices: int
    at_edge: int
    clear: int
    slow: int
    beyond: int


def reach(tuning: pd.DataFrame) -> Reach:
    """Count the choices at an edge.

    Args:
        tuning: `variant`, `regime`, `inverse_regularization`, `learning_rate`, `updates` (the last
            three empty where there are none), `chosen`, `at_edge` (clearly so); one row for each
            setting that was tried.
    """
    if tuning.empty:  # graphs of codes need no settings
        return Reach(0, 0, 0, 0, 0)
    chosen = tuning[tuning["chosen"]]
    clear = chosen[chosen["at_edge"]]
    updates = clear["updates"]
    inside = (updates > tuning["updates"].min()) & (updates < tuning["updates"].max())
    slow = int((inside & (clear["learning_rate"] == tuning["learning_rate"].min())).sum())
    at_edge = int((_lies_at_edge(tuning) & tuning["chosen"]).sum())
    return Reach(len(chosen), at_edge, len(clear), slow, len(clear) - slow)


def distinct(tuning: pd.DataFrame) -> pd.DataFrame:
    """Keep one of the variants that are the same network, and choices between unequal settings.

    Without pretraining, from scratch and untrained, variants with the same layers have equal runs.

    Args:
        tuning: all settings that were tried, as for `reach`, with `validation_accuracy`.
    """
    found: dict[tuple[Any, str], pd.DataFrame] = {}
    for (_, regime), rows in tuning.groupby(["variant", "regime"], sort=False):
        if rows["validation_accuracy"].min() < rows["validation_accuracy"].max():
            own = rows if regime not in _FRESH else rows.drop(columns="variant")
            found.setdefault((regime, own.to_csv(index=False)), rows)
    return pd.concat(found.values()) if found else tuning.iloc[:0]


_FRESH = ("scratch", "random")
# Fewer updates than the fewest would hardly be a training.
_EDGES: Mapping[str, tuple[Literal["min", "max"], ...]] = {
    "inverse_regularization": ("min", "max"),
    "learning_rate": ("min", "max"),
    "updates": ("max",),
}


def _lies_at_edge(tuning: pd.DataFrame) -> "pd.Series[bool]":
    """Tell of each setting whether it lies at an edge of what its variant and regime tried."""
    tried = tuning.groupby(["variant", "regime"])
    found = pd.Series(False, tuning.index)
    for column, ends in _EDGES.items():
        several = tried[column].transform("nunique") > 1
        for end in ends:
            found |= several & (tuning[column] == tried[column].transform(end))
    return found
