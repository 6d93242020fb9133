"""Fixtures: parameters, a small data set, and runs of the pipeline that tests share."""

import os

import stages  # noqa: F401  first, since it sets what numeric libraries read when they are loaded

# What tests call without a stage around it computes on the CPU, too.
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

# isort: split
import fcntl
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stages.core.images import Images
from stages.core.params import load
from tools.reproduce import (
    PROJECT,
    QUICK,
    SHORTEST,
    copy_without_results,
    environment,
    reproduce,
    set_params,
    wrapper,
)

PARAMS = PROJECT / "params.yaml"


@pytest.fixture
def params() -> dict[str, Any]:
    """The committed parameters, to be changed at will."""
    return load(PARAMS)


@pytest.fixture(scope="session")
def toy() -> Images:
    """Images of 8 x 6 pixels in three classes that are easy to tell apart."""
    random = np.random.default_rng(0)
    prototypes = random.uniform(size=(3, 8, 6, 1))

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        y = np.arange(count, dtype=np.uint8) % 3
        x = np.clip(prototypes[y] + random.normal(0, 0.1, (count, 8, 6, 1)), 0, 1)
        return x.astype(np.float32), y

    return Images(*draw(240), *draw(90))


def change(file: Path, *changes: tuple[str, Any]) -> None:
    """Set dotted keys in a YAML file, as `dvc exp run -S` does."""
    set_params(file, dict(changes))


def dvc(project: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run DVC in a project and give back what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 or not check, done.stdout + done.stderr
    return done


def ran(output: str) -> set[str]:
    """Names of the stages that DVC says it runs."""
    lines = [line for line in output.splitlines() if line.startswith("Running stage ")]
    return {line.split("'")[1] for line in lines}


def audited(folder: Path) -> dict[str, str]:
    """Let stages write down what they open and which parameters they look at.

    Args:
        folder: gets two files for each process, and this `python`; emptied.

    Returns:
        Environment variables for the stages. Without strace they do without the audit.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if not shutil.which("strace"):
        return environment()
    trace = "strace -f --seccomp-bpf -qq -y -z -e trace=open,openat,openat2,creat"
    python = wrapper(
        folder, f"{trace} -o '{folder}/'$$.opened", f"-m tests.audited '{folder}/'$$.json"
    )
    return environment(python)


def made_once(name: str, testrun_uid: str, make: Callable[[Path], object]) -> Path:
    """Make a project below build/ by the worker that needs it first; another one waits for it.

    Args:
        name: of the folder.
        testrun_uid: the same for all workers.
        make: gets the folder to make; what an earlier test run left there is to be replaced.

    Returns:
        The folder.
    """
    folder = PROJECT / "build" / "tests"
    folder.mkdir(parents=True, exist_ok=True)
    project, made = folder / name, folder / f"{name}.made"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists() or made.read_text() != testrun_uid:
            make(project)
            made.write_text(testrun_uid)
    return project


@pytest.fixture(scope="session")
def whole_run(testrun_uid: str) -> Path:
    """What `make demo` makes, below build/ too: all variants and stages, with fewer updates."""

    def make(project: Path) -> None:
        copy_without_results(PROJECT, project, QUICK)
        reproduce(project, env=audited(project.with_name("audit")))

    return made_once("demo", testrun_uid, make)


TWO = {
    "compression": {
        "architecture": {
            "kind": "dense",
            "hidden": [20],
            "activation": "relu",
            "latent_dim": 5,
            "latent_activation": "relu",
        }
    },
    "sparse": {
        "architecture": {
            "kind": "dense",
            "hidden": [],
            "latent_dim": 8,
            "latent_activation": "sigmoid",
        },
        "sparsity": {"target": 0.2, "weight": 1.0},
    },
}


# Text that a schema cannot refuse, since paths and comments may hold anything.
HOSTILE = "<img src=x onerror=alert(1)>"


def two_variants(folder: Path) -> Path:
    """A project with two small variants, under Git as a user has it."""
    changes = {
        **SHORTEST,
        "variants": TWO,
        "label_curve.variants": ["compression"],
        "datasets.digits.sources": [{"kind": "scikit-learn"}, {"kind": "folder", "path": HOSTILE}],
    }
    project = copy_without_results(PROJECT, folder, changes)
    with (project / "params.yaml").open("a") as params:
        params.write(f"# {HOSTILE}\n")
    (project / ".dvc" / "config.local").unlink()
    for command in (
        ["git", "init", "--quiet"],
        ["git", "config", "user.email", "someone@example.org"],
        ["git", "config", "user.name", "Someone"],
        ["git", "add", "--all"],
        ["git", "commit", "--quiet", "--message", "start"],
    ):
        subprocess.run(command, cwd=project, check=True)
    return project


@pytest.fixture(scope="session")
def small_run(testrun_uid: str) -> Path:
    """Two variants, one seed, one draw, one epoch; tests change a copy of it."""

    def make(project: Path) -> None:
        reproduce(two_variants(project))
        commit(project)

    return made_once("small", testrun_uid, make)


def commit(project: Path) -> None:
    """Commit everything, results included, as a user does after a run."""
    subprocess.run(["git", "add", "--all"], cwd=project, check=True)
    subprocess.run(["git", "commit", "--quiet", "--message", "results"], cwd=project, check=True)


@pytest.fixture
def copied(small_run: Path, tmp_path: Path) -> Path:
    """A copy of the small run, to be changed at will."""
    return Path(shutil.copytree(small_run, tmp_path / "copy", symlinks=True))
