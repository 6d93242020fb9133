"""A stage as a command."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from stages.core.environment import refuse_other_mathematics, refuse_other_packages
from stages.core.errors import InputError
from tests.support import PROJECT

STAGE = '''"""A stage."""
from pathlib import Path
from stages.core import errors
from stages.core.cli import Input, Output, run
from stages.core.params import read
{early}
def main(
    params: Input, given: Input, beside: Input, folder: Input, made: Output, aside: Output
) -> None:
    """Read, edit as a hasty person would, write."""
    read(params, "train.epochs", int)
    {edit}
    made.write_text("made")
if __name__ == "__main__":
    run(main)
'''


def ended(
    folder: Path, edit: str, early: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a stage of a project of its own that is edited while it runs."""
    shutil.copytree(PROJECT / "stages", folder / "stages")
    shutil.copy(PROJECT / "requirements.lock", folder)
    (folder / "params.yaml").write_text("train: {epochs: 3, seeds: [0]}\nreport: {decimals: 4}\n")
    (folder / "given").write_text("given")
    (folder / "stages" / "stage.py").write_text(STAGE.format(edit=edit, early=early))
    (folder / "inputs" / "deep").mkdir(parents=True)
    (folder / "inputs" / "deep" / "model").write_text("model")
    (folder / "aside").mkdir()
    (folder / "aside" / "beside").write_text("given")
    paths = {"params": "params.yaml", "given": "given", "folder": "inputs"}
    paths["beside"] = "aside/beside"
    paths |= {"made": "made", "aside": "aside"}
    return subprocess.run(
        [sys.executable, "-m", "stages.stage"]
        + [f"--{name}={path}" for name, path in paths.items()],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("edit", "subject"),
    [
        ('given.write_text("another")', "given: expected the file"),
        ("given.unlink()", "given: expected the file"),
        # Beside what the stage makes, as with tables that are made of tables.
        ('(aside / "beside").write_text("another")', "aside/beside: expected the file"),
        ('(folder / "deep" / "model").write_text("another")', "inputs/deep/model: expected the"),
        ('(folder / "deep" / "model").unlink()', "inputs/deep/model: expected the file"),
        ('(folder / "new").touch()', "inputs/new: expected the file"),
        (
            'params.write_text("train: {epochs: 4, seeds: [0]}")',
            "params.yaml: train.epochs: expected the values",
        ),
        ('params.write_text("train: {}")', "params.yaml: train.epochs: expected this key"),
    ],
)
def test_a_stage_refuses_edits_of_what_it_read(tmp_path: Path, edit: str, subject: str) -> None:
    done = ended(tmp_path, edit)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {subject}")
    assert len(done.stderr.splitlines()) == 1


EDIT = 'file = Path("{}"); file.write_text(file.read_text() + "# another\\n")'


@pytest.mark.parametrize("file", ["stages/core/errors.py", "stages/stage.py", "requirements.lock"])
@pytest.mark.parametrize("early", [True, False], ids=["imports", "main"])
def test_a_stage_refuses_edits_of_its_code(tmp_path: Path, file: str, early: bool) -> None:
    edit = EDIT.format(file)
    done = ended(tmp_path, "pass", edit) if early else ended(tmp_path, edit)
    assert done.returncode == 1
    assert f"{file}: expected the file with which this stage started" in done.stderr


@pytest.mark.parametrize(
    "edit",
    [
        "pass",
        # Of code that the stage does not use.
        EDIT.format("stages/train.py"),
        # As gathering stages do with what removed variants left behind.
        '(folder / "deep").rename(aside / "deep")',
        # Of a section that the stage does not read.
        'params.write_text("train: {epochs: 3, seeds: [1]}\\nreport: {decimals: 2}")',
    ],
)
def test_other_edits_do_no_harm(tmp_path: Path, edit: str) -> None:
    done = ended(tmp_path, edit)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "made").read_text() == "made"


def test_a_stage_refuses_other_mathematics_and_other_packages(tmp_path: Path) -> None:
    done = ended(tmp_path / "one", "pass", GLIBC_TUNABLES="glibc.cpu.hwcaps=-AVX2")
    assert (done.returncode, done.stderr[:22]) == (1, "error: GLIBC_TUNABLES:")
    early = 'lock = Path("requirements.lock"); text = lock.read_text()\n'
    early += 'lock.write_text(text.replace("numpy==", "numpy==9"))'
    done = ended(tmp_path / "two", "pass", early)
    assert (done.returncode, done.stderr[:22]) == (1, "error: numpy: expected")


LOCK = """numpy=={numpy} \\
    --hash=sha256:0123
absent==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:4567
"""


def test_locked_packages_are_accepted_whatever_else_is_installed(tmp_path: Path) -> None:
    refuse_other_packages(PROJECT / "requirements.lock")
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK.format(numpy=version("numpy")))
    refuse_other_packages(lock)


def test_other_versions_and_missing_packages_are_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK.format(numpy="1.0").replace("win32", sys.platform))
    with pytest.raises(InputError, match=r"numpy: expected 1.0, received \d") as refused:
        refuse_other_packages(lock)
    assert "absent: expected 1.0, received none" in str(refused.value)
    assert "requirements.lock: install them" in str(refused.value)


def test_another_build_of_the_same_version_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"numpy=={version('numpy')}+mkl")
    with pytest.raises(InputError, match=r"numpy: expected .*\+mkl, received"):
        refuse_other_packages(lock)


@pytest.mark.parametrize(
    "line",
    ["numpy", "numpy>=2", "numpy==2.*", "numpy @ file:///x", "<<<<<<< HEAD", "numpy==2,>1", ""],
)
def test_a_lock_file_that_does_not_pin_is_refused(tmp_path: Path, line: str) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"# comment\n{line}\n")
    with pytest.raises(InputError, match=r"^requirements.lock.*: expected .*, received"):
        refuse_other_packages(lock)


def test_a_c_library_with_fewer_instructions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.check=1")
    refuse_other_mathematics()
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2")
    with pytest.raises(InputError, match="GLIBC_TUNABLES: expected nothing of glibc.cpu"):
        refuse_other_mathematics()
