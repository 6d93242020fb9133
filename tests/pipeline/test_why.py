"""Why DVC would run a stage."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dvc.exceptions import DvcException

from tools.why import reasons

STAGES = """stages:
  one: {cmd: cp text copied, deps: [text, code], params: [a], outs: [{copied: {cache: false}}]}
  two: {cmd: cp copied end, deps: [copied, some.lock], outs: [{end: {cache: false}}]}
  three: {cmd: cp end last, deps: [end], outs: [{last: {cache: false}}]}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A committed pipeline of two stages that are up to date."""
    folder = tmp_path_factory.mktemp("why") / "project"
    (folder / ".dvc").mkdir(parents=True)
    (folder / "code").mkdir()
    for name, text in {
        ".dvc/config": "",
        "dvc.yaml": STAGES,
        "params.yaml": "a: {b: 1, c: 2}\n",
        "text": "text",
        "code/first.py": "1",
        "code/second.py": "1",
        "some.lock": "numpy==1.0\npandas==2.0\n",
    }.items():
        (folder / name).write_text(text)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    subprocess.run([sys.executable, "-m", "dvc", "repro", "--quiet"], cwd=folder, check=True)
    for command in (
        ["add", "--all"],
        ["-c", "user.email=a@b.c", "-c", "user.name=A", "commit", "--quiet", "-m", "Run"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


@pytest.fixture
def restored(project: Path) -> Path:
    """The same project without a test's edits."""
    subprocess.run(["git", "restore", "."], cwd=project, check=True)
    return project


def test_nothing_has_changed(restored: Path) -> None:
    assert reasons(restored, "one") == reasons(restored, "two") == []


def test_parameters_are_named_with_both_values(restored: Path) -> None:
    (restored / "params.yaml").write_text("a: {b: 1, c: 3, d: 4}\n")
    assert reasons(restored, "one") == ["parameter a.c: 2 -> 3", "parameter a.d: none -> 4"]
    assert reasons(restored, "two") == ["stage one will run first"]
    # Neither of the stages before it has run yet, so that nothing that it reads has changed.
    assert reasons(restored, "three") == ["stage one will run first"]


def test_files_without_gits_history_will_do(restored: Path, tmp_path: Path) -> None:
    shutil.copytree(restored, tmp_path / "files", ignore=shutil.ignore_patterns(".git", "tmp"))
    (tmp_path / "files" / "text").write_text("other")
    assert reasons(tmp_path / "files", "one") == ["text: modified"]


def test_files_of_a_folder_are_named(restored: Path) -> None:
    (restored / "code" / "second.py").write_text("2")
    assert reasons(restored, "one") == ["code: modified (code/second.py)"]


def test_files_are_not_named_where_the_stage_has_run_with_what_is_not_committed(
    restored: Path,
) -> None:
    """What differs from the commit is then more than what has changed since."""
    lock = (restored / "dvc.lock").read_text()
    (restored / "code" / "first.py").write_text("2")
    subprocess.run([sys.executable, "-m", "dvc", "repro", "--quiet"], cwd=restored, check=True)
    assert (restored / "dvc.lock").read_text() != lock
    (restored / "code" / "second.py").write_text("2")
    assert reasons(restored, "one") == ["code: modified"]


def test_packages_are_named_with_both_versions(restored: Path) -> None:
    (restored / "some.lock").write_text("numpy==1.1\npandas==2.0\n")
    assert reasons(restored, "two") == ["some.lock: modified (numpy 1.0 -> 1.1)"]


def test_an_edited_result_and_command_are_reasons(restored: Path) -> None:
    (restored / "copied").write_text("other")
    (restored / "dvc.yaml").write_text(STAGES.replace("cp text", "cp -f text"))
    assert reasons(restored, "one") == ["its command changed", "copied: modified"]


def test_one_stage_at_a_time(restored: Path) -> None:
    with pytest.raises(DvcException, match="dvc.yaml: expected one stage, received 3: one, two,"):
        reasons(restored, "dvc.yaml")


def test_a_stage_that_there_is_not_is_refused(restored: Path) -> None:
    with pytest.raises(DvcException, match="four"):
        reasons(restored, "four")
