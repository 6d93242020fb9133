"""Run the pipeline and tell how long each stage took; or the same on the digits, in a scratch copy.

python -m tools.reproduce           this checkout, as `dvc repro` does
python -m tools.reproduce --demo    scikit-learn's digits in `build/demo`; nothing here changes
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from dvc.utils.serialize import modify_yaml
from ruamel.yaml import YAML

PROJECT = Path(__file__).parent.parent
DEMO = PROJECT / "build" / "demo"


class StageTime(NamedTuple):
    """How long a stage ran.

    Attributes:
        stage: as DVC names it, `train@vae`.
        seconds: from its start to the next one's.
    """

    stage: str
    seconds: float


def main(
    demo: Annotated[bool, typer.Option(help="On the digits, in build/demo.")] = False,
) -> None:
    """Reproduce the study and say where its report is."""
    project = copy_with_dataset(DEMO, "digits") if demo else PROJECT
    times = reproduce(project)
    for entry in times:
        print(f"{entry.seconds:8.1f} s  {entry.stage}")
    print(f"{sum(entry.seconds for entry in times):8.1f} s  in all")
    print(f"Report: {project / 'reports' / 'report.html'}")


def reproduce(project: Path) -> list[StageTime]:
    """Run `dvc repro`.

    Args:
        project: folder of `dvc.yaml`.

    Returns:
        The stages that ran, in their order; none if everything was up to date.

    Raises:
        SystemExit: DVC failed; with its exit code.
    """
    forget_removed_stages(project)
    times: list[StageTime] = []
    started = time.monotonic()
    running = ""
    with subprocess.Popen(
        [sys.executable, "-m", "dvc", "repro"],
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if line.startswith("Running stage "):
                if running:
                    times.append(StageTime(running, time.monotonic() - started))
                running, started = line.split("'")[1], time.monotonic()
    if running:
        times.append(StageTime(running, time.monotonic() - started))
    if process.returncode:
        sys.exit(process.returncode)
    return times


def environment() -> dict[str, str]:
    """Make this Python the `python` of the stages' commands, whether or not it is activated.

    Returns:
        Environment variables for a subprocess.
    """
    here = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": os.pathsep.join((here, os.environ.get("PATH", "")))}


def forget_removed_stages(project: Path) -> None:
    """Drop from `dvc.lock` what is no longer in `dvc.yaml`; DVC itself keeps removed variants.

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
    present = set(listed.stdout.splitlines())
    with modify_yaml(lock) as content:
        for name in set(content.get("stages", {})) - present:
            del content["stages"][name]


def copy_with_dataset(folder: Path, dataset: str) -> Path:
    """Copy the checkout as it is, edits included, and choose another data set there.

    Args:
        folder: where to; what is there already is removed.
        dataset: a key of `datasets` in `params.yaml`.

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
    for name in ("dvc.lock", "reports/report.html"):
        (folder / name).unlink(missing_ok=True)
    with (folder / ".dvc" / "config.local").open("w") as config:
        config.write("[core]\n    no_scm = true\n")
    yaml = YAML()
    params = yaml.load(folder / "params.yaml")
    params["dataset"] = dataset
    yaml.dump(params, folder / "params.yaml")
    return folder


if __name__ == "__main__":
    typer.run(main)
