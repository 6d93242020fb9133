"""Run the reference experiment, from its checkpoints if it was interrupted, and compare.

python -m tools.reference --jobs 3    three seeds side by side
"""

import json
import time

import typer

from tools import provenance
from tools.project import PROJECT
from tools.runner import reproduce, say
from tools.schedule import Jobs, jobs_for

REFERENCE = PROJECT / "reference" / "gaussian_prior_vae"


def main(
    jobs: Jobs = None,
) -> None:
    """Reproduce a published likelihood."""
    jobs = jobs or jobs_for(REFERENCE)
    start, clock = provenance.starting(REFERENCE), time.monotonic()
    times = reproduce(REFERENCE, jobs)
    how = {"Stages side by side": str(jobs)}
    provenance.write(REFERENCE, start, times, how, folder="metrics")
    summary = json.loads((REFERENCE / "metrics" / "summary.json").read_text())
    say("in all", time.monotonic() - clock)
    print(
        f"log p(x), nats per test image: {summary['test_log_likelihood']:.2f} over "
        f"{summary['seeds']} seeds; published: {summary['published_log_likelihood']:.2f} +- "
        f"{summary['published_error']:.2f}"
    )


if __name__ == "__main__":
    typer.run(main)
