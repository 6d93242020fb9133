"""Run the pipeline and tell how long each stage took; or the same on the digits, in a scratch copy.

python -m tools.reproduce             this checkout, as many stages side by side as fit
python -m tools.reproduce --jobs 1    the same result, one stage after another, as `dvc repro` does
python -m tools.reproduce --demo      scikit-learn's digits in `build/demo`; nothing here changes
python -m tools.reproduce --device gpu    the parameter `device` is set first, until it is set back
"""

import sys
import time
from typing import Annotated, Literal

import typer

from stages.core.errors import InputError
from stages.core.params import load
from tools import provenance
from tools.progress import say
from tools.project import PROJECT, SHORTER, copy_without_results, set_device
from tools.runner import reproduce
from tools.schedule import Jobs, jobs_for

DEMO = PROJECT / "build" / "demo"
# The demo does without these: most of its minutes go into starting TensorFlow for each stage of
# each variant, and these variants answer questions about the others.
_LEFT_OUT = {"vae_calibrated", "exercise_winner", "linear", "sparse_control", "combined_control"}


def main(
    demo: Annotated[bool, typer.Option(help="On the digits, in build/demo.")] = False,
    jobs: Jobs = None,
    device: Annotated[
        Literal["cpu", "gpu"] | None, typer.Option(help="Set the parameter `device`.")
    ] = None,
) -> None:
    """Reproduce the study and say where its report is."""
    project = PROJECT
    try:
        if demo:
            params = load(PROJECT / "params.yaml")
            left_out = _LEFT_OUT - {params["beta_curve"]["variant"]}
            few = {name: it for name, it in params["variants"].items() if name not in left_out}
            project = copy_without_results(PROJECT, DEMO, {**SHORTER, "variants": few})
        if device:
            set_device(project / "params.yaml", device)
    except InputError as error:
        sys.exit(f"error: {error}")
    jobs = jobs_for(project, jobs)
    clock = time.monotonic()
    with provenance.recording(project, {"Stages side by side": str(jobs)}) as times:
        reproduce(project, jobs, times=times)
    say("in all", time.monotonic() - clock)
    print(f"Report: {project / 'reports' / 'report.html'}")


if __name__ == "__main__":
    typer.run(main)
