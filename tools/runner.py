"""Run a pipeline with DVC, its stages one after another or side by side."""

import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from dvc.exceptions import DvcException

from tools import provenance
from tools.progress import View
from tools.repair import mend, opened, tidy_lock
from tools.repro import StageTime, dvc_repro
from tools.schedule import remaining


def reproduce(
    project: Path,
    jobs: int = 1,
    env: Mapping[str, str] | None = None,
    arguments: Sequence[str] = (),
    times: list[StageTime] | None = None,
) -> list[StageTime]:
    """Run the pipeline and leave a `dvc.lock` that does not depend on how it was run.

    Args:
        project: folder of `dvc.yaml`.
        jobs: stages that may run side by side; DVC alone runs one after another.
        env: variables for the stages; `environment` by default.
        arguments: of `dvc repro`, for one job.
        times: gets the stages that ran, also if a later one fails.

    Returns:
        The stages that ran, in the order in which they ended; none if everything was up to date.

    Raises:
        SystemExit: DVC failed, with its exit code; or Ctrl-C, with 130.
    """
    with suppress(DvcException):  # `dvc repro` is about to say why
        mend(project)
        tidy_lock(project)
    env = env or environment()
    times = [] if times is None else times
    try:
        view, graph = View(), None
        if jobs > 1 or view.live:
            with suppress(DvcException):  # its own command gives the better message
                graph = graph_of(project)
        with view:
            if graph:
                _expect(view, project, graph, jobs)
            if graph and jobs > 1:
                code = _side_by_side(project, env, view, graph, jobs, times)
            else:
                code = dvc_repro(project, env, view, times, *arguments)
    except KeyboardInterrupt:
        print("interrupted: what was finished is kept", file=sys.stderr)
        sys.exit(130)
    if code:
        sys.exit(code)
    tidy_lock(project)
    return times


class Graph(NamedTuple):
    """The stages of a pipeline, and what DVC knows of them.

    Attributes:
        needs: by stage, those that it depends on; in an order in which they can run.
        changed: those that are not up to date themselves.
        held_by_git: those with a result that Git holds, so that no DVC remote has it.
    """

    needs: Mapping[str, Sequence[str]]
    changed: Set[str]
    held_by_git: Set[str]


def graph_of(project: Path) -> Graph:
    """Ask DVC for all stages."""
    with opened(project) as repo:
        stages = repo.index.graph
        needs = {
            stage.addressing: [needed.addressing for needed in stages.successors(stage)]
            for stage in stages
        }
        held_by_git = {
            stage.addressing
            for stage in stages
            if any(not (out.use_cache or out.metric or out.plot) for out in stage.outs)
        }
        order = TopologicalSorter(needs).static_order()
        return Graph({name: needs[name] for name in order}, set(repo.status()), held_by_git)


def _expect(view: View, project: Path, graph: Graph, jobs: int) -> None:
    """Tell the view which stages are not up to date, or come after one that is not."""
    needs: dict[str, Sequence[str]] = {}
    for stage, needed in graph.needs.items():
        if stage in graph.changed or needs.keys() & needed:
            needs[stage] = needed
    view.expects(needs, provenance.seconds_of_stages(project), jobs)


def _side_by_side(
    project: Path,
    env: Mapping[str, str],
    view: View,
    graph: Graph,
    jobs: int,
    times: list[StageTime],
) -> int:
    """Run each stage by a `dvc repro` of its own as soon as all that it needs has ended.

    Of those that can start, the one goes first that the end has to wait for longest.
    After a failure no other stage starts; those that are running come to their end.

    Returns:
        DVC's exit code, for the last stage that failed; 0 if none did.
    """
    needs = graph.needs
    first = remaining(needs, provenance.seconds_of_stages(project))
    outdated = set(graph.changed)
    waiting = TopologicalSorter(needs)
    waiting.prepare()
    ready: list[str] = []
    running: dict[Future[tuple[int, list[StageTime]]], str] = {}
    failure = 0
    with _pool(jobs) as pool:
        while running or (waiting.is_active() and not failure):
            ready += waiting.get_ready()
            while ready and len(running) < jobs and not failure:
                name = max(ready, key=first.__getitem__)
                ready.remove(name)
                if name in outdated or outdated.intersection(needs[name]):
                    outdated.add(name)
                    running[pool.submit(_run_stage, project, env, view, name)] = name
                else:  # up to date: starting DVC for it would only cost time
                    waiting.done(name)
                    ready += waiting.get_ready()
            try:
                done = wait(running, return_when=FIRST_COMPLETED).done
            except KeyboardInterrupt:
                view.interrupted = True
                wait(running)  # the stages got it, too, and may have to say something
                for future in running:
                    times += future.result()[1]
                raise
            for future in done:
                code, ran = future.result()
                times += ran
                if code:
                    failure = code
                else:
                    waiting.done(running[future])
                del running[future]
    return failure


def _run_stage(
    project: Path, env: Mapping[str, str], view: View, stage: str
) -> tuple[int, list[StageTime]]:
    """Run one stage and show it; a failure is its exit code, since Dask reports exceptions."""
    view.starts(stage)
    times: list[StageTime] = []
    code = dvc_repro(project, env, view, times, "--single-item", stage, stage=stage)
    if not code and not times:
        view.skips(stage)
    return code, times


@contextmanager
def _pool(jobs: int) -> Iterator[Executor]:
    """Threads that wait for stages: Dask's, with its dashboard, where it is installed."""
    if not find_spec("distributed"):
        with ThreadPoolExecutor(jobs) as pool:
            yield pool
        return
    import dask
    from distributed import LocalCluster

    logging.getLogger("distributed").setLevel(logging.ERROR)  # after Ctrl-C it warns at length
    host = "127.0.0.1"  # not to be reached from other machines
    with (
        # Or Dask gives this process up if the machine has slept for minutes, and waits for ever.
        dask.config.set({"distributed.scheduler.worker-ttl": None}),
        LocalCluster(
            n_workers=1, threads_per_worker=jobs, processes=False, dashboard_address=f"{host}:0"
        ) as cluster,
        cluster.get_client() as client,
    ):
        port = client.scheduler_info()["services"]["dashboard"]
        print(f"Dask's dashboard: http://{host}:{port}/status", flush=True)
        yield client.get_executor(pure=False)


def environment(*first: Path) -> dict[str, str]:
    """Variables with which `python` in a stage's command is this Python, activated or not.

    Args:
        *first: folders in which to look for it before.
    """
    folders = [*first, Path(sys.executable).parent, os.environ.get("PATH", "")]
    # DVC runs commands in the user's shell, which may refuse them or find another `python` first.
    return {**os.environ, "PATH": os.pathsep.join(map(str, folders)), "SHELL": "/bin/sh"}


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
