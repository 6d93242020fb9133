"""Run the reference experiments, from their checkpoints if they were interrupted, and compare.

python -m tools.reference --jobs 3                      three stages side by side
python -m tools.reference --only gaussian_prior_vae     one experiment
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from tools import provenance
from tools.progress import say
from tools.project import PROJECT
from tools.runner import reproduce
from tools.schedule import Jobs, jobs_for

REFERENCES = {file.parent.name: file.parent for file in PROJECT.glob("reference/*/dvc.yaml")}


def main(
    jobs: Jobs = None,
    only: Annotated[str, typer.Option(help="One experiment; all by default.")] = "",
) -> None:
    """Do other people's experiments again."""
    if only and only not in REFERENCES:
        sys.exit(f"error: only: expected one of {sorted(REFERENCES)}, received {only!r}")
    for name in [only] if only else sorted(REFERENCES):
        print(f"{name}: {run(REFERENCES[name], jobs)}", flush=True)


def run(folder: Path, jobs: int | None) -> str:
    """Run one experiment and give its result in words.

    Args:
        folder: of its `dvc.yaml`.
        jobs: stages side by side; as many as fit by default.
    """
    jobs = jobs_for(folder, jobs)
    clock, how = time.monotonic(), {"Stages side by side": str(jobs)}
    with provenance.recording(folder, how, folder="metrics") as times:
        reproduce(folder, jobs, times=times)
    say("in all", time.monotonic() - clock)
    summary = json.loads((folder / "metrics" / "summary.json").read_text())
    return str(import_module(f"reference.{folder.name}.result").result(summary))


if __name__ == "__main__":
    typer.run(main)
