"""Verify the published results: clone the commit, recompute everything in the clone, compare.

python -m tools.verify                     everything, as long as `make reproduce` takes
python -m tools.verify --dataset digits    the digits against `reports/digits`, in minutes
"""

import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from dvc.utils.fs import remove

from stages.page.names import plural
from tools import provenance
from tools.bundle import write_bundle
from tools.certificate import TIME, Verification, as_check, as_json, certificate, line, table
from tools.digits import put_in_place
from tools.lock_integrity import Fault, forged_entries, integrity, read_lock
from tools.project import PROJECT, copy_without_results, git
from tools.recomputation import compare_outputs, verdicts
from tools.repair import opened
from tools.runner import environment, reproduce
from tools.schedule import Jobs, jobs_for
from tools.tolerance import Status, compare


def main(
    dataset: Annotated[str, typer.Option(help="`digits`, to verify reports/digits.")] = "",
    strict: Annotated[bool, typer.Option(help="Accept only identical bytes.")] = False,
    cached: Annotated[bool, typer.Option(help="Take results from this checkout's cache.")] = False,
    jobs: Jobs = None,
) -> None:
    """Verify the current commit and say what was found."""
    if dataset not in ("", "digits"):
        sys.exit(f"error: dataset: expected digits or nothing, received {dataset!r}")
    files = [PROJECT / "build" / f"verification.{suffix}" for suffix in ("json", "md")]
    for file in files:  # if this run fails, there must be no certificate of an earlier one
        file.unlink(missing_ok=True)
    bundle, scratch = PROJECT / "build" / "bundle", PROJECT / "build" / "verify"
    shutil.rmtree(bundle, ignore_errors=True)
    verification = verify(PROJECT, scratch, dataset, cached, jobs_for(PROJECT, jobs))
    good = verification.good(strict)
    print(table(verification))
    for file, write in zip(files, (as_json, certificate), strict=True):
        file.write_text(write(verification, strict), encoding="utf-8")
    print(f"\n{'verified' if good else 'NOT VERIFIED'}: build/verification.md, .json")
    if good:
        write_bundle(scratch / "published", bundle, files, as_check(verification))
        print("for whoever checks the study: build/bundle")
    sys.exit(0 if good else 1)


def verify(project: Path, scratch: Path, dataset: str, cached: bool, jobs: int) -> Verification:
    """Clone a project's commit, recompute its results and compare.

    Args:
        project: a checkout; only what is committed there counts.
        scratch: folder to work in; what is there already is removed.
        dataset: `digits`, or empty for the data set that is published.
        cached: whether results may come from the checkout's DVC cache.
        jobs: stages that may run side by side.
    """
    commit = git(project, "rev-parse", "HEAD").strip()
    shutil.rmtree(scratch, ignore_errors=True)
    published, recomputed = scratch / "published", scratch / "recomputed"
    git(project, "clone", "--quiet", str(project), str(published))
    clock = time.monotonic()
    facts = {
        "Commit": commit,
        "Uncommitted changes, not verified": "some"
        if git(project, "status", "--porcelain")
        else "none",
    }
    if dataset:
        put_in_place(published)
    cache = Path("cache")
    if cached:
        with opened(project) as repo:
            cache = Path(repo.cache.local_cache_dir)
    copy_without_results(published, recomputed, {}, cache)
    times_before = published / "reports" / "provenance.md"
    if not dataset and times_before.exists():  # they say what to start first, and how long it takes
        shutil.copy(times_before, recomputed / "reports")
    faults = integrity(published, partial=bool(dataset))
    for fault in faults:  # at once, since the run takes long and may fail
        print(line(fault), flush=True)
    # Python must not use bytecode in the commit instead of the code beside it.
    env = {**environment(), "PYTHONPYCACHEPREFIX": str(scratch / "bytecode")}
    times = reproduce(recomputed, jobs, env)
    results = compare_outputs(published, recomputed)
    lock = read_lock(recomputed)
    taken = set(lock) - {entry.stage for entry in times}
    if not cached:
        faults += [
            Fault(name, "expected to be computed here, but its results came from elsewhere")
            for name in sorted(taken)
        ]
    faults += forged_entries(published, recomputed)
    if any(result.status != Status.IDENTICAL for result in results):
        commands = {name: locked.entry["cmd"] for name, locked in lock.items()}
        faults += rebuild_pages(published, recomputed, commands, scratch / "again", env)
    before, after = verdicts(published), verdicts(recomputed)
    names = dict.fromkeys([*before, *after])
    facts |= {
        "Data set": dataset or "as published",
        "Results from a cache": ("allowed, " if cached else "refused, ")
        + plural(len(taken), "stage"),
        "Stages that ran": str(len(lock) - len(taken)),
        "Stages side by side": str(jobs),
        "Time": datetime.now(UTC).strftime(TIME),
        "Minutes": f"{(time.monotonic() - clock) / 60:.1f}",
        **provenance.of_machine(),
    }
    claims = {name: (before.get(name, "none"), after.get(name, "none")) for name in names}
    return Verification(facts, faults, results, claims)


# Intervals count test images, and what each run said of each of them is not published.
PER_IMAGE = "data/per_image"
_FROM_IMAGES = ("claims.json", "comparisons.csv")


def rebuild_pages(
    published: Path,
    recomputed: Path,
    commands: Mapping[str, str],
    scratch: Path,
    env: Mapping[str, str],
) -> list[Fault]:
    """Make claims and report from the published tables, which gives the same bytes everywhere.

    Where numbers may differ within a tolerance, this proves that the page shows the numbers of the
    published tables. Intervals alone need more than these, the recomputed results for single test
    images; they must come out within tolerance.

    Args:
        published: a checkout with committed results; pictures may be missing.
        recomputed: the same after its stages ran.
        commands: by stage.
        scratch: folder to work in.
        env: variables for the stages.

    Returns:
        A fault for each file that gets other bytes.
    """
    shutil.copytree(published, scratch)
    shutil.copytree(recomputed / PER_IMAGE, scratch / PER_IMAGE, dirs_exist_ok=True)
    entries = read_lock(published)
    faults = []
    for name in ("claims", "report"):
        made = entries[name].outs if name in entries else {}
        outs = [path for path in made if (published / path).exists()]
        if not outs:
            continue  # only hashes are published, as of the files that it is made from
        for path in outs:  # what the command does not write is missing
            remove(scratch / path)
        done = subprocess.run(
            shlex.split(commands[name]), cwd=scratch, env=env, capture_output=True, text=True
        )
        if done.returncode:
            fault = f"expected to run on the published tables, received: {done.stderr.strip()}"
            faults.append(Fault(name, fault))
        faults += [
            Fault(path, f"expected the file that {name} makes of the published tables")
            for path in outs
            if not _comes_out(path, published, scratch)
        ]
        for path in outs:  # the page is made of what is published
            if (published / path).is_file():
                shutil.copy(published / path, scratch / path)
    return faults


def _comes_out(path: str, published: Path, made: Path) -> bool:
    """Whether a file was made again: to the byte, or within tolerance if single images count."""
    if not (made / path).exists():
        return False
    if _is_the_same(path, published, made):
        return True
    if Path(path).name in _FROM_IMAGES:
        return compare(published / path, made / path)[0] != Status.DIFFERENT
    return False


def _is_the_same(path: str, published: Path, made: Path) -> bool:
    """Whether a file, or all files of a folder, are the same bytes."""
    contents = [
        {file.name: file.read_bytes() for file in ([whole] if whole.is_file() else whole.iterdir())}
        for whole in (published / path, made / path)
    ]
    return contents[0] == contents[1]


if __name__ == "__main__":
    typer.run(main)
