"""Spread the pipeline over the workers of a Dask scheduler: `python -m tools.spread ADDRESS`.

Every worker has a clone of its own, at the same commit as this one. The clones share only a DVC
remote. A worker pulls what a stage needs, runs the stage and pushes its results; at the end this
clone pulls everything and runs the stages whose results Git holds. In each worker's clone:

    python -m dask worker ADDRESS --nworkers 1 --nthreads 1
"""

import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Annotated

import typer
from distributed import Client, Future, KilledWorker, get_worker, wait

from stages.core.change_guard import LOCK
from stages.core.environment import refuse_other_packages
from stages.core.errors import InputError
from tools import provenance
from tools.progress import say
from tools.project import PROJECT
from tools.repair import opened
from tools.repro import StageTime
from tools.runner import environment, graph_of, reproduce

# Seconds to wait for a scheduler, and for a first worker.
_PATIENCE = 120
# Seconds without a stage that ends after which it is seen whether any worker is left.
_SILENCE = 20
# Last lines of DVC's output that are shown in an error's message.
_TAIL = 15


def main(
    scheduler: Annotated[str, typer.Argument(help="tcp://host:8786")],
) -> None:
    """Have the workers run the stages, then put their results here."""
    start = provenance.starting(PROJECT)
    try:
        times, machines = spread(PROJECT, scheduler)
    except InputError as error:
        sys.exit(f"error: {error}")
    where = " and ".join(f"{count} × {name}" for name, count in sorted(machines.items()))
    start = provenance.looked_at_again(PROJECT, start)
    provenance.write(PROJECT, start, times, {"Workers elsewhere, by processor": where})


def spread(project: Path, scheduler: str) -> tuple[list[StageTime], Counter[str]]:
    """Run the pipeline on a scheduler's workers.

    Args:
        project: folder of `dvc.yaml`, a clone without changes.
        scheduler: address.

    Returns:
        The stages that ran on workers, in the order in which they ended, then those that ran here;
        and how many workers there were at the start, by processor.

    Raises:
        InputError: there is no scheduler or no fitting worker, this clone has changes, the remote
            refuses, or a stage failed; what was finished is in the remote.
    """
    commit = commit_of(project)
    share(project)  # what is here already
    try:
        client = Client(scheduler, timeout=_PATIENCE)
    except OSError as error:
        raise InputError(f"{scheduler}: expected a Dask scheduler, received: {error}") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            raise InputError(f"{scheduler}: expected a worker, received none") from error
        print(f"Dask's dashboard: {client.dashboard_link}", flush=True)
        faults = client.run(fault_of_worker, commit, on_error="return")  # errors, too
        if any(faults.values()):
            lines = [f"worker {name}: {fault}" for name, fault in faults.items() if fault]
            raise InputError("\n".join(lines))
        machines = Counter(client.run(_processor).values())
        times = _gather(client, _submit(client, project, commit))
    return [*times, *reproduce(project, arguments=("--pull",))], machines


def commit_of(project: Path) -> str:
    """Hash of the commit that a clone has checked out.

    Raises:
        InputError: the clone has changes since, which others do not have.
    """
    start = provenance.starting(project)
    if start.changes != "none":
        raise InputError(
            f"{project}: expected a commit without changes, since all clones need the same code; "
            f"received {start.changes} since {start.commit}"
        )
    return start.commit


def fault_of_worker(commit: str) -> str:
    """Tell, on a worker, why it cannot be used; empty if it can.

    Args:
        commit: that its clone must have checked out.
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


def _processor() -> str:
    return provenance.of_machine()["Processor"]


def work(stage: str, commit: str, *_: StageTime | None) -> StageTime | None:
    """Run one stage on a worker: pull what it needs from the remote, push its results.

    Args:
        stage: as DVC names it.
        commit: as for `fault_of_worker`.
        *_: results of the stages that this one needs, so that Dask waits for them.

    Returns:
        The stage and its seconds, fetching and pushing included; None if the remote had its result.

    Raises:
        InputError: the worker cannot be used, the stage failed, or the remote refuses.
    """
    where = f"{stage} on {get_worker().address}"
    if fault := fault_of_worker(commit):
        raise InputError(f"{where}: {fault}")
    started = time.monotonic()
    said = _dvc(Path.cwd(), where, "repro", "--pull", stage)
    share(Path.cwd(), where)
    ran = f"Running stage '{stage}':" in said
    return StageTime(stage, time.monotonic() - started) if ran else None


def share(project: Path, where: str = "here") -> None:
    """Push all results and DVC's list of runs.

    `dvc push` leaves out metrics and plots that Git holds (`cache: false`). The list of runs names
    them all the same, and a run whose outputs are not all there cannot be reused: they are pushed
    from DVC's cache, which has them.

    Args:
        project: a clone with a default remote.
        where: for messages.

    Raises:
        InputError: the remote refuses.
    """
    if not _remote(project):
        raise InputError(f"{project}: expected a default DVC remote, received none")
    _dvc(project, where, "push", "--run-cache")
    with opened(project) as repo:
        held = {out.hash_info for out in repo.index.outs if not out.use_cache and out.hash_info}
        here = {entry for entry in held if repo.cache.local.exists(entry.value)}
        if left := repo.cloud.push(here).failed:
            raise InputError(f"{where}: expected the remote to take all metrics, left {len(left)}")


def _remote(project: Path) -> str:
    with opened(project) as repo:
        return str(repo.config["core"].get("remote", ""))


def _dvc(project: Path, where: str, *arguments: str) -> str:
    """Run DVC in a clone and return its output."""
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
    return done.stdout


def _submit(client: Client, project: Path, commit: str) -> list[Future]:
    """Submit every stage whose results a DVC remote can hold, after those that it needs."""
    graph = graph_of(project)
    futures: dict[str, Future] = {}
    for name, needed in graph.needs.items():
        if name not in graph.held_by_git:
            needs = [futures[other] for other in needed]
            futures[name] = client.submit(work, name, commit, *needs, key=f"{name} of {commit}")
    return list(futures.values())


def _gather(client: Client, futures: list[Future]) -> list[StageTime]:
    """Print which stages end, until all have ended or one fails."""
    times: list[StageTime] = []
    running = set(futures)
    try:
        while running:
            try:
                done = wait(running, timeout=_SILENCE, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                if not client.scheduler_info()["workers"]:
                    print("no worker is left; waiting for one", flush=True)
                continue
            running -= done
            for entry in filter(None, client.gather(list(done))):
                say(entry.stage, entry.seconds)
                times.append(entry)
    except KilledWorker as error:
        raise InputError(
            f"{error.task}: expected workers to stay connected, received: {error}"
        ) from error
    except (CancelledError, OSError) as error:
        raise InputError(
            f"{client.scheduler.address}: expected the scheduler to keep running, received: {error}"
        ) from error
    finally:
        client.cancel(futures)
    return times


if __name__ == "__main__":
    typer.run(main)
