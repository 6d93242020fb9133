"""Under every other Python that this machine has, files and claims get the same bytes.

`make test-pythons` verifies the whole pipeline, which takes long. This is the part that needs
neither TensorFlow nor DVC, in environments without them.
"""

import os
import platform
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.robustness.pythons import interpreters
from tests.support import PROJECT
from tools.lock_integrity import read_lock

FOLDER = PROJECT / "build" / "pythons-light"
# What makes an environment large; the packages that only these need are left out, too.
HEAVY = {"dvc", "keras", "tensorflow"}
HERE = platform.python_version()
OTHERS = {version: python for version, python in interpreters() if version != HERE}
NONE = pytest.mark.skip(f"expected another Python from 3.11 to 3.13, found only {HERE}")
# Not as a command, which would refuse to run without TensorFlow.
CLAIMS = """
import sys
from pathlib import Path
from stages.claims import main
names = [word.removeprefix("--").replace("-", "_") for word in sys.argv[1::2]]
main(**dict(zip(names, map(Path, sys.argv[2::2]), strict=True)))
"""


@pytest.fixture(scope="module", params=sorted(OTHERS) or [pytest.param("none", marks=NONE)])
def python(request: pytest.FixtureRequest) -> Path:
    """Another interpreter with the locked packages, kept until one of them changes."""
    version: str = request.param
    environment = FOLDER / version
    python, wanted = environment / "bin" / "python", environment / "wanted.lock"
    installed = environment / ".installed"
    # For pip the first line is a comment.
    text = f"# {OTHERS[version]}\n{light(version)}"
    if not installed.exists() or installed.read_text() != text:
        run(OTHERS[version], "-m", "venv", "--clear", environment)
        wanted.write_text(text)
        options = ["--quiet", "--no-compile", "--require-hashes", "--only-binary", ":all:"]
        options += ["--no-user", "--target", ""]  # wherever a user's settings of pip put packages
        run(python, "-m", "pip", "install", *options, "-r", wanted)
        wanted.rename(installed)
    return python


def run(python: Path, *arguments: str | Path, folder: Path = PROJECT) -> None:
    """Run an interpreter in a folder, but with this checkout's code."""
    done = subprocess.run(
        [python, "-P", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def light(version: str) -> str:
    """Give the lock file's entries for pytest and the direct dependencies that are not heavy."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    direct = [Requirement(line) for line in ("pytest", *project["dependencies"])]
    names = needed((package for package in direct if package.name not in HEAVY), version)
    entries = re.split(r"\n(?=\S)", (PROJECT / "requirements-test.lock").read_text())
    return "\n".join(entry for entry in entries if entry.partition("==")[0] in names)


def needed(packages: Iterable[Requirement], version: str) -> set[str]:
    """Name packages and all that they need under a Python, as those installed here say."""
    waiting, seen = list(packages), set()
    while waiting:
        package = waiting.pop()
        for extra in ("", *package.extras):
            key = canonicalize_name(package.name), extra
            if key in seen:
                continue
            seen.add(key)
            where = {
                "extra": extra,
                "python_version": version.rpartition(".")[0],
                "python_full_version": version,
            }
            with suppress(PackageNotFoundError):  # pip would say what is missing
                others = [Requirement(line) for line in requires(package.name) or ()]
                waiting += [
                    other for other in others if not other.marker or other.marker.evaluate(where)
                ]
    return {name for name, _ in seen}


def test_files_have_the_pinned_hashes(python: Path) -> None:
    # Without the fixtures, which need DVC; `-p stages` sets what they would have set first.
    options = ["--quiet", "--noconftest", "-p", "stages", "-p", "no:cacheprovider"]
    run(python, "-m", "pytest", *options, "tests/unit/core/test_same_bytes.py")


def test_claims_are_made_of_what_a_run_measured(
    python: Path, whole_run: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "copy"
    shutil.copytree(whole_run, copied, ignore=shutil.ignore_patterns(".dvc", "models"))
    claims = read_lock(copied)["claims"]
    before = {path: (copied / path).read_bytes() for path in claims.outs}
    for path in before:
        (copied / path).unlink()
    run(python, "-c", CLAIMS, *shlex.split(claims.entry["cmd"])[3:], folder=copied)
    assert [path for path in before if (copied / path).read_bytes() != before[path]] == []
