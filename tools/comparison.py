"""Published results against their lock, and against recomputed ones.

A result is *identical* if its hash is; *within tolerance* if its numbers differ by no more than
`TOLERANCES` allow; else *different*. What has no numbers to compare, such as a picture, or a model
of which only the hash is published, is judged by what it was made from and what was made of it:
see `compare_outputs`.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import chdir
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from dvc.dependency.param import ParamsDependency
from dvc.repo import Repo
from dvc.stage import Stage
from numpy.typing import NDArray
from ruamel.yaml import YAML

TABLES = "reports/metrics"
PUBLISHED = (TABLES, "reports/figures", "reports/report.html", "reports/report.md")
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


_DEFAULT = Tolerance(1e-9, 0.05)
# By the end of a column's or key's name; the first that fits. Somewhat more than what another order
# of sums did to a whole study once (the convolutional variant's, see the README's "Verify it").
TOLERANCES = {
    "chosen": Tolerance(1, 0),  # nearly equal settings take turns
    "active_units": Tolerance(2, 0),
    "units.test_kl": Tolerance(0.01, 0.15),
    "label_fraction": Tolerance(0, 0),  # given, not measured
    "learning_rate": Tolerance(0, 0),
    "semi_supervised.test_accuracy": Tolerance(0.12, 0),  # another setting was chosen
    "label_curve.test_accuracy": Tolerance(0.12, 0),
    "accuracy.test_accuracy": Tolerance(0.12, 0),
    "accuracy": Tolerance(0.03, 0),
    "accuracy_sd": Tolerance(0.02, 0),
    "_sd": Tolerance(0, 0.5),
    "silhouette": Tolerance(0.01, 0),
    "silhouette_2d": Tolerance(0.01, 0),
    "precision": Tolerance(0.08, 0),
    "recall": Tolerance(0.06, 0),
    "frechet_classifier": Tolerance(0, 0.25),
    "nearest_training_image": Tolerance(0, 0.15),
    "comparisons.difference": Tolerance(0.04, 0),
    "comparisons.low": Tolerance(0.04, 0),
    "comparisons.high": Tolerance(0.04, 0),
    "measured": Tolerance(0.04, 0.05),
    "interval.0": Tolerance(0.04, 0.05),
    "interval.1": Tolerance(0.04, 0.05),
}


def tolerance(name: str) -> Tolerance | None:
    """Look up what is allowed for a column or key.

    Args:
        name: dotted, with the table's name first: `samples.recall`, `summary.vae.test_mse`.

    Returns:
        Its tolerance; none if it is not among those that are listed.
    """
    return next((known for end, known in TOLERANCES.items() if name.endswith(end)), None)


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
    """What `dvc.lock` says of one stage.

    Attributes:
        deps: hash by path.
        outs: hash by path.
        entry: all of it.
    """

    deps: dict[str, str]
    outs: dict[str, str]
    entry: dict[str, Any]


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
        name: Locked(hashes(stage.get("deps", [])), hashes(stage.get("outs", [])), stage)
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
        status = repo.status()
    outs = {out.def_path: out for stage in stages.values() for out in stage.outs}
    for name in sorted(set(stages) - set(lock)):
        faults.append(Fault(name, "expected in dvc.lock, which does not have this stage"))
    for name in sorted(set(lock) - set(stages)):
        faults.append(Fault(name, "expected in dvc.yaml, which does not have this stage"))
    for name in sorted(set(lock) & set(stages)):
        faults += _other_entries(name, stages[name], lock[name])

    def hash_alone(path: str) -> bool:
        """Whether an output, or a folder of outputs, is published as its hash alone."""
        known = [out for name, out in outs.items() if PurePosixPath(name).is_relative_to(path)]
        return bool(known) and all(
            out.use_cache or (partial and not path.startswith(TABLES)) for out in known
        )

    for name, changes in status.items():
        for kind, path, state in _flat(changes):
            if state in ("deleted", "not in cache") and hash_alone(path):
                continue
            faults.append(Fault(path or name, f"{kind} of {name}: {state} since dvc.lock"))
    faults += _torn(lock)
    made = {path for stage in lock.values() for path in stage.outs}
    for name in PUBLISHED:
        for file in [project / name, *sorted((project / name).rglob("*"))]:
            path = file.relative_to(project).as_posix()
            if file.is_file() and path not in made:
                faults.append(Fault(path, "expected to be made by a stage, which none does"))
    return list(dict.fromkeys(faults))


def _other_entries(name: str, stage: Stage, locked: Locked) -> Iterator[Fault]:
    """Find what DVC does not look at: entries of one file alone, and stages that it never runs."""
    if stage.frozen:
        yield Fault(name, "expected a stage that runs, received a frozen one")
    params = [dep for dep in stage.deps if isinstance(dep, ParamsDependency) and dep.params]
    listed = {
        "deps": {dep.def_path for dep in stage.deps} - {dep.def_path for dep in params},
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
            where = "dvc.lock" if path in paths else "dvc.yaml"
            yield Fault(path, f"expected among {kind} of {name} in both files, received {where}'s")


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


def compare_outputs(published: Path, recomputed: Path) -> list[Result]:
    """Compare every output of every stage.

    What has no numbers to compare is within tolerance if it differs for a reason and without harm:
    because another output differs that its stage read, or, with equal inputs, if numbers measured
    of it differ, too (another processor rounds otherwise; who changes a hash alone is found out);
    and if no published table made from it, at however many removes, is different.

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
    others = [PurePosixPath(path) for path in changed_outputs(before, after)]
    for name, locked in before.items():
        for path in locked.outs.keys() - tables.keys():
            made_of_it = _consequences(before, path) & tables.keys()
            worse = sorted(made for made in made_of_it if tables[made][0] == Status.DIFFERENT)
            if worse:
                judged[path] = (Status.DIFFERENT, f"and with it {', '.join(worse)}")
            elif any(path.is_relative_to(dep) for dep in before[name].deps for path in others):
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


def changed_outputs(before: Mapping[str, Locked], after: Mapping[str, Locked]) -> list[str]:
    """Find outputs with another hash.

    Args:
        before: a run's lock.
        after: another run's.

    Returns:
        Paths, in the order of the first lock.
    """
    made = {path: digest for stage in after.values() for path, digest in stage.outs.items()}
    return [
        path
        for stage in before.values()
        for path, digest in stage.outs.items()
        if made.get(path) != digest
    ]


def forged_entries(published: Path, recomputed: Path) -> list[Fault]:
    """Find what `dvc.lock` says otherwise than a run does, outputs that differ aside.

    Args:
        published: a checkout with committed results.
        recomputed: the same, after a run from nothing.

    Returns:
        A fault for each stage with another entry.
    """
    before, after = read_lock(published), read_lock(recomputed)
    others = [PurePosixPath(path) for path in changed_outputs(before, after)]

    def fixed(entry: Mapping[str, Any]) -> dict[str, Any]:
        """An entry without hashes of what differs, or of folders with it."""
        return {
            key: [
                {"path": file["path"]}
                if any(path.is_relative_to(file["path"]) for path in others)
                else file
                for file in value
            ]
            if key in ("deps", "outs")
            else value
            for key, value in entry.items()
        }

    return [
        Fault(name, "expected in dvc.lock what a run writes there, received another entry")
        for name in before
        if name in after and fixed(before[name].entry) != fixed(after[name].entry)
    ]


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
    """Compare two tables or two JSON files, whose bytes differ, number by number.

    Args:
        published: CSV or JSON.
        recomputed: the same file of another run.

    Returns:
        Status, and the largest difference or what cannot be compared.
    """
    try:
        before, after = _columns(published), _columns(recomputed)
    except (ValueError, KeyError) as error:
        return Status.DIFFERENT, str(error)
    if list(before) != list(after):
        return Status.DIFFERENT, "other columns or keys"
    worst, note = 0.0, ""
    for name, old in before.items():
        new = after[name]
        if old.shape != new.shape:
            return Status.DIFFERENT, f"{name}: expected {len(old)} values, received {len(new)}"
        allowed = tolerance(name)
        exact = allowed is None and {old.dtype.kind, new.dtype.kind} <= set("iub")
        if exact or not {old.dtype.kind, new.dtype.kind} <= set("iubf"):
            if not np.array_equal(old, new):
                return Status.DIFFERENT, f"{name}: other values"
            continue
        old, new = old.astype(float), new.astype(float)
        if not np.array_equal(np.isnan(old), np.isnan(new)):
            return Status.DIFFERENT, f"{name}: values are missing in one"
        distance = np.abs(np.nan_to_num(new) - np.nan_to_num(old))
        absolute, relative = allowed or _DEFAULT
        limit = absolute + relative * np.abs(np.nan_to_num(old))
        shares = np.divide(distance, limit, out=np.where(distance, np.inf, 0.0), where=limit > 0)
        if shares.max(initial=0.0) > worst:
            at = int(np.argmax(shares))
            worst, note = float(shares[at]), f"{name}: {old[at]:.6g} became {new[at]:.6g}"
    if not note:
        return Status.DIFFERENT, "the same values, written otherwise, as no run does"
    return (Status.DIFFERENT if worst > 1 else Status.WITHIN), note


def _columns(file: Path) -> dict[str, NDArray[Any]]:
    """A table's columns, or a JSON file's leaves, as arrays; named as `tolerance` knows them.

    Raises:
        ValueError: a name stands there twice, or a row has more fields than the table.
    """
    table = file.stem if file.parent.name == PurePosixPath(TABLES).name else file.parent.name
    if file.suffix == ".csv":
        header, *rows = csv.reader(file.read_text(encoding="utf-8").splitlines())
        if len(set(header)) < len(header) or any(len(row) != len(header) for row in rows):
            raise ValueError("expected one field in each row for each of different columns")
        content = pd.read_csv(file)
        if (
            table == "units"
        ):  # exchange their roles: only what all of a model's have in common counts
            content = content.groupby("model_seed").mean(numeric_only=True)
        return {f"{table}.{name}": _plain(content[name].to_numpy()) for name in content}
    leaves = list(_leaves(_read_json(file), table))
    if len({key for key, _ in leaves}) < len(leaves):
        raise ValueError("expected each entry once")
    return {key: _plain(np.array([value])) for key, value in leaves}


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    return values if values.dtype.kind in "iufb" else values.astype(str)


def _read_json(file: Path) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("expected each key once")
        return dict(pairs)

    return json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=once)


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Every value in nested mappings and lists by its dotted key."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}")
    elif isinstance(value, list):
        # Claims are named, so that a lost one is told from a changed one.
        for position, inner in enumerate(value):
            name = inner.get("id", position) if isinstance(inner, dict) else position
            yield from _leaves(inner, f"{key}.{name}")
    else:
        yield key, value


def verdicts(project: Path) -> dict[str, str]:
    """Read the verdict of each claim.

    Args:
        project: with results.

    Returns:
        Verdict by the claim's `id`; a list of them, in words, if it stands there more than once.
        None if there are no claims to be read.
    """
    found: dict[str, list[str]] = {}
    try:
        for entry in json.loads((project / CLAIMS).read_text(encoding="utf-8")):
            found.setdefault(entry["id"], []).append(entry["verdict"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {name: " and ".join(entries) for name, entries in found.items()}
