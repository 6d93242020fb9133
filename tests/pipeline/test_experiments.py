"""What a person does with the pipeline: run, vary, remove, make mistakes (two small variants)."""

import html
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML

from tests.support import HOSTILE, TWO, change, commit, dvc, ran, reproduce
from tools.runner import environment


def lock_of(project: Path) -> str:
    return (project / "dvc.lock").read_text()


def changes(project: Path) -> str:
    """What Git says of files that differ from the last commit."""
    done = subprocess.run(
        ["git", "status", "--porcelain"], cwd=project, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_second_run_does_nothing(copied: Path) -> None:
    assert reproduce(copied) == []


def test_what_python_editors_and_desktops_leave_beside_code_changes_nothing(copied: Path) -> None:
    folder = copied / "stages" / "core"
    (folder / "__pycache__").mkdir(exist_ok=True)
    for name in ("__pycache__/left.cpython-311.pyc", ".cli.py.swp", "cli.py~", ".DS_Store"):
        (folder / name).write_text("left")
    assert json.loads(dvc(copied, "status", "--json").stdout) == {}
    (folder / "added.py").touch()
    assert {"download", "report"} < set(json.loads(dvc(copied, "status", "--json").stdout))


def test_what_parameters_say_is_text_on_the_page(small_run: Path) -> None:
    page = (small_run / "reports" / "report.html").read_text()
    assert HOSTILE not in page
    assert html.escape(HOSTILE) in page


def test_an_experiment_runs_what_depends_on_its_parameter(copied: Path) -> None:
    done = dvc(copied, "exp", "run", "-S", "variants.sparse.sparsity.weight=8")
    assert ran(done.stdout) == {
        "check_params",
        "train@sparse",
        "extract_latents@sparse",
        "semi_supervised@sparse",
        "sample@sparse",
        "claims",
        "report",
    }
    shown = dvc(copied, "exp", "show", "--csv").stdout
    assert "variants.sparse.sparsity.weight" in shown
    assert "sparse.test_mse" in shown
    assert "variants.sparse.sparsity.weight" in dvc(copied, "params", "diff").stdout
    # As docs/vary.md says.
    columns = r"Experiment|sparse\.test_mse$|variants\.sparse\.sparsity\.weight"
    shown = dvc(copied, "exp", "show", "--no-pager", "--drop", ".*", "--keep", columns).stdout
    assert all(name in shown for name in ("Experiment", "sparse.test_mse", "sparsity.weight"))
    assert max(map(len, shown.splitlines())) <= 100
    changed = dvc(copied, "metrics", "diff", "--no-path").stdout
    assert "sparse.test_mse" in changed
    assert "compression.test_mse" not in changed


def test_another_label_fraction_retrains_nothing(copied: Path) -> None:
    done = dvc(copied, "exp", "run", "-S", "semi_supervised.label_fraction=0.05")
    expected = {"check_params", "split", "baselines", "claims", "report"}
    assert ran(done.stdout) == expected | {f"semi_supervised@{name}" for name in TWO}
    table = pd.read_csv(copied / "reports/metrics/semi_supervised/sparse.csv")
    assert set(table["label_fraction"]) == {0.05}


def numbers_of_seed_and_draw_0(project: Path) -> dict[str, pd.DataFrame]:
    """The first seed's and the first draw's rows of every table of the two variants."""
    found = {}
    for path in sorted((project / "reports" / "metrics").rglob("*.csv")):
        if path.stem in {*TWO, "baselines"}:
            table = pd.read_csv(path)
            for column in {"model_seed", "label_draw"} & set(table):
                table = table[table[column] == 0]
            found[path.relative_to(project).as_posix()] = table.reset_index(drop=True)
    return found


@pytest.fixture(scope="module")
def grown(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the small run, and then a seed, a draw and a variant more."""
    project = tmp_path_factory.mktemp("grown") / "copy"
    shutil.copytree(small_run, project, symlinks=True)
    change(
        project / "params.yaml",
        ("train.seeds", [0, 5]),
        ("semi_supervised.draws", 2),
        ("semi_supervised.exploratory_draws", 2),
        ("variants.third", TWO["compression"]),
    )
    reproduce(project)
    yield project
    shutil.rmtree(project)


def test_an_added_seed_draw_and_variant_leave_the_others_numbers(
    small_run: Path, grown: Path
) -> None:
    before, after = numbers_of_seed_and_draw_0(small_run), numbers_of_seed_and_draw_0(grown)
    assert len(before) > 12
    for name, table in before.items():
        pd.testing.assert_frame_equal(after[name], table, check_exact=True, obj=name)
    models = sorted(small_run.glob("data/models/*/seed_0/*"))
    assert len(models) == 8
    for path in models:
        assert (grown / path.relative_to(small_run)).read_bytes() == path.read_bytes()
    table = pd.read_csv(grown / "reports/metrics/semi_supervised/sparse.csv")
    assert len(table) == 4 * len(before["reports/metrics/semi_supervised/sparse.csv"])
    assert (grown / "reports/metrics/semi_supervised/third.csv").exists()


def test_a_removed_variant_leaves_nothing_behind(
    small_run: Path, grown: Path, tmp_path: Path
) -> None:
    project = Path(shutil.copytree(grown, tmp_path / "copy", symlinks=True))
    assert "third.test_mse" in (project / "reports/metrics/summary.json").read_text()
    shutil.copy(small_run / "params.yaml", project)
    reproduce(project)
    assert lock_of(project) == lock_of(small_run)
    assert not list((project / "reports").rglob("third*"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("train.epochs", "-1"),
        ("semi_supervised.label_fraction", "2"),
        ("train.seeds", "[]"),
        ("variants.compression.architecture.activation", "reluu"),
        ("dataset", "nothing"),
    ],
)
def test_a_wrong_value_stops_everything_in_one_line(copied: Path, key: str, value: str) -> None:
    before = lock_of(copied)
    done = dvc(copied, "exp", "run", "-S", f"{key}={value}", check=False)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert ran(done.stdout) <= {"check_params"}
    assert "Traceback" not in said
    if key != "dataset":
        assert f"error: params.yaml.{key}" in said.replace("dense.", "")
    assert lock_of(copied) == before
    # What DVC has written by then is undone as docs/vary.md says.
    assert changes(copied) == " M params.yaml\n"
    subprocess.run(["git", "restore", "params.yaml"], cwd=copied, check=True)
    assert changes(copied) == ""


def test_an_unknown_key_is_refused(copied: Path) -> None:
    done = dvc(copied, "exp", "run", "-S", "train.epoch=3", check=False)
    assert done.returncode != 0
    assert changes(copied) == ""


def test_corrupt_data_stops_the_pipeline_and_leaves_no_images(copied: Path) -> None:
    raw = copied / "data" / "raw" / "train-labels-idx1-ubyte"
    content = bytearray(raw.read_bytes())
    content[-1] = 255
    raw.unlink()
    raw.write_bytes(content)
    (copied / "data" / "images.npz").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "stages.normalize"]
        + ["--params", "params.yaml", "--raw", "data/raw", "--images", "data/images.npz"]
        + ["--profile-file", "reports/metrics/dataset.json"],
        cwd=copied,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert re.fullmatch(
        "error: train-labels-idx1-ubyte: expected SHA-256 f8a6\\w{60}, received \\w{64}\n",
        done.stderr,
    )
    assert not (copied / "data" / "images.npz").exists()


def test_a_failing_cell_fails_the_stage_and_shows_where(copied: Path) -> None:
    path = copied / "reports" / "report.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][-1]["source"] = "raise RuntimeError('no such table')"
    path.write_text(json.dumps(notebook))
    done = dvc(copied, "repro", check=False)
    assert done.returncode != 0
    assert "received RuntimeError: no such table" in done.stderr
    assert "no such table" in (copied / "build" / "report-failed.html").read_text()
    assert not (copied / "reports" / "report.html").exists()


def test_a_users_own_settings_do_not_change_the_page(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / "ipython" / "profile_default"
    (profile / "startup").mkdir(parents=True)
    (profile / "startup" / "mine.py").write_text("import builtins; builtins.len = id\n")
    (profile / "ipython_config.py").write_text(
        "c.InteractiveShell.ast_node_interactivity = 'none'\n"
    )
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONSTARTUP", str(profile / "startup" / "mine.py"))
    before = lock_of(copied)
    dvc(copied, "repro", "--force", "--single-item", "report")
    assert lock_of(copied) == before


def test_plots_and_metrics_are_readable(copied: Path) -> None:
    metrics: dict[str, Any] = json.loads(dvc(copied, "metrics", "show", "--json").stdout)
    assert "sparse.test_mse" in str(metrics)
    dvc(copied, "plots", "show", "--out", "build/plots")
    page = (copied / "build" / "plots" / "index.html").read_text()
    assert "validation_squared_error" in page
    assert "test_accuracy" in page


def test_the_lock_forgets_stages_that_are_gone(copied: Path) -> None:
    yaml = YAML(typ="safe")
    content = yaml.load(copied / "dvc.lock")
    content["stages"]["train@gone"] = content["stages"]["train@sparse"]
    yaml.dump(content, copied / "dvc.lock")
    commit(copied)
    reproduce(copied)
    assert "train@gone" not in lock_of(copied)


def test_another_threshold_makes_the_claims_anew_and_nothing_else(copied: Path) -> None:
    file = copied / "reports" / "metrics" / "claims.json"
    before = json.loads(file.read_text())
    done = dvc(copied, "exp", "run", "-S", "claims.near_perfect_mse=0.9")
    assert ran(done.stdout) == {"check_params", "claims", "report"}
    after = json.loads(file.read_text())
    assert [entry["measured"] for entry in after] == [entry["measured"] for entry in before]


def test_the_label_curve_cannot_name_what_is_no_variant(copied: Path) -> None:
    done = dvc(copied, "exp", "run", "-S", "label_curve.variants=[vae]", check=False)
    assert done.returncode != 0
    assert "label_curve.variants: names from variants (compression, sparse), received vae" in (
        done.stdout + done.stderr
    )
