"""Row about stages side by side: how near they come to the ideal, were there cores for all jobs."""

import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measurement import Measurement
from tests.benchmarks.pipeline import stages_alike
from tools.runner import reproduce

SIDE_BY_SIDE = "jobs"
# Jobs, and seconds that each stage sleeps. Those that DVC disturbs most come first.
CASES = ((16, 60), (16, 10), (8, 10), (4, 10), (2, 10), (1, 10))
STAGES = 32


def sleeping(folder: Path) -> Iterator[Measurement]:
    """Run stages that only sleep, none of which needs another.

    Args:
        folder: for projects; what is there already is removed.

    Yields:
        By jobs, and by seconds of a stage: seconds in all.
    """
    for jobs, seconds in CASES:
        stages_alike(folder, STAGES, f"sleep {seconds} && touch ${{item}}")
        started = time.perf_counter()
        times = reproduce(folder, jobs)
        passed = time.perf_counter() - started
        assert len(times) == STAGES
        yield Measurement(SIDE_BY_SIDE, str(jobs), str(seconds), passed)
