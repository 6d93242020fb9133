"""Say why DVC would run a stage: `python -m tools.why train@sparse`."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import networkx as nx
import typer
from dvc.dependency.param import ParamsDependency
from dvc.exceptions import DvcException
from dvc.stage import Stage
from dvc.utils.flatten import flatten
from ruamel.yaml import YAML

from tools.project import PROJECT, checkout_of
from tools.repair import opened


def reasons(project: Path, target: str) -> list[str]:
    """Say what has changed since a stage ran, one line for each thing.

    Args:
        project: folder of `dvc.yaml`.
        target: a stage's name.

    Returns:
        Parameters with both values, files, stages that it waits for; none if it is up to date.

    Raises:
        DvcException: there is no such stage, or more than one.
    """
    with opened(project) as repo:
        stages = repo.stage.collect(target)
        if len(stages) != 1:
            names = [stage.addressing for stage in stages[:_MOST]]
            raise DvcException(
                f"{target}: expected one stage, received {len(stages)}: {', '.join(names)}"
                + (", …" if len(stages) > _MOST else "")
            )
        (stage,) = stages
        # Of stages that wait for outdated ones, nothing has changed yet.
        outdated, needed = set(repo.status()), nx.descendants(repo.index.graph, stage)
        before = [
            each.addressing
            for each in repo.index.stages
            if each in needed and each.addressing in outdated
        ]
        return [
            *_of_stage(stage),
            *(
                line
                for dependency in stage.deps
                for line in (
                    _of_params(dependency)
                    if isinstance(dependency, ParamsDependency)
                    else _of_file(project, stage, dependency)
                )
            ),
            *(
                f"{out}: {state}"
                for out in stage.outs
                for state in out.status().values()
                if state != "not in cache"
            ),
            *(f"stage {name} will run first" for name in before[:_MOST]),
            *([f"and {len(before) - _MOST} more of these stages"] if len(before) > _MOST else []),
        ]


def _of_stage(stage: Stage) -> Iterator[str]:
    if stage.cmd_changed:
        yield "its command changed"


def _of_params(dependency: ParamsDependency) -> Iterator[str]:
    locked: dict[str, Any] = dependency.hash_info.value or {}
    read = dependency.read_params()
    for status in dependency.status().values():
        for name in status if isinstance(status, dict) else ():
            then, now = (flatten({name: of[name]} if name in of else {}) for of in (locked, read))
            for key in dict.fromkeys([*then, *now]):
                if then.get(key) != now.get(key):
                    yield f"parameter {key}: {then.get(key, 'none')} -> {now.get(key, 'none')}"


def _of_file(project: Path, stage: Stage, dependency: Any) -> Iterator[str]:
    for path, state in dependency.status().items():
        details = _in_git(project, stage, dependency, path)
        more = [f"and {len(details) - _MOST} more"] if len(details) > _MOST else []
        text = ", ".join([*details[:_MOST], *more])
        yield f"{path}: {state}" + (f" ({text})" if text else "")


_MOST = 4
_LOCKED = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)


def _in_git(project: Path, stage: Stage, dependency: Any, path: str) -> list[str]:
    """What changed of a file or folder since `dvc.lock` was committed last.

    Empty without Git, or where the stage has run since with what another commit has there.
    """

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=project, check=True, capture_output=True, text=True
        )
        return done.stdout

    if not checkout_of(project):
        return []
    try:
        since = git("log", "-1", "--format=%H", "--", "dvc.lock").strip()
        lock = YAML(typ="safe").load(git("show", f"{since}:./dvc.lock"))
        entry = lock["stages"].get(stage.addressing, {})
        hashes = {dep["path"]: dep.get("md5") for dep in entry.get("deps", [])}
        if hashes.get(path) != dependency.hash_info.value:
            return []
        if path.endswith(".lock"):
            then = dict(_LOCKED.findall(git("show", f"{since}:./{path}")))
            now = dict(_LOCKED.findall((project / path).read_text()))
            return [
                f"{name} {then.get(name, 'none')} -> {now.get(name, 'none')}"
                for name in sorted({*then, *now})
                if then.get(name) != now.get(name)
            ]
        files = git("diff", "--name-only", "--relative", since, "--", path).splitlines()
    except (OSError, subprocess.CalledProcessError):
        return []
    return [file for file in files if file != path]


def main(
    stage: Annotated[str, typer.Argument(help="As in dvc.yaml, train@sparse.")],
    project: Annotated[Path, typer.Option(help="Folder of dvc.yaml.")] = PROJECT,
) -> None:
    """Say why DVC would run a stage."""
    try:
        found = reasons(project, stage)
    except DvcException as error:
        sys.exit(f"error: {error}")
    print("\n".join(found) or f"{stage} is up to date")


if __name__ == "__main__":
    typer.run(main)
