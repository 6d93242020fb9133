"""From tables with a row for each run to headline numbers."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from stages.core.errors import InputError


def gather(folder: Path, variants: Iterable[str]) -> pd.DataFrame:
    """Put the tables of all variants, `<variant>.csv`, below one another, in the order given.

    Raises:
        InputError: a table is missing or is not CSV.
    """
    tables = []
    for name in variants:
        path = folder / f"{name}.csv"
        try:
            tables.append(pd.read_csv(path))
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: expected a table, received: {error}") from error
    return pd.concat(tables, ignore_index=True)


def summarize(
    latents: pd.DataFrame, accuracies: pd.DataFrame, curve: pd.DataFrame
) -> Mapping[str, float]:
    """Compute the headline numbers.

    Args:
        latents: `variant`, `model_seed`, `test_mse`.
        accuracies: `variant`, `regime`, `model_seed`, `label_draw`, `test_accuracy`.
        curve: the same with the number of `labels`.

    Returns:
        Flat: `<variant>.test_mse`, `<variant>.<regime>.test_accuracy` and
        `<variant>.<regime>.<labels>.test_accuracy`, means over all runs, each with its standard
        deviation under `…_sd` where there are two runs or more.
    """
    numbers: dict[str, float] = {}
    for keys, table, column in (
        (["variant"], latents, "test_mse"),
        (["variant", "regime"], accuracies, "test_accuracy"),
        (["variant", "regime", "labels"], curve, "test_accuracy"),
    ):
        for group, values in table.groupby(keys, sort=False)[column]:
            name = ".".join(map(str, (*group, column)))
            numbers[name] = float(values.mean())
            if len(values) > 1:
                numbers[f"{name}_sd"] = float(values.std(ddof=1))
    return numbers
