"""The published likelihood, whole and small on the digits, and interrupted; what is published of
every experiment of `reference/`.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from stages.core.formats import write_arrays
from stages.core.input_integrity import digest, recorded
from tests.support import PROJECT, dvc, made_once, ran, reproduce, small_reference
from tools.lock_integrity import integrity
from tools.project import set_params
from tools.runner import environment

REFERENCE = Path("reference") / "gaussian_prior_vae"
# Half a minute, most of it for starting TensorFlow.
TINY = {
    "seeds": [0],
    "split.training_images": 1200,
    "model.hidden": [20, 16],
    "model.latent_dim": 4,
    "train.batch_size": 20,
    "train.learning_rate": 3e-3,
    "train.warm_up_epochs": 3,
    "train.patience": 3,
    "train.max_epochs": 60,
    "estimate.samples": [10, 50],
    "estimate.repeats": 4,
    "estimate.repeated_images": 50,
    "published.dataset": "digits",
    "published.log_likelihood": -27.5,
    "published.error": 0.5,
}


@pytest.fixture(scope="module")
def small(run_id: str) -> Path:
    """The experiment on the digits."""
    return (
        made_once(
            "reference",
            run_id,
            lambda path: reproduce(small_reference(path, REFERENCE.name, TINY)),
        )
        / REFERENCE
    )


def summary_of(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "metrics" / "summary.json").read_text())
    return content


def test_it_gives_a_likelihood_above_its_bound(small: Path) -> None:
    (row,) = pd.read_csv(small / "metrics" / "seeds.csv").to_dict("records")
    bounds = [row[f"test_{key}"] for key in ("bound", "log_likelihood_10", "log_likelihood_50")]
    assert bounds == sorted(bounds)
    assert row["test_log_likelihood_10_sd"] > row["test_log_likelihood_50_sd"] > 0
    assert abs(row["validation_bound"] - row["test_bound"]) < 3
    curve = pd.read_csv(small / "metrics" / "training" / "0.csv")
    assert len(curve) == row["epochs"]
    assert curve["validation_loss"].idxmin() + 1 == row["best_epoch"]
    summary = summary_of(small)
    assert summary["test_log_likelihood"] == pytest.approx(row["test_log_likelihood_50"])
    assert summary["difference"] == pytest.approx(row["test_log_likelihood_50"] + 27.5)
    assert summary["verdict"] == "inconclusive"  # one seed has no interval


def test_it_beats_pixels_that_are_independent_of_each_other(small: Path) -> None:
    # The test images' own mean: the best that can be said of each pixel alone.
    with np.load(small / "data" / "images.npz") as arrays:
        p = np.clip(arrays["x_test"].mean(axis=0, dtype=np.float64), 1e-5, 1 - 1e-5)
        x = arrays["x_test"]
    alone = float((x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=(1, 2, 3)).mean())
    assert summary_of(small)["test_log_likelihood"] > alone + 1


def test_a_training_that_is_killed_goes_on_and_ends_with_the_same_bytes(
    small: Path, tmp_path: Path
) -> None:
    project = Path(shutil.copytree(PROJECT / "build" / "tests" / "reference", tmp_path / "again"))
    folder = project / REFERENCE
    lock = (folder / "dvc.lock").read_bytes()
    model = (folder / "data" / "models" / "seed_0" / "decoder.npz").read_bytes()
    for made in (folder / ".dvc" / "cache", folder / "data" / "models", folder / "metrics"):
        shutil.rmtree(made)
    dvc(folder, "repro", "normalize")
    checkpoint = folder / "data" / "checkpoints" / "seed_0.npz"
    command = YAML(typ="safe").load(folder / "dvc.yaml")["stages"]["train"]["do"]["cmd"]
    with subprocess.Popen(
        ["sh", "-c", command.replace("${item}", "0")],
        cwd=folder,
        env=environment(),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        while not checkpoint.exists() and process.poll() is None:
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
    assert checkpoint.exists()  # else it came to its end before it was killed

    # It goes on from what the file says, even from what never was.
    content = checkpoint.read_bytes()
    with np.load(checkpoint) as arrays:
        changed = dict(arrays)
    changed["epochs"][0, 3] = 12.5
    write_arrays(checkpoint, **changed)
    elsewhere = command.replace("data/models", "data/other").replace("metrics/", "data/other_")
    subprocess.run(
        ["sh", "-c", elsewhere.replace("${item}", "0")], cwd=folder, env=environment(), check=True
    )
    curves = pd.read_csv(folder / "data" / "other_training" / "0.csv")
    assert curves["train_kl"][0] == 12.5
    checkpoint.write_bytes(content)

    reproduce(folder)
    assert (folder / "dvc.lock").read_bytes() == lock
    assert (folder / "data" / "models" / "seed_0" / "decoder.npz").read_bytes() == model
    assert not checkpoint.exists()


def test_another_seed_trains_no_seed_again(small: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(PROJECT / "build" / "tests" / "reference", tmp_path / "more"))
    folder = project / REFERENCE
    set_params(folder / "params.yaml", {"seeds": [0, 1]})
    concerned = set(json.loads(dvc(folder, "status", "--json").stdout))
    assert concerned == {"check_params", "train@1", "estimate@1", "summarize"}


def test_the_studys_pipeline_neither_sees_nor_runs_it(small: Path) -> None:
    names = dvc(small.parent.parent, "stage", "list", "--name-only", "--all").stdout.split()
    assert "report" in names
    assert not [name for name in names if "reference" in name or name.startswith("estimate")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"estimate.samples": [50, 120]}, "multiples of the number before, received 120 after 50"),
        ({"estimate.samples": [5]}, "estimate.samples.0: expected"),
        ({"estimate.repeats": 1}, "estimate.repeats: expected"),
        ({"model.max_log_var": -7.0}, "max_log_var above min_log_var, -6.0, received"),
        ({"model.min_probability": 0.5}, "model.min_probability: expected"),
        ({"train.patiens": 3}, "train.patiens: expected no such key"),
        ({"split.training_images": 1437}, "fewer than the 1437 there are, since the others"),
        ({"estimate.repeated_images": 361}, "at most the 360 test images, received 361"),
        ({"dataset": "cifar"}, "dataset: one of ['digits', 'fashion_mnist'], received 'cifar'"),
        ({"published.dataset": "mnist"}, "digits, received a number published for mnist"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_value_is_refused_by_name(
    small: Path, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    params, checked = tmp_path / "params.yaml", tmp_path / "params.ok"
    shutil.copy(small / "params.yaml", params)
    command = [sys.executable, "-m", "reference.gaussian_prior_vae.check_params"]
    command += ["--params", params, "--checked", checked]
    subprocess.run(command, cwd=PROJECT, check=True)
    checked.unlink()
    set_params(params, changes)
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 1
    assert message in done.stderr
    assert not checked.exists()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this checkout: committed results."""
    folder = tmp_path_factory.mktemp("published") / "clone"
    subprocess.run(["git", "clone", "--quiet", PROJECT, folder], check=True)
    return folder


EXPERIMENTS = sorted(file.parent.name for file in PROJECT.glob("reference/*/dvc.lock"))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_published_files_are_those_of_the_published_lock(clone: Path, name: str) -> None:
    published = clone / "reference" / name
    outputs = recorded(published / "dvc.lock")
    files = {path: md5 for path, md5 in outputs.items() if (published / path).exists()}
    committed = {path.relative_to(published) for path in published.glob("metrics/**/*.*")}
    assert set(files) == committed - {Path("metrics/provenance.md")} != set()
    assert {path: digest(published / path) for path in files} == files


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_published_results_belong_to_the_committed_code_and_params(
    clone: Path, name: str
) -> None:
    published = clone / "reference" / name
    assert ran(dvc(published, "repro", "--dry", "--allow-missing").stdout) == set()
    assert integrity(published) == []
