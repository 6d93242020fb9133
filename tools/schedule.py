"""Which stages run side by side, how many of them, and which first."""

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
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


def jobs_for(project: Path) -> int:
    """Choose how many stages run side by side, and say why.

    Args:
        project: folder of `params.yaml`, whose `threads` is how many cores one stage takes.

    Returns:
        As many as cores and free memory allow, at least 1.
    """
    try:
        threads = int(load(project / "params.yaml").get("threads", 1))
    except (InputError, TypeError, ValueError):  # the first stage says what is wrong
        threads = 1
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
    try:
        limit, used = ((cgroup / f"memory.{name}").read_text() for name in ("max", "current"))
        return min(free, float(limit) - float(used))
    except (OSError, ValueError):  # no such folder, or no limit: "max"
        return free


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
    of_kind: dict[str, list[float]] = {}
    for stage, taken in seconds.items():
        of_kind.setdefault(stage.partition("@")[0], []).append(taken)

    def expected(stage: str) -> float:
        alike = of_kind.get(stage.partition("@")[0], [1.0])
        return seconds.get(stage, max(alike))

    longest: dict[str, float] = {}
    users: dict[str, list[str]] = {stage: [] for stage in needs}
    for stage, needed in needs.items():
        for other in needed:
            users[other].append(stage)
    for stage in reversed(list(TopologicalSorter(needs).static_order())):
        after = max((longest[user] for user in users[stage]), default=0.0)
        longest[stage] = expected(stage) + after
    return longest
