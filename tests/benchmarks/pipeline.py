"""Rows about the whole pipeline: what its time goes into, and how long a change takes."""

import json
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.benchmarks.measurement import Measurement
from tests.benchmarks.stopwatch import AGE
from tools.project import set_params
from tools.runner import environment, reproduce, wrapper
from tools.schedule import jobs_for

ALL_STAGES = "all stages"
WALL = "wall time"
DVC = "waiting for other stages, DVC, ends of processes"
NOTHING, UP_TO_DATE, EMPTY = "nothing", "up to date", "as many empty stages"
UNTIL_REPORT = "until the report"


def whole(project: Path) -> Iterator[Measurement]:
    """Do what `make reproduce` does, with a stopwatch in every stage.

    Args:
        project: a copy without results.

    Yields:
        As `spent`.
    """
    file = project / "build" / "stopwatch.jsonl"
    file.unlink(missing_ok=True)
    folder = wrapper(project / "build" / "bin", after=f"-m tests.benchmarks.stopwatch '{file}'")
    jobs = jobs_for(project)
    started = time.perf_counter()
    reproduce(project, jobs, env=environment(folder))
    yield from spent(file, time.perf_counter() - started, jobs)


def spent(file: Path, wall: float, jobs: int) -> Iterator[Measurement]:
    """Add up what the stages of a run spent their time on.

    Args:
        file: that the stopwatches of the run wrote.
        wall: seconds from its start to its end.
        jobs: stages that could run side by side.

    Yields:
        Seconds by what they were spent on, of each stage and in all, and the wall time.
    """
    in_all: defaultdict[str, float] = defaultdict(float)
    for line in map(json.loads, file.read_text().splitlines()):
        stage = line.pop("stage")
        for kind, seconds in line.items():
            yield Measurement("stages", stage, kind, seconds)
            in_all[kind] += seconds
    in_all |= {DVC: jobs * wall - in_all.pop(AGE), WALL: wall}
    for kind, seconds in in_all.items():
        yield Measurement("pipeline", ALL_STAGES, kind, seconds)


def changes(
    project: Path, changed: Mapping[str, Mapping[str, Any]], repetitions: int
) -> Iterator[Measurement]:
    """Change a parameter, run `dvc repro`, and change it back.

    Args:
        project: with results.
        changed: by name, values by dotted key.
        repetitions: of what is quick, `dvc repro` without a change.

    Yields:
        Seconds; also DVC's own, for as many stages that do nothing.
    """
    empty = stages_alike(project.with_name("empty"), _stages(project))
    repro(empty)
    for repetition in range(repetitions):
        for name, folder in ((UP_TO_DATE, project), (EMPTY, empty)):
            seconds = repro(folder)
            yield Measurement("change", NOTHING, name, seconds, repetition)
    params = project / "params.yaml"
    before = params.read_bytes()
    for name, values in changed.items():
        set_params(params, values)
        yield Measurement("change", name, UNTIL_REPORT, repro(project))
        params.write_bytes(before)
        repro(project)


def _stages(project: Path) -> int:
    """Count the stages that `dvc.lock` knows."""
    return len(YAML(typ="safe").load(project / "dvc.lock")["stages"])


def stages_alike(folder: Path, stages: int, command: str = "touch ${item}") -> Path:
    """Make a project of stages that do nothing, or next to nothing.

    Args:
        folder: where to; what is there already is removed.
        stages: how many; none needs another.
        command: of each; leaves a file `${item}`.

    Returns:
        The folder.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / ".dvc").mkdir(parents=True)
    (folder / ".dvc" / "config").write_text("[core]\n    no_scm = true\n")
    each = {"cmd": command, "outs": [{"${item}": {"cache": False}}]}
    names = [f"stage_{number}" for number in range(stages)]
    pipeline = {"stages": {"nothing": {"foreach": names, "do": each}}}
    YAML().dump(pipeline, folder / "dvc.yaml")
    return folder


def repro(project: Path, *targets: str, env: Mapping[str, str] | None = None) -> float:
    """Run `dvc repro`.

    Args:
        project: folder of `dvc.yaml`.
        *targets: stages; all by default.
        env: variables for the stages; `environment` by default.

    Returns:
        Seconds.

    Raises:
        RuntimeError: it failed.
    """
    log = project / "build" / "repro.log"
    log.parent.mkdir(exist_ok=True)
    started = time.perf_counter()
    with log.open("w") as said:
        command = [sys.executable, "-m", "dvc", "repro", *targets]
        env = env or environment()
        done = subprocess.run(command, cwd=project, env=env, stdout=said, stderr=said)
    if done.returncode:
        raise RuntimeError(f"expected dvc repro to succeed, received: see {log}")
    return time.perf_counter() - started
