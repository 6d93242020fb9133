"""Measure the study beside its alternatives: `make benchmark`.

All rows take hours on two cores, most of them for a run of the whole pipeline; choose some:

    python -m tools.benchmark --rows training,comparison
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from stages.figures.style import save
from stages.settings.section import load
from tools import provenance
from tools.benchmark import growth, pipeline, training
from tools.benchmark.chart import training_speed
from tools.benchmark.measurement import Measurement
from tools.benchmark.tables import tables
from tools.reproduce import PROJECT, copy_without_results

ROWS = ("pipeline", "training", "comparison", "change", "growth")
CHANGES: Mapping[str, Mapping[str, Any]] = {
    "a claim's threshold": {"claims.separation_margin": 0.03},
    "one variant's penalty": {"variants.combined.sparsity.weight": 1.0},
}


def main(
    rows: Annotated[str, typer.Option(help="Some, by comma.")] = ",".join(ROWS),
    variants: Annotated[str, typer.Option(help="To train, by comma; all by default.")] = "",
    images: Annotated[int, typer.Option(help="Of an epoch.")] = 12_800,
    repetitions: Annotated[int, typer.Option(min=1, help="Of what takes seconds.")] = 5,
) -> None:
    """Measure, print tables, write `build/benchmark.json` and a chart."""
    params = load(PROJECT / "params.yaml")
    known, batch_size = list(params["variants"]), params["train"]["batch_size"]
    names, wanted = variants.split(",") if variants else known, rows.split(",")
    for kind, chosen, possible in (("rows", wanted, ROWS), ("variants", names, known)):
        if unknown := set(chosen) - set(possible):
            raise typer.BadParameter(f"{kind}: expected some of {possible}, received {unknown}")
    if images < batch_size:
        raise typer.BadParameter(f"images: expected a batch of {batch_size}, received {images}")
    if not find_spec("torch"):
        print("PyTorch is not installed: measured without it", file=sys.stderr)
    start, machine = provenance.starting(PROJECT), provenance.of_machine()
    build = PROJECT / "build"
    project = copy_without_results(PROJECT, build / "benchmark", {})
    measured: list[dict[str, Any]] = []
    for entry in measure(project, wanted, names, images, repetitions):
        print(*entry, flush=True)
        measured.append(entry._asdict())
        # At once: a run takes hours.
        content = {
            "started": f"{start.time:%Y-%m-%d %H:%M} UTC",
            "commit": start.commit,
            "changes": start.changes,
            "machine": machine,
            "measurements": measured,
        }
        (build / "benchmark.json").write_text(json.dumps(content, indent=1) + "\n")
    table = pd.DataFrame(measured)
    if "training" in wanted:
        title = f"{start.time:%Y-%m-%d}, {machine['Processor']}"
        save(training_speed(table, names, title), build / "benchmark.png")
    print(tables(table))


def measure(
    project: Path, rows: Sequence[str], variants: Sequence[str], images: int, repetitions: int
) -> Iterator[Measurement]:
    """Measure what is wanted, in an order in which one row makes what another needs.

    Args:
        project: a copy of this one, without results.
        rows: some of `ROWS`.
        variants: to train.
        images: of an epoch.
        repetitions: of what takes seconds.

    Yields:
        Numbers as they come.
    """
    if "pipeline" in rows:
        yield from pipeline.whole(project)
    if {"training", "comparison", "growth"} & set(rows):
        pipeline.repro(project, "split")
    if "training" in rows:
        yield from training.measure(project, variants, images, repetitions)
    if "comparison" in rows:
        yield from training.compare(project, "compression", min(repetitions, 2))
    if "change" in rows:
        pipeline.repro(project)
        yield from pipeline.changes(project, CHANGES, repetitions)
    if "growth" in rows:
        yield from growth.measure(project, growth.Sizes(), min(repetitions, 3))


if __name__ == "__main__":
    typer.run(main)
