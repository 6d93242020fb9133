"""Verify the digits with every Python that this machine has: `make test-pythons`.

Each interpreter gets a clone of the current commit with an environment of its own, in which
`make verify DATASET=digits STRICT=1` must find every output identical.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.project import PROJECT

FOLDER = PROJECT / "build" / "pythons"
OLDEST, NEWEST = (3, 11), (3, 13)


def main() -> None:
    """Verify with each interpreter, say what was found, and fail unless all verified."""
    found = dict(interpreters())
    if not found:
        sys.exit("error: expected a Python from 3.11 to 3.13, found none")
    verdicts = {version: verified(version, python) for version, python in found.items()}
    print("\n".join(f"Python {version}: {said}" for version, said in verdicts.items()))
    sys.exit(0 if all(said.startswith("verified") for said in verdicts.values()) else 1)


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
    for command in (["fetch", "--quiet"], ["reset", "--quiet", "--hard", "@{upstream}"]):
        subprocess.run(["git", *command], cwd=clone, check=True)
    command = ["make", f"PYTHON={python}", "verify", "DATASET=digits", "STRICT=1"]
    done = subprocess.run(command, cwd=clone)
    file = clone / "build" / "verification.json"
    if not file.exists():
        return f"make verify failed before it compared anything, exit code {done.returncode}"
    content = json.loads(file.read_text(encoding="utf-8"))
    statuses = [result["status"] for result in content["recomputation"]]
    said = "verified" if content["verified"] else "NOT VERIFIED"
    faults = len(content["integrity"])
    return f"{said}: {statuses.count('identical')} of {len(statuses)} identical, {faults} faults"


if __name__ == "__main__":
    main()
