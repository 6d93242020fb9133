"""Measurements as a tidy table, and ratios of such as were taken side by side."""

from typing import NamedTuple

import pandas as pd


class Measurement(NamedTuple):
    """One number.

    Attributes:
        row: what was measured.
        case: of what, such as a variant.
        contender: by whom or in which part.
        value: the number.
        repetition: those of one repetition were taken within moments of each other.
    """

    row: str
    case: str
    contender: str
    value: float
    repetition: int = 0


def values(table: pd.DataFrame, row: str, case: str, contender: str) -> "pd.Series[float]":
    """Choose numbers.

    Args:
        table: columns as a `Measurement`'s fields.
        row: what was measured.
        case: of what.
        contender: by whom.

    Returns:
        By repetition; may be empty.
    """
    chosen = (table[["row", "case", "contender"]] == [row, case, contender]).all(axis=1)
    return table[chosen].set_index("repetition")["value"]


def spread(numbers: "pd.Series[float]", digits: int = 2) -> str:
    """Write a median with its range.

    Args:
        numbers: by repetition, such as ratios taken repetition by repetition.
        digits: after the point.

    Returns:
        Such as `1.70 (1.65–1.81)`; a dash where there are none.
    """
    numbers = numbers.dropna()
    if numbers.empty:
        return "–"
    median, least, most = numbers.median(), numbers.min(), numbers.max()
    if len(numbers) == 1:
        return f"{median:,.{digits}f}"
    return f"{median:,.{digits}f} ({least:,.{digits}f}–{most:,.{digits}f})"
