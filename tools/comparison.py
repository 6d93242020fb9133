"""Published results against their lock, and against recomputed ones.

A result is *identical* if its hash is; *within tolerance* if its numbers differ by no more than
`TOLERANCES` allow; else *different*. What has no numbers to compare, such as a picture, or a model
of which only the hash is published, is judged by what it was made from and what was made of it:
see `judge`.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import chdir
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from dvc.repo import Repo
from numpy.typing import NDArray
from ruamel.yaml import YAML

TABLES = "reports/metrics"
PUBLISHED_FOLDERS = (TABLES, "reports/figures")
CLAIMS = f"{TABLES}/claims.json"


class Status(StrEnum):
    """What became of an output."""

    IDENTICAL = "identical"
    WITHIN = "within tolerance"
    DIFFERENT = "different"


class Tolerance(NamedTuple):
    """By how much a number may differ from the published one: absolute + relative * |published|."""

    absolute: float
    relative: float


# What another rounding did is in the README's "Verify it". These are narrower than its worst.
_DEFAULT = Tolerance(1e-9, 0.05)
TOLERANCES = {
    "accuracy": Tolerance(0.03, 0),
    "chosen": Tolerance(1, 0),
}


def tolerance(name: str) -> Tolerance:
    """Look up what is allowed for a column or key.

    Args:
        name: `test_accuracy`, or a dotted key that ends so.

    Returns:
        Its tolerance.
    """
    return next((known for end, known in TOLERANCES.items() if name.endswith(end)), _DEFAULT)


class Fault(NamedTuple):
    """Something published that is not what it says.

    Attributes:
        subject: the file, or the stage of `dvc.yaml`.
        fault: what was expected and what came.
    """

    subject: str
    fault: str


class Result(NamedTuple):
    """What became of one output.

    Attributes:
        stage: that made it.
        path: of the file or folder.
        status: see the module.
        note: why it is not identical; empty if it is.
    """

    stage: str
    path: str
    status: Status
    note: str


class Locked(NamedTuple):
    """What `dvc.lock` says of one stage: paths and hashes."""

    deps: dict[str, str]
    outs: dict[str, str]


def read_lock(project: Path) -> dict[str, Locked]:
    """Read `dvc.lock`.

    Args:
        project: its folder.

    Returns:
        By stage, in the order of the file.
    """
    stages = YAML(typ="safe").load(project / "dvc.lock")["stages"]

    def hashes(entries: list[dict[str, str]]) -> dict[str, str]:
        return {entry["path"]: entry["md5"] for entry in entries}

    return {
        name: Locked(hashes(stage.get("deps", [])), hashes(stage.get("outs", [])))
        for name, stage in stages.items()
    }


def integrity(project: Path, partial: bool = False) -> list[Fault]:
    """Check what is published against `dvc.lock`, and that against code and parameters; exactly.

    Args:
        project: a checkout with committed results, without data and models.
        partial: whether pictures and pages, too, are published as hashes alone.

    Returns:
        Every fault; none if all is well.
    """
    faults = []
    lock = read_lock(project)
    with chdir(project), Repo() as repo:  # DVC names stages relative to here
        stages = {stage.addressing: stage for stage in repo.index.stages}
        unpublished = {
            out.def_path for stage in stages.values() for out in stage.outs if out.use_cache
        }
        status = repo.status()
    for name in sorted(set(stages) - set(lock)):
        faults.append(Fault(name, "expected in dvc.lock, which does not have this stage"))
    for name in sorted(set(lock) - set(stages)):
        faults.append(Fault(name, "expected in dvc.yaml, which does not have this stage"))
    for name, changes in status.items():
        for kind, path, state in _flat(changes):
            hash_alone = path in unpublished or (partial and not path.startswith(TABLES))
            if state in ("deleted", "not in cache") and hash_alone:
                continue
            faults.append(Fault(path or name, f"{kind} of {name}: {state} since dvc.lock"))
    faults += _torn(lock)
    made = {path for stage in lock.values() for path in stage.outs}
    for folder in PUBLISHED_FOLDERS:
        for file in sorted((project / folder).rglob("*")):
            path = file.relative_to(project).as_posix()
            if file.is_file() and path not in made:
                faults.append(Fault(path, "expected to be made by a stage, which none does"))
    return list(dict.fromkeys(faults))


def _flat(changes: list[Any]) -> Iterator[tuple[str, str, str]]:
    """Take DVC's status of one stage apart: kind, path, state."""
    for change in changes:
        if isinstance(change, str):
            yield change, "", "another"
            continue
        for kind, entries in change.items():
            for path, state in entries.items():
                if isinstance(state, Mapping):  # parameters
                    for key, what in state.items():
                        yield kind, f"{path}: {key}", str(what)
                else:
                    yield kind, path, str(state)


def _torn(lock: Mapping[str, Locked]) -> Iterator[Fault]:
    """Find what one stage made and another one claims to have read otherwise."""
    made = {path: digest for stage in lock.values() for path, digest in stage.outs.items()}
    for name, stage in lock.items():
        for path, digest in stage.deps.items():
            if made.get(path, digest) != digest:
                yield Fault(path, f"expected {made[path]} as its stage wrote, {name} read {digest}")


def judge(published: Path, recomputed: Path) -> list[Result]:
    """Compare every output of every stage.

    What has no numbers to compare is within tolerance if it differs for a reason and without harm:
    because something differs that its stage read, or, with equal inputs, if numbers measured of it
    differ, too (another processor rounds otherwise; who changes a hash alone is found out); and if
    no published table made from it, at however many removes, is different.

    Args:
        published: a checkout with committed results.
        recomputed: the same, after a run from nothing.

    Returns:
        One result for each output of both, in the order of the published lock.
    """
    before, after = read_lock(published), read_lock(recomputed)
    made = {path: digest for stage in after.values() for path, digest in stage.outs.items()}
    judged: dict[str, tuple[Status, str]] = {}
    for stage in before.values():
        for path, digest in stage.outs.items():
            if path not in made:
                judged[path] = (Status.DIFFERENT, "not made again")
            elif made[path] == digest:
                judged[path] = (Status.IDENTICAL, "")
            elif path.endswith((".csv", ".json")) and (published / path).exists():
                judged[path] = compare(published / path, recomputed / path)
    tables = dict(judged)
    for name, stage in before.items():
        for path in stage.outs.keys() - tables.keys():
            made_of_it = _consequences(before, path) & tables.keys()
            worse = sorted(made for made in made_of_it if tables[made][0] == Status.DIFFERENT)
            if worse:
                judged[path] = (Status.DIFFERENT, f"and with it {', '.join(worse)}")
            elif after[name].deps != stage.deps:
                judged[path] = (Status.WITHIN, "made from inputs that differ")
            elif any(tables[made][0] == Status.WITHIN for made in made_of_it):
                judged[path] = (Status.WITHIN, "as is what was measured of it")
            else:
                judged[path] = (
                    Status.DIFFERENT,
                    "with the same inputs and nothing else that differs",
                )
    results = [
        Result(name, path, *judged[path]) for name, stage in before.items() for path in stage.outs
    ]
    for name, stage in after.items():
        results += [
            Result(name, path, Status.DIFFERENT, "not published")
            for path in stage.outs
            if path not in judged
        ]
    return results


def _consequences(lock: Mapping[str, Locked], path: str) -> set[str]:
    """All outputs that were made from one, directly or not."""
    found: set[str] = set()
    waiting = [path]
    while waiting:
        source = PurePosixPath(waiting.pop())
        for stage in lock.values():
            read = map(PurePosixPath, stage.deps)
            if any(source == dep or source.is_relative_to(dep) for dep in read):
                new = stage.outs.keys() - found
                found |= new
                waiting += new
    return found


def compare(published: Path, recomputed: Path) -> tuple[Status, str]:
    """Compare two tables or two JSON files number by number.

    Args:
        published: CSV or JSON.
        recomputed: the same file of another run.

    Returns:
        Status, and the largest difference or what cannot be compared.
    """
    columns = [_columns(file) for file in (published, recomputed)]
    if list(columns[0]) != list(columns[1]):
        return Status.DIFFERENT, "other columns or keys"
    worst, note = 0.0, "the same numbers, written otherwise"
    for name, old in columns[0].items():
        new = columns[1][name]
        if old.shape != new.shape:
            return Status.DIFFERENT, f"{name}: expected {len(old)} values, received {len(new)}"
        if old.dtype.kind != "f" or new.dtype.kind != "f":
            if not np.array_equal(old, new):
                return Status.DIFFERENT, f"{name}: other values"
            continue
        if not np.array_equal(np.isnan(old), np.isnan(new)):
            return Status.DIFFERENT, f"{name}: values are missing in one"
        allowed = tolerance(name)
        distance = np.abs(np.nan_to_num(new) - np.nan_to_num(old))
        limit = allowed.absolute + allowed.relative * np.abs(np.nan_to_num(old))
        share = float(np.max(distance / limit, initial=0.0))
        if share > worst:
            at = int(np.argmax(distance / limit))
            worst, note = share, f"{name}: {old[at]:.6g} became {new[at]:.6g}"
    return (Status.DIFFERENT if worst > 1 else Status.WITHIN), note


def _columns(file: Path) -> dict[str, NDArray[Any]]:
    """A table's columns, or a JSON file's leaves, as arrays; numbers as floats."""
    if file.suffix == ".csv":
        table = pd.read_csv(file)
        return {str(name): _floats(table[name].to_numpy()) for name in table}
    return {
        key: _floats(np.array([value]))
        for key, value in _leaves(json.loads(file.read_text(encoding="utf-8")), "")
    }


def _floats(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(float) if values.dtype.kind in "iufb" else values.astype(str)


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Every value in nested mappings and lists by its dotted key."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        # Claims are named, so that a lost one is told from a changed one.
        for position, inner in enumerate(value):
            name = inner.get("id", position) if isinstance(inner, dict) else position
            yield from _leaves(inner, f"{key}.{name}" if key else str(name))
    else:
        yield key, value


def verdicts(project: Path) -> dict[str, str]:
    """Read the verdict of each claim.

    Args:
        project: with results.

    Returns:
        Verdict by the claim's `id`.
    """
    claims = json.loads((project / CLAIMS).read_text(encoding="utf-8"))
    return {entry["id"]: entry["verdict"] for entry in claims}
