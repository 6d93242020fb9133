"""Record when, on what machine and how long a pipeline ran: `provenance.md`."""

import hashlib
import json
import platform
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import psutil
from ruamel.yaml import YAML

from stages.core.formats import write_text
from tools.project import RESULTS, checkout_of
from tools.repro import StageTime

LIBRARIES = ("tensorflow", "keras", "numpy", "scikit-learn", "dvc")
UNKNOWN = "unknown"
# What other runs than this pipeline's change in Git, as Git's patterns.
_OTHER_RESULTS = ("reports/benchmark.*", "reference/*/dvc.lock", "reference/*/metrics/**")


class Start(NamedTuple):
    """What a run started from; known only before it changes the working tree.

    Attributes:
        time: in UTC.
        commit: the commit's hash, or `unknown` without Git.
        changes: whether code or parameters differed from the commit: `none`, `some` or `unknown`.
    """

    time: datetime
    commit: str
    changes: str


def starting(project: Path) -> Start:
    """Look at the working tree and the clock before a run.

    Args:
        project: folder of `dvc.yaml`, of a checkout or below one.
    """
    results = [f":(top,exclude,glob){name}" for name in (*RESULTS, *_OTHER_RESULTS)]
    commit = _git_says(project, "rev-parse", "HEAD")
    changed = _git_says(
        project, "status", "--porcelain", "--untracked-files=normal", "--", ":(top)", *results
    )
    changes = UNKNOWN if changed is None else "some" if changed else "none"
    return Start(datetime.now(UTC), commit or UNKNOWN, changes)


def _git_says(project: Path, *arguments: str) -> str | None:
    """Run `git` in a folder: its output; None without a checkout or Git, or if it fails."""
    if not checkout_of(project):
        return None
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=project, check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def looked_at_again(project: Path, start: Start) -> Start:
    """After a run, count among the changes also those that were made or committed meanwhile."""
    now = starting(project)
    same = (now.commit, now.changes) == (start.commit, start.changes)
    return start if same or start.changes != "none" else start._replace(changes="some")


@contextmanager
def recording(
    project: Path, how: Mapping[str, str], folder: str = "reports"
) -> Iterator[list[StageTime]]:
    """Write `provenance.md` after a run; of one that fails, what it came to.

    Args:
        project: folder of `dvc.yaml`.
        how: stages run, name and value.
        folder: below the project, where the file belongs.

    Yields:
        An empty list, which the run is to fill with the stages that ran.
    """
    start, times = starting(project), list[StageTime]()
    try:
        yield times
    finally:
        write(project, looked_at_again(project, start), times, how, folder)


def write(
    project: Path,
    start: Start,
    times: Sequence[tuple[str, float]],
    how: Mapping[str, str],
    folder: str = "reports",
) -> None:
    """Write `provenance.md`, unless no stage ran and the file is of the entries in `dvc.lock`.

    Stages that were up to date keep the row of an earlier run, if that wrote the entry that they
    have in `dvc.lock`.

    Args:
        project: folder of `dvc.yaml`, after a run.
        start: what the run started from.
        times: name and seconds of each stage that ran.
        how: they ran, name and value.
        folder: below the project, where the file belongs.
    """
    yaml = YAML(typ="safe")
    lock, params = project / "dvc.lock", yaml.load(project / "params.yaml")
    entries = yaml.load(lock)["stages"] if lock.exists() else {}
    digests = {stage: _digest(entry) for stage, entry in entries.items()}
    file = project / folder / "provenance.md"
    before = [(row[1], row[2]) for row in _ENTRY.finditer(_text_of(file))]
    if not times and (before == [*digests.items()] or not digests):
        return
    # Stages may have run side by side: their sum is not the time that passed.
    passed = (datetime.now(UTC) - start.time).total_seconds()
    facts = {
        **of_machine(),
        **{
            f"Parameter `{name}`": str(params[name])
            for name in ("device", "threads", "dataset")
            if name in params
        },
        **how,
        "Wall time, seconds": f"{passed:.1f}",
    }
    rows = {
        row[1]: row[0] for row in _ROW.finditer(_text_of(file)) if row[3] == digests.get(row[1])
    }
    rows |= {
        stage: row_of(stage, seconds, start, digests[stage])
        for stage, seconds in times
        if stage in digests
    }
    unknown = f"| {UNKNOWN} " * 3
    text = render(
        start,
        facts,
        [
            rows.get(stage, f"| `{stage}` {unknown}| {digest} |")
            for stage, digest in digests.items()
        ],
    )
    write_text(file, text)


_ENTRY = re.compile(r"^\| `([^`]+)` \| .+ \| (\w+) \|$", re.MULTILINE)
_ROW = re.compile(r"^\| `([^`]+)` \| ([\d.]+) \| .+ \| .+ \| (\w+) \|$", re.MULTILINE)


def _digest(entry: Mapping[str, Any]) -> str:
    """Name a stage's entry in `dvc.lock`: command, and hashes of what it read and wrote."""
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()[:12]


def seconds_of_stages(project: Path) -> dict[str, float]:
    """Read how long each stage took when it last ran, as `provenance.md` says; empty without it."""
    files = (project / folder / "provenance.md" for folder in ("reports", "metrics"))
    return {row[1]: float(row[2]) for file in files for row in _ROW.finditer(_text_of(file))}


def row_of(stage: str, seconds: float, start: Start, digest: str) -> str:
    """Write a stage's line of the table, as Markdown; `start` is that of the run it ran in."""
    commit = start.commit[:12] + (" + changes" if start.changes == "some" else "")
    return f"| `{stage}` | {seconds:.1f} | {_time(start)} | {commit} | {digest} |"


def _time(start: Start) -> str:
    return f"{start.time:%Y-%m-%d %H:%M} UTC"


def of_machine() -> dict[str, str]:
    """Collect what a result or its time may depend on, name and value.

    Nothing of it identifies a person or a machine.
    """
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        system = platform.system()
    return {
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        **{name: version(name) for name in LIBRARIES},
        "Operating system": f"{system}, kernel {platform.release()}",
        **processor(_text_of(Path("/proc/cpuinfo"))),
        "Cores available": str(joblib.cpu_count()),
        "Memory": f"{psutil.virtual_memory().total / 2**30:.1f} GiB",
    }


def _text_of(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def processor(cpuinfo: str) -> dict[str, str]:
    """Read the processor's name and its vector instructions.

    Args:
        cpuinfo: content of Linux' `/proc/cpuinfo`; may be empty.

    Returns:
        `Processor` and `Vector instructions`, `unknown` where the text does not say.
    """
    name = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    flags = re.search(r"^flags\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    wide = (
        [flag for flag in flags[1].split() if re.match("avx2$|fma$|avx512", flag)] if flags else []
    )
    return {
        "Processor": name[1] if name else UNKNOWN,
        "Vector instructions": (" ".join(wide) or "neither AVX2 nor AVX-512") if flags else UNKNOWN,
    }


def render(start: Start, facts: Mapping[str, str], rows: Sequence[str]) -> str:
    """Write a run's provenance as Markdown.

    Args:
        start: what the run started from.
        facts: what it ran on and with, name and value.
        rows: of all stages, by `row_of`, whichever run they ran in.
    """
    first = {
        "Started": _time(start),
        "Commit": start.commit,
        "Changes since that commit, results aside": start.changes,
    }
    lines = [
        "# Provenance",
        "",
        "How the results in this folder were last made, written by the run itself. This file",
        "alone varies from run to run; the other results are the same bytes.",
        "",
        "## The last run",
        "",
        "| what | value |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in {**first, **facts}.items()),
        "",
        "## Stages",
        "",
        "Each with the run that wrote its entry in `dvc.lock`, of which the last column is a hash.",
        "+ changes: with code or parameters that differed from the commit. Unknown: it came from",
        "DVC's cache, was run by DVC alone, or its run was killed. What this file said of an",
        "earlier run is in Git.",
        "",
        "| stage | wall time, seconds | run started | commit | entry |",
        "|---|---|---|---|---|",
        *rows,
    ]
    return "\n".join(lines) + "\n"
