"""Verify the digits with every Python that this machine has: `make test-pythons`.

Each interpreter gets a clone of the current commit with an environment of its own, in which
`make verify DATASET=digits STRICT=1` must find every output identical. What is not committed is not
verified. `tests/pipeline/test_pythons.py` tries the part that needs no TensorFlow in each test run.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.project import PROJECT

FOLDER = PROJECT / "build" / "pythons"
OLDEST, NEWEST = (3, 11), (3, 13)


def main() -> None:
    """Verify with each interpreter, say what was found, and fail unless all verified."""
    found = dict(interpreters())
    if not found:
        sys.exit("error: expected a Python from 3.11 to 3.13, found none")
    for version, python in found.items():
        print(f"Python {version}: {python}", flush=True)
    verdicts = {version: verified(version, python) for version, python in found.items()}
    print("\n".join(f"Python {version}: {verdict}" for version, verdict in verdicts.items()))
    sys.exit(0 if all(verdict.startswith("verified") for verdict in verdicts.values()) else 1)


def interpreters() -> Iterator[tuple[str, Path]]:
    """Find one interpreter of each version, on the search path and among pyenv's."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders += sorted(pyenv.glob("versions/*/bin"))
    seen = set()
    for python in (file for folder in folders for file in sorted(folder.glob("python3*"))):
        if not re.fullmatch(r"python3(\.\d+)?", python.name):
            continue
        # An environment's interpreter is that of the Python that it was made with.
        if (python.parent.parent / "pyvenv.cfg").exists():
            continue
        code = "import ensurepip, platform; print(platform.python_version())"
        done = subprocess.run([python, "-c", code], capture_output=True, text=True)
        version = done.stdout.strip()
        if done.returncode or version in seen:
            continue
        if OLDEST <= tuple(map(int, version.split(".")[:2])) <= NEWEST:
            seen.add(version)
            yield version, python


def verified(version: str, python: Path) -> str:
    """Verify with one interpreter; a clone that is there is updated and keeps its environment."""
    clone = FOLDER / version
    if not clone.exists():
        subprocess.run(["git", "clone", "--quiet", PROJECT, clone], check=True)
    for command in (["fetch", "origin", "HEAD"], ["reset", "--hard", "FETCH_HEAD"]):
        subprocess.run(["git", *command, "--quiet"], cwd=clone, check=True)
    file = clone / "build" / "verification.json"
    file.unlink(missing_ok=True)  # an earlier run's says nothing of this one
    command = ["make", f"PYTHON={python}", "verify", "DATASET=digits", "STRICT=1"]
    done = subprocess.run(command, cwd=clone)
    if not file.exists():
        return f"make verify failed before it compared anything, exit code {done.returncode}"
    return said(json.loads(file.read_text(encoding="utf-8")), file.with_suffix(".md"))


def said(content: dict[str, Any], page: Path) -> str:
    """Say in a line what `make verify` found.

    Args:
        content: of its `verification.json`.
        page: where it wrote all it found.
    """
    statuses = [result["status"] for result in content["recomputation"]]
    identical = f"{statuses.count('identical')} of {len(statuses)} outputs identical"
    if content["verified"]:
        return f"verified, {identical}"
    faults = len(content["integrity"])
    changed = sum(claim["changed"] for claim in content["claims"].values())
    return (
        f"NOT VERIFIED, {identical}, {faults} faults of the published files, "
        f"{changed} changed verdicts, see {page}"
    )


if __name__ == "__main__":
    main()
