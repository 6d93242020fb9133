"""Write down where and how long a run of the pipeline took place: `reports/provenance.md`."""

import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

LIBRARIES = ("tensorflow", "keras", "numpy", "scikit-learn", "dvc")
UNKNOWN = "unknown"
# What a run itself writes to the working tree.
_RESULTS = ("dvc.lock", "reports/report.html", "reports/*.md", "reports/*/**")


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

    Returns:
        What the run starts from.
    """
    kept = [f":(top,exclude,glob){name}" for name in _RESULTS]
    commit = _git(project, "rev-parse", "HEAD")
    changed = _git(project, "status", "--porcelain", "--", ":(top)", *kept)
    changes = UNKNOWN if changed is None else "some" if changed else "none"
    return Start(datetime.now(UTC), commit or UNKNOWN, changes)


def _git(project: Path, *arguments: str) -> str | None:
    """What Git says, or nothing where it cannot say anything."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=project, check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def write(project: Path, start: Start, times: Sequence[tuple[str, float]], jobs: int) -> None:
    """Write `reports/provenance.md`; a run that had nothing to do leaves the file as it is.

    Args:
        project: folder of `dvc.yaml`, after a successful run.
        start: what the run started from.
        times: name and seconds of each stage that ran.
        jobs: how many could run side by side.
    """
    if not times:
        return
    yaml = YAML(typ="safe")
    lock, params = project / "dvc.lock", yaml.load(project / "params.yaml")
    stages = yaml.load(lock)["stages"] if lock.exists() else {}
    facts = {
        **of_machine(),
        **{f"Parameter `{name}`": str(params[name]) for name in ("threads", "dataset")},
        "Stages side by side": str(jobs),
    }
    others = len(set(stages) - {stage for stage, _ in times})
    # Stages may have run side by side: their sum is not the time that passed.
    passed = (datetime.now(UTC) - start.time).total_seconds()
    text = render(start, facts, times, others, passed)
    (project / "reports" / "provenance.md").write_text(text, encoding="utf-8", newline="\n")


def of_machine() -> dict[str, str]:
    """Collect what a result or its time may depend on; nothing that names a person or a machine.

    Returns:
        What it is and its value.
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
        "Cores available": str(len(os.sched_getaffinity(0))),
        "Memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB",
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


def render(
    start: Start,
    facts: Mapping[str, str],
    times: Sequence[tuple[str, float]],
    others: int,
    passed: float,
) -> str:
    """Write a run's provenance as Markdown.

    Args:
        start: what the run started from.
        facts: what it ran on and with, name and value.
        times: name and seconds of each stage that ran.
        others: how many stages were up to date.
        passed: seconds of the whole run.

    Returns:
        The file's text.
    """
    first = {
        "Started": f"{start.time:%Y-%m-%d %H:%M} UTC",
        "Commit": start.commit,
        "Changes since that commit, results aside": start.changes,
    }
    rows = [f"| {name} | {value} |" for name, value in {**first, **facts}.items()]
    stages = [f"| `{stage}` | {seconds:.1f} |" for stage, seconds in times]
    if others:
        stages.append(f"| {others} other stage{'s' * (others > 1)} | up to date, did not run |")
    lines = [
        "# Provenance",
        "",
        "How the results in this folder were last made, written by `make reproduce`. This file",
        "alone varies from run to run; the other results are the same bytes.",
        "",
        "| what | value |",
        "|---|---|",
        *rows,
        "",
        "| stage | wall time, seconds |",
        "|---|---|",
        *stages,
        f"| **the whole run** | **{passed:.1f}** |",
    ]
    return "\n".join(lines) + "\n"
