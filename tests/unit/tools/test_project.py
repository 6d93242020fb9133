"""Copies of the project, and its parameters."""

import shutil
import subprocess
from pathlib import Path

import pytest

from stages.core.params import load
from tests.support import PROJECT, full_disk
from tools import project, provenance
from tools.repair import opened
from tools.runner import environment, reproduce


def test_a_copy_without_changes_has_the_same_bytes(tmp_path: Path) -> None:
    copy = project.copy_without_results(PROJECT, tmp_path / "copy", {})
    for name in ("params.yaml", "dvc.yaml", "requirements.lock"):
        assert (copy / name).read_bytes() == (PROJECT / name).read_bytes()


def test_a_copy_finds_its_cache_whatever_the_folders_are_called(tmp_path: Path) -> None:
    cache = tmp_path / "a, b" / "c # d" / "cache"
    copy = project.copy_without_results(PROJECT, tmp_path / "copy", {}, cache)
    with opened(copy) as repo:
        assert Path(repo.cache.local_cache_dir) == cache


@pytest.mark.parametrize(
    ("known", "own", "listed"),
    [
        (["a", "b"], ["b"], ["a"]),
        (["b", "c"], ["c"], ["c"]),
        (["b", "c"], ["gone"], ["b"]),
    ],
)
def test_a_run_on_the_digits_does_without_a_variant_that_was_removed(
    known: list[str], own: list[str], listed: list[str]
) -> None:
    params = {
        "variants": dict.fromkeys(known),
        "label_curve": {"variants": own},
        "longer": {"variants": own},
        "semi_supervised": {"primary": ["b"]},
    }
    changes = {"train.epochs": 1, "label_curve.variants": ["a"], "longer.variants": ["a"]}
    assert project.fitting(changes, params) == {
        "train.epochs": 1,
        "label_curve.variants": listed,
        "longer.variants": listed,
    }
    fewer = project.fitting({**changes, "variants": {"c": None}}, params)
    assert fewer["longer.variants"] == ["c"]
    assert fewer["semi_supervised.primary"] == []


def test_a_checkout_of_another_user_is_refused_with_the_command_that_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout, copy = tmp_path / "checkout", tmp_path / "copy"
    subprocess.run(["git", "init", "--quiet", checkout], check=True)
    (checkout / "dvc.yaml").touch()
    copy.mkdir()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # Git's own way to test this
    with pytest.raises(SystemExit, match=r"error: git ls-files: .*dubious ownership") as refused:
        project.copy_without_results(checkout, copy, {})
    assert f"git config --global --add safe.directory {checkout}" in str(refused.value)
    assert copy.exists()


def test_git_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "dvc.yaml").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="error: git: .*No such file"):
        project.git(tmp_path, "status")


@pytest.fixture(params=["alone", "inside another repository"])
def archive(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The commit's files without its history, as an archive has them."""
    if request.param != "alone":
        subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
        (tmp_path / ".gitignore").write_text("*.yaml\n")
    folder = tmp_path / "archive"
    folder.mkdir()
    command = f"git -C '{PROJECT}' archive HEAD | tar --extract --directory '{folder}'"
    subprocess.run(command, shell=True, check=True)  # noqa: S602
    return folder


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_files_without_git_are_copied_as_a_clone_is(archive: Path, tmp_path: Path) -> None:
    for left in (".venv/bin/python", "data/images.npz", "stages/__pycache__/a.pyc", ".dvc/tmp/x"):
        (archive / left).parent.mkdir(parents=True, exist_ok=True)
        (archive / left).touch()
    clone, of_archive, of_clone = (tmp_path / name for name in ("clone", "one", "other"))
    subprocess.run(["git", "clone", "--quiet", PROJECT, clone], check=True)
    project.copy_without_results(archive, of_archive, {})
    project.copy_without_results(clone, of_clone, {})
    assert files_of(of_archive) == files_of(of_clone)
    assert "stages/core/cli.py" in files_of(of_archive)


def test_what_needs_history_says_so_in_one_line(archive: Path) -> None:
    with pytest.raises(SystemExit, match=rf"^error: {archive}: expected a Git clone of the study"):
        project.git(archive, "rev-parse", "HEAD")
    started = provenance.starting(archive)  # not the other repository's
    assert (started.commit, started.changes) == ("unknown", "unknown")


def test_dvc_does_without_git_where_there_is_none(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(archive / "reference")
    (archive / "dvc.yaml").write_text("stages: {one: {cmd: touch one, outs: [one]}}\n")
    (archive / "dvc.lock").unlink()
    assert [entry.stage for entry in reproduce(archive)] == ["one"]
    assert "no Git history here" in capsys.readouterr().out
    assert reproduce(archive) == []
    assert "no Git history here" not in capsys.readouterr().out


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


def test_a_full_disk_leaves_the_parameters_as_they_were(tmp_path: Path) -> None:
    params = Path(shutil.copy(PROJECT / "params.yaml", tmp_path))
    with full_disk(), pytest.raises(OSError, match=r"File too large: '.*/params\.yaml'"):
        project.set_device(params, "gpu")
    assert params.read_bytes() == (PROJECT / "params.yaml").read_bytes()


def test_commands_of_stages_run_in_a_shell_that_the_user_did_not_choose(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHELL", "/usr/sbin/nologin")
    assert environment()["SHELL"] == "/bin/sh"
