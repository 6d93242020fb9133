"""The tutorial as printed, small on the digits."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from reference.tutorial_as_printed.schema import Model
from stages.figures.tiles import read_tiles
from tests.support import PROJECT, dvc, made_once, reproduce, small_reference
from tools.project import set_params

NAME = "tutorial_as_printed"
TINY = {"seeds": [3], "train.epochs": 1, "random_codes.count": 12, "shown_codes": 4}


@pytest.fixture(scope="module")
def small(run_id: str) -> Path:
    """The experiment on the digits."""
    project = made_once(NAME, run_id, lambda path: reproduce(small_reference(path, NAME, TINY)))
    return project / "reference" / NAME


def test_every_model_is_trained_and_measured(small: Path) -> None:
    table = pd.read_csv(small / "metrics" / "seeds.csv").set_index("model")
    assert list(table.index) == list(get_args(Model))
    assert set(table["model_seed"]) == {3}
    assert list(table["test_kl"].notna()) == [False, False, True]
    plain = table.loc[["trivial", "compression"]]
    assert (plain["test_mse"] == plain["test_mse_of_mean_code"]).all()
    summary = json.loads((small / "metrics" / "summary.json").read_text())
    for name, row in table.iterrows():
        assert summary[f"{name}.test_mse"] == row["test_mse"]
    with np.load(small / "data" / "images.npz") as arrays:
        mean = arrays["x_train"].mean(axis=0, dtype=np.float64)
        expected = np.mean((arrays["x_test"] - mean) ** 2)
    assert summary["mean_image.test_mse"] == pytest.approx(expected)
    assert summary["trivial.test_mse"] < expected


def test_the_picture_has_a_row_for_each_model(small: Path) -> None:
    with np.load(small / "data" / "decoded" / "vae_3.npz") as arrays:
        assert arrays["decoded"].shape == (12, 8, 8, 1)
    tiles = read_tiles(small / "metrics" / "decoded_codes.png", 8, 8)
    assert len(tiles) == len(get_args(Model))


def test_another_seed_trains_no_seed_again(small: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(small.parent.parent, tmp_path / "more"))
    folder = project / "reference" / NAME
    set_params(folder / "params.yaml", {"seeds": [3, 4]})
    concerned = set(json.loads(dvc(folder, "status", "--json").stdout))
    of_the_seed = {f"train@{model}-4" for model in get_args(Model)}
    assert concerned == {"check_params", "summarize", *of_the_seed}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset": "cifar"}, "dataset: one of ['digits', 'fashion_mnist'], received 'cifar'"),
        ({"train.epochs": 0}, "train.epochs: expected"),
        ({"train.rate": 0.1}, "train.rate: expected no such key"),
        ({"random_codes.count": 1}, "random_codes.count: expected"),
        ({"shown_codes": 13}, "shown_codes: at most the 12 that are decoded, received 13"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_value_is_refused_by_name(
    small: Path, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    params, checked = tmp_path / "params.yaml", tmp_path / "params.ok"
    shutil.copy(small / "params.yaml", params)
    set_params(params, changes)
    command = [sys.executable, "-m", f"reference.{NAME}.check_params"]
    done = subprocess.run(
        [*command, "--params", params, "--checked", checked],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert message in done.stderr
    assert not checked.exists()
