"""Measure the study beside its alternatives: `make benchmark`.

All rows take hours on two cores, most of them for a run of the whole pipeline; choose some:

    python -m tests.benchmarks --rows training,comparison
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from stages.core.params import load
from tests.benchmarks import growth, pipeline, record, training
from tests.benchmarks.jobs import SIDE_BY_SIDE, sleeping
from tests.benchmarks.measurement import Measurement
from tools import provenance
from tools.project import PROJECT, copy_without_results

ROWS = ("pipeline", "change", "training", "comparison", "growth", SIDE_BY_SIDE)
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
    """Measure, print tables, write `build/benchmark.json`, `.md` and `.png`."""
    params = load(PROJECT / "params.yaml")
    known, batch_size = list(params["variants"]), params["train"]["batch_size"]
    names, wanted = variants.split(",") if variants else known, rows.split(",")
    for kind, chosen, possible in (("rows", wanted, ROWS), ("variants", names, known)):
        if unknown := set(chosen) - set(possible):
            raise typer.BadParameter(f"{kind}: expected some of {possible}, received {unknown}")
    if images < batch_size:
        raise typer.BadParameter(f"images: expected a batch of {batch_size}, received {images}")
    if params["device"] != "cpu":
        raise typer.BadParameter(f"device: expected cpu, received {params['device']}")
    if not find_spec("torch"):
        print("PyTorch is not installed: measured without it", file=sys.stderr)
    start, machine = provenance.starting(PROJECT), provenance.of_machine()
    file = PROJECT / "build" / "benchmark.json"
    kept = record.read(file)
    about = {
        "started": f"{start.time:%Y-%m-%d %H:%M} UTC",
        "commit": start.commit,
        "changes": start.changes,
        "machine": machine,
        "options": {
            "torch": version("torch") if find_spec("torch") else "none",
            "images in an epoch of training": images,
            "repetitions": repetitions,
        },
    }
    project = copy_without_results(PROJECT, file.parent / "benchmark", {})
    for row, numbers in measures(project, names, images, repetitions).items():
        if row in wanted:
            measured = []
            for entry in numbers:
                print(*entry, flush=True)
                measured.append(entry._asdict())
            # A row is whole or as it was.
            kept[row] = {**about, "measurements": measured}
            record.publish(kept, file.parent)
    print(record.render(kept))


def measures(
    project: Path, variants: Sequence[str], images: int, repetitions: int
) -> dict[str, Iterator[Measurement]]:
    """Say how each row is measured, in an order in which one makes what another needs.

    Args:
        project: a copy of this one, without results.
        variants: to train.
        images: of an epoch.
        repetitions: of what takes seconds.

    Returns:
        By row, numbers as they come; nothing is done before they are asked for.
    """

    def after(numbers: Iterator[Measurement], *targets: str) -> Iterator[Measurement]:
        pipeline.repro(project, *targets)
        yield from numbers

    few = min(repetitions, 3)
    return {
        "pipeline": pipeline.whole(project),
        "change": after(pipeline.changes(project, CHANGES, repetitions)),
        "training": after(training.measure(project, variants, images, repetitions), "split"),
        "comparison": after(training.compare(project, "compression", min(few, 2)), "split"),
        "growth": after(growth.measure(project, growth.Sizes(), few), "split"),
        SIDE_BY_SIDE: sleeping(project.with_name("sleeping")),
    }


if __name__ == "__main__":
    typer.run(main)
