"""What users have set for Git, pip and Python changes neither where commands write nor tests."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support import PROJECT, commit


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    return folder


def test_in_a_hook_of_git_commands_concern_the_repository_of_their_folder(
    repository: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "init", "--quiet", other], check=True)
    variables = {
        "GIT_DIR": f"{other}/.git",
        "GIT_WORK_TREE": str(other),
        "GIT_INDEX_FILE": f"{other}/.git/index",
    }
    ask = "import subprocess, tools; subprocess.run(['git', 'rev-parse', '--show-toplevel'])"
    done = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=repository,
        env={**os.environ, **variables, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).samefile(repository)


def test_commits_of_tests_need_no_signature_and_run_no_hook(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = tmp_path / "hooks" / "pre-commit"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[user]\n\tname = Someone\n\temail = someone@example.org\n"
        "[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = false\n"
        f"[core]\n\thooksPath = {hook.parent}\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    (repository / "file").touch()
    commit(repository)


@pytest.mark.parametrize("target", ["verify", "reproduce"])
def test_what_relaxes_a_command_is_typed_and_not_inherited(target: str) -> None:
    command = ["make", "--dry-run", "--always-make", target]
    inherited = {"CACHE": "1", "DATASET": "digits", "DEVICE": "gpu"}
    typed = [f"{name}={value}" for name, value in inherited.items()]
    plain, same, other = (
        subprocess.run(
            [*command, *words],
            cwd=PROJECT,
            env={**os.environ, **variables},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for words, variables in (([], {}), ([], inherited), (typed, {}))
    )
    assert f"-m tools.{target}" in plain
    assert same == plain
    assert other != plain


def wheel(folder: Path) -> str:
    """Write a package that has the name of the one that the Makefile installs first.

    Returns:
        Its line in a lock file.
    """
    file = folder / "setuptools-1-py3-none-any.whl"
    info = "setuptools-1.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("only_here.py", "")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: setuptools\nVersion: 1\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return f"setuptools==1 --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


@pytest.mark.long  # makes an environment
def test_packages_are_installed_into_the_environment(tmp_path: Path) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    shutil.copy(PROJECT / "Makefile", project)
    (project / "requirements.lock").write_text(wheel(tmp_path))
    settings = tmp_path / "pip.conf"
    settings.write_text(f"[global]\nuser = true\ntarget = {elsewhere}\n")
    variables = {
        "PIP_CONFIG_FILE": str(settings),
        "PIP_USER": "1",
        **dict.fromkeys(("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME"), str(elsewhere)),
        "PYTHONSAFEPATH": "1",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path),
    }
    command = ["make", f"PYTHON={sys.executable}", ".venv/.installed"]
    made = subprocess.run(
        command, cwd=project, env={**os.environ, **variables}, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    assert list(project.glob(".venv/lib/*/site-packages/only_here.py"))
    assert not elsewhere.exists()


def test_modules_are_found_where_python_is_told_not_to_look_into_the_folder(
    tmp_path: Path,
) -> None:
    (tmp_path / "Makefile").write_text(
        f"include {PROJECT / 'Makefile'}\nfound:\n\t{sys.executable} -m beside\n"
    )
    (tmp_path / "beside.py").touch()
    subprocess.run(
        ["make", "found"], cwd=tmp_path, env={**os.environ, "PYTHONSAFEPATH": "1"}, check=True
    )
