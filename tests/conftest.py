"""Fixtures: parameters, a small data set, and runs of the pipeline that tests share."""

import os

import stages  # noqa: F401  first, since it sets what numeric libraries read when they are loaded

# What tests call without a stage around it computes on the CPU, too.
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
# Commits of tests are made by nobody, whatever signatures and hooks a user has set for all commits.
os.environ |= {
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "commit.gpgSign",
    "GIT_CONFIG_VALUE_0": "false",
    "GIT_CONFIG_KEY_1": "core.hooksPath",
    "GIT_CONFIG_VALUE_1": os.devnull,
}
# DVC has no settings but a project's own, and servers of tests are asked without a proxy.
os.environ |= {
    **dict.fromkeys(("DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR"), f"{__file__}.nowhere"),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
}

# isort: split
import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import numpy as np
import pytest

from stages.core.images import Images
from stages.core.params import load
from tests.support import (
    PARAMS,
    PROJECT,
    audited,
    commit,
    made_once,
    reproduce,
    two_variants,
)
from tools import runner
from tools.project import QUICK, copy_without_results

# A slow machine changes no verdict, and no run tries other examples than the one before.
hypothesis.settings.register_profile(
    "any machine",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("any machine")


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


@pytest.fixture(scope="session")
def run_id() -> str:
    """One for each test run: pytest-xdist tells its workers which; without workers, any."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex


@pytest.fixture(scope="session")
def whole_run(run_id: str) -> Path:
    """What `make demo` makes, below build/ too: all variants and stages, with fewer updates."""

    def make(project: Path) -> None:
        copy_without_results(PROJECT, project, QUICK)
        with audited(project.with_name("audit")) as env:
            runner.reproduce(project, env=env)

    return made_once("demo", run_id, make)


@pytest.fixture(scope="session")
def small_run(run_id: str) -> Path:
    """Two variants, one seed, one draw, one epoch; tests change a copy of it."""

    def make(project: Path) -> None:
        reproduce(two_variants(project))
        commit(project)

    return made_once("small", run_id, make)


@pytest.fixture
def copied(small_run: Path, tmp_path: Path) -> Path:
    """A copy of the small run, to be changed at will."""
    return Path(shutil.copytree(small_run, tmp_path / "copy", symlinks=True))
