"""Run the pipeline and tell how long each stage took; or the same on the digits, in a scratch copy.

python -m tools.reproduce             this checkout, as `dvc repro` does
python -m tools.reproduce --jobs 2    the same result, two independent stages side by side
python -m tools.reproduce --demo      scikit-learn's digits in `build/demo`; nothing here changes
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import chdir
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from dvc.repo import Repo
from dvc.utils.serialize import modify_yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from tools import provenance

PROJECT = Path(__file__).parent.parent
DEMO = PROJECT / "build" / "demo"
# What lets the demo end in minutes: starting TensorFlow anew for each stage is most of its time.
SHORTER = {
    "train.seeds": [0, 1],
    "semi_supervised.draws": 2,
    "semi_supervised.tuning.draws": 1,
    "label_curve.variants": ["compression"],
}


class StageTime(NamedTuple):
    """How long a stage ran.

    Attributes:
        stage: as DVC names it, `train@vae`.
        seconds: from its start to the next one's, or to the end of its own run of DVC.
    """

    stage: str
    seconds: float


def main(
    demo: Annotated[bool, typer.Option(help="On the digits, in build/demo.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Stages that run side by side.")] = 1,
) -> None:
    """Reproduce the study and say where its report is."""
    project = copy_with_dataset(DEMO, "digits", SHORTER) if demo else PROJECT
    start, clock = provenance.starting(project), time.monotonic()
    times = reproduce(project, jobs)
    provenance.write(project, start, times, jobs)
    for entry in times:
        print(f"{entry.seconds:8.1f} s  {entry.stage}")
    print(f"{time.monotonic() - clock:8.1f} s  in all")
    print(f"Report: {project / 'reports' / 'report.html'}")


def reproduce(project: Path, jobs: int = 1) -> list[StageTime]:
    """Run the pipeline and leave a `dvc.lock` that does not depend on how it was run.

    Args:
        project: folder of `dvc.yaml`.
        jobs: stages that may run side by side; DVC alone runs one after another.

    Returns:
        The stages that ran, in the order of their ends; none if everything was up to date.

    Raises:
        SystemExit: DVC failed; with its exit code.
    """
    tidy_lock(project)
    times = _dvc_repro(project) if jobs == 1 else _side_by_side(project, jobs)
    tidy_lock(project)
    return times


def _dvc_repro(project: Path, *arguments: str, quiet: bool = False) -> list[StageTime]:
    """Run `dvc repro` and take the time of each stage.

    Quietly, what DVC says is shown only if it fails; stages' messages and progress bars, which go
    to stderr, always are.
    """
    times: list[StageTime] = []
    said: list[str] = []
    started = time.monotonic()
    running = ""
    with subprocess.Popen(
        [sys.executable, "-m", "dvc", "--wait-for-lock", "repro", *arguments],
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if not quiet:
                print(line, end="", flush=True)
            if line.startswith("Running stage "):
                if running:
                    times.append(StageTime(running, time.monotonic() - started))
                running, started = line.split("'")[1], time.monotonic()
    if running:
        times.append(StageTime(running, time.monotonic() - started))
    if process.returncode:
        if quiet:
            sys.stderr.writelines(said)
        sys.exit(process.returncode)
    return times


def _side_by_side(project: Path, jobs: int) -> list[StageTime]:
    """Run each stage by a `dvc repro` of its own as soon as all that it needs has ended."""
    with chdir(project), Repo() as repo:  # DVC finds what it collects relative to here
        graph, changed = repo.index.graph, set(repo.status())
        needs = {
            stage.addressing: [needed.addressing for needed in graph.successors(stage)]
            for stage in graph
        }
    waiting = TopologicalSorter(needs)
    waiting.prepare()
    times: list[StageTime] = []
    running: dict[Future[list[StageTime]], str] = {}
    with ThreadPoolExecutor(jobs) as pool:
        try:
            while waiting.is_active():
                while ready := waiting.get_ready():
                    for name in ready:
                        if name in changed or changed.intersection(needs[name]):
                            changed.add(name)
                            alone = ("--single-item", name)
                            running[pool.submit(_dvc_repro, project, *alone, quiet=True)] = name
                        else:  # is up to date: not worth a start of DVC
                            waiting.done(name)
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    name = running.pop(future)
                    for entry in future.result():
                        print(f"{entry.seconds:8.1f} s  {entry.stage}", flush=True)
                        times.append(entry)
                    waiting.done(name)
        finally:
            pool.shutdown(cancel_futures=True)
    return times


def environment() -> dict[str, str]:
    """Make this Python the `python` of the stages' commands, whether or not it is activated.

    Returns:
        Environment variables for a subprocess.
    """
    here = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": os.pathsep.join((here, os.environ.get("PATH", "")))}


def tidy_lock(project: Path) -> None:
    """Keep in `dvc.lock` what is in `dvc.yaml`, in the order of that file.

    DVC itself keeps removed variants, and the order in which stages ended.

    Args:
        project: folder of both files.
    """
    lock = project / "dvc.lock"
    if not lock.exists():
        return
    listed = subprocess.run(
        [sys.executable, "-m", "dvc", "stage", "list", "--name-only"],
        cwd=project,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        return  # `dvc repro` is about to say why
    with modify_yaml(lock) as content:
        known = content.get("stages", {})
        content["stages"] = {name: known[name] for name in listed.stdout.split() if name in known}


def copy_with_dataset(folder: Path, dataset: str, changes: Mapping[str, Any] | None = None) -> Path:
    """Copy the checkout as it is, edits included, and choose another data set there.

    Args:
        folder: where to; what is there already is removed.
        dataset: a key of `datasets` in `params.yaml`.
        changes: of further parameters there, by dotted key.

    Returns:
        The folder: a DVC project of its own, with a cache of its own and without Git.
    """
    shutil.rmtree(folder, ignore_errors=True)
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    for name in filter(None, files):
        source = PROJECT / name
        # Results are left behind: the copy makes its own.
        if source.is_file() and not name.startswith(("reports/metrics/", "reports/figures/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    for name in ("dvc.lock", "reports/report.html", "reports/report.md", "reports/provenance.md"):
        (folder / name).unlink(missing_ok=True)
    with (folder / ".dvc" / "config.local").open("w") as config:
        config.write("[core]\n    no_scm = true\n")
    set_params(folder / "params.yaml", {"dataset": dataset, **(changes or {})})
    return folder


def set_params(file: Path, changes: Mapping[str, Any]) -> None:
    """Set values in a YAML file and keep its comments, as `dvc exp run -S` does.

    Args:
        file: normally `params.yaml`.
        changes: values by dotted key.
    """
    yaml = YAML()
    content = yaml.load(file)
    for key, value in changes.items():
        *parents, last = key.split(".")
        section = content
        for parent in parents:
            section = section[parent]
        if isinstance(value, list):
            # As it stands in the file: ruamel.yaml corrupts block lists that `-S` then empties.
            value = CommentedSeq(value)
            value.fa.set_flow_style()
        section[last] = value
    yaml.dump(content, file)


if __name__ == "__main__":
    typer.run(main)
