"""What people expect in a repository: licence, citation, line ends, continuous integration."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

from ruamel.yaml import YAML

PROJECT = Path(__file__).parents[2]
CITATION = YAML(typ="safe").load(PROJECT / "CITATION.cff")
METADATA = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]


def test_citation_and_changelog_name_the_version_of_the_project() -> None:
    released = re.findall(r"^## \[(\d.*)\] - (.*)$", (PROJECT / "CHANGELOG.md").read_text(), re.M)
    assert CITATION["version"] == METADATA["version"]
    assert released[0] == (CITATION["version"], str(CITATION["date-released"]))


def test_the_licence_is_named_where_it_is_looked_for() -> None:
    assert (PROJECT / "LICENSE").read_text().startswith(f"{METADATA['license']} License\n")
    assert METADATA["license-files"] == ["LICENSE"]
    assert CITATION["license"] == METADATA["license"]


def test_every_text_file_has_the_line_ends_of_unix_in_every_clone() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--eol"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    for line in listed.stdout.splitlines():
        ends, name = line.split("\t")
        index, folder, *attributes = ends.split()
        if index != "i/-text":
            assert index in ("i/lf", "i/none"), name
            assert folder in ("w/lf", "w/none", "w/"), name  # the last one: deleted, not yet staged
            assert attributes == ["attr/text=auto", "eol=lf"], name


def test_continuous_integration_calls_the_script_that_anyone_can_run() -> None:
    workflow = YAML(typ="safe").load(PROJECT / ".github" / "workflows" / "ci.yml")
    assert {"run": ".ci/run"} in workflow["jobs"]["test"]["steps"]
    assert os.access(PROJECT / ".ci" / "run", os.X_OK)


def test_the_script_of_continuous_integration_fails_as_the_tests_do(tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    for file in (tmp_path / ".ci" / "run", programs / "make"):
        file.parent.mkdir()
    for name in ("python3", "make", "git", "strace", "chromium", "chromedriver", "apt-get"):
        (programs / name).write_text('#!/bin/sh\necho "$PWD" "$@"\n')
        (programs / name).chmod(0o755)
    shutil.copy(PROJECT / ".ci" / "run", tmp_path / ".ci")
    env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}

    def run() -> tuple[int, str]:
        done = subprocess.run(
            [tmp_path / ".ci" / "run"], cwd="/", env=env, capture_output=True, text=True
        )
        return done.returncode, done.stdout.splitlines()[-1]

    assert run() == (0, f"{tmp_path} test")
    with (programs / "make").open("a") as make:
        make.write("exit 3\n")
    assert run() == (3, f"{tmp_path} test")


def test_a_clone_has_the_same_bytes_whatever_line_ends_a_user_has_set(tmp_path: Path) -> None:
    files = []
    for setting in ("true", "false"):
        clone = tmp_path / setting
        command = [
            "git",
            "clone",
            "--quiet",
            "--config",
            f"core.autocrlf={setting}",
            PROJECT,
            clone,
        ]
        subprocess.run(command, check=True)
        paths = (path for path in clone.rglob("*") if path.is_file() and ".git" not in path.parts)
        files.append({path.relative_to(clone): path.read_bytes() for path in paths})
    assert files[0] == files[1]
    assert b"\r\n" not in files[0][Path("params.yaml")]
