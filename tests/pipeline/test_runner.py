"""Small pipelines, one stage after another and side by side."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support import PROJECT
from tools import provenance, runner
from tools.runner import environment


def test_a_failing_pipeline_fails_the_command(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        runner.reproduce(tmp_path)
    assert ended.value.code not in (0, None)


SIDE_BY_SIDE = """stages:
  first: {cmd: "echo progress >&2; echo 1 > one", outs: [{one: {cache: false}}]}
  second: {cmd: "cp one two", deps: [one], outs: [{two: {cache: false}}]}
"""


def test_side_by_side_stages_are_heard_and_run_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["dvc", "init", "--no-scm", "-q"], cwd=tmp_path, env=environment(), check=True)
    (tmp_path / "dvc.yaml").write_text(SIDE_BY_SIDE)
    assert [entry.stage for entry in runner.reproduce(tmp_path, jobs=2)] == ["first", "second"]
    assert "progress" in capfd.readouterr().err
    assert runner.reproduce(tmp_path, jobs=2) == []
    (tmp_path / "dvc.yaml").write_text(SIDE_BY_SIDE.replace("cp one two", "cp none two"))
    with pytest.raises(SystemExit) as ended:
        runner.reproduce(tmp_path, jobs=2)
    assert ended.value.code not in (0, None)
    assert "none" in capfd.readouterr().err


def test_the_stage_that_took_longest_starts_first(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["dvc", "init", "--no-scm", "-q"], cwd=tmp_path, env=environment(), check=True)
    names = ("a", "b", "c", "d")
    stages = "".join(f"  {name}: {{cmd: touch {name}, outs: [{name}]}}\n" for name in names)
    (tmp_path / "dvc.yaml").write_text(f"stages:\n{stages}")
    (tmp_path / "params.yaml").write_text("threads: 1\n")
    (tmp_path / "reports").mkdir()
    start = provenance.starting(tmp_path)
    rows = [("a", 1.0), ("b", 20.0), ("c", 300.0), ("d", 4.0)]
    lock = tmp_path / "dvc.lock"  # rows belong to its entries
    lock.write_text(f"stages: {{{', '.join(f'{name}: {{}}' for name in names)}}}\n")
    provenance.write(tmp_path, start, rows, {})
    lock.unlink()
    runner.reproduce(tmp_path, jobs=2)
    starts = re.findall(r"starts +(\w)", capfd.readouterr().out)
    assert set(starts[:2]) == {"b", "c"}
    assert set(starts) == set(names)


def test_a_pipeline_that_cannot_be_read_is_what_dvc_says(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["dvc", "init", "--no-scm", "-q"], cwd=tmp_path, env=environment(), check=True)
    (tmp_path / "dvc.yaml").write_text("stages: [")
    with pytest.raises(SystemExit) as ended:
        runner.reproduce(tmp_path, jobs=2)
    assert ended.value.code not in (0, None)
    assert "dvc.yaml' is invalid" in capfd.readouterr().err


SLOW = """stages:
  quick: {cmd: touch quick, outs: [quick]}
  slow:
    foreach: [one, two]
    do:
      cmd: test -e go || sleep 60; touch ${item}
      deps: [quick]
      outs: ["${item}"]
"""


def test_ctrl_c_ends_stages_side_by_side_and_keeps_what_was_finished(tmp_path: Path) -> None:
    subprocess.run(["dvc", "init", "--no-scm", "-q"], cwd=tmp_path, env=environment(), check=True)
    (tmp_path / "dvc.yaml").write_text(SLOW)
    # In the background of a script a process ignores Ctrl-C, and so do its children.
    code = (
        "import sys, signal, pathlib, tools.runner as r; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); "
        "r.reproduce(pathlib.Path(sys.argv[1]), 2)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        said = ""
        while "slow@one" not in said or "slow@two" not in said:
            said += process.stdout.readline()
        (dashboard,) = re.findall(r"http://127\.0\.0\.1:\d+/status", said)
        with urlopen(dashboard) as page:
            assert page.status == 200
        time.sleep(2)  # until DVC has started them
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert errors.splitlines()[-1] == "interrupted: what was finished is kept"
    (tmp_path / "go").touch()
    ran = [entry.stage for entry in runner.reproduce(tmp_path, jobs=2)]
    assert sorted(ran) == ["slow@one", "slow@two"]
