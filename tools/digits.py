"""The results on the digits, published so that `make verify DATASET=digits` takes minutes.

python -m tools.digits    runs the pipeline in `build/digits` and writes `reports/digits` anew

`reports/digits` has the run's `dvc.lock` and its tables; of pictures and pages only the hashes.
"""

import shutil
from pathlib import Path

from stages.core.params import load
from tools.project import (
    DIGITS,
    PROJECT,
    PUBLISHED,
    QUICK,
    TABLES,
    copy_without_results,
    fitting,
    set_params,
)
from tools.runner import reproduce
from tools.schedule import jobs_for


def main() -> None:
    """Run the pipeline on the digits and publish lock and tables."""
    made = copy_without_results(PROJECT, PROJECT / "build" / "digits", QUICK)
    reproduce(made, jobs_for(made, asked=2))
    publish(made, PROJECT)


def publish(made: Path, project: Path) -> None:
    """Replace the project's published results on the digits with those of a run."""
    folder = project / DIGITS
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made / TABLES, folder / "metrics")
    shutil.copy(made / "dvc.lock", folder / "dvc.lock")


def put_in_place(clone: Path) -> None:
    """Replace a clone's results and parameters with those on the digits."""
    params = clone / "params.yaml"
    set_params(params, fitting(QUICK, load(params)))
    for path in (clone / name for name in PUBLISHED):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    shutil.copytree(clone / DIGITS / "metrics", clone / TABLES)
    shutil.copy(clone / DIGITS / "dvc.lock", clone / "dvc.lock")


if __name__ == "__main__":
    main()
