"""Stages as forks of one process."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.robustness.forks import CRASHED, ask
from tests.support import PROJECT

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
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("forks")
    (folder / "stage.py").write_text(MODULE)
    with (folder / "log").open("w") as log:
        command = [sys.executable, "-m", "tests.robustness.forks", "serve", str(folder / "socket")]
        env = {"PYTHONPATH": f"{PROJECT}:{folder}"}
        with subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log) as process:
            yield folder
            process.kill()


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
def test_a_fork_ends_as_python_would(server: Path, argument: str, code: int, said: str) -> None:
    arguments = ["-m", "stage", argument, "with", "arguments"]
    assert ask(str(server / "socket"), arguments) == code
    assert said in (server / "log").read_text()


def test_a_module_is_all_that_can_be_asked_for(server: Path) -> None:
    assert ask(str(server / "socket"), ["-c", "print(1)"]) == 1
    assert "expected -m, received -c" in (server / "log").read_text()
