"""What stages open and look at, against what `dvc.yaml` declares: the whole run on digits."""

import json
import re
import shutil
import subprocess
from collections import defaultdict
from contextlib import chdir
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from dvc.dependency.param import ParamsDependency
from dvc.repo import Repo

from tests.conftest import audited

pytestmark = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


class Seen(NamedTuple):
    """What one stage did.

    Attributes:
        opened: files of the project, relative to it.
        looked: dotted keys of parameters.
    """

    opened: set[str]
    looked: set[str]


def seen(audit: Path, project: Path) -> dict[tuple[str, ...], Seen]:
    """Read an audit; by module and arguments."""
    found = {}
    for file in audit.glob("*.json"):
        said = json.loads(file.read_text())
        trace = file.with_suffix(".opened").read_text()
        opened = set(re.findall(r"= \d+<([^>]+)>$", trace, re.MULTILINE))
        inside = {
            Path(path).relative_to(project) for path in opened if Path(path).is_relative_to(project)
        }
        looked = set(said["looked"])
        found[said["module"], *said["argv"]] = Seen({meant(path) for path in inside}, looked)
    return found


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


# The audit itself.
OURS = {"tests/__init__.py", "tests/audited.py"}


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


def test_stages_look_at_the_parameters_that_they_declare_and_at_no_others(
    run: dict[str, tuple[Any, Seen]],
) -> None:
    undeclared, unseen = {}, {}
    for name, (stage, did) in run.items():
        params = [dep for dep in stage.deps if dep.def_path == "params.yaml"]
        if any(not isinstance(dep, ParamsDependency) for dep in params):
            continue  # depends on the whole file
        declared = {key for dep in params for key in dep.params}

        def within(key: str, known: str) -> bool:
            return key == known or key.startswith(f"{known}.")

        undeclared[name] = {
            key for key in did.looked if not any(within(key, known) for known in declared)
        }
        unseen[name] = {
            known for known in declared if not any(within(key, known) for key in did.looked)
        }
    assert not {name: keys for name, keys in undeclared.items() if keys}
    assert not {name: keys for name, keys in unseen.items() if keys}


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


def test_a_planted_read_of_every_format_is_caught(tmp_path: Path) -> None:
    import h5py
    import numpy as np
    import tensorflow as tf
    from PIL import Image

    (tmp_path / "planted").mkdir()
    (tmp_path / "planter.py").write_text(PLANTED)
    folder = tmp_path / "planted"
    np.savez(folder / "a.npz", x=np.zeros(3))
    np.save(folder / "a.npy", np.zeros(3))
    Image.new("L", (2, 2)).save(folder / "a.png")
    with h5py.File(folder / "a.h5", "w") as file:
        file["x"] = 1
    with tf.io.TFRecordWriter(str(folder / "a.tfrecord")) as writer:
        writer.write(b"x")
    for name in ("a.json", "a.csv", "a.tf", "a.txt"):
        (folder / name).write_text("1\n")
    env = audited(tmp_path / "audit")
    project = Path(__file__).parent.parent
    subprocess.run(
        ["python", "-m", "planter"],
        cwd=tmp_path,
        env={**env, "PYTHONPATH": f"{project}:{tmp_path}"},
        check=True,
        capture_output=True,
    )
    (did,) = seen(tmp_path / "audit", tmp_path).values()
    assert {path for path in did.opened if path.startswith("planted/")} == {
        f"planted/{path.name}" for path in folder.iterdir()
    }
