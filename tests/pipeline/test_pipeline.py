"""The pipelines' contract: `dvc.yaml` against the code, and `dvc.lock` against both."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ruamel.yaml import YAML

from stages.core.params import load
from tests.conftest import PARAMS, PROJECT, change, dvc, ran
from tests.import_closure import reached_from
from tools.comparison import integrity
from tools.digits import put_in_place
from tools.numbers import of_results

REFERENCE = Path("reference") / "gaussian_prior_vae"


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
    for folder in (Path(), REFERENCE)
    for name, stage in stages_of(folder).items()
]
VARIANTS = list(load(PARAMS)["variants"])
ON_CURVE = list(load(PARAMS)["label_curve"]["variants"])
WITHOUT_TENSORFLOW = (
    "check_params",
    "download",
    "normalize",
    "split",
    "classifier",
    "baselines",
    "claims",
    "report",
)


def test_every_module_directly_in_stages_is_a_stage() -> None:
    modules = {path.stem for path in (PROJECT / "stages").glob("*.py")} - {"__init__"}
    assert modules == set(PIPELINE)
    assert {stage.module for stage in PIPELINE.values()} == {f"stages.{name}" for name in modules}


@pytest.mark.parametrize("stage", ALL)
def test_deps_name_exactly_the_code_that_imports_reach(stage: Stage) -> None:
    code = {path for path in stage.needs() if path.endswith(".py")}
    assert code == reached_from(stage.module)


@pytest.mark.parametrize("stage", ALL)
def test_results_depend_on_the_locked_packages(stage: Stage) -> None:
    assert "requirements.lock" in stage.needs()


@pytest.mark.parametrize("stage", ALL)
def test_params_declare_exactly_what_the_code_reads(stage: Stage) -> None:
    read = re.findall(r'read\(\s*params,\s*f?"([^"]+)"', stage.code)
    # In the code the data set's name is a variable, and so is the variant's.
    keys = {
        re.sub(r"datasets\.\{\w+\}", "datasets.${dataset}", key).replace("{name}", "${key}")
        for key in read
    }
    declared = set(stage.entry.get("params", []))
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
    assert not [path for path in reached_from("stages.train") if "figures" in path]


@pytest.mark.parametrize("stage", WITHOUT_TENSORFLOW)
def test_stages_without_models_do_not_load_tensorflow(stage: str) -> None:
    code = f"import sys, stages.{stage}; sys.exit('tensorflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)


def test_every_parameter_belongs_to_a_stage_besides_the_check() -> None:
    declared = {
        key.replace("${dataset}", "*").split(".")[0]
        for stage in PIPELINE.values()
        for key in stage.entry.get("params", [])
    }
    assert set(load(PARAMS)) - declared == {"report"}  # the report depends on the whole file
    assert "params.yaml" in PIPELINE["report"].needs()


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


def test_the_readme_has_the_published_numbers(published: Path) -> None:
    assert of_results(published) in (published / "README.md").read_text()


def test_published_files_are_small(published: Path) -> None:
    assert (published / "reports" / "report.html").stat().st_size < 4_000_000


def each(stage: str, variants: list[str] = VARIANTS) -> set[str]:
    return {f"{stage}@{name}" for name in variants}


ALWAYS = {"check_params", "report"}  # they depend on the file as a whole


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        (
            "variants.sparse.sparsity.weight",
            8,
            {"train@sparse", "extract_latents@sparse", "claims"},
        ),
        ("variants.vae.beta", 4, {"train@vae", "extract_latents@vae", "claims"}),
        ("train.epochs", 3, each("train")),
        (
            "train.seeds",
            [0],
            each("train")
            | each("extract_latents")
            | each("semi_supervised")
            | each("label_curve", ON_CURVE)
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
        ("semi_supervised.tuning.draws", 1, {"baselines"} | each("semi_supervised")),
        ("extract_latents.points", 100, each("extract_latents")),
        ("extract_latents.quality.neighbours", 3, {"baselines"} | each("extract_latents")),
        ("classifier.epochs", 3, {"classifier"}),
        ("sampling.columns", 3, {"classifier"} | each("sample")),
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
