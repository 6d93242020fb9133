"""A stage as a command."""

import subprocess
import sys
from pathlib import Path

import pytest

from stages.files.environment import refuse_other_packages
from stages.files.errors import InputError
from tests.conftest import PROJECT

STAGE = '''"""A stage."""
from pathlib import Path
from stages.files.command import Input, Output, run
from stages.settings.section import read
def main(params: Input, given: Input, folder: Input, made: Output) -> None:
    """Read, edit as a hasty person would, write."""
    read(params, "train.epochs", int)
    {edit}
    made.write_text("made")
if __name__ == "__main__":
    run(main)
'''


def ended(folder: Path, edit: str) -> subprocess.CompletedProcess[str]:
    """Run a stage that is edited while it runs."""
    (folder / "params.yaml").write_text("train: {epochs: 3, seeds: [0]}\nreport: {decimals: 4}\n")
    (folder / "given").write_text("given")
    (folder / "inputs" / "deep").mkdir(parents=True)
    (folder / "inputs" / "deep" / "model").write_text("model")
    (folder / "stage.py").write_text(STAGE.format(edit=edit))
    paths = {"params": "params.yaml", "given": "given", "folder": "inputs", "made": "made"}
    return subprocess.run(
        [sys.executable, "stage.py", *(f"--{name}={path}" for name, path in paths.items())],
        cwd=folder,
        env={"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("edit", "subject"),
    [
        ('given.write_text("another")', "given: expected the file"),
        ("given.unlink()", "given: expected the file"),
        ('(folder / "deep" / "model").write_text("another")', "inputs/deep/model: expected the"),
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


def test_a_stage_refuses_edits_of_its_code(tmp_path: Path) -> None:
    # The fingerprint of a real file of the project; it is not changed, but claimed to be.
    edit = (
        "import stages.files.command as command; old = command._fingerprints; "
        "command._fingerprints = lambda paths: "
        "{p: (0, 0, 0) if p.name == 'section.py' else f for p, f in old(paths).items()}"
    )
    done = ended(tmp_path, edit)
    assert done.returncode == 1
    assert "settings/section.py: expected the file with which this stage started" in done.stderr


@pytest.mark.parametrize(
    "edit",
    [
        "pass",
        # Of a folder, as gathering stages do with what removed variants left behind.
        '(folder / "deep" / "model").rename("leftover")',
        # Of a section that the stage does not read.
        'params.write_text("train: {epochs: 3, seeds: [1]}\\nreport: {decimals: 2}")',
    ],
)
def test_other_edits_do_no_harm(tmp_path: Path, edit: str) -> None:
    done = ended(tmp_path, edit)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "made").read_text() == "made"


LOCK = """numpy=={numpy} \\
    --hash=sha256:0123
absent==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:4567
"""


def test_locked_packages_are_accepted_whatever_else_is_installed(tmp_path: Path) -> None:
    refuse_other_packages(PROJECT / "requirements.lock")
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK.format(numpy=__import__("numpy").__version__))
    refuse_other_packages(lock)


def test_other_versions_and_missing_packages_are_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK.format(numpy="1.0").replace("win32", sys.platform))
    with pytest.raises(InputError, match=r"numpy: expected ==1.0, received \d") as refused:
        refuse_other_packages(lock)
    assert "absent: expected ==1.0, received none" in str(refused.value)
    assert "requirements.lock: install them" in str(refused.value)
