"""A grid of experiments through DVC's queue, as a person types it."""

import io
import json
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.support import dvc

WEIGHTS = [1.0, 4.0, 16.0]


@pytest.mark.cluster
def test_a_grid_runs_two_at_a_time_and_can_be_compared(copied: Path) -> None:
    grid = ",".join(f"{weight:g}" for weight in WEIGHTS)
    dvc(copied, "exp", "run", "--queue", "-S", f"variants.sparse.sparsity.weight={grid}")
    dvc(copied, "queue", "start", "--jobs", "2")
    deadline = time.monotonic() + 7200  # a bound on hangs
    while time.monotonic() < deadline:
        time.sleep(5)
        status = dvc(copied, "queue", "status").stdout
        assert "Failed" not in status
        if status.count("Success") == len(WEIGHTS) and "0 active" in status:
            break
    assert status.count("Success") == len(WEIGHTS), status

    # Nothing of them is in the working tree, and nothing there was lost.
    changes = subprocess.run(
        ["git", "status", "--porcelain"], cwd=copied, capture_output=True, text=True, check=True
    )
    assert changes.stdout == ""

    shown = pd.read_csv(io.StringIO(dvc(copied, "exp", "show", "--csv").stdout))
    experiments = shown[shown["rev"].notna() & shown["Experiment"].notna()]
    experiments = experiments[experiments["typ"] != "baseline"]
    found = experiments.set_index("variants.sparse.sparsity.weight")["sparse.test_mse"]
    assert sorted(found.index) == WEIGHTS
    # The committed run had weight 1: the same numbers, and others for other weights.
    committed = json.loads((copied / "reports" / "metrics" / "summary.json").read_text())
    assert found[1.0] == pytest.approx(committed["sparse.test_mse"], abs=1e-12)
    assert found.nunique() == len(WEIGHTS)

    first, _, last = experiments["Experiment"]
    dvc(copied, "plots", "diff", first, last, "--out", "build/diff")
    page = (copied / "build" / "diff" / "index.html").read_text()
    assert first in page
    assert last in page
    accuracies = {path.name for path in (copied / "build" / "diff" / "static").glob("*accuracy*")}
    assert accuracies == {f"{name}_reports_charts_accuracy.svg" for name in (first, last)}
