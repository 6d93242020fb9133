"""A project that DVC opens."""

import subprocess
import sys
from pathlib import Path

import pytest
from dvc.exceptions import DvcException

from tests.support import PROJECT
from tools.repair import mend, opened


@pytest.fixture
def unwritable(monkeypatch: pytest.MonkeyPatch) -> str:
    """A place for DVC's own files where nobody can make any."""
    place = "/dev/null/dvc"
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", place)
    return place


def test_a_folder_of_dvc_that_cannot_be_written_is_named(unwritable: str) -> None:
    with pytest.raises(DvcException, match=unwritable), opened(PROJECT):
        pass


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_run_ends_with_one_line_where_dvc_cannot_write(
    unwritable: str, jobs: str, tmp_path: Path
) -> None:
    code = "import sys; from pathlib import Path; from tools.runner import reproduce; "
    code += "reproduce(Path(sys.argv[1]), int(sys.argv[2]))"
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_text("[core]\n    no_scm = true\n")
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path, jobs], cwd=PROJECT, capture_output=True, text=True
    )
    assert done.returncode
    assert "Traceback" not in done.stderr
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("ERROR"))
    assert unwritable in line


def test_half_of_a_lock_file_is_set_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_text("[core]\n    no_scm = true\n")
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    half = "schema: '2.0'\nstages:\n  one:\n    cmd: [\n"
    (tmp_path / "dvc.lock").write_text(half)
    mend(tmp_path)
    assert not (tmp_path / "dvc.lock").exists()
    aside = tmp_path / "build" / "set_aside" / "dvc.lock"
    assert aside.read_text() == half
    assert f"received a part of one; moved to {aside}" in capsys.readouterr().out
