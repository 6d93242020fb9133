"""Benchmarks run: contenders, stages with a stopwatch, changes, growth."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.core.formats import write_arrays
from stages.core.images import Images
from stages.core.params import load
from tests.benchmarks import growth, pipeline, training
from tests.benchmarks.stopwatch import AGE, COMPILING, COMPUTING, STARTING
from tests.benchmarks.tables import tables
from tests.benchmarks.workers import working
from tests.support import PARAMS
from tools.project import SHORTEST, set_params
from tools.runner import environment, wrapper

FEW = {
    **SHORTEST,
    "semi_supervised.regimes": ["frozen", "finetuned"],
    "semi_supervised.tuning.learning_rates": [0.001],
}


@pytest.fixture(scope="module")
def project(toy: Images, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What contenders need: parameters, images, labelled images."""
    folder = tmp_path_factory.mktemp("benchmark")
    shutil.copy(PARAMS, folder)
    set_params(folder / "params.yaml", FEW)
    (folder / "data").mkdir()
    write_arrays(folder / "data" / "images.npz", **toy._asdict())
    labels = {"train": np.arange(30).reshape(1, 30), "validation": np.arange(30, 60)}
    write_arrays(folder / "data" / "labels.npz", **labels)
    return folder


@pytest.mark.benchmark
def test_contenders_take_turns_and_do_parts_of_a_step(project: Path) -> None:
    measured = list(training.measure(project, ["sparse"], 128, 1))
    assert all(np.isfinite(entry.value) and entry.value > 0 for entry in measured)
    by_row = pd.DataFrame(measured).groupby("row")["contender"].unique()
    assert {training.STUDY, training.NATIVE_STUDY, *training.KERAS} <= set(by_row["training"])
    assert set(by_row["step"]) == {"whole", "data", "gradient", "products"}
    found = tables(pd.DataFrame(measured))
    assert "**Training**" in found
    assert "**What a training step's time goes into**" in found


@pytest.mark.benchmark
def test_comparing_encoders_is_measured_on_both_sides(project: Path) -> None:
    measured = list(training.compare(project, "sparse", 1))
    assert [entry.contender for entry in measured] == [training.STUDY, *training.TUTORIAL]
    assert all(entry.value > 0 for entry in measured)


def test_a_contender_that_ends_is_named_with_its_log(project: Path) -> None:
    with (
        pytest.raises(RuntimeError, match=r"tests\.benchmarks\.project: .*nothing.*\.log"),
        working("tests.benchmarks.project", project, 64) as ask,
    ):
        ask("nothing")


def test_a_stage_with_a_stopwatch_writes_the_same_and_says_where_its_time_went(
    copied: Path,
) -> None:
    lock = (copied / "dvc.lock").read_bytes()
    file = copied / "build" / "times"
    file.parent.mkdir(exist_ok=True)
    folder = wrapper(copied / "build" / "bin", after=f"-m tests.benchmarks.stopwatch {file}")
    options = ("--force", "--single-item", "normalize", "train@sparse")
    pipeline.repro(copied, *options, env=environment(folder))
    assert (copied / "dvc.lock").read_bytes() == lock
    lines = {line.pop("stage"): line for line in map(json.loads, file.read_text().splitlines())}
    assert set(lines) == {"normalize", "train@sparse"}
    for line in lines.values():
        assert sum(line.values()) == pytest.approx(2 * line[AGE])
        assert line[STARTING] > 0
        assert line["reading and writing"] > 0
        assert line["checking packages, parameters, edits"] > 0
    assert lines["train@sparse"][COMPUTING] > 0
    assert lines["train@sparse"][COMPILING] > 0
    assert lines["normalize"][COMPUTING] == lines["normalize"][COMPILING] == 0


TOY = """stages:
  first: {cmd: "cp params.yaml one", params: [claims], outs: [{one: {cache: false}}]}
  second: {cmd: "cp one two", deps: [one], outs: [{two: {cache: false}}]}
"""


def test_changes_are_timed_and_taken_back(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    (folder / ".dvc").mkdir(parents=True)
    (folder / ".dvc" / "config").write_text("[core]\n    no_scm = true\n")
    (folder / "dvc.yaml").write_text(TOY)
    (folder / "params.yaml").write_text("claims: {margin: 1}\n")
    pipeline.repro(folder)
    before = (folder / "dvc.lock").read_bytes()
    measured = list(pipeline.changes(folder, {"a margin": {"claims.margin": 2}}, 1))
    assert [(entry.case, entry.contender) for entry in measured] == [
        (pipeline.NOTHING, pipeline.UP_TO_DATE),
        (pipeline.NOTHING, pipeline.EMPTY),
        ("a margin", pipeline.UNTIL_REPORT),
    ]
    assert (folder / "dvc.lock").read_bytes() == before
    assert load(folder / "params.yaml") == {"claims": {"margin": 1}}
    assert len(load(tmp_path / "empty" / "dvc.lock")["stages"]) == 2


@pytest.mark.benchmark
def test_more_images_take_more_memory(project: Path) -> None:
    many = 600_000
    measured = list(growth.measure(project, growth.Sizes((128, many), (), (1,)), 1))
    memory = {(e.row, e.case): e.value for e in measured if e.contender == growth.BYTES}
    small, large = (memory[growth.IMAGES, str(count)] for count in (128, many))
    # Half of what the images take: the compiler's memory, freed before, hides a part.
    assert large > small + many * 8 * 6 * 4 / 2
    assert memory[growth.DRAWS, "1"] > 0
