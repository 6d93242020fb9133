"""Published outputs and verdicts against recomputed ones.

An output is *identical* if its hash is, *within tolerance* if its numbers are (`tools.tolerance`),
else *different*. A picture, or a model of which only the hash is published, has no numbers to
compare: what it was made from and what was made from it decide, see `compare_outputs`.
"""

import json
import platform
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from tools.lock_integrity import LockedStage, changed_outputs, outputs_of, read_lock
from tools.project import TABLES
from tools.tolerance import Status, compare

_PUBLISHED_ON = "x86_64"


class Result(NamedTuple):
    """What was found of one output.

    Attributes:
        stage: that wrote it.
        path: of the file or folder.
        status: see the module.
        note: why it is not identical; empty if it is.
    """

    stage: str
    path: str
    status: Status
    note: str


def compare_outputs(
    published: Path, recomputed: Path, machine: str = platform.machine()
) -> list[Result]:
    """Compare every output of every stage.

    An output without numbers that has another hash counts as within tolerance on two conditions.
    There is a reason: another output that its stage read differs, or, if the inputs are equal,
    numbers measured from it differ, too. (Another processor rounds differently; if somebody has
    forged the hash, there is no such trace.) And it does no harm: no published table made from it,
    directly or through other stages, is different. The results are published from x86-64; on other
    machines the first condition falls away, since their last bits differ in any case.

    Args:
        published: a checkout with committed results.
        recomputed: the same, after a run from nothing.
        machine: that it ran on, as `platform.machine` names it.

    Returns:
        One result for each output of both, in the order of the published lock.
    """
    before, after = read_lock(published), read_lock(recomputed)
    new = outputs_of(after)
    found: dict[str, tuple[Status, str]] = {}
    for path, digest in outputs_of(before).items():
        if path not in new:
            found[path] = (Status.DIFFERENT, "not written by the run")
        elif new[path] == digest:
            found[path] = (Status.IDENTICAL, "")
        elif path.endswith((".csv", ".json")) and (published / path).exists():
            found[path] = compare(published / path, recomputed / path)
    compared = dict(found)
    changed = [PurePosixPath(path) for path in changed_outputs(before, after)]
    for stage in before.values():
        for path in stage.outs.keys() - compared.keys():
            tables = _made_from(before, path) & compared.keys()
            different = sorted(name for name in tables if compared[name][0] == Status.DIFFERENT)
            if different:
                note = f"made from it and different: {', '.join(different)}"
                found[path] = (Status.DIFFERENT, note)
            elif any(other.is_relative_to(dep) for dep in stage.deps for other in changed):
                found[path] = (Status.WITHIN, "made from inputs that differ")
            elif any(compared[name][0] == Status.WITHIN for name in tables):
                found[path] = (Status.WITHIN, "so is what was measured from it")
            elif machine != _PUBLISHED_ON:
                note = f"made on {machine}; all that was measured from it is the same"
                found[path] = (Status.WITHIN, note)
            else:
                note = "its inputs and all that was made from it are the same"
                found[path] = (Status.DIFFERENT, note)
    results = [
        Result(name, path, *found[path]) for name, stage in before.items() for path in stage.outs
    ]
    for name, stage in after.items():
        results += [
            Result(name, path, Status.DIFFERENT, "not published")
            for path in stage.outs
            if path not in found
        ]
    return results


def _made_from(lock: Mapping[str, LockedStage], path: str) -> set[str]:
    """All outputs that were made from one, directly or through other stages."""
    found: set[str] = set()
    waiting = [path]
    while waiting:
        source = PurePosixPath(waiting.pop())
        for stage in lock.values():
            if any(source.is_relative_to(dep) for dep in stage.deps):
                new = stage.outs.keys() - found
                found |= new
                waiting += new
    return found


def verdicts(project: Path) -> dict[str, str]:
    """Read the verdict of each claim.

    Args:
        project: with results.

    Returns:
        Verdict by the claim's `id`; several, joined by "and", if the id occurs more than once.
        Empty if there are no claims that can be read.
    """
    found: dict[str, list[str]] = {}
    try:
        for entry in json.loads((project / TABLES / "claims.json").read_text(encoding="utf-8")):
            found.setdefault(entry["id"], []).append(entry["verdict"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {name: " and ".join(entries) for name, entries in found.items()}
