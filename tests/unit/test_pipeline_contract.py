"""The pipelines' contract: each entry of a `dvc.yaml` against the code of its stage."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ruamel.yaml import YAML

from stages.core.params import load
from tests.import_closure import reached_from, with_code_deps
from tests.support import PARAMS, PROJECT
from tools.runner import graph_of

REFERENCES = [file.parent.relative_to(PROJECT) for file in PROJECT.glob("reference/*/dvc.yaml")]


class Stage(NamedTuple):
    """An entry of a `dvc.yaml`.

    Attributes:
        folder: where the file is, relative to the project; its paths start there.
        entry: what it says.
        module: of the command.
    """

    folder: Path
    entry: dict[str, Any]
    module: str

    @property
    def code(self) -> str:
        return (PROJECT / self.module.replace(".", "/")).with_suffix(".py").read_text()

    def needs(self) -> set[str]:
        """Paths relative to the project."""
        return {os.path.normpath(self.folder / path) for path in self.entry["deps"]}


def stages_of(folder: Path) -> dict[str, Stage]:
    entries = YAML(typ="safe").load(PROJECT / folder / "dvc.yaml")["stages"]
    found = {}
    for name, stage in entries.items():
        entry = stage.get("do", stage)
        found[name] = Stage(folder, entry, re.findall(r"python -m (\S+)", entry["cmd"])[0])
    return found


PIPELINE = stages_of(Path())
ALL = [
    pytest.param(stage, id=str(folder / name))
    for folder in (Path(), *REFERENCES)
    for name, stage in stages_of(folder).items()
]
WITHOUT_TENSORFLOW = (
    "check_params",
    "download",
    "normalize",
    "split",
    "baselines",
    "sweeps",
    "claims",
    "report",
)


def test_every_module_directly_in_stages_is_a_stage() -> None:
    modules = {path.stem for path in (PROJECT / "stages").glob("*.py")} - {"__init__"}
    assert modules == set(PIPELINE)
    assert {stage.module for stage in PIPELINE.values()} == {f"stages.{name}" for name in modules}


@pytest.mark.parametrize("name", PIPELINE)
def test_deps_name_exactly_the_code_that_imports_reach(name: str) -> None:
    code = {Path(path) for path in PIPELINE[name].needs() if Path(path).parts[0] == "stages"}
    reached = {Path(path) for path in reached_from(f"stages.{name}")}
    undeclared = {path for path in reached if not any(path.is_relative_to(dep) for dep in code)}
    assert undeclared == set()
    idle = {dep for dep in code if not any(path.is_relative_to(dep) for path in reached)}
    assert idle == set()
    if name == "check_params":  # whose schemas are everywhere
        assert code == {Path("stages")}
    else:
        folders = {dep for dep in code if (PROJECT / dep).is_dir()}
        assert code - folders == {Path("stages", f"{name}.py"), Path("stages", "__init__.py")}
        assert len(folders) <= 4


@pytest.mark.parametrize("folder", REFERENCES, ids=str)
def test_the_lists_of_files_in_reference_are_generated(folder: Path) -> None:
    text = (PROJECT / folder / "dvc.yaml").read_text()
    assert text == with_code_deps(text, PROJECT / folder), "python -m tests.import_closure"


@pytest.mark.parametrize("stage", ALL)
def test_results_depend_on_the_locked_packages(stage: Stage) -> None:
    assert "requirements.lock" in stage.needs()


@pytest.mark.parametrize("stage", ALL)
def test_params_declare_exactly_what_the_code_reads(stage: Stage) -> None:
    read = re.findall(r'read\(\s*params,\s*f?"([^"]+)"', stage.code)
    # In the code the data set's name is a variable, and so are the variants'.
    keys = {
        re.sub(r"datasets\.\{\w+\}", "datasets.${dataset}", key)
        .replace("{name}", "${key}")
        .replace("{variant}", "${beta_curve.variant}")
        for key in read
    }
    declared = {key.replace("${item}", "${key}") for key in stage.entry.get("params", [])}
    if "params.yaml" in stage.needs():
        return  # depends on all of it
    assert keys == declared


@pytest.mark.parametrize("stage", ALL)
def test_the_command_names_every_declared_path(stage: Stage) -> None:
    command = stage.entry["cmd"]
    kinds = ("outs", "metrics", "plots")
    entries = [entry for kind in kinds for entry in stage.entry.get(kind, [])]
    outputs = [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]
    words = command.split()
    for path in outputs:
        # The claims have many files in two folders, which are named instead.
        assert path in words or (
            stage.module == "stages.claims" and str(Path(path).parent) in words
        )
    inputs = [
        path
        for path in stage.entry["deps"]
        if path.startswith(("data/", "reports/", "reference/", "metrics/"))
        and path != "data/params.ok"
    ]
    for path in inputs:
        assert path in command or any(folder in words for folder in map(str, Path(path).parents))


@pytest.mark.parametrize("stage", ALL)
def test_every_stage_says_what_it_does(stage: Stage) -> None:
    assert stage.entry["desc"]
    assert stage.code.startswith(f'"""DVC stage {stage.module.rpartition(".")[2]}: ')


def test_no_shared_module_imports_a_stage_and_no_stage_another() -> None:
    for stage in PIPELINE:
        others = {f"stages/{other}.py" for other in PIPELINE if other != stage}
        assert not others & reached_from(f"stages.{stage}")


def test_training_imports_no_plotting() -> None:
    report, training = reached_from("stages.report"), reached_from("stages.train")
    for plotting in ("stages/figures/", "stages/page/charts/"):
        assert any(path.startswith(plotting) for path in report)
        assert not any(path.startswith(plotting) for path in training)


def test_stages_without_models_do_not_load_tensorflow() -> None:
    code = """import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(f"stages.{name}")
    if "tensorflow" in sys.modules:
        sys.exit(name)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, *WITHOUT_TENSORFLOW],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_whatever_takes_long_is_kept_in_the_run_cache() -> None:
    """DVC's run cache has no stage with a result in Git that is neither a metric nor a plot."""
    assert graph_of(PROJECT).held_by_git == {"sweeps", "claims", "report"}


def test_every_parameter_belongs_to_a_stage_besides_the_check() -> None:
    declared = {
        key.replace("${dataset}", "*").split(".")[0]
        for stage in PIPELINE.values()
        for key in stage.entry.get("params", [])
    }
    # The report depends on the whole file.
    assert set(load(PARAMS)) - declared == {"report"}
    assert "params.yaml" in PIPELINE["report"].needs()
