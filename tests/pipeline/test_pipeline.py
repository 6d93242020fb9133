"""What DVC makes of the pipeline in a clone: nothing is to run; what a parameter concerns."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from stages.core.params import load
from tests.support import PARAMS, PROJECT, change, dvc, ran
from tools.digits import put_in_place
from tools.lock_integrity import integrity

VARIANTS = list(load(PARAMS)["variants"])
ON_CURVE = list(load(PARAMS)["label_curve"]["variants"])
BETAS = list(load(PARAMS)["beta_curve"]["betas"])
LONGER = list(load(PARAMS)["longer"]["variants"])
SETTINGS = list(load(PARAMS)["exercise"]["settings"])


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A clone of this checkout: committed results, no cache."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", PROJECT, clone], check=True)
    return clone


def would_run(project: Path) -> set[str]:
    return ran(dvc(project, "repro", "--dry", "--allow-missing").stdout)


def test_published_results_belong_to_the_committed_code_and_params(published: Path) -> None:
    assert would_run(published) == set()
    assert integrity(published) == []


def test_results_published_on_the_digits_do_so_too(published: Path) -> None:
    put_in_place(published)
    assert would_run(published) == set()
    assert integrity(published, partial=True) == []


def each(stage: str, variants: Sequence[object] = VARIANTS) -> set[str]:
    return {f"{stage}@{name}" for name in variants}


ALWAYS = {"check_params", "report"}  # they depend on the file as a whole


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        (
            "variants.sparse.sparsity.weight",
            8,
            {"train@sparse", "extract_latents@sparse", "longer@sparse", "claims"},
        ),
        ("variants.vae.beta", 4, {"train@vae", "extract_latents@vae", "claims"}),
        (
            "train.epochs",
            3,
            each("train")
            | each("train_beta_curve", BETAS)
            | each("exercise", SETTINGS)
            | each("longer", LONGER),
        ),
        (
            "train.seeds",
            [0],
            each("train")
            | each("extract_latents")
            | each("semi_supervised")
            | each("label_curve", ON_CURVE)
            | each("longer", LONGER)
            | each("sample"),
        ),
        (
            "semi_supervised.label_fraction",
            0.05,
            {"split"} | each("semi_supervised"),
        ),
        (
            "semi_supervised.epochs",
            10,
            each("semi_supervised") | each("label_curve", ON_CURVE),
        ),
        ("label_curve.max_updates", 1000, each("label_curve", ON_CURVE)),
        ("label_curve.fractions", [0.5], {"split"}),
        ("baselines.neighbours", [3], {"baselines"}),
        (
            "semi_supervised.tuning.draws",
            1,
            {"baselines"} | each("semi_supervised"),
        ),
        ("extract_latents.points", 100, each("extract_latents")),
        (
            "extract_latents.quality.neighbours",
            3,
            {"baselines"}
            | each("extract_latents")
            | each("exercise", SETTINGS)
            | each("longer", LONGER),
        ),
        (
            "classifier.epochs",
            3,
            {"classifier", "ladder"} | each("sample") | each("beta_curve", BETAS),
        ),
        (
            "sampling.columns",
            3,
            {"ladder"} | each("sample") | each("beta_curve", BETAS),
        ),
        (
            "beta_curve.seeds",
            [4, 5],
            each("train_beta_curve", BETAS) | each("beta_curve", BETAS),
        ),
        ("exercise.margin", 0.01, {"sweeps"}),
        ("exercise.settings.sparse_30.sparsity.weight", 1, {"exercise@sparse_30", "sweeps"}),
        ("claims.confidence", 0.9, {"claims"}),
        ("report.decimals", 3, set()),
    ],
    ids=lambda value: "stages" if isinstance(value, set) else str(value),
)
def test_a_parameter_concerns_only_the_stages_that_read_it(
    published: Path, key: str, value: Any, expected: set[str]
) -> None:
    # What follows from changed files is not seen here, without data; test_experiments.py runs it.
    change(published / "params.yaml", (key, value))
    status = json.loads(dvc(published, "status", "--json").stdout)
    concerned = {
        stage
        for stage, changes in status.items()
        for change_ in changes
        if isinstance(change_, dict) and "params.yaml" in change_.get("changed deps", {})
    }
    assert concerned == expected | ALWAYS


def test_a_new_block_is_a_new_variant(published: Path) -> None:
    variants = load(PARAMS)["variants"]
    change(published / "params.yaml", ("variants.wide", variants["vae"]))
    names = dvc(published, "stage", "list", "--name-only").stdout.split()
    assert {f"{stage}@wide" for stage in ("train", "extract_latents", "sample")} <= set(names)
