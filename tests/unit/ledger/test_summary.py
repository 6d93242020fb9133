"""Headline numbers out of the tables of all variants."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.core.errors import InputError
from stages.ledger.summary import gather, summarize


def table(accuracies: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"variant": "a", "regime": "frozen", "test_accuracy": accuracies})


def test_headline_numbers_are_means_with_deviations() -> None:
    errors = pd.DataFrame({"variant": ["a", "a"], "test_mse": [1.0, 3.0]})
    curve = table([0.5, 0.7]).assign(labels=100)
    numbers = summarize(errors, table([0.5, 0.7]), curve)
    assert numbers["a.test_mse"] == 2.0
    assert numbers["a.test_mse_sd"] == pytest.approx(np.sqrt(2))
    assert numbers["a.frozen.test_accuracy"] == pytest.approx(0.6)
    assert numbers["a.frozen.100.test_accuracy"] == pytest.approx(0.6)


def test_one_run_has_no_deviation() -> None:
    errors = pd.DataFrame({"variant": ["a"], "test_mse": [1.0]})
    assert summarize(errors, table([0.5]), table([]).assign(labels=[])) == {
        "a.test_mse": 1.0,
        "a.frozen.test_accuracy": 0.5,
    }


def test_tables_are_gathered_in_the_order_of_the_variants(tmp_path: Path) -> None:
    for name in ("a", "b"):
        pd.DataFrame({"variant": [name]}).to_csv(tmp_path / f"{name}.csv", index=False)
    assert gather(tmp_path, ["b", "a"])["variant"].tolist() == ["b", "a"]


def test_a_missing_or_empty_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a.csv: expected a table"):
        gather(tmp_path, ["a"])
    (tmp_path / "a.csv").touch()
    with pytest.raises(InputError, match=r"a.csv: expected a table"):
        gather(tmp_path, ["a"])


def test_rows_of_gathered_tables_are_numbered_through(tmp_path: Path) -> None:
    for name in ("a", "b"):
        pd.DataFrame({"variant": [name, name]}).to_csv(tmp_path / f"{name}.csv", index=False)
    assert gather(tmp_path, ["b", "a"]).index.tolist() == [0, 1, 2, 3]


def test_headline_numbers_keep_the_order_of_the_tables() -> None:
    errors = pd.DataFrame({"variant": ["b", "a"], "test_mse": [1.0, 3.0]})
    numbers = summarize(errors, table([]), table([]).assign(labels=[]))
    assert list(numbers) == ["b.test_mse", "a.test_mse"]
