"""Run the pipeline and tell how long each stage took; or the same on the digits, in a scratch copy.

python -m tools.reproduce             this checkout, as `dvc repro` does
python -m tools.reproduce --jobs 2    the same result, two independent stages side by side
python -m tools.reproduce --demo      scikit-learn's digits in `build/demo`; nothing here changes
python -m tools.reproduce --device gpu    the parameter `device` is set first, until it is set back
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import chdir
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import typer
from dvc.repo import Repo
from dvc.utils.serialize import modify_yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from stages.settings.section import load
from tools import provenance

PROJECT = Path(__file__).parent.parent
DEMO = PROJECT / "build" / "demo"
# What lets the demo end in minutes: starting TensorFlow anew for each stage is most of its time.
SHORTER = {
    "dataset": "digits",
    "train.seeds": [0, 1],
    "semi_supervised.draws": 2,
    "semi_supervised.tuning.draws": 1,
    "label_curve.variants": ["compression"],
}
# As few updates as there can be: for what asks only whether everything runs, and alike.
SHORTEST = {
    **SHORTER,
    "train.seeds": [0],
    "train.epochs": 1,
    "semi_supervised.draws": 1,
    "semi_supervised.epochs": 2,
    "semi_supervised.tuning.epoch_shares": [0.5, 1.0],
    "label_curve.draws": 1,
    "label_curve.fewest_updates": 2,
    "label_curve.most_updates": 10,
    "classifier.epochs": 3,
}
# What `make verify DATASET=digits` runs, and the tests: enough seeds and draws to compare.
QUICK = {**SHORTEST, **SHORTER, "train.epochs": 2}

# Results in Git, as paths start.
RESULTS = (
    "dvc.lock",
    "reports/digits/",
    "reports/figures/",
    "reports/metrics/",
    "reports/provenance.md",
    "reports/report.html",
    "reports/report.md",
)


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
    device: Annotated[
        Literal["cpu", "gpu"] | None, typer.Option(help="Set the parameter `device`.")
    ] = None,
) -> None:
    """Reproduce the study and say where its report is."""
    project = copy_without_results(PROJECT, DEMO, SHORTER) if demo else PROJECT
    if device:
        set_device(project / "params.yaml", device)
    if load(project / "params.yaml")["device"] == "gpu":
        jobs = 1  # TensorFlow takes all of a GPU's memory
    start, clock = provenance.starting(project), time.monotonic()
    times = reproduce(project, jobs)
    provenance.write(project, start, times, jobs)
    for entry in times:
        print(f"{entry.seconds:8.1f} s  {entry.stage}")
    print(f"{time.monotonic() - clock:8.1f} s  in all")
    print(f"Report: {project / 'reports' / 'report.html'}")


def reproduce(
    project: Path, jobs: int = 1, env: Mapping[str, str] | None = None
) -> list[StageTime]:
    """Run the pipeline and leave a `dvc.lock` that does not depend on how it was run.

    Args:
        project: folder of `dvc.yaml`.
        jobs: stages that may run side by side; DVC alone runs one after another.
        env: variables for the stages; `environment` by default.

    Returns:
        The stages that ran, in the order of their ends; none if everything was up to date.

    Raises:
        SystemExit: DVC failed; with its exit code.
    """
    tidy_lock(project)
    env = env or environment()
    times = _dvc_repro(project, env) if jobs == 1 else _side_by_side(project, env, jobs)
    tidy_lock(project)
    return times


def _dvc_repro(
    project: Path, env: Mapping[str, str], *arguments: str, quiet: bool = False
) -> list[StageTime]:
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
        env=env,
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


def _side_by_side(project: Path, env: Mapping[str, str], jobs: int) -> list[StageTime]:
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
                            future = pool.submit(_dvc_repro, project, env, *alone, quiet=True)
                            running[future] = name
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


def environment(*first: Path) -> dict[str, str]:
    """Make this Python the `python` of the stages' commands, whether or not it is activated.

    Args:
        *first: folders to look for it before.

    Returns:
        Environment variables for a subprocess.
    """
    folders = [*first, Path(sys.executable).parent, os.environ.get("PATH", "")]
    return {**os.environ, "PATH": os.pathsep.join(map(str, folders))}


def wrapper(folder: Path, before: str = "", after: str = "") -> Path:
    """Write a `python` that starts this Python in another way.

    Args:
        folder: where to; made if need be.
        before: what the shell is to put before Python, such as `qemu-x86_64 -cpu Haswell`.
        after: what comes before Python's arguments, such as `-m cProfile`.

    Returns:
        The folder, for `environment`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "python"
    script.write_text(f'#!/bin/sh\nexec {before} "{sys.executable}" {after} "$@"\n')
    script.chmod(0o755)
    return folder


def set_device(params: Path, device: str) -> None:
    """Set the parameter `device` and leave every other byte of the file alone.

    Args:
        params: `params.yaml`.
        device: `cpu` or `gpu`.

    Raises:
        SystemExit: the file has no line of its own for it.
    """
    text, count = re.subn(r"(?m)^device: \w+$", f"device: {device}", params.read_text("utf-8"))
    if count != 1:
        sys.exit(f"error: {params}: expected one line `device: …`, received {count}")
    params.write_text(text, encoding="utf-8", newline="\n")


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


def copy_without_results(
    project: Path, folder: Path, changes: Mapping[str, Any], cache: Path = Path("cache")
) -> Path:
    """Copy a checkout as it is, edits included and results left behind.

    Args:
        project: the checkout.
        folder: where to; what is there already is removed.
        changes: of parameters in the copy, by dotted key.
        cache: DVC's, below the copy's `.dvc` unless it is absolute.

    Returns:
        The folder: a DVC project of its own, without Git.
    """
    shutil.rmtree(folder, ignore_errors=True)
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=project,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    for name in filter(None, files):
        source = project / name
        if source.is_file() and not name.startswith(RESULTS):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    with (folder / ".dvc" / "config.local").open("w") as config:
        # A cache that the user may have set for all projects could bring results in.
        config.write(f"[core]\n    no_scm = true\n[cache]\n    dir = {cache}\n")
    if changes:  # writing the file anew would be a change
        set_params(folder / "params.yaml", changes)
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
