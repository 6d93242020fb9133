"""Spread the pipeline over the workers of a Dask scheduler: `python -m tools.spread ADDRESS`.

Every worker has a clone of its own, at the same commit as this one, and shares nothing with the
others but a DVC remote. It makes what is asked of it out of what the remote has, and pushes the
result; at the end this clone pulls everything, and `dvc repro` finds little to do. In each clone:

    python -m dask worker ADDRESS --nworkers 1 --nthreads 1
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from distributed import Client, Future, KilledWorker, as_completed, get_worker

from stages.files.edits import LOCK
from stages.files.environment import refuse_other_packages
from stages.files.errors import InputError
from tools import provenance
from tools.reproduce import PROJECT, StageTime, environment, graph_of, reproduce

# Seconds to wait for a scheduler, and for a first worker.
_PATIENCE = 20
# Lines of what DVC said that make an error's message.
_TAIL = 15


def main(
    scheduler: Annotated[str, typer.Argument(help="tcp://host:8786")],
) -> None:
    """Have the workers run the stages, then put their results here."""
    start = provenance.starting(PROJECT)
    try:
        times = spread(PROJECT, scheduler)
    except InputError as error:
        sys.exit(f"error: {error}")
    provenance.write(PROJECT, start, times, len(times))


def spread(project: Path, scheduler: str) -> list[StageTime]:
    """Run the pipeline on a scheduler's workers.

    Args:
        project: folder of `dvc.yaml`, a clone without changes.
        scheduler: address.

    Returns:
        The stages that the workers ran, in the order of their ends, and those that ran here.

    Raises:
        InputError: there is no scheduler or no fitting worker, this clone has changes, the remote
            refuses, or a stage failed; what was finished is in the remote.
    """
    commit = commit_of(project)
    share(project)  # what is here already
    try:
        client = Client(scheduler, timeout=_PATIENCE, set_as_default=False)
    except OSError as error:
        raise InputError(f"{scheduler}: expected a Dask scheduler, received: {error}") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            raise InputError(f"{scheduler}: expected a worker, received none") from error
        print(f"Dask's dashboard: {client.dashboard_link}")
        faults = {
            name: fault for name, fault in client.run(fault_of_worker, commit).items() if fault
        }
        if faults:
            raise InputError("\n".join(f"worker {name}: {fault}" for name, fault in faults.items()))
        times = _gather(client, _submit(client, project, commit))
    return [*times, *reproduce(project, arguments=("--pull",))]


def commit_of(project: Path) -> str:
    """Tell which commit a clone has checked out.

    Args:
        project: the clone.

    Returns:
        Its hash.

    Raises:
        InputError: there are changes since, of which other clones know nothing.
    """
    start = provenance.starting(project)
    if start.changes != "none":
        raise InputError(
            f"{project}: expected a commit without changes, since others are to work on the same; "
            f"received {start.changes} since {start.commit}"
        )
    return start.commit


def fault_of_worker(commit: str) -> str:
    """Tell why a worker cannot be used; runs there.

    Args:
        commit: that its clone must have checked out.

    Returns:
        What was expected and what came; nothing if all is well.
    """
    here = Path.cwd()
    try:
        found = commit_of(here)
        refuse_other_packages(LOCK)
    except InputError as error:
        return str(error)
    if found != commit:
        return f"{here}: expected commit {commit}, received {found}"
    return "" if _remote(here) else f"{here}: expected a default DVC remote, received none"


def work(stage: str, commit: str, *_: StageTime) -> StageTime:
    """Make one stage's result from the remote's and push it; runs on a worker.

    Args:
        stage: as DVC names it.
        commit: as for `fault_of_worker`.
        *_: what the stages gave that this one needs, so that it waits for them.

    Returns:
        The stage and its seconds.

    Raises:
        InputError: the worker does not fit, the stage failed, or the remote refuses.
    """
    where = f"{stage} on {get_worker().address}"
    if fault := fault_of_worker(commit):
        raise InputError(f"{where}: {fault}")
    started = time.monotonic()
    _dvc(Path.cwd(), where, "repro", "--pull", stage)
    share(Path.cwd(), where)
    return StageTime(stage, time.monotonic() - started)


def share(project: Path, where: str = "here") -> None:
    """Push all results and DVC's list of runs.

    Args:
        project: a clone with a default remote.
        where: for messages.

    Raises:
        InputError: the remote refuses.
    """
    if not _remote(project):
        raise InputError(f"{project}: expected a default DVC remote, received none")
    _dvc(project, where, "push", "--run-cache")


def _remote(project: Path) -> str:
    command = [sys.executable, "-m", "dvc", "config", "core.remote"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True).stdout.strip()


def _dvc(project: Path, where: str, *arguments: str) -> None:
    """Run DVC in a clone."""
    command = [sys.executable, "-m", "dvc", "--wait-for-lock", *arguments]
    done = subprocess.run(
        command,
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        said = "\n".join(done.stdout.splitlines()[-_TAIL:])
        raise InputError(f"{where}: dvc {' '.join(arguments)}: expected success, received:\n{said}")


def _submit(client: Client, project: Path, commit: str) -> list[Future]:
    """Hand in every stage whose result DVC can keep in a remote, after those that it needs."""
    graph = graph_of(project)
    futures: dict[str, Future] = {}
    for name, needed in graph.needs.items():
        if name not in graph.here:
            needs = [futures[other] for other in needed]
            futures[name] = client.submit(work, name, commit, *needs, key=f"{name} of {commit}")
    return list(futures.values())


def _gather(client: Client, futures: list[Future]) -> list[StageTime]:
    """Say what ends, until all has ended or something failed."""
    times: list[StageTime] = []
    try:
        for _, entry in as_completed(futures, with_results=True):
            print(f"{entry.seconds:8.1f} s  {entry.stage}", flush=True)
            times.append(entry)
    except KilledWorker as error:
        raise InputError(
            f"{error.task}: expected a worker that stays, received: {error}"
        ) from error
    finally:
        client.cancel(futures)
    return times


if __name__ == "__main__":
    typer.run(main)
