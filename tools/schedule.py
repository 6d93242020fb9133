"""Which stages run side by side, how many of them, and which first."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from graphlib import TopologicalSorter
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Annotated

import joblib
import psutil
import typer

from stages.core.errors import InputError
from stages.core.params import load

# The option of every command that runs a pipeline.
Jobs = Annotated[
    int | None, typer.Option(min=1, help="Stages side by side; as many as fit by default.")
]
# Of the largest stage on Fashion-MNIST.
MEMORY_OF_A_STAGE = 2.5 * 2**30
_CGROUP = Path("/sys/fs/cgroup")
# Linux' control groups, version 2 and version 1: the files of the limit and of what is used, and
# file and name of what counts as used and is given back when memory is asked for.
_OF_MEMORY = (
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "memory/memory.stat",
        "total_inactive_file",
    ),
)


def jobs_for(project: Path, asked: int | None = None) -> int:
    """Choose how many stages run side by side, and say why.

    Args:
        project: folder of `params.yaml`, whose `threads` is how many cores one stage takes, and
            whose `device` may be a GPU.
        asked: by the user.

    Returns:
        One on a GPU, of which TensorFlow takes all memory; else as many as were asked for, or as
        cores and free memory allow, at least 1.
    """
    try:
        params = load(project / "params.yaml")
        threads, device = int(params.get("threads", 1)), params.get("device")
    except (InputError, TypeError, ValueError):  # the first stage says what is wrong
        threads, device = 1, None
    if device == "gpu":
        return 1
    if asked:
        return asked
    cores, memory = joblib.cpu_count(), free_memory()
    jobs = jobs_that_fit(cores, threads, memory)
    print(
        f"Stages side by side: {jobs} (cores: {cores}, {threads} for each stage; free memory: "
        f"{memory / 2**30:.1f} GiB)",
        flush=True,
    )
    return jobs


def jobs_that_fit(cores: int, threads: int, memory: float) -> int:
    """Count the stages for which cores and memory suffice.

    Args:
        cores: that may be used.
        threads: that one stage takes.
        memory: that may be used, in bytes.

    Returns:
        At least 1.
    """
    return max(1, min(cores // max(1, threads), int(memory // MEMORY_OF_A_STAGE)))


def free_memory(cgroup: Path = _CGROUP) -> float:
    """Find out how much memory may still be used, in bytes.

    Args:
        cgroup: Linux' folder with the limits of this container; may be missing.
    """
    free = float(psutil.virtual_memory().available)
    for limit, used, stat, cached in _OF_MEMORY:
        with suppress(OSError, ValueError):  # no such file, or no limit: "max"
            left = float((cgroup / limit).read_text()) - float((cgroup / used).read_text())
            free = min(free, left + _number_in(cgroup / stat, cached))
    return free


def _number_in(stat: Path, name: str) -> float:
    """A number by its name in a file with one on each line; 0 where it is missing."""
    try:
        lines = stat.read_text().splitlines()
    except OSError:
        return 0.0
    return float(dict(line.split() for line in lines).get(name, 0))


def remaining(needs: Mapping[str, Sequence[str]], seconds: Mapping[str, float]) -> dict[str, float]:
    """Add up how long it takes from the start of each stage to the end, were there cores enough.

    Stages that run side by side are started in this order, the longest first, so that none of them
    is left over when the others have ended.

    Args:
        needs: by stage, those that it depends on.
        seconds: by stage, how long it took before; those of its kind stand for a new one.

    Returns:
        By stage, the seconds of the longest chain of stages that begins with it.
    """
    expected = expected_seconds(needs, seconds)
    longest: dict[str, float] = {}
    users: dict[str, list[str]] = {stage: [] for stage in needs}
    for stage, needed in needs.items():
        for other in needed:
            users[other].append(stage)
    for stage in reversed(list(TopologicalSorter(needs).static_order())):
        after = max((longest[user] for user in users[stage]), default=0.0)
        longest[stage] = expected.get(stage, 1.0) + after
    return longest


def expected_seconds(stages: Iterable[str], seconds: Mapping[str, float]) -> dict[str, float]:
    """Tell how long stages will take.

    Args:
        stages: by name.
        seconds: by stage, how long it took before; the longest of its kind stands for a new one.

    Returns:
        By stage, seconds; without those of which no stage of the kind ran before.
    """
    of_kind: dict[str, float] = {}
    for stage, taken in seconds.items():
        kind = stage.partition("@")[0]
        of_kind[kind] = max(taken, of_kind.get(kind, 0.0))
    known = {stage: seconds.get(stage, of_kind.get(stage.partition("@")[0])) for stage in stages}
    return {stage: taken for stage, taken in known.items() if taken is not None}


def time_left(
    needs: Mapping[str, Sequence[str]],
    expected: Mapping[str, float],
    jobs: int,
    running: Mapping[str, float],
) -> float:
    """Tell how long it takes until all stages have ended, by going through the schedule.

    Args:
        needs: by stage that has not ended, those of these that it depends on.
        expected: by stage, seconds; a stage that is missing counts as taking none.
        jobs: stages that run side by side.
        running: by stage that runs, for how many seconds it has done so.

    Returns:
        Seconds.
    """
    first = remaining(needs, expected)
    waiting = TopologicalSorter(needs)
    waiting.prepare()
    ends = [
        (max(0.0, expected.get(stage, 0.0) - elapsed), stage) for stage, elapsed in running.items()
    ]
    heapify(ends)
    now = 0.0
    ready: list[str] = []
    while waiting.is_active():
        ready += [stage for stage in waiting.get_ready() if stage not in running]
        ready.sort(key=first.__getitem__)
        while ready and len(ends) < jobs:
            stage = ready.pop()
            heappush(ends, (now + expected.get(stage, 0.0), stage))
        now, stage = heappop(ends)
        waiting.done(stage)
    return now
