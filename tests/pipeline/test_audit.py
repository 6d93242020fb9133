"""What stages open and look at, against what `dvc.yaml` declares: the whole run on digits."""

import json
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from contextlib import chdir
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from dvc.dependency.param import ParamsDependency
from dvc.repo import Repo

from stages.core.params import load
from tests.audited import WHOLE
from tests.support import PARAMS, PROJECT, audited

pytestmark = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


class Seen(NamedTuple):
    """What one stage did.

    Attributes:
        opened: files of the project, relative to it.
        looked: dotted keys of parameters whose values it used.
        read: dotted keys of what it read and validated.
    """

    opened: set[str]
    looked: set[str]
    read: set[str]


def seen(audit: Path, project: Path) -> dict[tuple[str, ...], Seen]:
    """Read an audit; by module and arguments."""
    trace = (audit / "opened").read_text()
    born = re.findall(r"^(\d+) .*\b(?:clone3?|v?fork)\b.* = (\d+)$", trace, re.MULTILINE)
    parents = {child: parent for parent, child in born}
    said = {file.stem: json.loads(file.read_text()) for file in audit.glob("*.json")}
    opened: dict[str, set[Path]] = {stage: set() for stage in said}
    for process, path in re.findall(r"^(\d+) .*= \d+<([^>]+)>$", trace, re.MULTILINE):
        while process not in opened and process in parents:  # a thread, or a command of the stage
            process = parents[process]
        if process in opened and Path(path).is_relative_to(project):
            opened[process].add(Path(path).relative_to(project))
    return {
        (did["module"], *did["argv"]): Seen(
            {meant(path) for path in opened[stage]}, set(did["looked"]), set(did["read"])
        )
        for stage, did in said.items()
    }


def meant(path: Path) -> str:
    """The file that a temporary or compiled one stands for."""
    parts = list(path.parts)
    for position, part in enumerate(parts):
        if re.fullmatch(r"\..+\.\w{8}", part):  # a folder beside the file, see `replacing`
            return Path(*parts[:position], *parts[position + 1 :]).as_posix()
    if "__pycache__" in parts:
        return (path.parent.parent / f"{path.name.split('.')[0]}.py").as_posix()
    return path.as_posix()


@pytest.fixture(scope="module")
def run(whole_run: Path) -> dict[str, tuple[Any, Seen]]:
    """Each stage of DVC's and what it did."""
    by_command = seen(whole_run.parent / "audit", whole_run)
    with chdir(whole_run), Repo() as repo:
        stages = {stage.addressing: stage for stage in repo.index.stages}
    return {
        name: (stage, by_command[tuple(stage.cmd.split()[2:])]) for name, stage in stages.items()
    }


# The audit itself, and what every stage compares its inputs with.
OURS = {"tests/__init__.py", "tests/audited.py", "dvc.lock", "dvc.yaml", ".dvcignore"}


def test_every_stage_was_audited(run: dict[str, tuple[Any, Seen]]) -> None:
    assert len(run) > 40
    for _, did in run.values():
        assert {"params.yaml", "stages/__init__.py", "requirements.lock"} <= did.opened


def test_stages_open_nothing_that_they_do_not_declare(
    whole_run: Path, run: dict[str, tuple[Any, Seen]]
) -> None:
    undeclared = defaultdict(set)
    for name, (stage, did) in run.items():
        declared = [Path(entry.def_path) for entry in [*stage.deps, *stage.outs]]
        for path in did.opened - OURS:
            if (whole_run / path).is_dir():
                continue
            if not any(Path(path).is_relative_to(entry) for entry in declared):
                undeclared[name].add(path)
    assert not undeclared


def value(content: Any, key: str) -> Any:
    """What stands under a dotted key."""
    return reduce(lambda section, part: section[part], key.split("."), content)


def leaves(value: Any, key: str) -> set[str]:
    """Dotted keys below one that have no keys below them."""
    if isinstance(value, dict):
        return {leaf for inner, entry in value.items() for leaf in leaves(entry, f"{key}.{inner}")}
    return {key}


def within(key: str, known: str) -> bool:
    return key == known or key.startswith(f"{known}.")


def misdeclared(did: Seen, declared: set[str], content: Any) -> tuple[set[str], set[str]]:
    """Parameters that a stage takes without declaring them, and the other way round."""
    below = {leaf for key in declared for leaf in leaves(value(content, key), key)}
    taken = did.looked | {key for key in did.read if not any(within(k, key) for k in declared)}
    return (
        {key for key in taken if not any(within(key, known) for known in declared)},
        # What tells one schema from another is looked at by pydantic.
        {
            leaf
            for leaf in below
            if not leaf.endswith(".kind") and not any(within(leaf, key) for key in did.looked)
        },
    )


# Declared with the section around them though their stage, or this variant's, uses none. An edit
# of one mostly runs a stage that takes seconds and writes the same bytes, so that none after it
# runs; or one that runs anyway, after the stage that does use it.
ALONG = {
    "download": r"datasets\.",
    "normalize": r"datasets\.",
    "baselines": r"extract_latents\.quality\.unusual_images$",  # of sparse codes
    "ladder": r"(sampling|classifier)\.",
    "extract_latents": r"variants\..*\.(architecture|sparsity|noise)\.|"  # train
    r"extract_latents\.quality\.unusual_images$",
    "semi_supervised": r"semi_supervised\.(draws|exploratory_draws)$",  # split; the other variants
    "label_curve": r"semi_supervised\.tuning\.draws$",
    "sample": r"classifier\.|sampling\.(components|blur)$",  # of the ladder
    "longer": r"train\.(batch_size|learning_rate)$",  # used, through a copy with other epochs
    "train_beta_curve": r"variants\..*\.latent_activation$",
    "beta_curve": r"(sampling|classifier)\.",
    "sweeps": r"exercise\.settings\.",
    "claims": r"claims\.settled$",  # the report shows it, a test compares
}


def test_stages_look_at_the_parameters_that_they_declare_and_at_no_others(
    whole_run: Path, run: dict[str, tuple[Any, Seen]]
) -> None:
    content = load(whole_run / "params.yaml")
    undeclared, unseen = {}, {}
    for name, (stage, did) in run.items():
        params = [dep for dep in stage.deps if dep.def_path == "params.yaml"]
        if any(not isinstance(dep, ParamsDependency) for dep in params):
            assert WHOLE in did.looked, name  # depends on the whole file
            continue
        declared = {key for dep in params for key in dep.params}
        undeclared[name], idle = misdeclared(did, declared, content)
        along = ALONG.get(name.split("@")[0], "$")
        unseen[name] = {key for key in idle if not re.match(along, key)}
        assert not {key for key in declared if leaves(value(content, key), key) <= idle}, name
    assert not {name: keys for name, keys in undeclared.items() if keys}
    assert not {name: keys for name, keys in unseen.items() if keys}


def test_no_parameter_is_ignored(whole_run: Path, run: dict[str, tuple[Any, Seen]]) -> None:
    content = load(whole_run / "params.yaml")
    content["datasets"] = {name: content["datasets"][name] for name in [content["dataset"]]}
    looked = {key for _, did in run.values() for key in did.looked}
    every = {leaf for key in content for leaf in leaves(content[key], key)}
    ignored = {leaf for leaf in every if not any(within(leaf, key) for key in looked)}
    # What tells one schema from another is looked at by pydantic; titles and the commit at which
    # claims were settled are for the report's notebook, which this audit does not see into, and a
    # variant's name is for dvc.yaml.
    known = (".kind", ".title", ".settled", "beta_curve.variant")
    assert {leaf for leaf in ignored if not leaf.endswith(known)} == set()


IDLE = '''"""A stage that declares what it does not use, and takes more than it says."""
from pathlib import Path
from stages.core import params
from stages.training.schema import Train
params.read(Path("params.yaml"), "train", Train).epochs
params.load(Path("params.yaml"))["threads"]
'''


def test_parameters_are_noted_when_they_are_used_not_when_they_are_read(tmp_path: Path) -> None:
    shutil.copy(PARAMS, tmp_path)
    (did,) = audit(tmp_path, IDLE)
    assert did.looked == {"train.epochs", WHOLE}
    params = load(PARAMS)
    left = {"train.batch_size", "train.learning_rate", "train.seeds"}
    assert misdeclared(did, {"train"}, params) == ({WHOLE}, left)
    assert misdeclared(did, {"train.epochs"}, params) == ({WHOLE}, set())
    assert misdeclared(did, {"threads"}, params) == ({WHOLE, "train", "train.epochs"}, {"threads"})


PLANTED = '''"""A stage that reads what it does not declare, in every format."""
import json, subprocess
from pathlib import Path
import h5py, numpy, pandas
from PIL import Image
import tensorflow as tf
numpy.load("planted/a.npz")["x"]
numpy.load("planted/a.npy", mmap_mode="r")
json.loads(Path("planted/a.json").read_text())
pandas.read_csv("planted/a.csv")
Image.open("planted/a.png").load()
h5py.File("planted/a.h5").keys()
tf.io.read_file("planted/a.tf")
list(tf.data.TFRecordDataset("planted/a.tfrecord"))
subprocess.run(["cat", "planted/a.txt"], check=True)
'''


def audit(folder: Path, module: str) -> Iterable[Seen]:
    """Run a module as a stage is run."""
    (folder / "planter.py").write_text(module)
    with audited(folder / "audit") as env:
        subprocess.run(
            ["python", "-m", "planter"],
            cwd=folder,
            env={**env, "PYTHONPATH": f"{PROJECT}:{folder}"},
            check=True,
            capture_output=True,
        )
    return seen(folder / "audit", folder).values()


def test_a_planted_read_of_every_format_is_caught(tmp_path: Path) -> None:
    import h5py
    import numpy as np
    from PIL import Image

    (tmp_path / "planted").mkdir()
    folder = tmp_path / "planted"
    np.savez(folder / "a.npz", x=np.zeros(3))
    np.save(folder / "a.npy", np.zeros(3))
    Image.new("L", (2, 2)).save(folder / "a.png")
    with h5py.File(folder / "a.h5", "w") as file:
        file["x"] = 1
    (folder / "a.tfrecord").touch()  # without a record it is one, too
    for name in ("a.json", "a.csv", "a.tf", "a.txt"):
        (folder / name).write_text("1\n")
    (did,) = audit(tmp_path, PLANTED)
    assert {path for path in did.opened if path.startswith("planted/")} == {
        f"planted/{path.name}" for path in folder.iterdir()
    }
