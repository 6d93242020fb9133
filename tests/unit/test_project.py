"""The project as a whole: locked packages, sizes of files."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support import PROJECT


def locked(name: str) -> dict[str, set[str]]:
    """Package names and their versions in a lock file."""
    versions: dict[str, set[str]] = {}
    for line in (PROJECT / name).read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line.rstrip(" \\"))
            versions.setdefault(requirement.name, set()).add(str(requirement.specifier))
    return versions


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_every_locked_package_has_one_version_hashes_and_no_address(name: str) -> None:
    text = (PROJECT / name).read_text()
    assert "://" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    assert all(version.startswith("==") for found in locked(name).values() for version in found)


def test_the_test_environment_only_adds_to_the_other() -> None:
    plain, tests = locked("requirements.lock"), locked("requirements-test.lock")
    assert {name: tests.get(name) for name in plain} == plain


def test_direct_dependencies_are_locked_and_explained() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    names = [Requirement(line).name for line in project["project"]["dependencies"]]
    page = (PROJECT / "docs" / "design.md").read_text()
    for name in names:
        assert name.replace(".", "-") in locked("requirements.lock") or name in locked(
            "requirements.lock"
        )
        assert re.search(rf"\b{re.escape(name)}\b", page), f"design.md says nothing of {name}"


def test_the_numeric_libraries_have_one_version_for_every_python() -> None:
    versions = locked("requirements.lock")
    for name in ("tensorflow", "keras", "numpy", "scipy", "scikit-learn", "pandas", "matplotlib"):
        assert len(versions[name]) == 1


def test_no_large_file_is_tracked() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = Path(PROJECT / name)
        assert not path.exists() or path.stat().st_size < 5_000_000, name


@pytest.mark.parametrize(
    ("pattern", "lines"), [("README.md", 150), ("dvc.yaml", 700), ("tools/*.py", 300)]
)
def test_files_stay_short(pattern: str, lines: int) -> None:
    for file in PROJECT.glob(pattern):
        assert len(file.read_text().splitlines()) <= lines, file.name


def test_the_makefile_lists_its_targets() -> None:
    listed = subprocess.run(
        ["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    targets = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert {"reproduce", "demo", "verify", "check", "test", "test-spread", "clean"} <= set(targets)
    for target in targets:
        assert f"make {target} " in listed
