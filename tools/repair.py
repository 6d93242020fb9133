"""A project's files that DVC reads: repaired after a run that was killed, and put in order."""

import json
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

from dvc.config import Config
from dvc.exceptions import DvcException
from dvc.lock import make_lock
from dvc.repo import Repo
from dvc.rwlock import RWLOCK_FILE, RWLOCK_LOCK
from dvc.rwlock import SCHEMA as RWLOCK_SCHEMA
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from dvc.utils.serialize import modify_yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from voluptuous import Invalid

from stages.core.input_integrity import digest, recorded
from tools.project import checkout_of


def leave_git_out(project: Path) -> None:
    """Let DVC do without Git where files have come without its history, as in an archive.

    Args:
        project: folder of `dvc.yaml`; only the settings of this copy, which Git ignores, are set.
    """
    settings = project / ".dvc"
    if checkout_of(project) or not settings.is_dir():
        return
    if not Config(str(settings))["core"].get("no_scm"):
        with Config(str(settings)).edit("local") as local:
            local["core"]["no_scm"] = True
        print(f"{project}: no Git history here, so DVC runs without it; experiments need a clone")


@contextmanager
def opened(project: Path) -> Iterator[Repo]:
    """Open a project as DVC's commands do: the current folder is the project's meanwhile.

    Raises:
        DvcException: DVC cannot read the project, or not write its own files.
    """
    leave_git_out(project)
    with chdir(project):
        try:
            found = Repo(_wait_for_lock=True)
        except OSError as error:
            raise DvcException(str(error)) from error
        with found as repo:
            yield repo


@contextmanager
def locked(project: Path) -> Iterator[Repo]:
    """Wait until no other run of DVC changes the project, and let none begin meanwhile."""
    with opened(project) as repo:
        guard = make_lock(str(Path(repo.tmp_dir, RWLOCK_LOCK)), tmp_dir=repo.tmp_dir, wait=True)
        with repo.lock, guard:
            yield repo


def mend(project: Path) -> None:
    """Move incomplete files of DVC aside, and remove damaged objects from its cache.

    DVC refuses to start on a file of which a killed run wrote only a part. Without `dvc.lock` it
    takes results from its cache of runs; what is missing in the cache is computed again.
    """
    project = project.absolute()
    with locked(project) as repo:
        for path, read in (
            (project / "dvc.lock", _read_lock_file),
            (Path(repo.tmp_dir, RWLOCK_FILE), _read_rwlock),
        ):
            try:
                if path.exists():
                    read(path)
            except (ValueError, LookupError, RecursionError, YAMLError, Invalid):
                aside = project / "build" / "set_aside" / path.name
                aside.parent.mkdir(parents=True, exist_ok=True)
                path.replace(aside)
                print(f"{path}: expected a complete file, received a part of one; moved to {aside}")
        for path, expected in recorded(project / "dvc.lock").items():
            _remove_damaged(repo, expected, path)


def _read_lock_file(path: Path) -> None:
    COMPILED_LOCKFILE_SCHEMA(YAML(typ="safe").load(path))


def _read_rwlock(path: Path) -> None:
    RWLOCK_SCHEMA(json.loads(path.read_text(encoding="utf-8")))


def _remove_damaged(repo: Repo, expected: str, path: Path) -> None:
    """Remove an output's object from the cache, and those of a folder's files, if damaged."""
    place = Path(repo.cache.local.oid_to_path(expected))
    if not place.exists():
        return
    if digest(place) != expected.removesuffix(".dir"):
        place.unlink()
        print(f"{place}: expected the bytes of {path}, received others; removed from the cache")
    elif expected.endswith(".dir"):
        for file in json.loads(place.read_bytes()):
            _remove_damaged(repo, file["md5"], path / file["relpath"])


def tidy_lock(project: Path) -> None:
    """Keep in `dvc.lock` only the stages of `dvc.yaml`, in the order of that file.

    DVC itself keeps removed variants, and the order in which stages ended.
    """
    lock = project.absolute() / "dvc.lock"
    if not lock.exists():
        return
    with locked(project) as repo:
        names = [stage.addressing for stage in repo.index.stages]
        with modify_yaml(lock) as content:
            known = content.get("stages", {})
            content["stages"] = {name: known[name] for name in names if name in known}
