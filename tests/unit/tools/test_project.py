"""Copies of the project, and its parameters."""

import subprocess
from pathlib import Path

import pytest

from stages.core.params import load
from tests.support import PROJECT
from tools import project


def test_a_copy_without_changes_has_the_same_bytes(tmp_path: Path) -> None:
    copy = project.copy_without_results(PROJECT, tmp_path / "copy", {})
    for name in ("params.yaml", "dvc.yaml", "requirements.lock"):
        assert (copy / name).read_bytes() == (PROJECT / name).read_bytes()


def test_a_checkout_of_another_user_is_refused_with_the_command_that_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout, copy = tmp_path / "checkout", tmp_path / "copy"
    subprocess.run(["git", "init", "--quiet", checkout], check=True)
    copy.mkdir()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # Git's own way to test this
    with pytest.raises(SystemExit, match=r"error: git ls-files: .*dubious ownership") as refused:
        project.copy_without_results(checkout, copy, {})
    assert f"git config --global --add safe.directory {checkout}" in str(refused.value)
    assert copy.exists()


def test_git_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="error: git: .*No such file"):
        project.git(tmp_path, "status")


def test_a_device_is_set_without_touching_another_byte(tmp_path: Path) -> None:
    params = tmp_path / "params.yaml"
    before = (PROJECT / "params.yaml").read_bytes()
    params.write_bytes(before)
    project.set_device(params, "gpu")
    assert params.read_bytes() == before.replace(b"device: cpu", b"device: gpu")
    assert load(params)["device"] == "gpu"
    project.set_device(params, "cpu")
    assert params.read_bytes() == before
    params.write_text("threads: 2\n")
    with pytest.raises(SystemExit, match="expected one line"):
        project.set_device(params, "gpu")
