"""Row about stages side by side: how near they come to the ideal, were there cores for all jobs."""

import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ruamel.yaml import YAML

from tools.benchmark.measurement import Measurement
from tools.reproduce import reproduce

SIDE_BY_SIDE = "jobs"
# Jobs, and seconds that each stage sleeps. Those that DVC disturbs most come first.
CASES = ((16, 60), (16, 10), (8, 10), (4, 10), (2, 10), (1, 10))
STAGES = 32


def sleeping(
    folder: Path, stages: int = STAGES, cases: Sequence[tuple[int, float]] = CASES
) -> Iterator[Measurement]:
    """Run stages that only sleep, none of which needs another.

    Args:
        folder: for projects; what is there already is removed.
        stages: of a project.
        cases: jobs, and seconds of a stage.

    Yields:
        By jobs, and by seconds of a stage: seconds in all.
    """
    for jobs, seconds in cases:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / ".dvc").mkdir(parents=True)
        (folder / ".dvc" / "config").write_text("[core]\n    no_scm = true\n")
        stage = {"cmd": f"sleep {seconds} && echo ${{item}} > ${{item}}", "outs": ["${item}"]}
        names = [f"stage_{number}" for number in range(stages)]
        pipeline = {"stages": {"sleep": {"foreach": names, "do": stage}}}
        YAML().dump(pipeline, folder / "dvc.yaml")
        started = time.perf_counter()
        times = reproduce(folder, jobs)
        assert len(times) == stages
        yield Measurement(SIDE_BY_SIDE, str(jobs), str(seconds), time.perf_counter() - started)
