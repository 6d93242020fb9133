"""The study in its own files' words, for whoever checks it.

Stages and outputs are described in `dvc.yaml`, their hashes are in `dvc.lock`, title and authors in
`CITATION.cff`, a sentence about it and its packages in `pyproject.toml`.
"""

import tomllib
from collections.abc import Mapping
from contextlib import chdir
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from dvc.repo import Repo
from packaging.requirements import Requirement
from ruamel.yaml import YAML

from tools.lock_integrity import read_lock


class Item(NamedTuple):
    """A file or folder that a stage reads or writes.

    Attributes:
        path: from the project's folder.
        md5: DVC's; a folder's ends in `.dir` and is that of the list of its files.
        size: in bytes.
        desc: what it is, or what the stage does that writes it; empty if no stage writes it.
    """

    path: str
    md5: str
    size: int
    desc: str = ""


class StageRun(NamedTuple):
    """A stage as `dvc.lock` has it.

    Attributes:
        name: such as `report`, or `train@vae` where `dvc.yaml` has one entry for several stages.
        desc: what it does.
        command: that ran.
        params: values of the declared parameters by dotted key.
        deps: what it reads.
        outs: what it writes.
    """

    name: str
    desc: str
    command: str
    params: dict[str, Any]
    deps: list[Item]
    outs: list[Item]

    @property
    def entry(self) -> str:
        """The stage's key in `dvc.yaml`."""
        return self.name.partition("@")[0]

    @property
    def tool(self) -> str:
        """Path of the file that the command starts, which has the entry's name."""
        return f"stages/{self.entry}.py"


class Study(NamedTuple):
    """What is to be checked.

    Attributes:
        runs: all stages, in the order of `dvc.lock`.
        citation: of `CITATION.cff`.
        description: in a sentence.
        packages: installed versions of the packages that the code imports itself, by name. Stages
            refuse to run unless these are the ones in `requirements.lock`.
    """

    runs: list[StageRun]
    citation: dict[str, Any]
    description: str
    packages: dict[str, str]


class Check(NamedTuple):
    """What `make verify` found.

    Attributes:
        commit: that was verified.
        time: when, in ISO 8601 with the time zone.
        summary: what was found, in a few sentences.
    """

    commit: str
    time: str
    summary: str


def read_study(project: Path) -> Study:
    """Read what a checkout says of itself.

    Args:
        project: with committed results; its `dvc.yaml` and `dvc.lock` have the same stages.
    """
    with chdir(project), Repo() as repo:  # DVC fills in the templates of dvc.yaml
        stages = {stage.addressing: stage for stage in repo.index.stages}
    runs = []
    for name, locked in read_lock(project).items():
        said = {out.def_path: out.annot.desc for out in stages[name].outs}
        desc = stages[name].desc or name
        params = locked.entry.get("params", {})
        runs.append(
            StageRun(
                name,
                desc,
                locked.entry["cmd"],
                {key: value for values in params.values() for key, value in values.items()},
                [_item(entry) for entry in locked.entry.get("deps", [])],
                [
                    _item(entry, said.get(entry["path"]) or desc)
                    for entry in locked.entry.get("outs", [])
                ],
            )
        )
    pyproject = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = [Requirement(line).name for line in pyproject["dependencies"]]
    return Study(
        runs,
        YAML(typ="safe").load(project / "CITATION.cff"),
        pyproject["description"],
        {name: version(name) for name in packages},
    )


def _item(entry: Mapping[str, Any], desc: str = "") -> Item:
    return Item(entry["path"], entry["md5"], entry["size"], desc)


def manifest(study: Study, folder: Path) -> list[Item]:
    """List the published outputs that a reader looks at, those of the last stage first.

    What stages with one run for each variant write is gathered in the tables and charts of those
    that run once, so the latter's outputs are enough. Folders are given file by file, then with
    the folder's hash and size.

    Args:
        study: whose outputs.
        folder: with the files; an output that is not there is not published.
    """
    once = [run for run in study.runs if run.name == run.entry]
    return [
        item._replace(path=path)
        for run in reversed(once)
        for item in run.outs
        for path in files_of(folder, item.path)
    ]


def files_of(folder: Path, path: str) -> list[str]:
    """List a file, or the files of a folder and of those below; empty if there is none.

    Args:
        folder: that paths start from.
        path: relative to it.

    Returns:
        Relative paths in order.
    """
    place = folder / path
    if place.is_file():
        return [path]
    return sorted(
        PurePosixPath(file.relative_to(folder)).as_posix()
        for file in place.rglob("*")
        if file.is_file()
    )


def full_name(author: Mapping[str, Any]) -> str:
    """Write the name of an author of `CITATION.cff`, a person or a group."""
    parts = (author.get(key) for key in ("name", "given-names", "name-particle", "family-names"))
    return " ".join(part for part in parts if part)


def address(work: Mapping[str, Any]) -> str | None:
    """Find the address of a work in `CITATION.cff`: its DOI's before any other."""
    return f"https://doi.org/{work['doi']}" if "doi" in work else work.get("url")
