"""Whether the settings that tuning tried reach far enough."""

from typing import NamedTuple

import pandas as pd


class Reach(NamedTuple):
    """How many choices lie at an edge of what was tried.

    Attributes:
        choices: all of them.
        at_edge: those that lie at an edge and are clearly better than every setting inside.
        slow: of these, the smallest rate with some updates inside the range. A smaller rate would
            probably need more updates for the same way, and more at this rate were tried.
        beyond: the rest, behind which a better setting may lie.
    """

    choices: int
    at_edge: int
    slow: int
    beyond: int


def reach(tuning: pd.DataFrame) -> Reach:
    """Count the choices at an edge.

    Args:
        tuning: `learning_rate`, `updates` (both empty where there are none), `chosen`, `at_edge`;
            one row for each setting that was tried.
    """
    chosen = tuning[tuning["chosen"]]
    at_edge = chosen[chosen["at_edge"]]
    updates = at_edge["updates"]
    inside = (updates > tuning["updates"].min()) & (updates < tuning["updates"].max())
    slow = int((inside & (at_edge["learning_rate"] == tuning["learning_rate"].min())).sum())
    return Reach(len(chosen), len(at_edge), slow, len(at_edge) - slow)
