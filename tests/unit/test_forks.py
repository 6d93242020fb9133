"""Stages as forks of one process."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forks import CRASHED
from tests.support import forking

pytestmark = pytest.mark.long  # the server loads TensorFlow

MODULE = """import sys
print("heard", *sys.argv[1:], flush=True)
if sys.argv[1] == "raise":
    raise ValueError("what went wrong")
if sys.argv[1] == "crash":
    import os, signal
    os.kill(os.getpid(), signal.SIGSEGV)
sys.exit({"ends": None, "says": "error: what to do", "three": 3}[sys.argv[1]])
"""


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with forking(tmp_path_factory.mktemp("forks")) as forks:
        yield forks.env


def run(folder: Path, env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module of a folder as `python` there; standard error comes with the rest."""
    return subprocess.run(
        ["python", *arguments],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize(
    ("argument", "code", "said"),
    [
        ("ends", 0, "heard ends with arguments"),
        ("says", 1, "error: what to do"),
        ("three", 3, "heard three"),
        ("raise", 1, "ValueError: what went wrong"),
        ("crash", CRASHED, "heard crash"),
    ],
)
def test_a_fork_ends_as_python_would(
    env: dict[str, str], tmp_path: Path, argument: str, code: int, said: str
) -> None:
    (tmp_path / "stage.py").write_text(MODULE)
    done = run(tmp_path, env, "-m", "stage", argument, "with", "arguments")
    assert done.returncode == code
    assert said in done.stdout


def test_a_fork_has_the_folder_the_variables_and_the_code_of_who_asks(
    env: dict[str, str], tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "stages").mkdir(parents=True)
        (tmp_path / name / "stages" / "__init__.py").touch()
        (tmp_path / name / "stages" / "asked.py").write_text(
            f"import os, sys, beside; print({name!r}, os.environ['ASKED'], os.getcwd(), sys.argv)\n"
        )
        (tmp_path / name / "beside").mkdir()
        (tmp_path / name / "beside" / "beside.py").touch()
        asked = {**env, "ASKED": f"by {name}", "PYTHONPATH": "beside"}
        done = run(tmp_path / name, asked, "-m", "stages.asked", "a b")
        assert (
            done.stdout
            == f"{name} by {name} {tmp_path / name} ['{tmp_path / name}/stages/asked.py', 'a b']\n"
        )


def test_a_module_is_all_that_can_be_asked_for(env: dict[str, str], tmp_path: Path) -> None:
    done = run(tmp_path, env, "-c", "print(1)")
    assert done.returncode == 1
    assert "expected -m, received -c" in done.stdout
