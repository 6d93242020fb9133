"""Run the pipeline and tell how long each stage took; or the same on the digits, in a scratch copy.

python -m tools.reproduce             this checkout, as `dvc repro` does
python -m tools.reproduce --jobs 2    the same result, two independent stages side by side
python -m tools.reproduce --demo      scikit-learn's digits in `build/demo`; nothing here changes
python -m tools.reproduce --device gpu    the parameter `device` is set first, until it is set back
"""

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import chdir, contextmanager, suppress
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import typer
from dvc.exceptions import DvcException
from dvc.lock import make_lock
from dvc.repo import Repo
from dvc.rwlock import RWLOCK_FILE, RWLOCK_LOCK
from dvc.rwlock import SCHEMA as RWLOCK_SCHEMA
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from dvc.utils.serialize import modify_yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.error import YAMLError
from voluptuous import Invalid

from stages.core.errors import InputError
from stages.core.input_integrity import digest, recorded
from stages.core.params import load
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
    "label_curve.min_updates": 2,
    "label_curve.max_updates": 10,
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
    try:
        if load(project / "params.yaml").get("device") == "gpu":
            jobs = 1  # TensorFlow takes all of a GPU's memory
    except InputError as error:
        sys.exit(f"error: {error}")
    start, clock = provenance.starting(project), time.monotonic()
    times = reproduce(project, jobs)
    provenance.write(project, start, times, {"Stages side by side": str(jobs)})
    for entry in times:
        print(f"{entry.seconds:8.1f} s  {entry.stage}")
    print(f"{time.monotonic() - clock:8.1f} s  in all")
    print(f"Report: {project / 'reports' / 'report.html'}")


def reproduce(
    project: Path,
    jobs: int = 1,
    env: Mapping[str, str] | None = None,
    arguments: Sequence[str] = (),
) -> list[StageTime]:
    """Run the pipeline and leave a `dvc.lock` that does not depend on how it was run.

    Args:
        project: folder of `dvc.yaml`.
        jobs: stages that may run side by side; DVC alone runs one after another.
        env: variables for the stages; `environment` by default.
        arguments: of `dvc repro`, for one job.

    Returns:
        The stages that ran, in the order of their ends; none if everything was up to date.

    Raises:
        SystemExit: DVC failed, with its exit code; or Ctrl-C, with 130.
    """
    with suppress(DvcException):  # `dvc repro` is about to say why
        mend(project)
        tidy_lock(project)
    env = env or environment()
    try:
        if jobs == 1:
            times = _dvc_repro(project, env, *arguments)
        else:
            times = _side_by_side(project, env, jobs)
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
    except KeyboardInterrupt:
        print("interrupted: what was finished is kept", file=sys.stderr)
        sys.exit(130)
    tidy_lock(project)
    return times


def _dvc_repro(
    project: Path, env: Mapping[str, str], *arguments: str, quiet: bool = False
) -> list[StageTime]:
    """Run `dvc repro` and take the time of each stage.

    Quietly, what DVC says is shown only if it fails; stages' messages and progress bars, which go
    to stderr, always are.

    Raises:
        CalledProcessError: DVC failed.
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
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return times


class Graph(NamedTuple):
    """Stages, and what DVC knows of them.

    Attributes:
        needs: by stage, those that it depends on; in an order in which they can run.
        changed: those that are not up to date themselves.
        here: those whose results no remote can hold, since Git holds them.
    """

    needs: Mapping[str, Sequence[str]]
    changed: Set[str]
    here: Set[str]


def graph_of(project: Path) -> Graph:
    """Ask DVC for the stages.

    Args:
        project: folder of `dvc.yaml`.

    Returns:
        All of them.
    """
    with opened(project) as repo:
        stages = repo.index.graph
        needs = {
            stage.addressing: [needed.addressing for needed in stages.successors(stage)]
            for stage in stages
        }
        here = {
            stage.addressing
            for stage in stages
            if any(not (out.use_cache or out.metric or out.plot) for out in stage.outs)
        }
        order = TopologicalSorter(needs).static_order()
        return Graph({name: needs[name] for name in order}, set(repo.status()), here)


def _side_by_side(project: Path, env: Mapping[str, str], jobs: int) -> list[StageTime]:
    """Run each stage by a `dvc repro` of its own as soon as all that it needs has ended.

    After a failure nothing is begun any more; what is running comes to its end.
    """
    try:
        needs, changed, _ = graph_of(project)
    except DvcException:  # which DVC says better
        return _dvc_repro(project, env)
    outdated = set(changed)
    waiting = TopologicalSorter(needs)
    waiting.prepare()
    ready: deque[str] = deque()
    times: list[StageTime] = []
    running: dict[Future[list[StageTime]], str] = {}
    failure: subprocess.CalledProcessError | None = None
    with _pool(jobs) as pool:
        while running or (waiting.is_active() and not failure):
            ready += waiting.get_ready()
            while ready and len(running) < jobs and not failure:
                name = ready.popleft()
                if name in outdated or outdated.intersection(needs[name]):
                    outdated.add(name)
                    running[pool.submit(_alone, project, env, name)] = name
                else:  # is up to date: not worth a start of DVC
                    waiting.done(name)
                    ready += waiting.get_ready()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                try:
                    times += future.result()
                except subprocess.CalledProcessError as error:
                    failure = error
                else:
                    waiting.done(running[future])
                del running[future]
    if failure:
        raise failure
    return times


def _alone(project: Path, env: Mapping[str, str], stage: str) -> list[StageTime]:
    """Run one stage and say so."""
    print(f"{'starts':>10}  {stage}", flush=True)
    try:
        times = _dvc_repro(project, env, "--single-item", stage, quiet=True)
    except subprocess.CalledProcessError:
        print(f"{'failed':>10}  {stage}", flush=True)
        raise
    for entry in times:
        print(f"{entry.seconds:8.1f} s  {entry.stage}", flush=True)
    if not times:
        print(f"{'cached':>10}  {stage}", flush=True)
    return times


@contextmanager
def _pool(jobs: int) -> Iterator[Executor]:
    """Threads that wait for stages: Dask's, with its dashboard, where it is installed."""
    if not find_spec("distributed"):
        with ThreadPoolExecutor(jobs) as pool:
            yield pool
        return
    from distributed import LocalCluster

    logging.getLogger("distributed").setLevel(logging.ERROR)  # after Ctrl-C it says much
    here = "127.0.0.1"  # for nobody else
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=jobs, processes=False, dashboard_address=f"{here}:0"
        ) as cluster,
        cluster.get_client() as client,
    ):
        port = client.scheduler_info()["services"]["dashboard"]
        print(f"Dask's dashboard: http://{here}:{port}/status", flush=True)
        yield client.get_executor(pure=False)


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


@contextmanager
def opened(project: Path) -> Iterator[Repo]:
    """Open a project as DVC's commands do.

    Args:
        project: folder of `dvc.yaml`; the current one meanwhile, since DVC collects relative to it.

    Yields:
        The project.
    """
    with chdir(project), Repo(_wait_for_lock=True) as repo:
        yield repo


@contextmanager
def locked(project: Path) -> Iterator[Repo]:
    """Keep other runs of DVC from changing a project, as soon as those that do have ended.

    Args:
        project: folder of `dvc.yaml`.

    Yields:
        The project.
    """
    with opened(project) as repo:
        guard = make_lock(str(Path(repo.tmp_dir, RWLOCK_LOCK)), tmp_dir=repo.tmp_dir, wait=True)
        with repo.lock, guard:
            yield repo


def mend(project: Path) -> None:
    """Clear away what DVC could not read any more, and what it would read though it is damaged.

    A run that is killed can leave half of a file that DVC was writing: it is moved aside. Without
    its lock file DVC takes results from its cache of runs. Objects of the cache that have other
    bytes than their names promise are removed, and so are made anew when they are needed.

    Args:
        project: folder of `dvc.yaml`.
    """
    project = project.absolute()
    with locked(project) as repo:
        for path, read in (
            (project / "dvc.lock", _lock_file),
            (Path(repo.tmp_dir, RWLOCK_FILE), _rwlock),
        ):
            try:
                if path.exists():
                    read(path)
            except (ValueError, LookupError, RecursionError, YAMLError, Invalid):
                aside = project / "build" / "leftovers" / path.name
                aside.parent.mkdir(parents=True, exist_ok=True)
                path.replace(aside)
                print(f"{path}: expected a whole file, received half of one; it is now {aside}")
        for path, promised in recorded(project / "dvc.lock").items():
            _remove_damaged(repo, promised, path)


def _lock_file(path: Path) -> None:
    COMPILED_LOCKFILE_SCHEMA(YAML(typ="safe").load(path))


def _rwlock(path: Path) -> None:
    RWLOCK_SCHEMA(json.loads(path.read_text(encoding="utf-8")))


def _remove_damaged(repo: Repo, promised: str, path: Path) -> None:
    """Remove an output's object from the cache, and those of a folder's files, if damaged."""
    place = Path(repo.cache.local.oid_to_path(promised))
    if not place.exists():
        return
    if digest(place) != promised.removesuffix(".dir"):
        place.unlink()
        print(f"{place}: expected the bytes of {path}, received others; removed from the cache")
    elif promised.endswith(".dir"):
        for file in json.loads(place.read_bytes()):
            _remove_damaged(repo, file["md5"], path / file["relpath"])


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
    lock = project.absolute() / "dvc.lock"
    if not lock.exists():
        return
    with locked(project) as repo:
        names = [stage.addressing for stage in repo.index.stages]
        with modify_yaml(lock) as content:
            known = content.get("stages", {})
            content["stages"] = {name: known[name] for name in names if name in known}


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
