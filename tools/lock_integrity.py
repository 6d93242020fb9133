"""Whether `dvc.lock` belongs to a checkout: its files, stages, commands, parameters and code."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import chdir
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from dvc.dependency.param import ParamsDependency
from dvc.repo import Repo
from dvc.stage import Stage
from ruamel.yaml import YAML

from tools.project import PUBLISHED, TABLES


class Fault(NamedTuple):
    """Something published that does not belong to the rest.

    Attributes:
        subject: the file or folder, or the stage of `dvc.yaml`.
        fault: what was expected and what was received.
    """

    subject: str
    fault: str


class LockedStage(NamedTuple):
    """What `dvc.lock` says of one stage.

    Attributes:
        deps: hash by path.
        outs: hash by path.
        entry: all of it.
    """

    deps: dict[str, str]
    outs: dict[str, str]
    entry: dict[str, Any]


def read_lock(project: Path) -> dict[str, LockedStage]:
    """Read a project's `dvc.lock`: by stage, in the order of the file."""
    stages = YAML(typ="safe").load(project / "dvc.lock")["stages"]

    def hashes(entries: list[dict[str, str]]) -> dict[str, str]:
        return {entry["path"]: entry["md5"] for entry in entries}

    return {
        name: LockedStage(hashes(stage.get("deps", [])), hashes(stage.get("outs", [])), stage)
        for name, stage in stages.items()
    }


def outputs_of(lock: Mapping[str, LockedStage]) -> dict[str, str]:
    """Hashes of all stages' outputs by path, in the order of the lock."""
    return {path: digest for stage in lock.values() for path, digest in stage.outs.items()}


def changed_outputs(
    before: Mapping[str, LockedStage], after: Mapping[str, LockedStage]
) -> list[str]:
    """Paths of the first lock's outputs that have no or another hash in the second, in order."""
    new = outputs_of(after)
    return [path for path, digest in outputs_of(before).items() if new.get(path) != digest]


def integrity(project: Path, partial: bool = False) -> list[Fault]:
    """Compare published files with the hashes in `dvc.lock`, and that with code and parameters.

    Args:
        project: a checkout with committed results, without data and models.
        partial: whether only hashes of pictures and pages are published, too.

    Returns:
        Every fault; none if all belongs together.
    """
    lock = read_lock(project)
    with chdir(project), Repo() as repo:  # DVC names stages relative to here
        stages = {stage.addressing: stage for stage in repo.index.stages}
        status = repo.status()
        faults = list(_hidden_code(repo, stages.values()))
    for name in sorted(stages.keys() - lock.keys()):
        faults.append(Fault(name, "expected in dvc.lock, which does not have this stage"))
    for name in sorted(lock.keys() - stages.keys()):
        faults.append(Fault(name, "expected in dvc.yaml, which does not have this stage"))
    for name in sorted(lock.keys() & stages.keys()):
        faults += _other_entries(name, stages[name], lock[name])
    outs = {out.def_path: out for stage in stages.values() for out in stage.outs}

    def only_hash(path: str) -> bool:
        """Whether nothing but its hash is published of an output, or of a folder of outputs."""
        known = [out for name, out in outs.items() if PurePosixPath(name).is_relative_to(path)]
        return bool(known) and all(
            out.use_cache or (partial and not path.startswith(TABLES)) for out in known
        )

    for name, changes in status.items():
        for kind, path, state in _flat(changes):
            if state not in ("deleted", "not in cache") or not only_hash(path):
                fault = f"{name}: {kind} ({state}) since dvc.lock was written"
                faults.append(Fault(path or name, fault))
    faults += _other_inputs(lock)
    written = outputs_of(lock)
    for name in PUBLISHED:
        for file in [project / name, *sorted((project / name).rglob("*"))]:
            place = PurePosixPath(file.relative_to(project).as_posix())
            known = any(str(each) in written for each in (place, *place.parents))
            if file.is_file() and not known:
                fault = "expected an output of a stage, but no stage writes it"
                faults.append(Fault(str(place), fault))
    return list(dict.fromkeys(faults))


def _hidden_code(repo: Repo, stages: Iterable[Stage]) -> Iterator[Fault]:
    """Find what may be code in folders that stages depend on, but left out of their hashes."""
    for folder in sorted({dep.def_path for stage in stages for dep in stage.deps}):
        for file in sorted(Path(folder).rglob("*")):  # a module may also be a library: a.so
            if not file.is_file() or file.parent.name == "__pycache__":
                continue
            if repo.dvcignore.is_ignored_file(str(file.absolute())):
                path = file.as_posix()
                yield Fault(path, f"expected in the hash of {folder}, but .dvcignore leaves it out")


def _other_entries(name: str, stage: Stage, locked: LockedStage) -> Iterator[Fault]:
    """Find what DVC does not report: paths in one of the files alone, and frozen stages."""
    if stage.frozen:
        yield Fault(name, "expected a stage that runs, received a frozen one")
    params = [dep for dep in stage.deps if isinstance(dep, ParamsDependency) and dep.params]
    listed = {
        "deps": {dep.def_path for dep in stage.deps if dep not in params},
        "outs": {out.def_path for out in stage.outs},
        "params": {f"{dep.def_path}: {key}" for dep in params for key in dep.params},
    }
    entries = {
        "deps": set(locked.deps),
        "outs": set(locked.outs),
        "params": {
            f"{file}: {key}"
            for file, values in locked.entry.get("params", {}).items()
            for key in values
        },
    }
    for kind, paths in entries.items():
        for path in sorted(paths ^ listed[kind]):
            file = "dvc.lock" if path in paths else "dvc.yaml"
            yield Fault(path, f"{name}: expected among {kind} in both files, received in {file}")


def _flat(changes: list[Any]) -> Iterator[tuple[str, str, str]]:
    """Take DVC's status of one stage apart: kind, path, state."""
    for change in changes:
        if isinstance(change, str):  # the command
            yield change, "", "modified"
            continue
        for kind, entries in change.items():
            for path, state in entries.items():
                if isinstance(state, Mapping):  # parameters
                    for key, what in state.items():
                        yield kind, f"{path}: {key}", str(what)
                else:
                    yield kind, path, str(state)


def _other_inputs(lock: Mapping[str, LockedStage]) -> Iterator[Fault]:
    """Find inputs with another hash than the stage that wrote them recorded."""
    written = outputs_of(lock)
    for name, stage in lock.items():
        for path, digest in stage.deps.items():
            if (expected := written.get(path, digest)) != digest:
                yield Fault(path, f"{name}: expected the input {expected}, received {digest}")


def forged_entries(published: Path, recomputed: Path) -> list[Fault]:
    """Find stages whose entry in `dvc.lock` is not the one that a run writes.

    Hashes of outputs that differ, and of folders with them, are left out of the comparison.

    Args:
        published: a checkout with committed results.
        recomputed: the same, after a run from nothing.
    """
    before, after = read_lock(published), read_lock(recomputed)
    changed = [PurePosixPath(path) for path in changed_outputs(before, after)]

    def fixed(entry: Mapping[str, Any]) -> dict[str, Any]:
        """An entry without the hashes that may differ."""
        return {
            key: [
                {"path": file["path"]}
                if any(path.is_relative_to(file["path"]) for path in changed)
                else file
                for file in value
            ]
            if key in ("deps", "outs")
            else value
            for key, value in entry.items()
        }

    return [
        Fault(name, "expected the entry in dvc.lock that a run writes, received another")
        for name in before
        if name in after and fixed(before[name].entry) != fixed(after[name].entry)
    ]
