"""What the pipeline gives on the digits, published so that others can check it in minutes.

python -m tools.digits    runs it in `build/digits` and writes `reports/digits` anew

`reports/digits` has the run's `dvc.lock` and its tables; pictures and pages are there as hashes.
"""

import shutil
from pathlib import Path

from tools.reproduce import PROJECT, QUICK, copy_without_results, reproduce, set_params

PUBLISHED = Path("reports") / "digits"


def main() -> None:
    """Run the pipeline on the digits and publish lock and tables."""
    made = copy_without_results(PROJECT, PROJECT / "build" / "digits", QUICK)
    reproduce(made, jobs=2)
    publish(made, PROJECT)


def publish(made: Path, project: Path) -> None:
    """Replace what is published on the digits.

    Args:
        made: a run on the digits.
        project: where to publish it.
    """
    folder = project / PUBLISHED
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made / "reports" / "metrics", folder / "metrics")
    shutil.copy(made / "dvc.lock", folder / "dvc.lock")


def put_in_place(clone: Path) -> None:
    """Put results on the digits where the results on the chosen data set are, parameters included.

    Args:
        clone: of the project; changed.
    """
    set_params(clone / "params.yaml", QUICK)
    for folder in ("metrics", "figures"):
        shutil.rmtree(clone / "reports" / folder, ignore_errors=True)
    for name in ("report.html", "report.md"):
        (clone / "reports" / name).unlink(missing_ok=True)
    shutil.copytree(clone / PUBLISHED / "metrics", clone / "reports" / "metrics")
    shutil.copy(clone / PUBLISHED / "dvc.lock", clone / "dvc.lock")


if __name__ == "__main__":
    main()
