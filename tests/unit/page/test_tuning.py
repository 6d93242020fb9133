"""Choices at an edge of what was tried."""

import pandas as pd

from stages.page.tuning import Reach, reach


def test_a_small_rate_with_updates_inside_the_range_hides_nothing_better() -> None:
    columns = ("learning_rate", "updates", "chosen", "at_edge")
    rows = [
        (0.1, 90, True, True),  # the smallest rate and the fewest updates
        (0.1, 180, True, True),  # slow
        (0.1, 200, True, True),  # slow
        (0.1, 300, True, True),  # slow
        (0.1, 360, True, True),  # the most updates
        (1.0, 180, True, True),  # the largest rate
        (0.5, 180, True, False),
        (0.1, 180, False, False),
        (None, None, True, True),  # a probe's C
    ]
    assert reach(pd.DataFrame(rows, columns=columns)) == Reach(8, 7, 3, 4)
