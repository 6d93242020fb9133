"""What was measured, kept row by row: a row that is measured again takes the older one's place."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from stages.core.errors import InputError
from stages.core.formats import write_text
from stages.core.params import validate
from stages.page.charts.style import save
from tests.benchmarks.chart import training_speed
from tests.benchmarks.tables import tables

# By row: `started`, `commit`, `changes`, `machine`, `options`, `measurements`.
Record = dict[str, dict[str, Any]]


def read(file: Path) -> Record:
    """Read a record.

    Args:
        file: `benchmark.json`; may be missing.

    Returns:
        What it holds.

    Raises:
        InputError: it holds something else.
    """
    if not file.exists():
        return {}
    try:
        content = validate(json.loads(file.read_text(encoding="utf-8")), Record, str(file))
        measurements(content)
    except (ValueError, KeyError) as error:
        raise InputError(f"{file}: expected rows of measurements, received: {error!r}") from error
    return content


def write(record: Record, file: Path) -> None:
    """Write a record, a line for each measurement.

    Args:
        record: what was measured.
        file: `benchmark.json`.
    """
    rows = []
    for row, content in record.items():
        facts = {key: value for key, value in content.items() if key != "measurements"}
        lines = ",\n".join(json.dumps(entry) for entry in content["measurements"])
        rows.append(f'{json.dumps(row)}: {json.dumps(facts)[:-1]}, "measurements": [\n{lines}]}}')
    write_text(file, "{" + ",\n".join(rows) + "}\n")


def measurements(record: Record, *rows: str) -> pd.DataFrame:
    """Take the numbers out of a record.

    Args:
        record: what was measured.
        *rows: some; all by default.

    Returns:
        Columns as a `Measurement`'s fields.
    """
    chosen = [record[row]["measurements"] for row in (rows or record)]
    return pd.DataFrame([entry for entries in chosen for entry in entries])


def title(content: Mapping[str, Any]) -> str:
    """Say when and on what a row was measured.

    Args:
        content: of the row.

    Returns:
        Date, processor, cores.
    """
    machine = content["machine"]
    day, _, _ = content["started"].partition(" ")
    return f"{day}, {machine['Processor']}, {machine['Cores available']} cores"


def render(record: Record) -> str:
    """Write all that was measured as Markdown.

    Args:
        record: what was measured.

    Returns:
        For each run of `make benchmark` when, on what and how it measured, and its tables.
    """
    runs: dict[str, list[str]] = {}
    for row, content in record.items():
        runs.setdefault(json.dumps({**content, "measurements": None}), []).append(row)
    parts = [
        "# Speed",
        "",
        "Written by `make benchmark`: medians, with ranges over repetitions; ratios are taken",
        "repetition by repetition, between numbers that were taken within moments of each other.",
    ]
    for rows in runs.values():
        about = record[rows[0]]
        facts = {
            "commit": about["commit"],
            "changes since that commit": about["changes"],
            **about["machine"],
            **about["options"],
        }
        parts += ["", f"## {', '.join(rows)}: {title(about)}", ""]
        parts += [", ".join(f"{name}: {value}" for name, value in facts.items()), ""]
        parts.append(tables(measurements(record, *rows)).rstrip("\n"))
    return "\n".join(parts) + "\n"


def publish(record: Record, folder: Path) -> None:
    """Write record, tables and the chart of training speed.

    Args:
        record: what was measured.
        folder: gets `benchmark.json`, `benchmark.md`, and `benchmark.png` if training was measured.
    """
    write(record, folder / "benchmark.json")
    write_text(folder / "benchmark.md", render(record))
    if training := record.get("training"):
        chart = training_speed(measurements(record, "training"), title(training))
        save(chart, folder / "benchmark.png")
