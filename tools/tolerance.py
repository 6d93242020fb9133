"""How much recomputed tables and JSON files may differ from published ones, number by number."""

import csv
import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tools.project import TABLES


class Status(StrEnum):
    """How a recomputed output compares with the published one."""

    IDENTICAL = "identical"
    WITHIN = "within tolerance"
    DIFFERENT = "different"


class Tolerance(NamedTuple):
    """How far a number may be from the published one: absolute + relative * |published|."""

    absolute: float
    relative: float


_DEFAULT = Tolerance(1e-9, 0.05)
# By the end of a column's or key's name; the first that fits. Somewhat more than what another order
# of sums once changed in a whole study (in the convolutional variant).
TOLERANCES = {
    "chosen": Tolerance(1, 0),  # of nearly equal settings, another one may be best
    "active_units": Tolerance(2, 0),
    "units.test_kl": Tolerance(0.01, 0.15),
    "label_fraction": Tolerance(0, 0),  # given, not measured
    "learning_rate": Tolerance(0, 0),
    "semi_supervised.test_accuracy": Tolerance(0.12, 0),  # another setting was chosen
    "label_curve.test_accuracy": Tolerance(0.12, 0),
    "accuracy.test_accuracy": Tolerance(0.12, 0),
    "two_sample_accuracy": Tolerance(0.05, 0),
    "accuracy": Tolerance(0.03, 0),
    "accuracy_sd": Tolerance(0.02, 0),
    "_sd": Tolerance(0, 0.5),
    "knn_accuracy_2d": Tolerance(0.01, 0),
    "coverage": Tolerance(0.08, 0),
    "coverage_of_reconstructions": Tolerance(0.08, 0),
    "two_sample_accuracy_of_reconstructions": Tolerance(0.05, 0),
    "frechet_classifier_of_reconstructions": Tolerance(0, 0.25),
    "frechet_classifier": Tolerance(0, 0.25),
    "nearest_training_image": Tolerance(0, 0.15),
    "comparisons.difference": Tolerance(0.04, 0),
    "comparisons.low": Tolerance(0.04, 0),
    "comparisons.high": Tolerance(0.04, 0),
    "measured": Tolerance(0.04, 0.05),
    "interval.0": Tolerance(0.04, 0.05),
    "interval.1": Tolerance(0.04, 0.05),
}


def tolerance(name: str) -> Tolerance | None:
    """Look up what is allowed for a column or key; none if no entry of `TOLERANCES` fits.

    Args:
        name: dotted, with the table's name first: `samples.recall`, `summary.vae.test_mse`.
    """
    return next((known for end, known in TOLERANCES.items() if name.endswith(end)), None)


def compare(published: Path, recomputed: Path) -> tuple[Status, str]:
    """Compare two tables or two JSON files, whose bytes differ, number by number.

    Args:
        published: CSV or JSON.
        recomputed: the same file of another run.

    Returns:
        Status, and the largest difference or what cannot be compared.
    """
    try:
        before, after = _columns(published), _columns(recomputed)
    except (ValueError, KeyError) as error:
        return Status.DIFFERENT, str(error)
    if list(before) != list(after):
        return Status.DIFFERENT, "other columns or keys"
    worst, note = 0.0, ""
    for name, old in before.items():
        new = after[name]
        if old.shape != new.shape:
            return Status.DIFFERENT, f"{name}: expected {len(old)} values, received {len(new)}"
        allowed = tolerance(name)
        exact = allowed is None and {old.dtype.kind, new.dtype.kind} <= set("iub")
        if exact or not {old.dtype.kind, new.dtype.kind} <= set("iubf"):
            if not np.array_equal(old, new):
                return Status.DIFFERENT, f"{name}: other values"
            continue
        old, new = old.astype(float), new.astype(float)
        if not np.array_equal(np.isnan(old), np.isnan(new)):
            return Status.DIFFERENT, f"{name}: values are missing in one file"
        distance = np.abs(np.nan_to_num(new) - np.nan_to_num(old))
        absolute, relative = allowed or _DEFAULT
        limit = absolute + relative * np.abs(np.nan_to_num(old))
        shares = np.divide(distance, limit, out=np.where(distance, np.inf, 0.0), where=limit > 0)
        if shares.max(initial=0.0) > worst:
            at = int(np.argmax(shares))
            worst, note = float(shares[at]), f"{name}: {old[at]:.6g} became {new[at]:.6g}"
    if not note:
        return Status.DIFFERENT, "the same values in another notation, which no run writes"
    return (Status.DIFFERENT if worst > 1 else Status.WITHIN), note


def _columns(file: Path) -> dict[str, NDArray[Any]]:
    """A table's columns, or a JSON file's values, as arrays; named as `tolerance` knows them.

    Raises:
        ValueError: a name occurs twice, or a row has more or fewer fields than there are columns.
    """
    table = file.stem if file.parent.name == PurePosixPath(TABLES).name else file.parent.name
    if file.suffix == ".csv":
        header, *rows = csv.reader(file.read_text(encoding="utf-8").splitlines())
        if len(set(header)) < len(header) or any(len(row) != len(header) for row in rows):
            raise ValueError("expected one field for each column in every row, no column twice")
        content = pd.read_csv(file)
        if table == "units":
            # Training may exchange the roles of units: a model's means can be compared, and how
            # many units it has.
            keys = [key for key in ("variant", "model_seed") if key in content]
            models = content.astype(dict.fromkeys(keys, str)).groupby(keys)
            content = models.mean(numeric_only=True).assign(rows=models.size()).reset_index()
        return {f"{table}.{name}": _plain(content[name].to_numpy()) for name in content}
    values = list(_values(_read_json(file), table))
    if len({key for key, _ in values}) < len(values):
        raise ValueError("expected each entry once")
    return {key: _plain(np.array([value])) for key, value in values}


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    return values if values.dtype.kind in "iufb" else values.astype(str)


def _read_json(file: Path) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("expected each key once")
        return dict(pairs)

    return json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=once)


def _values(content: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Every value in nested mappings and lists by its dotted key."""
    if isinstance(content, dict):
        for name, inner in content.items():
            yield from _values(inner, f"{key}.{name}")
    elif isinstance(content, list):
        # A claim's key has its id, so that a missing claim is told from a changed one.
        for position, inner in enumerate(content):
            name = inner.get("id", position) if isinstance(inner, dict) else position
            yield from _values(inner, f"{key}.{name}")
    else:
        yield key, content
